"""A made-up airport that is advised: closing while a drone is by its runway."""

from vedette.core.advice import Advice, Contact, Cost, Estimate, Flight, State, Watcher

AIRPORT = "EBZZ"


def advice(now_ns: int, state: State, *, seen: bool = True) -> Advice:
    """What is advised now. seen: the drone is there; else nothing was ever seen."""
    there, near = (
        (Estimate(0.87, 0.81, 0.95), Estimate(0.62, 0.5, 0.8)) if seen else (Estimate(0.0, 0.0, 0.0),) * 2
    )
    contact = Contact(
        track_id=101, label="T101", first_seen_ns=now_ns - 90 * 10**9, last_seen_ns=now_ns - 35 * 10**9,
        lat_deg=50.9, lon_deg=4.48, alt_m=120.0, was_p=0.93, there=there, near=near, seen_now=False,
        kind="multirotor", sensors=["radar-1"],
    )  # fmt: skip
    return Advice(
        advice_id=f"{AIRPORT}-{now_ns // 10**9}",
        airport=AIRPORT,
        name="<b>Invented</b> airport",
        time_ns=now_ns,
        level="close" if seen else "open",
        action=("keep closed" if state.level == "close" else "close")
        if seen
        else ("keep open" if state.level == "open" else "reopen"),
        since_ns=now_ns - 60 * 10**9,
        there=there,
        near=near,
        covered=0.78,
        contacts=[contact] if seen else [],
        watchers=[
            Watcher(sensor="radar-1", name="RADAR-1", looks=True, cover=0.78, every_s=5.0, sees_p=0.71),
            Watcher(sensor="radar-2", name="RADAR-2", looks=False, cover=0.4, every_s=5.0, why="silent: 40 s"),  # noqa: E501
        ],
        flights=[Flight(102, "SIM221", "arriving", "26", 95.0, 340.0, 0.24)] if seen else [],
        severity=["engines: not settled by these studies"] if seen else [],
        cost=Cost(
            movements_per_hour=34.0, delay_eur_per_min=132.0, minute_eur=37.4, so_far_eur=0.0, closed_min=0.0,
            held=0.0, diverting=0.0,
        ),
        reasons=["T101 (multirotor) was seen last 35 s ago by radar-1"] if seen else ["nothing was seen"],
        changes=["reopen after 7 more min with nothing seen by RADAR-1"] if seen else [],
        notam="(DRAFT, NOT ISSUED NOTAMN\nQ) EBBU/QFALC/IV/NBO/A/000/999/5054N00429E005" if seen else "",
        state=state,
    )  # fmt: skip
