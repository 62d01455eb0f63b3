"""What simulated systems tell to files and not to a node: COURAGEOUS documents, one a system."""

from pathlib import Path
from typing import Final

import msgspec

from vedette.core.errors import StorageError
from vedette.simulate.sensors.cuas_system import CuasRecord
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.spec.sensors import CuasSystem, SensorSpec
from vedette.simulate.world import Emission
from vedette.wire.courageous import Document, Place, Track, TrackingRecord, encode

VENDOR: Final = "Vedette, simulated"


class Files:
    """Gathers the records of a run by system."""

    def __init__(self, scenario: Scenario) -> None:
        self._site = scenario.site
        self._systems: dict[tuple[str, int], SensorSpec] = {}
        self._tracks: dict[str, dict[int, list[TrackingRecord]]] = {}
        connections: dict[str, int] = {}
        for spec in scenario.sensor:
            connection = connections.get(spec.feed, 0)
            connections[spec.feed] = connection + 1
            if isinstance(spec, CuasSystem):
                self._systems[(spec.feed, connection)] = spec
                self._tracks[spec.id] = {}

    def take(self, emission: Emission) -> bool:
        """Keep what goes to a file; false for what goes to the node."""
        spec = self._systems.get((emission.feed, emission.connection))
        if spec is None:
            return False
        try:
            one = msgspec.json.decode(emission.data, type=CuasRecord)
        except msgspec.DecodeError:
            return True  # a bad frame on cue has no place in a document
        self._tracks[spec.id].setdefault(one.uas_id, []).append(one.record)
        return True

    def write(self, folder: Path) -> list[Path]:
        """One document a system; returns where they are."""
        out = []
        for spec in self._systems.values():
            path = folder / f"{spec.id}.json"
            try:
                path.write_bytes(encode(self._document(spec)))
            except OSError as error:
                raise StorageError(f"cannot write {path}: {error}") from error
            out.append(path)
        return out

    def _document(self, spec: SensorSpec) -> Document:
        """All that one system told. Heights are above the sea."""
        site = self._site
        above_sea_m = site.ground_m + spec.height_m - site.undulation_m
        tracks = [
            Track(records=records, uas_id=uas_id) for uas_id, records in sorted(self._tracks[spec.id].items())
        ]
        return Document(
            vendor_name=VENDOR,
            system_name=spec.name,
            static_cuas_location=Place(spec.lat_deg, spec.lon_deg, above_sea_m),
            detection=[],
            tracks=tracks,
        )
