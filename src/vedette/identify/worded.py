"""What a person is told of checked claims: how far each is doubted, why, and what a track rests on."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vedette.core.identity import ClaimDoubt, Evidence
from vedette.core.sensor import COOPERATIVE, Sensor
from vedette.core.units import NS_PER_S
from vedette.identify.check_state import CheckState
from vedette.identify.judged import SUSPICIOUS, Judged
from vedette.identify.kinds import WORDS, Kind
from vedette.identify.looks import against
from vedette.identify.plot_kinds import CROSSES, crossed
from vedette.identify.told import DRIFT, Told

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_TRACK_NS: Final = 30 * NS_PER_S
_SURE: Final = 3  # plots of others without which a track rests on its own word
_SHARE: Final = 0.1
_SPEAKS: Final = 1.0  # log odds from which a sensor is named


def seen_by_others(
    plots: Ints, sensors: dict[int, Sensor], *, finders: bool = True, one_camera: bool = True
) -> Mask:
    """Which tracks rest on more than their own word, (n,).

    plots       (n, s)  of each sensor. A few plots of others may be chance. One direction finder alone hears
                        a direction and sees no place: any forged claim along it would be seen. Two do.
    finders             whether what only they find counts: a forger's transmitter is a track of that kind
    one_camera          whether one camera or microphone alone counts: what it sees may be far behind or
                        before the place that is claimed. Two count
    """
    kind = {s: sensor.modality for s, sensor in sensors.items() if s < plots.shape[1]}
    own = [s for s, modality in kind.items() if modality in COOPERATIVE]
    heard = [s for s, modality in kind.items() if modality == "rf"]
    pointed = [s for s, modality in kind.items() if not one_camera and modality in ("camera", "acoustic")]
    claims = plots[:, own].sum(axis=1)
    rest = plots.sum(axis=1) - claims - plots[:, [*heard, *pointed]].sum(axis=1)
    rest += finders * crossed(heard, plots, CROSSES) + crossed(pointed, plots)
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
    found = np.column_stack([each[rows] for each in judged.kinds.values()])
    odds = against(senders, rows)
    reasons = _seen_there(odds, state.sensors)
    drifts = (small & (trust < 1.0))[rows].tolist()
    doubts, codes = np.round(judged.doubt[rows], 2).tolist(), senders.code[rows].tolist()
    kinds: dict[int, list[Kind]] = {}
    for k in np.flatnonzero((found >= SUSPICIOUS).any(axis=1)).tolist():
        looked = Looked(odds[k].tolist(), senders.looks[rows[k]].tolist(), senders.seen[rows[k]].tolist())
        each = dict(zip(judged.kinds, found[k].tolist(), strict=True))
        kinds[k] = sorted((kind for kind in each if each[kind] >= SUSPICIOUS), key=lambda kind: -each[kind])
        reasons[k] = [
            *(WORDS[kind] + _by_whom(kind, looked, state.sensors) for kind in kinds[k]),
            *reasons[k],
        ]
    out: dict[int, Told] = {}
    for k, track_id in enumerate(senders.track[rows].tolist()):
        earlier = out.get(track_id)
        now = evidence.get(track_id, "")
        key = state.names.claims[codes[k]].key
        known = state.told.get(track_id) if earlier is None and k not in kinds and not drifts[k] else None
        if known is not None and _still(known, key, doubts[k], reasons[k], now):
            out[track_id] = known  # nearly all are: thousands of values that are not made again
            continue
        doubt = ClaimDoubt(key, doubts[k], [*kinds.get(k, ())], reasons[k])
        remarks = (DRIFT,) if drifts[k] or (earlier is not None and earlier.remarks) else ()
        out[track_id] = Told((*(earlier.doubts if earlier is not None else ()), doubt), now, remarks)
    return out


def _still(known: Told, key: str, probability: float, reasons: list[str], evidence: Evidence) -> bool:
    """Whether what was told of a track's only claim, of which nothing is suspected, is to be told again."""
    if len(known.doubts) != 1 or known.remarks or known.evidence != evidence:
        return False
    (before,) = known.doubts
    return (
        before.key == key
        and before.probability == probability
        and not before.kinds
        and before.reasons == reasons
    )


def _seen_there(odds: Array, sensors: dict[int, Sensor]) -> list[list[str]]:
    """Who sees each sender of odds (n, s) where it says it is; in words once for all who are alike."""
    speaks = odds < -_SPEAKS
    speaks[:, [s for s in range(speaks.shape[1]) if s not in sensors]] = False
    alike, which = np.unique(speaks, axis=0, return_inverse=True)
    names = [", ".join(sensors[s].id for s in np.flatnonzero(each).tolist()) for each in alike]
    words = [["seen where it says it is by " + name] if name else [] for name in names]
    return [words[k] for k in which.ravel().tolist()]


class Looked(NamedTuple):
    """What each sensor (s,) says of one sender: log odds, looks, and how often it saw something there."""

    odds: list[float]
    looks: list[int]
    seen: list[int]


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
