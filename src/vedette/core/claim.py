"""What somebody says of a target. A claim is evidence, not truth."""

from typing import Literal

from msgspec import Struct

Scheme = Literal["icao24", "remote_id", "mode_3a", "system_track", "sensor_track"]


class Claim(Struct, frozen=True, omit_defaults=True):
    """One statement about one target, by itself or by the sensor that saw it.

    scheme        which name space ident is from
    ident         "44A8B2", a Remote ID serial number, a track number with its source
    callsign      as sent, without padding
    squawk        four octal digits
    category      emitter category ("A3") or UA type ("multirotor"), as the scheme spells it
    emergency     what is declared, if anything
    on_ground     None where the sender did not say
    id_kind       "serial", "registration", "utm", "session" as Remote ID says; None where nothing does
    operator_*    where Remote ID says the pilot stands, WGS-84 degrees, metres above the ellipsoid
    """

    scheme: Scheme
    ident: str
    callsign: str | None = None
    squawk: str | None = None
    category: str | None = None
    emergency: str | None = None
    on_ground: bool | None = None
    operator_id: str | None = None
    operator_lat_deg: float | None = None
    operator_lon_deg: float | None = None
    operator_alt_m: float | None = None
    description: str | None = None
    id_kind: str | None = None

    @property
    def key(self) -> str:
        """The name that two claims of the same thing share."""
        return f"{self.scheme}:{self.ident}"
