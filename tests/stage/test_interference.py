"""The map of interference: what makes a cell yellow or red, and what brings it back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vedette.core.units import NS_PER_S
from vedette.identify.interference import (
    CELL_DEG,
    cells_of,
    level_of,
    qualities,
    same,
    told,
    trust,
    update,
)
from vedette.identify.senders import BAD, GOOD, UNKNOWN, none

T0 = 1_700_000_000 * NS_PER_S
NO = np.zeros(1, np.bool_)


def flying(n, bad, *, now_ns=T0, jumped=0):
    """Senders heard just now, the first of which are bad, or have jumped."""
    senders = none(0, n)
    senders.count[:], senders.ring_ns[:, 0] = 1, now_ns
    senders.airborne[:] = 1
    senders.quality[:] = GOOD
    senders.quality[:bad] = BAD
    senders.jumped_ns[:jumped] = now_ns
    return senders


def mapped(cells, senders, now_ns=T0, *, small=False, doubted=False):
    n = len(senders)
    here = np.full(n, 4242)
    return update(cells, senders, here, np.full(n, small), np.full(n, doubted), now_ns)


def test_an_aircraft_is_bad_from_2_and_good_from_4():
    nac_p = np.array([0.0, 2.0, 3.0, 4.0, 11.0, np.nan])
    best, big = np.full(6, 10.0), np.zeros(6, np.bool_)
    for before in (UNKNOWN, GOOD, BAD):
        out = qualities(nac_p, best, np.full(6, before), big)
        assert out.tolist() == [BAD, BAD, before, GOOD, GOOD, before]


def test_remote_id_that_never_told_its_accuracy_has_not_lost_it():
    never, once = np.array([-1.0, 0.0]), np.array([9.0, 4.0])
    zero, before, small = np.zeros(2), np.full(2, UNKNOWN), np.ones(2, np.bool_)
    assert qualities(zero, never, before, small).tolist() == [UNKNOWN, UNKNOWN]
    assert qualities(zero, once, before, small).tolist() == [BAD, BAD]


def test_yellow_above_two_per_cent_and_red_above_ten():
    assert level_of(100, 2, 0) == "green"
    assert level_of(100, 3, 0) == "yellow"
    assert level_of(100, 10, 0) == "yellow"
    assert level_of(100, 11, 0) == "red"
    assert level_of(3, 1, 0) == "yellow", "one alone may have a fault of its own"
    assert level_of(3, 2, 0) == "red"
    assert level_of(5, 0, 3) == "red"
    assert level_of(0, 0, 0) == "green"


def test_a_level_holds_for_a_minute_and_then_falls():
    cells = mapped({}, flying(10, 5))
    assert cells[4242].level == "red"
    since = cells[4242].since_ns
    for s in (5, 30, 55):
        cells = mapped(cells, flying(10, 0, now_ns=T0 + s * NS_PER_S), T0 + s * NS_PER_S)
        assert (cells[4242].level, cells[4242].since_ns) == ("red", since)
    cells = mapped(cells, flying(10, 0, now_ns=T0 + 65 * NS_PER_S), T0 + 65 * NS_PER_S)
    assert cells[4242].level == "green"
    assert cells[4242].since_ns == T0 + 65 * NS_PER_S


def test_a_cell_that_nobody_flies_through_goes():
    cells = mapped({}, flying(10, 5))
    later = T0 + 120 * NS_PER_S
    assert mapped(cells, none(0, 0), T0 + 30 * NS_PER_S)[4242].level == "red"
    assert mapped(cells, none(0, 0), later) == {}


def test_joint_jumps_make_it_red():
    (cell,) = told(mapped({}, flying(6, 0, jumped=3)))
    assert cell.level == "red"
    assert "3 claims jumped" in cell.reasons[0]


def test_the_doubted_do_not_count_and_remote_id_only_where_it_is_seen():
    assert mapped({}, flying(5, 5), doubted=True) == {}
    unseen = flying(5, 5)
    assert mapped({}, unseen, small=True) == {}
    unseen.odds[:] = -3.0
    assert mapped({}, unseen, small=True)[4242].level == "red"


def test_positions_are_trusted_less_where_it_is_disturbed_and_by_those_who_lost_them():
    cells = {**mapped({}, flying(10, 5))}
    here = np.array([4242, 4242, 1, 1])
    lost = np.array([False, True, False, True])
    out = trust(cells, here, lost)
    assert out[0] < 0.5
    assert out[1] <= out[0]
    assert out[2] == 1.0
    assert out[3] < 0.5


@given(lat=st.floats(-90.0, 90.0), lon=st.floats(-180.0, 180.0))
def test_every_place_lies_in_its_cell(lat, lon):
    key = int(cells_of(np.array([lat]), np.array([lon]))[0])
    (cell,) = told({key: mapped({}, flying(1, 0))[4242]})
    assert cell.south_deg - 1e-6 <= lat <= cell.north_deg + 1e-6
    assert cell.west_deg - 1e-5 <= (lon + 180.0) % 360.0 - 180.0 <= cell.east_deg + 1e-5
    assert abs(cell.north_deg - cell.south_deg - CELL_DEG) < 1e-6


def test_maps_are_alike_while_levels_are():
    a, b = mapped({}, flying(10, 5)), mapped({}, flying(20, 9))
    assert same(told(a), told(b))
    assert not same(told(a), told(mapped({}, flying(10, 0))))
