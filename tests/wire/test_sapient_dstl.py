"""Dstl's own test messages: what the standard's authors call valid and invalid."""

from pathlib import Path

import pytest
from google.protobuf import json_format
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from vedette.wire.sapient.validate import faults

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "sapient"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the recordings in {DATA}")

# Their fault is in the JSON and cannot be put on the wire: a time that is no time, and a list that is
# empty in a field that version 2 does not have.
NOT_ON_THE_WIRE = {"0001.Timestamp.Error.json", "0111.DetectionReport.DetectionLocation.Missing.json"}


def read(path: Path, *, strict: bool = False) -> SapientMessage:
    return json_format.Parse(path.read_text(), SapientMessage(), ignore_unknown_fields=not strict)


def test_every_valid_message_is_accepted():
    files = sorted((DATA / "valid").iterdir())
    assert len(files) == 19
    assert {path.name: wrong for path in files if (wrong := faults(read(path)))} == {}


def test_every_invalid_message_is_refused_and_the_field_named():
    files = [path for path in sorted((DATA / "invalid").iterdir()) if path.name not in NOT_ON_THE_WIRE]
    assert len(files) == 95
    for path in files:
        wrong = faults(read(path))
        assert wrong, path.name
        # "0123.DetectionReportClassification.SubClass.Level.Missing.json": the last word that names a field
        words = [word.lower() for word in path.name.split(".")[1:]]
        said = str(wrong[0]).lower().replace("_", "")
        assert any(word in said for word in words), (path.name, str(wrong[0]))


@pytest.mark.parametrize("name", sorted(NOT_ON_THE_WIRE))
def test_faults_of_the_json_alone(name):
    with pytest.raises(json_format.ParseError, match=r"timestamp|detectionLocation"):
        read(DATA / "invalid" / name, strict=True)
