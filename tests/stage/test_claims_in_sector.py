"""Forged claims in a sector: they draw no track away, and what only they speak of is marked as that."""

import msgspec
import numpy as np
from claimed import RADAR, SITE, T0, Sky, straight

from vedette.app.sector import Sector
from vedette.core.classes import Authorisation
from vedette.core.observation import Batch
from vedette.core.units import NS_PER_S
from vedette.identify.settings import Authorised, IdentifySettings
from vedette.kernel.geodesy import enu_from_geodetic

LEAVE = IdentifySettings(authorised=[Authorised(serial="A")])


class Node:
    """A sector fed by a sky, second by second."""

    def __init__(self, *sensors, settings=LEAVE):
        self.sky = Sky(*sensors)
        self.sector = Sector((SITE[0], SITE[1]), [], None, settings)
        self.rows = None
        self.map = None

    def run(self, seconds, claims, **what):
        for _ in range(seconds):
            rows, said = self.sky.heard(claims, **what)
            now_ns = T0 + self.sky.s * NS_PER_S
            sensors = self.sky.sensors if self.sky.s == 0 else []
            tick_ns = now_ns + 20_000_000
            self.sector.step(Batch(2 * self.sky.s, tick_ns, rows.tobytes(), said, sensors))
            out = self.sector.step(Batch(2 * self.sky.s + 1, now_ns + NS_PER_S))
            self.rows = out.picture.rows if out.picture is not None else self.rows
            self.map = out.interference if out.interference is not None else self.map
            self.sky.s += 1

    def identities(self):
        shown = set(self.rows["track_id"].tolist())
        return [i for i in self.sector.identities if i.track_id in shown]

    def away_m(self, flight):
        """From a flight to the nearest shown track."""
        (e, n, _), _ = flight(self.sky.s)
        at = enu_from_geodetic(
            np.array([SITE[0], SITE[1], 0.0]), self.rows["lat_deg"].copy(), self.rows["lon_deg"].copy(),
            np.zeros(len(self.rows)),
        )  # fmt: skip
        return float(np.hypot(at[:, 0] - e, at[:, 1] - n).min())


def test_a_ghost_is_shown_as_what_it_is():
    node = Node(RADAR)
    ghost, other = straight(), straight(east=-1500.0)
    node.run(25, {"A": ghost}, seen=[other])
    (one,) = [i for i in node.identities() if i.claims]
    assert one.evidence == "claims-only"
    assert one.authorisation == "unauthorised", "it has leave, and is doubted"
    assert "is doubted" in one.reasons[0]
    assert one.doubts[0].kinds[0] == "no-target"
    (true,) = [i for i in node.identities() if not i.claims]
    assert true.evidence == "seen-only"


def test_an_honest_drone_keeps_its_leave():
    node = Node(RADAR)
    flight = straight()
    node.run(25, {"A": flight}, seen=[flight])
    (one,) = node.identities()
    assert one.evidence == "both"
    assert one.authorisation == "authorised"
    assert one.doubts[0].probability < 0.1
    assert any("seen where it says it is by radar" in reason for reason in one.doubts[0].reasons)


def test_a_claim_that_goes_away_does_not_take_the_track_with_it():
    node = Node(RADAR)
    real = straight(v_east=4.0)

    def lie(s):
        off = max(s - 20, 0) * 15.0
        (e, n, u), (ve, vn) = real(s)
        return (e + off, n, u), (ve + (15.0 if s > 20 else 0.0), vn)

    node.run(60, {"A": lie}, seen=[real])
    assert node.away_m(real) < 40.0
    rows = node.rows
    near = [i for i in node.identities() if i.evidence != "claims-only"]
    assert len(near) == 1
    row = rows[rows["track_id"] == near[0].track_id][0]
    assert row["authorisation"] != Authorisation.AUTHORISED


def test_without_the_check_it_is_as_it_was():
    settings = msgspec.structs.replace(LEAVE, check_claims=False)
    node = Node(RADAR, settings=settings)
    node.run(25, {"A": straight()}, seen=[])
    (one,) = node.identities()
    assert one.authorisation == "authorised"
    assert one.doubts == []
    assert one.evidence == ""
    assert node.sector.check is None


def test_the_map_comes_out_of_the_sector():
    node = Node()
    fleet = {f"44000{k}": straight(east=300.0 * k, up=3000.0) for k in range(8)}
    node.run(12, fleet, scheme="icao24")
    assert [c.level for c in node.map] == ["green"]
    node.run(12, fleet, scheme="icao24", nac_p=0)
    (cell,) = node.map
    assert cell.level == "red"
    assert cell.bad == cell.aircraft == 8


def test_the_same_input_gives_the_same_doubts():
    def run():
        node = Node(RADAR)
        node.run(15, {"A": straight(), "B": straight(east=-800.0)}, seen=[straight()])
        return [msgspec.json.encode(i) for i in node.identities()]

    assert run() == run()
