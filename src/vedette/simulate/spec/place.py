"""What a scenario says of places: the site, its sockets, runways, and who may fly where."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from vedette.core.zone import Area

Place = tuple[float, float]  # lat_deg, lon_deg
Format = Literal["asterix", "sapient", "beast", "remoteid", "cot", "courageous"]
Transport = Literal["udp", "tcp-listen", "tcp-connect", "file"]


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the scenario is.

    ground_m      m above the WGS-84 ellipsoid, taken as flat
    undulation_m  geoid above the ellipsoid: height above sea = ground_m - undulation_m
    zoom          of the page's map when it opens: 10.5 is some 40 km across, one less twice as much; None:
                  all zones and sensors are in sight
    guards        what stands in a zone, by its id: "airport", "power-plant", …; chooses checklists
    """

    name: str
    lat_deg: float
    lon_deg: float
    ground_m: float
    undulation_m: float = 0.0
    zoom: Annotated[float, Meta(ge=1.0, le=18.0)] | None = None
    guards: dict[str, str] = {}


class TerrainFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Heights of the land: an ESRI ASCII grid (simulate.terrain); file is beside the scenario's."""

    file: str


class Feed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One socket of the node, as the node sees it.

    transport  udp: the node is sent datagrams; tcp-listen: sensors connect to the node;
               tcp-connect: the node connects to the receiver; file: to a file beside the truth, not
               to the node
    port       0 lets the system choose
    """

    name: str
    format: Format
    transport: Transport
    host: str = "127.0.0.1"
    port: int = 0


class Authorisation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Leave to fly: whose drone, in which zones, when (seconds from the start; None: open).

    area  outside of this volume it has none; None: there is no such bound
    """

    serial: str
    operator: str = ""
    zones: list[str] = []
    area: Area | None = None
    from_s: float | None = None
    until_s: float | None = None
