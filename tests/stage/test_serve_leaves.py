"""GET /api/v1/leaves: who may fly now and soon, and who of them flies."""

import pytest
from serving import BEARER, Running, frame

from vedette.app.leaves_as_told import as_told
from vedette.core.claim import Claim
from vedette.core.identity import Identity
from vedette.core.leave import Leave
from vedette.core.units import NS_PER_S
from vedette.core.zone import Area
from vedette.identify.leaves import Authorised, Flight, Leaves, Operator
from vedette.serve.leaves import MOST, listed

NOW_NS = 1_800_000_000 * NS_PER_S
HOUR_NS = 3600 * NS_PER_S


def leave(who="X1", start_h=None, end_h=None, **more):
    start_ns, end_ns = (None if h is None else NOW_NS + round(h * HOUR_NS) for h in (start_h, end_h))
    fields = {"kind": "authorisation", "serials": [who], **more}
    return Leave(who=who, start_ns=start_ns, end_ns=end_ns, **fields)


def heard(track_id, *claims, **more):
    return Identity(track_id, NOW_NS, f"T{track_id}", NOW_NS, claims=list(claims), **more)


def told(leaves, *identities, soon_h=24.0):
    return listed(leaves, identities, NOW_NS, NOW_NS + round(soon_h * HOUR_NS))


def flying(one, *identities):
    (row,) = told([one], *identities)["leaves"]
    return [(track["track_id"], track["how"]) for track in row["flying"]]


def test_now_and_soon_are_told_what_is_over_and_what_is_later_are_counted():
    leaves = [
        leave("over", -2, -1), leave("ends now", -2, 0), leave("later", 25), leave("soon", 24),
        leave("always"), leave("begins now", 0, 3), leave("ends first", -1, 1),
    ]  # fmt: skip
    answer = told(leaves)
    assert [(row["who"], row["holds"]) for row in answer["leaves"]] == [
        ("ends first", True), ("begins now", True), ("always", True), ("soon", False)
    ]  # fmt: skip
    assert (answer["over"], answer["later"], answer["left_off"]) == (2, 1, 0)
    assert [row["who"] for row in told(leaves, soon_h=0)["leaves"]] == ["ends first", "begins now", "always"]


def test_who_flies_stands_first_and_an_answer_is_bounded():
    many = [leave(f"Y{i}") for i in range(MOST)]
    answer = told([*many, leave("X1", start_h=-1)], heard(5, Claim("remote_id", "X1")))
    assert answer["leaves"][0]["who"] == "X1"
    assert (len(answer["leaves"]), answer["left_off"]) == (MOST, 1)


def test_a_drone_flies_under_its_serial_number_and_how_that_is_known_is_told():
    mine, other = Claim("remote_id", "X1"), Claim("remote_id", "X2")
    assert flying(leave("X1"), heard(5, mine), heard(6, other)) == [(5, "heard")]
    assert flying(leave("X1"), heard(5, mine, evidence="both")) == [(5, "seen")]
    assert flying(leave("X1"), heard(5, mine, evidence="claims-only")) == [(5, "heard")]
    assert flying(leave("X1"), heard(5, mine, mine), heard(7, mine)) == [(5, "heard"), (7, "heard")]
    assert flying(leave("X1", 1), heard(5, mine)) == [], "not yet"
    assert flying(leave("X1"), heard(5, Claim("icao24", "X1"))) == []


def test_an_operators_leave_is_for_its_registered_drones_or_for_who_names_it():
    registration = "FIN87astrdge12k8"
    leaves = Leaves(
        authorised=(Authorised(registration=f"{registration}-xyz", zones=["Q"]),),
        operators=(Operator(registration=registration, name="Survey", serials=["X1"]),),
    )
    (registered,) = as_told(leaves)
    assert (registered.holder, registered.who) == ("Survey", f"all drones of {registration}-xyz")
    named = Claim("remote_id", "X9", operator_id=f"{registration.lower()}-abc")
    assert flying(registered, heard(5, Claim("remote_id", "X1")), heard(6, named)) == [(5, "heard")]
    (unknown,) = as_told(Leaves(authorised=leaves.authorised))
    assert flying(unknown, heard(5, Claim("remote_id", "X1")), heard(6, named)) == [(6, "heard")]


def test_a_plan_is_flown_by_who_answers_with_all_that_it_names():
    both, address, callsign = as_told(
        Leaves(
            flights=(
                Flight(callsign="BEL3PK", icao24="44a8b2"), Flight(icao24="44A8B2"),
                Flight(callsign="BEL3PK"),
            )
        )
    )  # fmt: skip
    right = heard(1, Claim("icao24", "44A8B2", callsign="BEL3PK"))
    other = heard(2, Claim("icao24", "44FFFF", callsign="BEL3PK"))
    assert flying(both, right, other) == [(1, "heard")]
    assert flying(address, right, other) == [(1, "heard")]
    assert flying(callsign, right, other) == [(1, "heard"), (2, "heard")]


def test_the_address_tells_of_tracks_in_the_picture_only(shared: Running) -> None:
    def given():
        state = shared.state
        state.apply_leaves([leave("X1", area=Area(circle=(50.0, 4.0, 100.0), upper_m=120.0))], begins=True)
        state.apply_leaves([leave("X2", zones=["Z"])], begins=False)
        state.apply_picture(frame(2, [1, 2, 3], whole=True))
        state.apply_identity(heard(2, Claim("remote_id", "X1"), authorisation="authorised"))
        state.apply_identity(heard(77, Claim("remote_id", "X2")))

    with shared.client(**BEARER) as client:
        before = client.get("/api/v1/leaves").json()
        assert (before["known"], before["leaves"]) == (False, [])
        shared.do(given)
        answer = client.get("/api/v1/leaves", params={"soon_s": 60}).json()
        first, second = answer["leaves"]
        assert (answer["known"], answer["soon_s"]) == (True, 60)
        assert first["area"] == {"circle": [50.0, 4.0, 100.0], "upper_m": 120.0}
        assert first["flying"] == [
            {"track_id": 2, "label": "T2", "how": "heard", "authorisation": "authorised"}
        ]
        assert (second["zones"], second["flying"]) == (["Z"], [])
        shared.do(lambda: shared.state.apply_leaves([], begins=True))
        assert client.get("/api/v1/leaves").json()["leaves"] == []


@pytest.mark.parametrize("soon_s", ["soon", "-1", "1e3", str(400 * 86_400), "9" * 30])
def test_what_is_no_length_of_time_is_refused(shared: Running, soon_s) -> None:
    with shared.client(**BEARER) as client:
        answer = client.get("/api/v1/leaves", params={"soon_s": soon_s})
        assert answer.status_code == 400
        assert answer.json()["error"].startswith("soon_s: expected 0 to ")
