"""All that speaks for and against each claim, added up to a probability that it is false, with its kinds.

Two things can be false: that somebody is where the claim says, and that it is who the claim says. Evidence of
each is added as log odds; the claim is false if either is.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.sensor import Sensor
from vedette.identify.kinds import Kind
from vedette.identify.looks import against, together
from vedette.identify.senders import Senders
from vedette.kernel.senders import signal_misfit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

PRIOR: Final = math.log(0.08 / 0.92)  # of a false place
PRIOR_ID: Final = math.log(0.03 / 0.97)  # of a false name
SEEN_ODDS: Final = -2.0  # of all sensors, from which a claim counts as seen
SUSPICIOUS: Final = 0.5  # log odds from which a kind is named

_MOST: Final = 6.0
_SIGNAL_SD_DB: Final = 6.0  # of fading and of antennas
_SIGNAL_TEMPER: Final = 0.2
_MOST_SIGNAL: Final = 1.6  # alone never enough
_VIOLATION: Final = 0.9
_LATER: Final = 2.0  # log odds that of two the one that came later is false
_FIRST: Final = -3.0
_MOST_TWO: Final = 6.0
_REPLAY_FROM: Final = 5
_REPLAY: Final = 0.6
_SWARM_FROM: Final = 5
_MOST_SWARM: Final = 3.0
_SERIAL: Final = math.log(3.0)
_OPERATOR: Final = math.log(12.0)  # drones are lent and sold, and registers lag


@dataclass(frozen=True, slots=True)
class Aside:
    """What is known of senders (k,) beside what sensors see.

    trust        of told positions there, 0 to 1: less where satellite navigation is disturbed
    alike        how many others move as it does, since the same time
    alike_odds   mean log odds of these
    twice        another sender claims its id elsewhere at the same time
    rival        log odds that other sensors give for a false place of that one; the best seen of several
    later        and that one was there first
    bad_serial   its serial number is none
    borrowed     log odds that its name is borrowed
    other        it names an operator for whom its serial number is not registered
    """

    trust: Array
    alike: Ints
    alike_odds: Array
    twice: Mask
    rival: Array
    later: Mask
    bad_serial: Mask
    borrowed: Array
    other: Mask


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on senders (k,): doubt, that of the place alone, log odds by kind, and of all sensors."""

    doubt: Array
    doubt_place: Array
    kinds: dict[Kind, Array]
    sensors: Array


def seen_odds(senders: Senders, rows: Ints, sensors: dict[int, Sensor]) -> dict[Kind, Array]:
    """Log odds by kind, (k,), of what other sensors saw; below 0 speaks for the claim."""
    each = against(senders, rows)
    finder = np.zeros(each.shape[1], np.bool_)
    for s, sensor in sensors.items():
        if s < len(finder):
            finder[s] = sensor.modality == "rf"
    before = senders.best[rows] > 3.0
    radar = each[:, ~finder]
    was = before[:, ~finder]
    away = together(each[:, finder])
    strange = senders.elsewhere[rows][:, finder].max(axis=1, initial=0.0)  # all hear the same transmitter
    away += np.where(away > SUSPICIOUS, strange, 0.0)
    return {
        "contradicted-by-radar": np.where(was, np.maximum(radar, 0.0), 0.0).sum(axis=1),
        "no-target": np.where(was, np.minimum(radar, 0.0), radar).sum(axis=1),
        "contradicted-by-direction-finder": away,
    }


def steady_signal(senders: Senders, rows: Ints) -> Array:
    """Log odds, (k,), of how the level of the signal goes with the claimed range."""
    misfit = signal_misfit(senders.signal[rows])
    return np.clip(_SIGNAL_TEMPER * misfit / (2.0 * _SIGNAL_SD_DB**2), -_MOST_SIGNAL, _MOST_SIGNAL)


def judge(senders: Senders, rows: Ints, sensors: dict[int, Sensor], aside: Aside) -> Judged:
    """The verdict on these senders."""
    kinds = seen_odds(senders, rows, sensors)
    total = np.clip(sum(kinds.values(), np.zeros(len(rows))), -_MOST, _MOST)
    kinds["steady-signal"] = steady_signal(senders, rows)
    kinds["impossible-motion"] = _VIOLATION * np.minimum(senders.violations[rows], 8.0)
    place = aside.trust * np.maximum(total + kinds["steady-signal"], 0.0)
    place += np.minimum(total + kinds["steady-signal"], 0.0) + aside.trust * kinds["impossible-motion"]
    kinds["swarm"] = np.where(
        aside.alike >= _SWARM_FROM, np.clip(aside.alike_odds, 0.0, _MOST_SWARM) * aside.trust, 0.0
    )
    run = senders.run[rows]
    kinds["replayed-track"] = np.where(run >= _REPLAY_FROM, np.minimum(_REPLAY * run, _MOST), 0.0)
    is_seen = total < SEEN_ODDS
    # Of two who share an id at most one is honest: what is seen of the other speaks against this one.
    lead = np.where(aside.later, _LATER, _FIRST) - aside.rival
    both = is_seen & (aside.rival < SEEN_ODDS)
    two = np.clip(lead - PRIOR, 0.0, _MOST_TWO) * aside.trust * (aside.twice & ~both)
    name = np.clip(lead + total - PRIOR_ID, 0.0, _MOST_TWO) * aside.trust * (aside.twice & both)
    kinds["id-in-two-places"] = two + name
    place += kinds["swarm"] + kinds["replayed-track"] + two
    kinds["serial-format"] = np.where(aside.bad_serial, _SERIAL, 0.0)
    kinds["borrowed-serial"] = aside.borrowed
    kinds["other-operator"] = np.where(aside.other, _OPERATOR, 0.0)
    p_place = _share(PRIOR + place)
    hints = PRIOR_ID + kinds["serial-format"] + kinds["borrowed-serial"]
    p_name = _share(hints + name + kinds["other-operator"])
    return Judged(1.0 - (1.0 - p_place) * (1.0 - p_name), p_place, kinds, total)


def _share(log_odds: Array) -> Array:
    out: Array = 1.0 / (1.0 + np.exp(-log_odds))
    return out
