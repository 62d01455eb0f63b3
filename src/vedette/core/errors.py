"""Every error that Vedette raises, in one tree.

VedetteError
├── ConfigError     a setting, a scenario or a zone file is wrong; carries the place
├── WireError       bytes that are not what their format says; carries a reason for counting
├── FeedError       a port, a file or a peer cannot be used
├── BusError        the message bus cannot be started or reached
├── StorageError    a journal, a history or a picture file cannot be read or written
└── LedgerError     a ledger cannot be opened, continued or taken over, or an entry cannot be made

A message says what was expected, what came, and where.
"""


class VedetteError(Exception):
    """Anything that Vedette reports to a person in one line."""


class ConfigError(VedetteError):
    """A file that a person wrote says something that cannot be used.

    place     where: "node.toml: sensors[2].range_max_m"
    expected  what would have been right: "a number above 0"
    came      what stood there: "-5"
    """

    def __init__(self, place: str, expected: str, came: str) -> None:
        super().__init__(f"{place}: expected {expected}, got {came}")
        self.place = place
        self.expected = expected
        self.came = came

    def __reduce__(self) -> tuple[type["ConfigError"], tuple[str, str, str]]:
        """From its parts, not from its message: an error raised in another process is still this one."""
        return type(self), (self.place, self.expected, self.came)


class WireError(VedetteError):
    """Bytes that are not what their format says.

    reason  a short stable word for counting: "truncated", "bad-length", "unknown-category", …
    detail  what was expected, what came, and at which byte
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type["WireError"], tuple[str, str]]:
        """As ConfigError does."""
        return type(self), (self.reason, self.detail)


class FeedError(VedetteError):
    """A port, a file or a peer cannot be used."""


class BusError(VedetteError):
    """The message bus cannot be started or reached."""


class StorageError(VedetteError):
    """A journal, a history or a picture file cannot be read or written."""


class LedgerError(VedetteError):
    """A ledger cannot be opened, continued or taken over, or an entry cannot be made."""
