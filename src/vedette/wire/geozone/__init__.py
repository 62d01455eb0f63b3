"""UAS geographical zones: EUROCAE ED-318 both ways, and its ancestor ED-269 in."""

from vedette.wire.geozone.load import dump_zones, load_zones

__all__ = ["dump_zones", "load_zones"]
