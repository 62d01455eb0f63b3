"""Serial numbers of drones: four characters of the maker, one that says how many follow, and these.

    maker   4 of 0-9 A-Z without I and O
    length  1 to 9, A to F: 1 to 15 characters follow
    rest    so many of 0-9 A-Z without I and O

Source: ANSI/CTA-2063-A (2019), section 4.
"""

from typing import Final

_LETTERS: Final = frozenset("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ")
_LENGTHS: Final = "123456789ABCDEF"
_HEAD: Final = 5


def keeps_format(serial: str) -> bool:
    """Whether a text can be such a serial number."""
    if len(serial) < _HEAD or not _LETTERS.issuperset(serial):
        return False
    return serial[_HEAD - 1] in _LENGTHS and len(serial) - _HEAD == _LENGTHS.index(serial[_HEAD - 1]) + 1
