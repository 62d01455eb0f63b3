"""When a zone applies: from the schedules of ED-318 and ED-269 to core Periods, and back.

A Period lies within UTC days. A span that crosses midnight, as written or after its offset is taken
off, becomes one Period up to midnight and one after it, on the next day.

Sunrise, sunset and civil twilight (SR, SS, BMCT, EECT) depend on the day and the place. A span that
begins or ends with one of them is read as wide as it can be: from the beginning or to the end of the day.
A zone then applies too long rather than too short.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from vedette.core.errors import ConfigError
from vedette.core.zone import Period
from vedette.wire.geozone.times import DAY_S, date_time_ns, date_time_text, time_s, time_text

Day = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN", "ANY"]
WEEK: Final[tuple[Day, ...]] = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
Daylight = Literal["BMCT", "SR", "SS", "EECT"]


class DailyPeriod(Struct, rename="camel", omit_defaults=True):
    """A span of hours on some days of the week."""

    day: Annotated[list[Day], Meta(min_length=1)]
    start_time: str | None = None
    start_event: Daylight | None = None
    end_time: str | None = None
    end_event: Daylight | None = None


class TimePeriod(Struct, rename="camel", omit_defaults=True):
    """A span of dates, and the hours within it."""

    start_date_time: str | None = None
    end_date_time: str | None = None
    schedule: list[DailyPeriod] | None = None


def periods(spans: Sequence[TimePeriod], place: str) -> list[Period]:
    """Read limitedApplicability. An empty list applies always."""
    return [period for i, span in enumerate(spans) for period in _periods(span, f"{place}[{i}]")]


def _periods(span: TimePeriod, place: str) -> Iterator[Period]:
    start_ns = _limit_ns(span.start_date_time, f"{place}.startDateTime")
    end_ns = _limit_ns(span.end_date_time, f"{place}.endDateTime")
    if start_ns is not None and end_ns is not None and end_ns <= start_ns:
        raise ConfigError(
            f"{place}.endDateTime",
            f"a time after startDateTime {span.start_date_time}",
            repr(span.end_date_time),
        )
    if not span.schedule:
        yield Period(start_ns=start_ns, end_ns=end_ns)
    for i, daily in enumerate(span.schedule or ()):
        for days, from_s, to_s in _spans(daily, f"{place}.schedule[{i}]"):
            yield Period(start_ns=start_ns, end_ns=end_ns, days=days, from_s=from_s, to_s=to_s)


def _limit_ns(text: str | None, place: str) -> int | None:
    """UTC nanoseconds; None without limit, which is also what is meant by a year such as 9999."""
    if text is None:
        return None
    time_ns = date_time_ns(text, place)
    return time_ns if abs(time_ns) < 1 << 63 else None


def _spans(daily: DailyPeriod, place: str) -> Iterator[tuple[list[int], int | None, int | None]]:
    """(days, from_s, to_s) of one entry of a schedule, each within a UTC day."""
    days = [] if "ANY" in daily.day else sorted({WEEK.index(day) for day in daily.day})
    from_s = 0 if daily.start_time is None else time_s(daily.start_time, f"{place}.startTime")
    to_s = DAY_S if daily.end_time is None else time_s(daily.end_time, f"{place}.endTime")
    if daily.end_time is not None and daily.start_time is not None:
        to_s = from_s + ((to_s - from_s) % DAY_S or DAY_S)
    elif to_s <= from_s:
        to_s += DAY_S
    for shift in range(from_s // DAY_S, (to_s - 1) // DAY_S + 1):
        begin_s = max(from_s - shift * DAY_S, 0)
        end_s = min(to_s - shift * DAY_S, DAY_S)
        moved = sorted({(day + shift) % 7 for day in days})
        whole = begin_s == 0 and end_s == DAY_S
        yield moved, (None if whole else begin_s), (None if whole else end_s)


def written(period: Period) -> TimePeriod:
    """One Period as an entry of limitedApplicability."""
    schedule = None
    if period.days or period.from_s is not None or period.to_s is not None:
        timed = period.from_s is not None or period.to_s is not None
        schedule = [
            DailyPeriod(
                day=[WEEK[day] for day in period.days] or ["ANY"],
                start_time=time_text(period.from_s or 0) if timed else None,
                end_time=time_text(DAY_S if period.to_s is None else period.to_s) if timed else None,
            )
        ]
    return TimePeriod(
        start_date_time=None if period.start_ns is None else date_time_text(period.start_ns),
        end_date_time=None if period.end_ns is None else date_time_text(period.end_ns),
        schedule=schedule,
    )
