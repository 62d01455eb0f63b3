"""Settings of incidents. docs/configuration.md explains each."""

from typing import Annotated, Literal

import msgspec
from msgspec import Struct

OpenFrom = Literal["info", "caution", "warning", "off"]


class IncidentSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What opens an incident by itself, and where it is.

    open_from       least severity of an alert that opens one; off: only people do
    site            what the node guards: "airport", "power-plant", "prison", "event", or a word of one's own;
                    procedures are chosen by it
    sites           the same by the id of a zone or a site, where a node guards several
    attachment_mib  size of one attachment at most
    """

    open_from: OpenFrom = "warning"
    site: str | None = None
    sites: dict[str, str] = {}
    attachment_mib: Annotated[int, msgspec.Meta(ge=1, le=500)] = 20
