"""What a scenario says of its sensors' circumstances: the ground, who transmits, who was silenced when."""

from collections.abc import Sequence

import msgspec

from vedette.app.exercise.events import Event, off_times
from vedette.core.units import NS_PER_S
from vedette.evaluate.coverage import Circumstances
from vedette.simulate.simulation import Simulation
from vedette.simulate.spec.scenario import Scenario


def circumstances(
    scenario: Scenario, truth_ids: Sequence[int], start_ns: int, told: Sequence[Event] = ()
) -> Circumstances:
    """Of the individuals of one run that began at start_ns; told is what was injected on the way."""
    members = Simulation(scenario).roster.members
    member = {ident: members[(ident - 1) % len(members)] for ident in truth_ids if members}
    transponders = frozenset(i for i, m in member.items() if m.icao24 is not None)
    every = sorted([*_on_cue(scenario, start_ns), *told], key=lambda event: event.time_ns)
    return Circumstances(
        ground_m=scenario.site.ground_m,
        transmitting={
            "adsb": transponders,
            "mlat": transponders,
            "remote_id": frozenset(i for i, m in member.items() if m.remote_id),
            "rf": frozenset(i for i, m in member.items() if m.emission_mhz is not None),
        },
        off=off_times(every),
    )


def _on_cue(scenario: Scenario, start_ns: int) -> list[Event]:
    """The scenario's own events, as a director would have injected them."""
    out = []
    for event in scenario.event:
        until_s = getattr(event, "until_s", None)
        out.append(
            Event(
                time_ns=start_ns + round(event.at_s * NS_PER_S),
                kind="inject",
                words="",
                sensor=getattr(event, "sensor", ""),
                until_ns=None if until_s is None else start_ns + round(until_s * NS_PER_S),
                injected=msgspec.to_builtins(event),
            )
        )
    return out
