"""Numbers of tracks and alerts: no run has those of another, whatever was deleted."""

import duckdb
import pytest

from vedette.app import numbers
from vedette.core.errors import StorageError


def history(folder, track_id):
    with duckdb.connect(str(folder / "picture.duckdb")) as db:
        db.execute("CREATE OR REPLACE TABLE track_point (track_id UINTEGER)")
        db.execute("INSERT INTO track_point VALUES (?)", [track_id])


def test_a_new_folder_counts_from_one(tmp_path):
    assert numbers.first_free(tmp_path) == 1


@pytest.mark.parametrize(
    ("noted", "in_history", "free"),
    [
        (1, None, 1_000_001),  # a run without a track, or whose history was deleted
        (None, 17, 1_000_001),
        (2_000_001, 17, 3_000_001),  # the sector was started again twice
        (1, 4_000_002, 5_000_001),
    ],
)
def test_a_run_begins_after_all_that_was_used(tmp_path, noted, in_history, free):
    if noted is not None:
        numbers.note(tmp_path, noted)
    if in_history is not None:
        history(tmp_path, in_history)
    assert numbers.first_free(tmp_path) == free


def test_what_is_no_number_is_refused_with_its_place(tmp_path):
    (tmp_path / "numbers").write_text("many\n")
    with pytest.raises(
        StorageError, match="numbers: expected the first number of the newest run, got 'many'"
    ):
        numbers.first_free(tmp_path)
