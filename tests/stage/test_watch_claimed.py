"""The rule about flights that have nothing but their own word for it: one alert, not one each."""

from watched import Flight, raised, rule, straight, watched


def forged(count, seconds=60, **fields):
    """So many side by side, each with nothing but its own word for it."""
    each = [straight((-400.0, 8.0 * k), (8.0, 0.0), seconds) for k in range(count)]
    return [Flight(way, track_id=k + 1, evidence="claims-only", **fields) for k, way in enumerate(each)]


def test_thirty_that_only_claim_to_fly_are_one_alert_from_the_first_on():
    flights = forged(30)
    for k, flight in enumerate(flights):
        flight.from_s = k % 10
    _, changes = watched(rule("claimed"), flights, 60)
    (alert,) = raised(changes)
    assert alert.kind == "claimed"
    most = max(changes, key=lambda c: len(c.members))
    assert len(most.members) == 29
    assert most.reasons[0].startswith("30 that say who they are hold no leave")


def test_each_that_is_seen_has_its_own_alert_and_none_that_only_claims():
    text = rule("zone-entry", claims_only=False) + rule("claimed", "claims")
    seen = Flight(straight((-400.0, -100.0), (8.0, 0.0), 60), track_id=99)
    _, changes = watched(text, [*forged(5), seen], 60)
    assert {(c.rule, c.track_id) for c in raised(changes)} == {("r", 99), ("claims", 1)}
    _, changes = watched(rule("zone-entry"), forged(5), 60)
    assert len(raised(changes)) == 5, "where nobody asks otherwise, a claim counts as any other"


def test_a_claim_that_is_surely_forged_goes_on_in_the_alert_and_one_with_leave_never_was():
    doubted = forged(3, leave="unknown", doubt=0.97)
    (alert,) = raised(watched(rule("claimed"), doubted, 60)[1])
    assert any("3 of 3 are doubted" in why for why in alert.reasons)
    for leave, doubt in (("authorised", 0.1), ("unknown", 0.2)):
        assert watched(rule("claimed"), forged(3, leave=leave, doubt=doubt), 60)[1] == []


def test_of_whom_nobody_has_heard_for_ten_seconds_there_is_a_note_only():
    """The sensors have had one look: nothing is seen where it says it is, and a second later it is."""
    at = {"info": 5, "warning": 30}
    for severity, seconds in at.items():
        (alert, *_) = watched(rule("claimed", severity="warning"), forged(1, 60), seconds)[1][-1:]
        assert alert.severity == severity


def test_claims_that_come_again_are_the_same_alert():
    first, second = forged(2, 20), forged(2, 20)
    for k, flight in enumerate(second):
        flight.track_id, flight.from_s = 10 + k, 30
    assert len(raised(watched(rule("claimed", clear_after_s=30.0), [*first, *second], 60)[1])) == 1
