"""Registration benchmark: faults planted on one of three radars, what is found, what the picture is worth.

The tracker runs three times on the same scene: nothing wrong; the fault, uncorrected; the fault, with
registration. Picture: mean GOSPA with c = 1000 m over every second, from 60 s and from 300 s on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.registration_scene import ORIGIN, STEP_S, T0_NS, Planted, Scene, flat, make
from vedette.core.picture import TrackStatus
from vedette.core.units import NS_PER_S
from vedette.evaluate.gospa import gospa
from vedette.track.registration import SensorBias, report
from vedette.track.registration import init as init_registration
from vedette.track.settings import TrackerSettings
from vedette.track.sightings import RegistrationSettings
from vedette.track.state import init, with_sensors
from vedette.track.step import step

Array = NDArray[np.float64]

CUTOFF_M = 1000.0
TICK_NS = NS_PER_S
_FROM_S = 60.0
_SETTLED_S = 300.0
_AZIMUTH_FOUND_DEG = 0.05
_RANGE_FOUND_M = 10.0
_RATIO = 1.05
_EVERY_S = 60


@dataclass(slots=True)
class Told:
    """What one run gave: GOSPA with its parts by second, (t, 4), and what registration said by second."""

    scores: Array
    biases: list[list[SensorBias]]


def run(
    azimuth_deg: float = 0.3,
    range_m: float = 80.0,
    clock_s: float = 0.0,
    radar: int = 0,
    seed: int = 1,
    minutes: float = 8.0,
    adsb: float = 0.0,
    *,
    east_m: float = 0.0,
    north_m: float = 0.0,
    elevation_deg: float = 0.0,
    height: str = "baro",
    aircraft: int = 40,
    settings: RegistrationSettings | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Plant one radar's biases and say what came of it; say gets lines of progress.

    adsb    share of aircraft that tell their position, 0 to 1
    height  what the radars say of it: "baro", "elevation", "none"
    """
    planted = Planted(radar, azimuth_deg, range_m, elevation_deg, east_m, north_m, clock_s)
    extra: dict[str, Any] = {"aircraft": aircraft, "adsb": float(adsb), "height": height}
    say(f"seed {seed}: {minutes:g} minutes without a fault")
    sound = watch(make(Planted(), seed, minutes, **extra), None)
    scene = make(planted, seed, minutes, **extra)
    say("the same with the fault")
    bent = watch(scene, None)
    say("the same with registration")
    found = watch(scene, settings or RegistrationSettings())
    at = min(int(_SETTLED_S), len(found.biases)) - 1
    return {
        "planted": {name: getattr(planted, name) for name in Planted.__slots__},
        "seed": seed,
        "minutes": minutes,
        "adsb": float(adsb),
        "height": height,
        "gospa_m": _means(sound, bent, found, _FROM_S),
        "gospa_settled_m": _means(sound, bent, found, _SETTLED_S),
        "errors_by_minute": [
            {"minute": i // _EVERY_S} | _worst(found.biases[i - 1], planted)
            for i in range(_EVERY_S, len(found.biases) + 1, _EVERY_S)
        ],
        "found_after_s": _found_after(found, planted),
        "at_s": at + 1,
        "sensors": [_plain(bias) for bias in found.biases[at]],
        "worst_error": _worst(found.biases[at], planted),
    }


def judge(result: dict[str, Any]) -> bool:
    """Whether all azimuths and ranges are found after five minutes, and the picture is as without a fault."""
    worst = result["worst_error"]
    return bool(
        result["at_s"] >= _SETTLED_S
        and worst["azimuth_deg"] <= _AZIMUTH_FOUND_DEG
        and worst["range_m"] <= _RANGE_FOUND_M
        and result["gospa_m"]["registered_over_unbiased"] <= _RATIO
    )


def table(result: dict[str, Any]) -> str:
    """The same for people."""
    planted, gospa = result["planted"], result["gospa_m"]
    ratio = gospa["registered_over_unbiased"]
    lines = [
        f"planted on radar {planted['radar']}: {planted['azimuth_deg']:g} deg, {planted['range_m']:g} m",
        "largest error of any radar   azimuth deg   range m",
    ]
    lines += [
        f"  after minute {row['minute']:<14}  {row['azimuth_deg']:>11.4f}  {row['range_m']:>8.1f}"
        for row in result["errors_by_minute"]
    ]
    lines += [
        f"mean GOSPA from {_FROM_S:.0f} s on, m: {gospa['unbiased']} without the fault, "
        f"{gospa['biased']} with it, {gospa['registered']} registered ({ratio:.3f} x)",
        f"asked: {_AZIMUTH_FOUND_DEG} deg, {_RANGE_FOUND_M:g} m after {_SETTLED_S:.0f} s, {_RATIO} x: "
        + ("kept" if judge(result) else "not kept"),
    ]
    return "\n".join(lines)


def watch(scene: Scene, settings: RegistrationSettings | None) -> Told:
    """Run the tracker over a scene, with registration if it has settings."""
    tracker = init(float(ORIGIN[0]), float(ORIGIN[1]), TrackerSettings(registration=False))
    tracker = with_sensors(tracker, scene.sensors)
    if settings is not None:
        tracker = replace(tracker, registration=init_registration(ORIGIN, settings))
    scores, biases = [], []
    for tick_ns, rows in _ticks(scene):
        tracker, output = step(tracker, rows, [], tick_ns)
        if tracker.registration is not None:
            biases.append(report(tracker.registration))
        scores.append(_score(scene, output.rows, tick_ns))
    return Told(np.array(scores), biases)


def _ticks(scene: Scene) -> Iterator[tuple[int, NDArray[np.void]]]:
    """End of each second and what was heard in it."""
    seconds = int((len(scene.truth) - 20) * STEP_S)
    heard = scene.rows["heard_ns"]
    done = 0
    for second in range(1, seconds + 1):
        tick_ns = T0_NS + second * TICK_NS
        upto = int(np.searchsorted(heard, tick_ns))
        yield tick_ns, scene.rows[done:upto]
        done = upto


def _score(scene: Scene, rows: NDArray[np.void], tick_ns: int) -> tuple[float, float, int, int]:
    """GOSPA, m, its localisation, m², and the numbers missed and false, at one second."""
    shown = rows[rows["status"] != TrackStatus.ENDED]
    truth = scene.places(tick_ns)
    places = flat(shown["lat_deg"].astype(np.float64), shown["lon_deg"].astype(np.float64))
    away = np.hypot(*(truth[:, None] - places[None]).transpose(2, 0, 1))
    score, _ = gospa(away, CUTOFF_M)
    return score.total_m, score.localisation_m2, score.missed, score.false


def _means(sound: Told, bent: Told, found: Told, from_s: float) -> dict[str, Any] | None:
    """Mean GOSPA from a second on, and the parts of it."""
    first = int(from_s)
    if first >= len(sound.scores):
        return None
    out: dict[str, Any] = {}
    for name, told in (("unbiased", sound), ("biased", bent), ("registered", found)):
        total, localisation, missed, false = told.scores[first:].mean(axis=0).tolist()
        out[name] = round(total, 1)
        out[f"{name}_parts"] = {
            "localisation_m2": round(localisation),
            "missed": round(missed, 2),
            "false": round(false, 2),
        }
    out["registered_over_unbiased"] = round(out["registered"] / out["unbiased"], 4)
    out["biased_over_unbiased"] = round(out["biased"] / out["unbiased"], 4)
    return out


def _errors(bias: SensorBias, planted: Planted) -> dict[str, float]:
    """What was found less what was planted, of one sensor."""
    mine = planted if bias.sensor == planted.radar else Planted()
    return {
        "azimuth_deg": bias.azimuth_deg - mine.azimuth_deg,
        "range_m": bias.range_m - mine.range_m,
        "elevation_deg": bias.elevation_deg - mine.elevation_deg,
        "east_m": bias.east_m - mine.east_m,
        "north_m": bias.north_m - mine.north_m,
        "clock_s": bias.clock_s - mine.clock_s,
    }


def _worst(biases: list[SensorBias], planted: Planted) -> dict[str, float]:
    """The largest error of any sensor, by bias."""
    errors = [_errors(bias, planted) for bias in biases]
    return {name: round(max(abs(e[name]) for e in errors), 4) for name in errors[0]} if errors else {}


def _found_after(told: Told, planted: Planted) -> int | None:
    """Seconds after which all azimuths and ranges stay found, to 0.05° and 10 m; None if they do not."""
    after = None
    for second, biases in enumerate(told.biases, start=1):
        worst = _worst(biases, planted)
        good = (
            len(biases) >= 3
            and worst["azimuth_deg"] <= _AZIMUTH_FOUND_DEG
            and worst["range_m"] <= _RANGE_FOUND_M
        )
        after = (after or second) if good else None
    return after


def _plain(bias: SensorBias) -> dict[str, Any]:
    return {
        name: round(value, 5) if isinstance(value, float) else value
        for name, value in ((n, getattr(bias, n)) for n in bias.__struct_fields__)
    }
