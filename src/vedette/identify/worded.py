"""What a person is told of checked claims: how far each is doubted, why, and what a track rests on."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vedette.core.identity import ClaimDoubt, Evidence
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.identify.check_state import CheckState
from vedette.identify.judged import SUSPICIOUS, Judged
from vedette.identify.kinds import WORDS, Kind
from vedette.identify.looks import against

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_TRACK_NS: Final = 30 * NS_PER_S
_COOPERATIVE: Final = ("adsb", "remote_id")
_SURE: Final = 3  # plots of others without which a track rests on its own word
_SHARE: Final = 0.1
_SPEAKS: Final = 1.0  # log odds from which a sensor is named
_DRIFT: Final = "may have drifted rather than flown: satellite navigation is disturbed there"


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be known of one track's claims: a doubt each, what the track rests on, and remarks."""

    doubts: tuple[ClaimDoubt, ...] = ()
    evidence: Evidence = ""
    remarks: tuple[str, ...] = ()


def seen_by_others(plots: Ints, sensors: dict[int, Sensor]) -> Mask:
    """Which tracks rest on more than their own word, (n,).

    plots  (n, s)  of each sensor. A few plots of others may be chance.
    """
    own = np.zeros(plots.shape[1], np.bool_)
    for s, sensor in sensors.items():
        if s < len(own):
            own[s] = sensor.modality in _COOPERATIVE
    claims, rest = plots[:, own].sum(axis=1), plots[:, ~own].sum(axis=1)
    out: Mask = rest >= np.maximum(_SURE, _SHARE * claims)
    return out


def rests_on(tracks: NDArray[np.void], others: Mask) -> dict[int, Evidence]:
    """Evidence by track id; others (n,) as seen_by_others gives it."""
    names: tuple[Evidence, Evidence] = ("claims-only", "both")
    return {t: names[o] for t, o in zip(tracks["track_id"].tolist(), others.tolist(), strict=True)}


def in_words(
    state: CheckState, judged: Judged, trust: Array, small: Mask, evidence: dict[int, Evidence], tick_ns: int
) -> dict[int, Told]:
    """What is to be told, by track id. judged, trust, small (n,) are of all senders."""
    senders = state.senders
    rows = np.flatnonzero((senders.track > 0) & (tick_ns - senders.track_ns <= _TRACK_NS))
    found = np.column_stack([each[rows] for each in judged.kinds.values()]).tolist()
    odds = against(senders, rows).tolist()
    looks, seen = senders.looks[rows].tolist(), senders.seen[rows].tolist()
    drifts = (small & (trust < 1.0))[rows].tolist()
    doubts, codes = judged.doubt[rows].tolist(), senders.code[rows].tolist()
    names = list(judged.kinds)
    out: dict[int, Told] = {}
    for k, track_id in enumerate(senders.track[rows].tolist()):
        looked = Looked(odds[k], looks[k], seen[k])
        key = state.names.claims[codes[k]].key
        doubt = _doubt(key, doubts[k], dict(zip(names, found[k], strict=True)), looked, state.sensors)
        before = out.get(track_id)
        remarks = (_DRIFT,) if drifts[k] or (before is not None and before.remarks) else ()
        earlier = before.doubts if before is not None else ()
        out[track_id] = Told((*earlier, doubt), evidence.get(track_id, ""), remarks)
    return out


class Looked(NamedTuple):
    """What each sensor (s,) says of one sender: log odds, looks, and how often it saw something there."""

    odds: list[float]
    looks: list[int]
    seen: list[int]


def _doubt(
    key: str, probability: float, kinds: dict[Kind, float], looked: Looked, sensors: dict[int, Sensor]
) -> ClaimDoubt:
    """One sender's claim."""
    found = sorted((kind for kind, each in kinds.items() if each >= SUSPICIOUS), key=lambda k: -kinds[k])
    reasons = [WORDS[kind] + _by_whom(kind, looked, sensors) for kind in found]
    if min(looked.odds, default=0.0) < -_SPEAKS:
        for_it = sorted((o, s) for s, o in enumerate(looked.odds) if o < -_SPEAKS and s in sensors)
        reasons.append("seen where it says it is by " + ", ".join(sensors[s].id for _, s in for_it))
    return ClaimDoubt(key, round(probability, 2), [*found], reasons)


def _by_whom(kind: Kind, looked: Looked, sensors: dict[int, Sensor]) -> str:
    """Which sensors say so, and in how many looks."""
    finder = kind == "contradicted-by-direction-finder"
    if not finder and kind not in ("no-target", "contradicted-by-radar"):
        return ""
    named = [
        f"{sensors[s].id} ({looked.seen[s]} of {looked.looks[s]} looks)"
        for odds, s in sorted((-o, s) for s, o in enumerate(looked.odds) if o > SUSPICIOUS)
        if s in sensors and (sensors[s].modality == "rf") == finder
    ]
    return ": " + ", ".join(named) if named else ""
