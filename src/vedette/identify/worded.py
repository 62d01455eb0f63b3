"""What a person is told of checked claims: how far each is doubted, why, and what a track rests on."""

from dataclasses import dataclass
from typing import Final

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
    odds = against(senders, rows)
    out: dict[int, Told] = {}
    for k, i in enumerate(rows.tolist()):
        track_id = int(senders.track[i])
        before = out.get(track_id, Told(evidence=evidence.get(track_id, "")))
        remarks = before.remarks
        if small[i] and trust[i] < 1.0 and _DRIFT not in remarks:
            remarks = (*remarks, _DRIFT)
        out[track_id] = Told((*before.doubts, _doubt(state, judged, i, odds[k])), before.evidence, remarks)
    return out


def _doubt(state: CheckState, judged: Judged, i: int, odds: Array) -> ClaimDoubt:
    """One sender's claim."""
    found = [(float(each[i]), kind) for kind, each in judged.kinds.items() if each[i] >= SUSPICIOUS]
    found.sort(key=lambda item: -item[0])
    kinds: list[Kind] = [kind for _, kind in found]
    reasons = [WORDS[kind] + _by_whom(state, kind, i, odds) for kind in kinds]
    for_it = [s for s in np.argsort(odds, kind="stable").tolist() if odds[s] < -_SPEAKS]
    if for_it:
        reasons.append("seen where it says it is by " + ", ".join(state.sensors[s].id for s in for_it))
    claim = state.names.claims[int(state.senders.code[i])]
    return ClaimDoubt(claim.key, round(float(judged.doubt[i]), 2), list(kinds), reasons)


def _by_whom(state: CheckState, kind: Kind, i: int, odds: Array) -> str:
    """Which sensors say so, and in how many looks."""
    finder = kind == "contradicted-by-direction-finder"
    if not finder and kind not in ("no-target", "contradicted-by-radar"):
        return ""
    looks, seen = state.senders.looks[i], state.senders.seen[i]
    named = [
        f"{state.sensors[s].id} ({seen[s]} of {looks[s]} looks)"
        for s in np.argsort(-odds, kind="stable").tolist()
        if odds[s] > SUSPICIOUS and s in state.sensors and (state.sensors[s].modality == "rf") == finder
    ]
    return ": " + ", ".join(named) if named else ""
