"""Made-up traffic around Brussels for the page's tests: tracks, identities, alerts, zones, sensors."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vedette.core.alert import Alert
from vedette.core.claim import Claim
from vedette.core.classes import CLASSES, Authorisation
from vedette.core.identity import Identity
from vedette.core.picture import TRACK, UNKNOWN_CLASS, AlertLevel, TrackStatus
from vedette.core.sensor import Sensor, SensorStatus
from vedette.core.zone import Period, Volume, Zone

AIRLINES = ("BEL", "RYR", "DLH", "KLM", "AFR", "BAW", "EZY", "TAY")
LAT_DEG, LON_DEG = 50.9014, 4.4844
INTRUDER, PAIR_A, PAIR_B, SURVEY, COASTER, SCRIPT = 101, 102, 103, 104, 105, 106
M_PER_DEG = 111_195.0
ORBIT_M, ORBIT_MPS = 900.0, 14.0

Rows = NDArray[np.void]


def zones() -> list[Zone]:
    """An airport, a power plant, a government quarter and a zone that is not active today."""
    return [
        Zone(
            "EBBR-UAS",
            "Brussels Airport",
            "PROHIBITED",
            [Volume(circle=(LAT_DEG, LON_DEG, 5000.0), lower_m=0, upper_m=1200)],
        ),
        Zone(
            "DOEL",
            "Doel power plant",
            "PROHIBITED",
            [
                Volume(
                    rings=[
                        [
                            (51.34, 4.23),
                            (51.345, 4.27),
                            (51.325, 4.30),
                            (51.305, 4.275),
                            (51.312, 4.235),
                            (51.34, 4.23),
                        ]
                    ],
                    lower_m=0,
                    upper_m=600,
                )
            ],
        ),
        Zone(
            "BXL-GOV",
            "Royal and government quarter",
            "REQ_AUTHORIZATION",
            [Volume(circle=(50.845, 4.365, 1500.0))],
        ),
        Zone(
            "BEAUVECHAIN",
            "Beauvechain exercise",
            "CONDITIONAL",
            [Volume(circle=(50.7586, 4.7683, 6000.0))],
            periods=[Period(end_ns=1)],
        ),
    ]


def sensors() -> list[Sensor]:
    """One of each kind that matters on the page."""
    return [
        Sensor(
            id="radar-1",
            index=0,
            name="Airport radar",
            modality="radar",
            scan="rotating",
            lat_deg=50.9003,
            lon_deg=4.4930,
            alt_m=90.0,
            period_s=4.0,
            range_max_m=60_000.0,
            simulated=True,
        ),
        Sensor(
            id="rf-east",
            index=1,
            name="RF east",
            modality="rf",
            scan="staring",
            lat_deg=50.906,
            lon_deg=4.53,
            range_max_m=8_000.0,
            azimuth_from_deg=200.0,
            azimuth_width_deg=120.0,
            simulated=True,
        ),
        Sensor(
            id="cam-2",
            index=2,
            name="Camera 2",
            modality="camera",
            scan="staring",
            lat_deg=50.8935,
            lon_deg=4.46,
            range_max_m=3_000.0,
            azimuth_from_deg=20.0,
            azimuth_width_deg=60.0,
            simulated=True,
        ),
        Sensor(
            id="adsb", index=3, name="ADS-B Zaventem", modality="adsb", scan="self_report", simulated=True
        ),
    ]


def statuses(now_ns: int, tick: int) -> list[SensorStatus]:
    """Healths of every kind; counts that grow."""
    return [
        SensorStatus("radar-1", 0, "ok", "", now_ns - 800_000_000, tick, tick * 210, {}),
        SensorStatus(
            "rf-east", 1, "degraded", "high noise", now_ns - 2_000_000_000, tick, tick * 12, {"truncated": 14}
        ),
        SensorStatus("cam-2", 2, "silent", "", now_ns - 95_000_000_000, 812, 4031, {}),
        SensorStatus("adsb", 3, "ok", "", now_ns, tick, tick * 340, {"bad-crc": 1203, "unknown-format": 3}),
    ]


class Traffic:
    """Tracks by row; `rows(t)` is where they all are t seconds after the start."""

    def __init__(self, count: int, seed: int) -> None:
        """Lay out `count` tracks, the first dozen of which tell a story."""
        rng = np.random.default_rng(seed)
        self.identities: dict[int, dict[str, Any]] = {}
        n = count
        self.table = np.zeros(n, TRACK)
        for name in ("alt_m", "alt_sd_m", "baro_alt_m", "v_up_mps"):
            self.table[name] = np.nan
        t = self.table
        t["track_id"] = np.arange(200, 200 + n)
        near = np.arange(n) < 140
        t["lat_deg"] = np.where(near, LAT_DEG + rng.normal(0, 0.45, n), rng.uniform(37, 60, n))
        t["lon_deg"] = np.where(near, LON_DEG + rng.normal(0, 0.7, n), rng.uniform(-8, 28, n))
        course = rng.uniform(0, 2 * math.pi, n)
        speed = rng.uniform(110, 250, n)
        t["v_east_mps"], t["v_north_mps"] = speed * np.sin(course), speed * np.cos(course)
        t["v_up_mps"] = rng.choice([-6.0, 0.0, 0.0, 5.0], n)
        t["baro_alt_m"] = (speed - 90) * 68
        t["alt_m"], t["alt_sd_m"] = t["baro_alt_m"] + 60, 12
        t["speed_sd_mps"] = 1.5
        t["sd_major_m"], t["sd_minor_m"] = rng.uniform(30, 160, n), rng.uniform(15, 30, n)
        t["sd_angle_deg"] = rng.uniform(0, 180, n)
        t["existence"], t["class_probability"] = 0.99, 0.97
        t["class_index"] = CLASSES.index("aeroplane")
        t["authorisation"], t["status"] = Authorisation.AUTHORISED, TrackStatus.CONFIRMED
        t["authorisation"][rng.random(n) < 0.05] = Authorisation.UNKNOWN
        for i in range(n):
            code = f"{AIRLINES[i % 8]}{(i * 37) % 900 + 10}"
            self._say(
                int(t["track_id"][i]),
                code,
                "aeroplane",
                "authorised",
                [f"ADS-B callsign {code} matches a flight plan"],
            )
        self._birds(rng)
        self._story()

    def _say(
        self, track_id: int, label: str, cls: str, standing: str, reasons: list[str], **more: Any
    ) -> None:
        self.identities[track_id] = {
            "label": label,
            "classes": {cls: 0.94, "other": 0.06},
            "authorisation": standing,
            "reasons": reasons,
            **more,
        }

    def _birds(self, rng: np.random.Generator) -> None:
        t = self.table
        for i in range(20, min(34, len(t))):
            t[i]["lat_deg"], t[i]["lon_deg"] = LAT_DEG + rng.normal(0, 0.03), LON_DEG + rng.normal(0, 0.05)
            t[i]["v_east_mps"], t[i]["v_north_mps"], t[i]["v_up_mps"] = (
                rng.normal(0, 8),
                rng.normal(0, 8),
                np.nan,
            )
            t[i]["alt_m"], t[i]["baro_alt_m"], t[i]["class_index"] = 90, np.nan, CLASSES.index("bird")
            t[i]["authorisation"] = Authorisation.UNKNOWN
            self._say(int(t[i]["track_id"]), f"T{t[i]['track_id']}", "bird", "unknown", ["flaps its wings"])

    def _put(
        self, row: int, track_id: int, cls: str, lat: float, lon: float, v: tuple[float, float], **more: Any
    ) -> None:
        one = self.table[row]
        one["track_id"], one["lat_deg"], one["lon_deg"] = track_id, lat, lon
        one["v_east_mps"], one["v_north_mps"], one["v_up_mps"] = *v, np.nan
        one["alt_m"], one["alt_sd_m"], one["baro_alt_m"] = 160, 14, np.nan
        one["sd_major_m"], one["sd_minor_m"], one["class_probability"] = 32, 12, 0.94
        one["class_index"] = CLASSES.index(cls) if cls else UNKNOWN_CLASS
        for name, value in more.items():
            one[name] = value

    def _story(self) -> None:
        foe, actual, predicted = Authorisation.UNAUTHORISED, AlertLevel.ACTUAL, AlertLevel.PREDICTED
        self._put(0, INTRUDER, "multirotor", LAT_DEG, LON_DEG, (0, 0), authorisation=foe, alert=actual)
        self._put(1, PAIR_A, "fixed_wing_drone", 51.24, 4.10, (19, 14), authorisation=foe, alert=predicted)
        self._put(2, PAIR_B, "fixed_wing_drone", 51.2375, 4.104, (19, 14), authorisation=foe)
        self._put(3, SURVEY, "multirotor", 50.872, 4.405, (6, 3), authorisation=Authorisation.AUTHORISED)
        coasting = {"status": TrackStatus.COASTING, "sd_major_m": 420, "sd_minor_m": 130, "alt_m": np.nan}
        self._put(4, COASTER, "", 50.93, 4.41, (22, -9), authorisation=Authorisation.UNKNOWN, **coasting)
        self._put(5, SCRIPT, "helicopter", 50.86, 4.53, (-38, 12), authorisation=Authorisation.UNKNOWN)
        self._put(6, 107, "balloon", 50.80, 4.62, (4, 2), authorisation=Authorisation.UNKNOWN)
        self._say(
            INTRUDER,
            "T101",
            "multirotor",
            "unauthorised",
            [
                "no Remote ID and no ADS-B while other drones near it are heard",
                "inside Brussels Airport without a permit",
                "flies a circle, 14 m/s, as multirotors do",
            ],
            sensors=["radar-1", "rf-east", "cam-2"],
        )
        for track_id in (PAIR_A, PAIR_B):
            why = ["no claim of any kind", "two tracks in formation, 400 m apart"]
            self._say(track_id, f"T{track_id}", "fixed_wing_drone", "unauthorised", why, sensors=["radar-1"])
        claim = Claim(
            "remote_id",
            "1596F3500A7C21",
            category="multirotor",
            operator_id="BEL-7f3k-OP",
            operator_lat_deg=50.8719,
            operator_lon_deg=4.4041,
            description="survey of Woluwe viaduct",
        )
        why = ["Remote ID 1596F3500A7C21 holds authorisation BE-2026-0412"]
        self._say(
            SURVEY,
            "Survey 12",
            "multirotor",
            "authorised",
            why,
            claims=[claim],
            sensors=["rf-east", "radar-1"],
        )
        script = '<img src=x onerror="window.broken=1">'
        self._say(
            SCRIPT,
            script,
            "helicopter",
            "unknown",
            [script],
            claims=[Claim("icao24", script, callsign=script)],
        )

    def rows(self, seconds: float, now_ns: int) -> Rows:
        """All tracks now; the intruder flies its circle, the others straight on."""
        t = self.table.copy()
        step = seconds % 1800
        t["lat_deg"] += t["v_north_mps"] * step / M_PER_DEG
        t["lon_deg"] += t["v_east_mps"] * step / (M_PER_DEG * np.cos(np.radians(t["lat_deg"])))
        angle = seconds * ORBIT_MPS / ORBIT_M
        here = t[0]
        here["lat_deg"] = LAT_DEG + ORBIT_M * math.cos(angle) / M_PER_DEG
        here["lon_deg"] = LON_DEG + ORBIT_M * math.sin(angle) / (M_PER_DEG * math.cos(math.radians(LAT_DEG)))
        here["v_east_mps"], here["v_north_mps"] = ORBIT_MPS * math.cos(angle), -ORBIT_MPS * math.sin(angle)
        t["time_ns"] = now_ns
        t["heard_ns"] = now_ns - 300_000_000
        t["heard_ns"][4] = now_ns - 17_000_000_000
        return t

    def identity(self, track_id: int, now_ns: int) -> Identity:
        """What is known of one track."""
        known = self.identities[track_id]
        return Identity(
            track_id,
            now_ns,
            known["label"],
            now_ns - 412_000_000_000,
            **{k: v for k, v in known.items() if k != "label"},
        )

    def alerts(self, now_ns: int) -> list[Alert]:
        """Two that hold and one that was cleared."""
        rule = "zone_entry"
        return [
            Alert(
                "a-0",
                now_ns - 600_000_000_000,
                900,
                rule,
                "BXL-GOV",
                "Royal and government quarter",
                "cleared",
                "caution",
                0.7,
                50.845,
                4.365,
                label="T900",
            ),
            Alert(
                "a-1",
                now_ns - 65_000_000_000,
                INTRUDER,
                rule,
                "EBBR-UAS",
                "Brussels Airport",
                "actual",
                "warning",
                0.97,
                LAT_DEG,
                LON_DEG,
                label="T101",
                reasons=["unauthorised multirotor inside the zone for 65 s"],
            ),
            Alert(
                "a-2",
                now_ns - 8_000_000_000,
                PAIR_A,
                rule,
                "DOEL",
                "Doel power plant",
                "predicted",
                "warning",
                0.81,
                51.24,
                4.10,
                412.0,
                "T102",
                ["enters in about seven minutes if it flies on"],
            ),
        ]
