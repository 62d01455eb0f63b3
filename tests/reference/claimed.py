"""Small skies for the check of claims: who says what, and what sensors see, second by second."""

import math
from dataclasses import replace

import numpy as np

from vedette.core.claim import Claim
from vedette.core.observation import CLEAR_OF_GROUND, SELF_REPORT, Intake
from vedette.core.picture import TRACK
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.identify import check_state, claims_checked
from vedette.kernel.geodesy import geodetic_from_enu

T0 = 1_700_000_000 * NS_PER_S
SITE = np.array([50.9, 4.48, 0.0])
RECEIVER = Sensor(
    id="receiver", index=0, modality="remote_id", scan="self_report", lat_deg=50.9, lon_deg=4.48, alt_m=10.0
)
RADAR = Sensor(
    id="radar", index=1, modality="radar", scan="staring", lat_deg=50.9, lon_deg=4.48, alt_m=10.0,
    period_s=1.0, range_max_m=8000.0, range_sd_m=6.0, azimuth_sd_deg=0.5, detection_probability=0.9,
)  # fmt: skip
FINDER = Sensor(
    id="finder", index=2, modality="rf", scan="staring", lat_deg=50.9, lon_deg=4.48, alt_m=10.0,
    period_s=1.0, range_max_m=10_000.0, azimuth_sd_deg=2.0, detection_probability=0.85,
)  # fmt: skip
NO_TRACKS = (np.zeros(0, TRACK), np.zeros((0, 3), np.int64))
NO_HITS = (np.zeros(0, np.uint32), np.zeros(0, np.int64))


def straight(east=1500.0, north=500.0, up=120.0, v_east=0.0, v_north=10.0):
    """A flight by time, s: place and velocity in the frame of the site."""
    return lambda s: ((east + s * v_east, north + s * v_north, up), (v_east, v_north))


class Sky:
    """A check of claims, and the seconds that it goes through."""

    def __init__(self, *sensors, settings=None, zones=(), origin=SITE, seed=1, leaves=None):
        self.sensors = [RECEIVER, *sensors]
        self.state = check_state.with_sensors(
            check_state.init(origin, settings, list(zones), leaves), self.sensors, []
        )
        self.rng = np.random.default_rng(seed)
        self.s = 0
        self.map = None

    def heard(
        self,
        claims,
        *,
        seen=(),
        emitting=(),
        nac_p=10,
        noise_m=1.5,
        scheme="remote_id",
        told_sd_m=1.5,
        **said,
    ):
        """What is heard in one second, rows and claims.

        claims    ids, with a flight each that they claim
        seen      flights that radars see; emitting: places that transmit
        """
        now_ns = T0 + self.s * NS_PER_S
        intake = Intake()
        for ident, flight in claims.items():
            (e, n, u), (ve, vn) = flight(self.s)
            place = geodetic_from_enu(SITE, np.array([[e, n, u]]) + noise_m * self.rng.normal(size=(1, 3)))[0]
            values = {
                "lat_deg": round(place[0], 7), "lon_deg": round(place[1], 7), "alt_m": place[2],
                "v_east_mps": ve, "v_north_mps": vn, "position_sd_m": told_sd_m, "nac_p": nac_p,
                "flags": SELF_REPORT | CLEAR_OF_GROUND, "signal_dbm": said.get("signal_dbm"),
            }  # fmt: skip
            claim = Claim(
                scheme, ident, category=said.get("category"), id_kind=said.get("id_kind"),
                operator_id=said.get("operator_id"),
            )  # fmt: skip
            intake.observe("0", now_ns, now_ns, claim, values)
        for sensor in self.sensors[1:]:
            self._look(sensor, seen if sensor.modality == "radar" else emitting, now_ns, intake)
        rows = intake.rows()
        lookup = np.array([int(source) for source in intake.sources] or [0], np.uint32)
        rows["sensor"] = lookup[rows["sensor"]]
        return rows, intake.claims

    def second(self, claims, **what):
        """One second of what is heard, through the check."""
        now_ns = T0 + self.s * NS_PER_S
        rows, said = self.heard(claims, **what)
        self.state, _ = claims_checked.step(self.state, rows, said, NO_HITS, NO_TRACKS, now_ns + 10_000_000)
        tick_ns = now_ns + NS_PER_S
        self.state = replace(self.state, works_ns={s.index: tick_ns for s in self.sensors})
        self.state, out = claims_checked.step(self.state, rows[:0], [], NO_HITS, NO_TRACKS, tick_ns)
        self.map = out.map if out.map is not None else self.map
        self.s += 1

    def run(self, seconds, claims, **kwargs):
        """So many seconds alike; the doubt of the first id after each."""
        out = []
        for _ in range(seconds):
            self.second(claims, **kwargs)
            out.append(self.doubt(next(iter(claims))))
        return out

    def _look(self, sensor, flights, now_ns, intake):
        at = (
            np.zeros(3)
            if sensor.lat_deg == SITE[0]
            else np.array([0.0, (sensor.lat_deg - SITE[0]) * 111_250.0, 0.0])
        )
        for flight in flights:
            (e, n, u), _ = flight(self.s)
            d = np.array([e, n, u - 10.0]) - at
            azimuth = math.degrees(math.atan2(d[0], d[1])) + sensor.azimuth_sd_deg * self.rng.normal()
            values = {"azimuth_deg": azimuth % 360.0}
            if sensor.modality == "radar":
                values["range_m"] = float(np.linalg.norm(d)) + 6.0 * self.rng.normal()
            intake.observe(str(sensor.index), now_ns, now_ns, None, values)

    def rows(self, ident):
        """Senders of an id."""
        strand = self.state.names.strand[self.state.names.codes[ident]]
        return [i for i in strand.tolist() if i >= 0]

    def doubt(self, ident):
        """The highest doubt of an id's senders."""
        return max(float(self.state.senders.doubt[i]) for i in self.rows(ident))
