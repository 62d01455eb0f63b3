"""What senders claim of themselves, report by report: which flight of an id a report goes on, and how.

An id may be claimed by more than one transmitter. Each flight that hangs together is a *strand*: a report
goes to the strand of its id that it could follow, else it begins one.

Reports of a strand are kept in a ring of R, the newest at (count - 1) % R:

    [east, north, up, sd, v_east, v_north]   m, m/s, sector frame; NaN where the sender did not say

Source: the test of reach follows RTCA DO-260B, 2.2.10.6, with the sender's own velocity and errors in it.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

E, N, U, SD, VE, VN = range(6)
STRANDS = 3  # of one id; what would begin a fourth goes on the one that was silent for longest, as a jump
SUMS = 6  # of signal strength: weight, x, y, xx, xy, yy

_STAMP_S = 0.15  # how far a report's time may be off
_SOONEST_S = 0.3
_LAST_NS = 120_000_000_000


@njit
def take_reports(
    code: Ints,
    valid_ns: Ints,
    report: Array,
    limit: Array,
    strand: Ints,
    n_rows: int,
    first_ns: Ints,
    count: Ints,
    ring_ns: Ints,
    ring: Array,
    violations: Array,
) -> tuple[Ints, int]:
    """Put reports (m,) onto strands, in the order they were heard; columns of the rows change in place.

    code        (m,)       of the id, row of `strand`
    report      (m, 6)     as in the ring
    limit       (m, 4)     slack m, slack m/s, acceleration m/s², top speed m/s of what it says it is
    strand      (c, 3)     rows of each id's strands, -1 for none
    n_rows                 rows in use; the columns may be longer
    first_ns, count (n,)   time of the first report, how many
    ring_ns, ring (n, R), (n, R, 6)
    violations  (n,)       reports that nothing can have flown to from the one before

    Returns the row of each report, -1 where there was no room for one, and n_rows.
    """
    room = len(count)
    size = ring_ns.shape[1]
    out = np.full(len(code), -1, np.int64)
    for j in range(len(code)):
        best, best_off = -1, math.inf
        free, oldest = -1, -1
        for k in range(strand.shape[1]):
            i = strand[code[j], k]
            if i < 0:
                if free < 0:
                    free = k
                continue
            at = (count[i] - 1) % size
            if oldest < 0 or ring_ns[i, at] < ring_ns[oldest, (count[oldest] - 1) % size]:
                oldest = i
            off, reach, _ = _misfit(ring_ns[i, at], ring[i, at], valid_ns[j], report[j], limit[j])
            if off < reach and off < best_off:
                best, best_off = i, off
        if best < 0 and free >= 0 and n_rows < room:
            best = n_rows
            n_rows += 1
            strand[code[j], free] = best
            first_ns[best] = valid_ns[j]
            count[best] = 0
            violations[best] = 0.0
        if best < 0 and oldest >= 0:
            best = oldest
            violations[best] += 1.0
        if best < 0:
            continue
        out[j] = best
        at = (count[best] - 1) % size
        if count[best] > 0:
            if valid_ns[j] <= ring_ns[best, at]:
                continue  # told by another receiver already
            violations[best] += _violation(
                ring_ns[best, at], ring[best, at], valid_ns[j], report[j], limit[j]
            )
        at = count[best] % size
        ring_ns[best, at] = valid_ns[j]
        ring[best, at] = report[j]
        count[best] += 1
    return out, n_rows


@njit
def _misfit(
    before_ns: int, before: Array, now_ns: int, now: Array, limit: Array
) -> tuple[float, float, float]:
    """How far a report is from where the one before leads, how far it may be, and the time between, s."""
    dt_s = (now_ns - before_ns) * 1e-9
    if now_ns - before_ns > _LAST_NS:
        return math.inf, 0.0, dt_s
    ve, vn = _between(before, now)
    e = now[E] - before[E] - dt_s * ve
    n = now[N] - before[N] - dt_s * vn
    off = math.hypot(e, n)
    told = 4.0 * math.hypot(before[SD], now[SD])
    return off, limit[0] + told + limit[1] * abs(dt_s), dt_s


@njit
def _between(before: Array, now: Array) -> tuple[float, float]:
    """Mean of the told velocities, m/s; 0 where nobody told one."""
    if math.isnan(now[VE]):
        if math.isnan(before[VE]):
            return 0.0, 0.0
        return before[VE], before[VN]
    if math.isnan(before[VE]):
        return now[VE], now[VN]
    return 0.5 * (before[VE] + now[VE]), 0.5 * (before[VN] + now[VN])


@njit
def _violation(before_ns: int, before: Array, now_ns: int, now: Array, limit: Array) -> float:
    """0 where one can fly from one report to the next as told; 1 where that is far from possible."""
    off, _, dt_s = _misfit(before_ns, before, now_ns, now, limit)
    if dt_s < _SOONEST_S:
        return 0.0
    noise = 4.0 * math.hypot(before[SD], now[SD])
    moved = math.hypot(now[E] - before[E], now[N] - before[N])
    out = 0.0
    if moved > 1.3 * limit[3] * dt_s + noise + limit[0]:
        out = 1.0
    if not math.isnan(before[VE]) and not math.isnan(now[VE]):
        speed = math.hypot(now[VE], now[VN])
        may = noise + 10.0 + _STAMP_S * speed + 0.25 * limit[2] * dt_s * dt_s
        if off > may:
            out = max(out, min(1.0, off / may - 1.0))
        change = math.hypot(now[VE] - before[VE], now[VN] - before[VN])
        if change > 3.0 * limit[2] * dt_s + 10.0:
            out = 1.0
    return out


@njit
def places_at(now_ns: int, rows: Ints, count: Ints, ring_ns: Ints, ring: Array, age_ns: int) -> Array:
    """Where senders claim to be at a time, (k, 6) as in the ring; NaN where no report is within age_ns.

    The report nearest in time, carried by its own velocity, or by the last two reports where it has none.
    """
    size = ring_ns.shape[1]
    out = np.full((len(rows), 6), np.nan)
    for k in range(len(rows)):
        i = rows[k]
        held = min(count[i], size)
        best, away = -1, age_ns + 1
        for a in range(held):
            gap = abs(ring_ns[i, a] - now_ns)
            if gap < away:
                best, away = a, gap
        if best < 0:
            continue
        out[k] = ring[i, best]
        if math.isnan(out[k, VE]) and held > 1:
            other = (best - 1) % size if count[i] > size or best > 0 else best + 1
            dt_s = (ring_ns[i, best] - ring_ns[i, other]) * 1e-9
            if abs(dt_s) > _SOONEST_S:
                out[k, VE] = (ring[i, best, E] - ring[i, other, E]) / dt_s
                out[k, VN] = (ring[i, best, N] - ring[i, other, N]) / dt_s
        if not math.isnan(out[k, VE]):
            dt_s = (now_ns - ring_ns[i, best]) * 1e-9
            out[k, E] += dt_s * out[k, VE]
            out[k, N] += dt_s * out[k, VN]
    return out


@njit
def note_signal(
    row: Ints, receiver: Ints, range_m: Array, signal_dbm: Array, mine: Ints, sums: Array
) -> None:
    """Add levels to the sums of the receiver that first heard each sender; in place.

    row, receiver, range_m, signal_dbm (m,)  of each report; range_m from the receiver to the claimed place
    mine  (n,)     receiver that counts, -1 for none yet
    sums  (n, 6)   of x = -20 log10 range_m and y = signal_dbm
    """
    for j in range(len(row)):
        i = row[j]
        if i < 0 or math.isnan(signal_dbm[j]) or math.isnan(range_m[j]):
            continue
        if mine[i] < 0:
            mine[i] = receiver[j]
        if mine[i] != receiver[j]:
            continue
        x = -20.0 * math.log10(max(range_m[j], 10.0))
        y = signal_dbm[j]
        sums[i, 0] += 1.0
        sums[i, 1] += x
        sums[i, 2] += y
        sums[i, 3] += x * x
        sums[i, 4] += x * y
        sums[i, 5] += y * y


@njit
def signal_misfit(sums: Array) -> Array:
    """Squared misfit, dB², of levels that fall with the claimed range less that of levels that stay, (n,).

    Both have a level of their own, free. Above 0: the sender stands still while its claim moves.
    """
    out = np.zeros(len(sums))
    for i in range(len(sums)):
        w = sums[i, 0]
        if w < 4.0:
            continue
        mean = (sums[i, 2] - sums[i, 1]) / w
        falls = sums[i, 5] - 2.0 * sums[i, 4] + sums[i, 3] - w * mean * mean
        stays = sums[i, 5] - sums[i, 2] * sums[i, 2] / w
        out[i] = falls - stays
    return out


@njit
def follow_replays(
    row: Ints,
    key: NDArray[np.uint64],
    valid_ns: Ints,
    moved: NDArray[np.bool_],
    table_key: NDArray[np.uint64],
    table_ns: Ints,
    run: Ints,
    shift_ns: Ints,
    oldest_ns: int,
) -> None:
    """Count how many reports in a row tell again, to the last digit, what was told before.

    key       (m,)  of the place told, as exact as its message is
    moved     (m,)  whether the sender has moved since its report before
    table_*   (2^b,) what was told, by the key's lowest bits; in place
    run       (n,)  how many reports of each sender in a row were told before, all as long ago
    shift_ns  (n,)  how long ago
    oldest_ns       what is nearer in time than this is no replay
    """
    mask = np.uint64(len(table_key) - 1)
    for j in range(len(row)):
        i = row[j]
        if i < 0 or not moved[j]:
            continue
        at = key[j] & mask
        ago = valid_ns[j] - table_ns[at]
        if table_key[at] == key[j] and ago > oldest_ns:
            if abs(ago - shift_ns[i]) < 700_000_000:
                run[i] += 1
            else:
                run[i] = 1
                shift_ns[i] = ago
            continue
        run[i] = max(run[i] - 1, 0)
        table_key[at] = key[j]
        table_ns[at] = valid_ns[j]
