"""What a search of the past looks for. Apart from the search, so that whoever asks needs no database."""

from msgspec import Struct

from vedette.core.zone import Zone


class Wanted(Struct, frozen=True, kw_only=True):
    """What is looked for; what is None or empty is not asked.

    near      lat deg, lon deg, m
    from_ns, to_ns  UTC; from included, to not
    zone      points inside it
    """

    near: tuple[float, float, float] | None = None
    from_ns: int | None = None
    to_ns: int | None = None
    kind: str = ""
    authorisation: str = ""
    zone: Zone | None = None
    limit: int = 200
