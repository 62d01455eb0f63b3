"""Dates and times of day of zone files, as nanoseconds and seconds of UTC.

Every time must say how far from UTC it is (Z or ±hh:mm); a zone that is off by two hours in summer is
worse than a file that is refused.

Source: RFC 3339 as ED-318 uses it; ED-269 also leaves out the seconds.
"""

import re
from datetime import UTC, datetime
from typing import Final

from vedette.core.errors import ConfigError
from vedette.core.units import NS_PER_S

DAY_S: Final = 86_400
_TIME: Final = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|z|[+-]\d\d:?\d\d)")
_DATE_TIME: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|z|[+-]\d\d:?\d\d)"
)


def date_time_ns(text: str, place: str) -> int:
    """UTC nanoseconds of "2026-03-30T10:57:15.692Z"."""
    wanted = "a date and time with its zone, such as 2026-03-30T10:57:15Z"
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ConfigError(place, wanted, repr(text))
    year, month, day, hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3, 4, 5, 6))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise ConfigError(place, wanted, f"{text!r} ({error})") from error
    fraction_ns = int((match.group(7) or "")[:9].ljust(9, "0"))
    return (round(moment.timestamp()) - _offset_s(match.group(8))) * NS_PER_S + fraction_ns


def time_s(text: str, place: str) -> int:
    """Seconds of the UTC day of "16:00:00Z". Below 0 or from 86,400 on it is the day before or after."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ConfigError(place, "a time of day with its zone, such as 16:00:00Z", repr(text))
    hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3))
    if minute > 59 or second > 59 or hour * 3600 + minute * 60 + second > DAY_S:
        raise ConfigError(place, "a time of day from 00:00:00 to 24:00:00", repr(text))
    return hour * 3600 + minute * 60 + second - _offset_s(match.group(4))


def date_time_text(time_ns: int) -> str:
    """RFC 3339 in UTC, with as many decimals as are needed."""
    seconds, fraction_ns = divmod(time_ns, NS_PER_S)
    fraction = f".{fraction_ns:09d}".rstrip("0") if fraction_ns else ""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"


def time_text(seconds: int) -> str:
    """Seconds of the UTC day as 16:00:00Z; the end of a day is written as the beginning of the next."""
    seconds %= DAY_S
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}Z"


def _offset_s(text: str) -> int:
    if text in "Zz":
        return 0
    sign = -1 if text[0] == "-" else 1
    return sign * (int(text[1:3]) * 3600 + int(text[-2:]) * 60)
