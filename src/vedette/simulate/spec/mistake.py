"""One mistake in a scenario whose types are right, and checks that many settings share."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """where is a path as msgspec writes it, "$.sensor[2].range_max_m"; what was expected, what came."""

    where: str
    expected: str
    came: object


def above_0(at: str, **numbers: float | None) -> Iterator[Mistake]:
    """Numbers that must be above 0 where they are given."""
    for name, number in numbers.items():
        if number is not None and not number > 0:
            yield Mistake(f"{at}.{name}", "a number above 0", number)
