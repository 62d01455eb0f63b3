"""A hybrid logical clock: times that keep the order of cause and effect, near to UTC.

A stamp is (time_ns, counter). It is never before what its node did or took over from others, and ahead of the
node's own clock only as far as theirs were.

Source: Kulkarni, Demirbas, Madappa, Avva & Leone (2014), Logical Physical Clocks, figure 5.
"""

from typing import Final, NamedTuple

from vedette.core.units import NS_PER_S

# Entries of others whose clock is further ahead than this do not carry ours along.
FURTHEST_AHEAD_NS: Final = 60 * NS_PER_S
MOST_COUNTED: Final = 2**32 - 1


class Stamp(NamedTuple):
    """When, and which of those with the same time. Stamps of one node only grow.

    time_ns  UTC, 0 or more
    counter  0 for the first of its time_ns
    """

    time_ns: int
    counter: int


START: Final = Stamp(0, 0)


def tick(last: Stamp, now_ns: int) -> Stamp:
    """The stamp of what happens now, after `last`."""
    if now_ns > last.time_ns:
        return Stamp(now_ns, 0)
    if last.counter < MOST_COUNTED:
        return Stamp(last.time_ns, last.counter + 1)
    return Stamp(last.time_ns + 1, 0)


def follow(last: Stamp, seen: Stamp, now_ns: int) -> Stamp:
    """What later stamps must come after, once `seen` was taken over from another node.

    A clock that is too far ahead is not followed: one wrong clock would carry all others with it.
    """
    return max(last, seen) if seen.time_ns <= now_ns + FURTHEST_AHEAD_NS else last
