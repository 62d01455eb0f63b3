"""What a scenario says of its sensors' circumstances: the ground, and which individuals transmit."""

from collections.abc import Mapping, Sequence

from vedette.evaluate.coverage import Circumstances
from vedette.simulate.simulation import Simulation
from vedette.simulate.spec.scenario import Scenario


def circumstances(
    scenario: Scenario, truth_ids: Sequence[int], off: Mapping[str, Sequence[tuple[int, int]]] | None = None
) -> Circumstances:
    """Of the individuals of one run; off as in Circumstances."""
    members = Simulation(scenario).roster.members
    member = {ident: members[(ident - 1) % len(members)] for ident in truth_ids if members}
    return Circumstances(
        ground_m=scenario.site.ground_m,
        transmitting={
            "adsb": frozenset(i for i, m in member.items() if m.icao24 is not None),
            "mlat": frozenset(i for i, m in member.items() if m.icao24 is not None),
            "remote_id": frozenset(i for i, m in member.items() if m.remote_id),
            "rf": frozenset(i for i, m in member.items() if m.emission_mhz is not None),
        },
        off=off or {},
    )
