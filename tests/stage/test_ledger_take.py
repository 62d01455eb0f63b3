"""Exports and taking them over: partners who were cut off agree once they hold the same entries."""

import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import START_NS, Clock, fault_of, filled, forge, known, note, open_ledger

from vedette.core.errors import LedgerError
from vedette.core.hlc import FURTHEST_AHEAD_NS
from vedette.core.units import NS_PER_S
from vedette.ledger import head, keys
from vedette.ledger.judge import Terms
from vedette.ledger.read import Reader, Wanted
from vedette.ledger.take import Taken
from vedette.ledger.verify import verify

NODES = ("airport", "police", "tower")


def exported(folder, path, **wanted):
    with Reader(folder) as reader:
        reader.export(path, **wanted)
    return path


def told(folder, **wanted):
    with Reader(folder) as reader:
        return list(reader.entries(Wanted(**wanted)))


@pytest.fixture
def pair(tmp_path):
    """Two nodes' ledgers, and the keys of both."""
    filled(tmp_path / "airport", node="airport")
    filled(tmp_path / "tower", node="tower", clock=Clock(START_NS + NS_PER_S // 2))
    return tmp_path / "airport", tmp_path / "tower", known(tmp_path / "airport", tmp_path / "tower")


def test_two_that_were_cut_off_agree_once_they_hold_the_same(pair, tmp_path):
    airport, tower, trusted = pair
    from_airport = exported(airport, tmp_path / "a.vdtl", incident="fire")
    from_tower = exported(tower, tmp_path / "t.vdtl", incident="fire")
    with open_ledger(airport) as ledger:
        assert ledger.take(from_tower, trusted) == Taken(entries=4, withheld=0, known=0)
    with open_ledger(tower, "tower") as ledger:
        ledger.take(from_airport, trusted)
    joint = told(airport, incident="fire")
    assert joint == told(tower, incident="fire")
    assert [e.place for e in joint] == sorted(e.place for e in joint)
    assert {e.node for e in joint} == {"airport", "tower"}
    for folder in (airport, tower):
        assert verify(folder, Terms(known=trusted)).fault is None


def test_taking_the_same_again_changes_nothing(pair, tmp_path):
    airport, tower, trusted = pair
    path = exported(tower, tmp_path / "t.vdtl")
    with open_ledger(airport) as ledger:
        ledger.take(path, trusted)
        before = told(airport)
        assert ledger.take(path, trusted) == Taken(entries=0, withheld=0, known=6)
        assert told(airport) == before


def test_what_was_withheld_can_come_later(pair, tmp_path):
    airport, tower, trusted = pair
    part = exported(tower, tmp_path / "part.vdtl", incident="fire", first=3)
    whole = exported(tower, tmp_path / "whole.vdtl")
    with open_ledger(tower, "tower") as ledger:
        ledger.append([note("x", "flood"), note("y", "fire"), note("z", "flood")])
    mixed = exported(tower, tmp_path / "mixed.vdtl", incident="flood")
    with open_ledger(airport) as ledger:
        assert ledger.take(mixed, trusted) == Taken(entries=2, withheld=1, known=0)
        ledger.take(part, trusted)
        assert [e.seq for e in told(airport, node="tower")] == [3, 4, 5, 6, 7, 9]
        ledger.take(whole, trusted)
        assert ledger.take(exported(tower, tmp_path / "all.vdtl"), trusted) == Taken(1, 0, 8)
        assert ledger.take(mixed, trusted) == Taken(entries=0, withheld=0, known=3)
    assert [e.seq for e in told(airport, node="tower")] == list(range(1, 10))
    assert verify(airport, Terms(known=trusted)).fault is None


def test_what_was_taken_over_is_given_on_with_its_proof(pair, tmp_path):
    airport, tower, trusted = pair
    with open_ledger(airport) as ledger:
        ledger.take(exported(tower, tmp_path / "t.vdtl", incident="fire"), trusted)
    third = exported(airport, tmp_path / "again.vdtl", node="tower")
    verdict = verify(third, Terms(known=known(tower)))
    assert verdict.fault is None
    assert [node.node for node in verdict.nodes] == ["tower"]


@settings(max_examples=6)
@given(st.data())
def test_in_whatever_order_and_parts_the_same_entries_come_out(tmp_path_factory, data):
    """Exports of any parts of three nodes, some withheld, taken over in two orders by two others."""
    base = tmp_path_factory.mktemp("order")
    incidents = st.sampled_from([None, "fire", "flood"])
    for i, node in enumerate(NODES):
        groups = data.draw(st.lists(st.tuples(st.integers(1, 2), incidents), min_size=1, max_size=4))
        filled(base / node, groups, node, Clock(START_NS + i))
    trusted = known(*(base / node for node in NODES))
    parts = []
    for n in range(data.draw(st.integers(1, 5))):
        node = data.draw(st.sampled_from(NODES))
        first = data.draw(st.integers(1, 6))
        try:
            parts.append(
                exported(
                    base / node,
                    base / f"{n}.vdtl",
                    first=first,
                    last=data.draw(st.integers(first, 8)),
                    incident=data.draw(incidents),
                )
            )
        except LedgerError as error:
            assert "none that are asked for" in str(error)  # noqa: PT017 -- an empty part is not taken
    outcomes = []
    for name, order in (("x", parts), ("y", data.draw(st.permutations(parts + parts)))):
        with open_ledger(base / name, name) as ledger:
            for part in order:
                ledger.take(part, trusted)
        outcomes.append(told(base / name))
        assert verify(base / name, Terms(known=trusted)).fault is None
    assert outcomes[0] == outcomes[1]
    shutil.rmtree(base)


# What is refused


def test_an_export_that_is_not_proved_is_not_taken_over_at_all(pair, tmp_path):
    airport, tower, trusted = pair
    path = exported(tower, tmp_path / "t.vdtl")
    path.write_bytes(path.read_bytes().replace(b"bert", b"eve!").replace(b"2.1", b"9.1"))
    with open_ledger(airport) as ledger:
        with pytest.raises(LedgerError, match=r"not taken over: hash at tower seq 5"):
            ledger.take(path, trusted)
        assert {e.node for e in told(airport)} == {"airport"}
        with pytest.raises(LedgerError, match="expected an export"):
            ledger.take(tower / head.LEDGER_FILE, trusted)
        with pytest.raises(LedgerError, match="expected an export"):
            ledger.take(tmp_path / "none", trusted)


def test_a_stranger_is_not_taken_over(pair, tmp_path):
    airport, tower, _ = pair
    with open_ledger(airport) as ledger, pytest.raises(LedgerError, match="unknown-key"):
        ledger.take(exported(tower, tmp_path / "t.vdtl"), known(airport))


@pytest.mark.parametrize("first", [1, 3, 4])
def test_a_node_that_signed_two_histories_is_found_out(pair, tmp_path, first):
    """In whichever part of them: in the same place, and where one would go on from the other."""
    airport, tower, trusted = pair
    other = filled(tmp_path / "other", ((2, None), (1, "flood"), (3, "fire"), (1, None)), "tower")
    with open_ledger(airport) as ledger:
        ledger.take(exported(tower, tmp_path / "one.vdtl", last=3), trusted)
        with pytest.raises(LedgerError, match="fork at tower seq"):
            ledger.take(exported(other, tmp_path / "two.vdtl", first=first), trusted)
    assert len(told(airport, node="tower")) == 3


def test_a_history_before_what_is_here_must_lead_to_it(pair, tmp_path):
    airport, tower, trusted = pair
    other = filled(tmp_path / "other", ((2, "flood"), (1, "fire")), "tower")
    with open_ledger(airport) as ledger:
        ledger.take(exported(tower, tmp_path / "late.vdtl", first=3), trusted)
        with pytest.raises(LedgerError, match="fork at tower seq 1 to 2"):
            ledger.take(exported(other, tmp_path / "early.vdtl", last=2), trusted)
        ledger.take(exported(tower, tmp_path / "right.vdtl", last=2), trusted)
    assert len(told(airport, node="tower")) == 6


def test_a_partner_who_holds_more_of_us_than_we_do_shows_that_we_lost_some(pair, tmp_path):
    airport, _, trusted = pair
    whole = exported(airport, tmp_path / "whole.vdtl")
    forge(airport, "DELETE FROM entry WHERE seq > 3", "DELETE FROM entry_group WHERE first > 3")
    (airport / head.HEAD_FILE).unlink()
    with open_ledger(airport) as ledger, pytest.raises(LedgerError, match="truncated at airport seq 4"):
        ledger.take(whole, trusted)


def test_our_own_entries_coming_back_change_nothing(pair, tmp_path):
    airport, _, trusted = pair
    with open_ledger(airport) as ledger:
        assert ledger.take(exported(airport, tmp_path / "own.vdtl"), trusted).known == 6
    assert fault_of(airport) is None


def test_an_export_of_nothing_is_refused(pair, tmp_path):
    for wanted in ({"incident": "none"}, {"first": 99}, {"node": "nobody"}):
        with pytest.raises(LedgerError, match="got none that are asked for"):
            exported(pair[0], tmp_path / "e.vdtl", **wanted)
        assert not (tmp_path / "e.vdtl").exists()


# Time


def test_what_is_written_after_taking_over_comes_after_it_also_once_opened_again(pair, tmp_path):
    airport, tower, trusted = pair
    ahead = filled(tmp_path / "ahead", node="police", clock=Clock(START_NS + 30 * NS_PER_S))
    trusted = {**trusted, **known(ahead)}
    path = exported(ahead, tmp_path / "p.vdtl")
    for folder, node in ((airport, "airport"), (tower, "tower")):
        with open_ledger(folder, node, Clock(START_NS)) as ledger:
            ledger.take(path, trusted)
            if node == "airport":
                ledger.append([note("after")])
        if node == "tower":
            with open_ledger(folder, node, Clock(START_NS)) as ledger:
                ledger.append([note("after")])
        assert told(folder)[-1].node == node


def test_a_partner_with_a_wrong_clock_does_not_carry_ours_along(pair, tmp_path):
    airport, _, trusted = pair
    wrong = filled(tmp_path / "wrong", node="police", clock=Clock(START_NS + 365 * 86_400 * NS_PER_S))
    with open_ledger(airport) as ledger:
        ledger.take(exported(wrong, tmp_path / "w.vdtl"), {**trusted, **known(wrong)})
        (entry,) = ledger.append([note("after")])
    assert entry.stamp.time_ns < START_NS + FURTHEST_AHEAD_NS
    assert keys.read_known(airport / keys.KNOWN_FILE).keys() == {"airport"}
