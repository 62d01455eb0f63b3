"""What a doubted claim is worth: no leave, no class, and an alert only where somebody may fly."""

import numpy as np

from vedette.core.claim import Claim
from vedette.core.classes import CLASSES, Authorisation
from vedette.core.identity import ClaimDoubt
from vedette.core.picture import TRACK, TrackStatus
from vedette.core.units import NS_PER_S
from vedette.identify.settings import Authorised, IdentifySettings
from vedette.identify.step import init, step
from vedette.identify.told import Told

T0 = 1_700_000_000 * NS_PER_S
SERIAL = "1581F4XYZ0001"
RID = Claim("remote_id", SERIAL, category="multirotor")
KEY = RID.key
TWICE = ClaimDoubt(KEY, 0.95, ["id-in-two-places"], ["the same id is said to be in two places at once"])
SETTINGS = IdentifySettings(authorised=[Authorised(serial=SERIAL, operator="Survey")])


def seen_at(now_ns):
    """A track that stands somewhere, (1,) of TRACK."""
    row = np.zeros(1, TRACK)
    row["time_ns"] = row["heard_ns"] = now_ns
    row["track_id"], row["status"], row["alt_m"] = 1, TrackStatus.CONFIRMED, 100.0
    row["lat_deg"], row["lon_deg"], row["speed_sd_mps"] = 50.9, 4.48, 0.5
    return row


def judged(told, class_p=None, settings=SETTINGS, seconds=12):
    """The verdict on one track that claims a serial number with leave, and its identity."""
    state = init(settings)
    p = np.full(len(CLASSES), 1.0 / len(CLASSES)) if class_p is None else class_p
    out = None
    for s in range(seconds):
        now_ns = T0 + s * NS_PER_S
        row = seen_at(now_ns)
        hits = [(1, now_ns, RID)]
        news = {1: told} if told is not None else None
        state, out = step(state, row, p[None], hits, np.array([[5 + s]]), {0: "radar"}, now_ns, news)
    return Authorisation(int(out.rows["authorisation"][0])), state.dossiers[1].last


def doubt(p):
    return ClaimDoubt(KEY, p, ["no-target"], ["nothing is seen where it says it is: radar (0 of 9 looks)"])


def test_a_claim_that_is_not_doubted_gives_leave():
    for told in (None, Told(), Told((doubt(0.4),), "both")):
        assert judged(told)[0] == Authorisation.AUTHORISED


def test_a_doubted_claim_gives_no_leave_and_says_why_first():
    verdict, last = judged(Told((doubt(0.7),), "claims-only"))
    assert verdict == Authorisation.UNAUTHORISED
    assert last.reasons[0].startswith(f"Remote ID {SERIAL} is doubted, 70 %: nothing is seen")
    assert any(reason.startswith("only its own word") for reason in last.reasons)
    assert last.doubts == [doubt(0.7)]
    assert last.evidence == "claims-only"
    assert last.claims == [RID], "it is still told what was claimed"


def test_what_is_nearly_certain_and_unseen_raises_no_alert():
    assert judged(Told((doubt(0.95),), "claims-only"))[0] == Authorisation.UNKNOWN


def test_a_target_with_a_doubted_claim_is_never_let_go():
    drone = np.full(len(CLASSES), 1e-3)
    drone[0] = 1.0
    for p in (0.6, 0.95):
        assert judged(Told((doubt(p),), "both"), drone / drone.sum())[0] == Authorisation.UNAUTHORISED


def test_a_bird_that_a_made_up_place_crosses_is_no_intruder():
    bird = np.full(len(CLASSES), 1e-3)
    bird[CLASSES.index("bird")] = 1.0
    assert judged(Told((doubt(0.95),), "both"), bird / bird.sum())[0] == Authorisation.UNKNOWN
    assert judged(Told((TWICE,), "both"), bird / bird.sum())[0] == Authorisation.UNAUTHORISED


def test_what_was_doubted_when_it_was_last_heard_is_not_believed_in_silence():
    ghost = Told((doubt(0.99),), "both")
    p = np.full((1, len(CLASSES)), 0.1)
    state, said = init(SETTINGS), []
    for s in range(120):
        now_ns = T0 + s * NS_PER_S
        hits, news = ([(1, now_ns, RID)], {1: ghost}) if s < 20 else ([], {1: ghost} if s < 45 else {})
        state, _ = step(state, seen_at(now_ns), p, hits, np.array([[5 + s]]), {0: "radar"}, now_ns, news)
        said.append(state.dossiers[1].last.authorisation)
    assert "authorised" not in said
    assert state.dossiers[1].last.claims == []


def test_a_doubted_claim_says_nothing_of_the_class():
    trusted, doubted = judged(Told((doubt(0.1),), "both"))[1], judged(Told((doubt(0.9),), "both"))[1]
    assert trusted.classes["multirotor"] > 0.5
    assert doubted.classes["multirotor"] < 0.3


def test_remarks_are_among_the_reasons():
    _, last = judged(Told((), "both", ("may have drifted rather than flown: …",)))
    assert any("drifted" in reason for reason in last.reasons)


def test_a_change_of_doubt_is_told():
    a, b = judged(Told((doubt(0.55),), "both"))[1], judged(Told((doubt(0.8),), "both"))[1]
    assert a.doubts != b.doubts


def test_who_says_nothing_of_himself_is_seen_only():
    state = init(SETTINGS)
    row = np.zeros(1, TRACK)
    row["track_id"], row["time_ns"], row["heard_ns"] = 1, T0, T0
    p = np.full((1, len(CLASSES)), 0.1)
    state, _ = step(state, row, p, [], np.array([[5]]), {0: "radar"}, T0)
    assert state.dossiers[1].last.evidence == "seen-only"


def drone_or_bird(hits, told_of, seconds=12, drone=0.2):
    """The verdict on a track that may be a drone; hits by second, and what was told of it from then on.

    drone  how likely, to 1 for a bird
    """
    state = init(IdentifySettings())
    p = np.full(len(CLASSES), 1e-3)
    p[CLASSES.index("multirotor")], p[CLASSES.index("bird")] = drone, 1.0
    for s in range(seconds):
        now_ns = T0 + s * NS_PER_S
        row = seen_at(now_ns)
        known = {k: one for k, at, one in told_of if s >= at}
        said = [(t, now_ns, claim) for t, at, claim in hits if at == s]
        state, _ = step(
            state, row, (p / p.sum())[None], said, np.array([[5 + s]]), {0: "radar"}, now_ns, known
        )
    return state.dossiers[1].last


def test_a_report_that_went_astray_makes_no_intruder():
    """One report of a forged flight went to a bird; its sender is checked on the track it goes on with."""
    strayed = [(1, 3, RID), (2, 4, RID), (2, 6, RID)]
    ghost = Told((doubt(0.99),), "claims-only")
    assert drone_or_bird(strayed, [(2, 0, ghost)]).authorisation == "unknown"
    assert drone_or_bird([(1, s, RID) for s in range(3, 12)], []).authorisation == "unauthorised"


def test_a_sensors_own_number_does_not_make_a_claim_an_old_one():
    number = Claim("sensor_track", "radar/7")
    hits = [*((1, s, number) for s in range(12)), (1, 10, RID)]
    assert drone_or_bird(hits, []).authorisation == "unknown", "two seconds, and nobody has looked"


def test_nobody_is_held_for_a_false_claim_before_somebody_looked_what_is_there():
    hits = [(1, s, RID) for s in range(2, 12)]
    assert drone_or_bird(hits, [(1, 1, Told((doubt(0.99),), ""))]).authorisation == "unknown"
    assert drone_or_bird(hits, [(1, 1, Told((TWICE,), "both"))]).authorisation == "unauthorised"


def test_a_doubt_of_a_look_or_two_makes_no_intruder_of_who_began_to_speak():
    """A police drone was not heard by a finder that had two looks, and rang at once (rally, seed 12007)."""
    told = [(1, 3, Told((doubt(0.6),), "both"))]

    def after(seconds, drone=0.2):
        return drone_or_bird([(1, s, RID) for s in range(2, seconds)], told, seconds, drone)

    assert after(9).authorisation == "unknown"
    assert any("is doubted" in why for why in after(9).reasons)
    assert after(16).authorisation == "unauthorised"
    assert after(9, drone=50.0).authorisation == "unauthorised", "what sees it says enough"
