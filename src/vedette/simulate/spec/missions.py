"""What a drone or a helicopter may be sent to do. A mission of several parts is a list of these."""

from msgspec import Struct

from vedette.simulate.spec.common import Above0, NotNegative, Waypoint
from vedette.simulate.spec.place import Place


class Hover(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="hover"):
    """Go to a place and stay there; what cannot hover circles there."""

    at: Place
    hold_s: NotNegative


class Route(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="route"):
    """Go along waypoints (lat_deg, lon_deg, and height_m if it is another), then home if return_home."""

    waypoints: list[Waypoint]
    return_home: bool = True


class Orbit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="orbit"):
    """Circle a place; turns counts the rounds, clockwise if above 0."""

    centre: Place
    radius_m: Above0
    turns: float = 2.0


class Survey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="survey"):
    """Mow a rectangle: lines along heading_deg, length_m long, spacing_m apart, over width_m."""

    centre: Place
    length_m: Above0
    width_m: Above0
    heading_deg: float = 0.0
    spacing_m: Above0 = 40.0


Part = Hover | Route | Orbit | Survey
Mission = Part | list[Part]
