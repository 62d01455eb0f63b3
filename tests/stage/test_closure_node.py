"""The closure adviser around the stage: configuration, what is recorded of a decision, and replays."""

import hashlib
import re
import time
from pathlib import Path

import duckdb
import msgspec
import pytest
from ledgers import open_ledger
from said import of_picture

from vedette.app import topology
from vedette.app.book import Book
from vedette.app.closure import book
from vedette.app.closure.adviser import Adviser
from vedette.app.closure.record import ClosureNews, enter
from vedette.app.config import NodeConfig, load, parse
from vedette.app.replay import ReplayOptions, replay
from vedette.app.report.translate import tongue
from vedette.app.simulate import simulate
from vedette.core.advice import Advice, ClosureDecision, Cost
from vedette.core.errors import ConfigError, StorageError
from vedette.core.event import Attached, Decided, read
from vedette.incident.settings import IncidentSettings
from vedette.ledger.read import Reader

SENSOR = {"id": "radar", "source": "x", "lat_deg": 53.0, "lon_deg": 12.0}
AIRPORT = {"icao": "EBZZ", "zones": ["Z"]}


def quiet(line: str) -> None:
    """Progress is for people."""


def runway(threshold: list[int], far: list[int]) -> dict[str, object]:
    return {"name": "1", "threshold": threshold, "far_threshold": far}


def test_an_airport_is_read_with_its_defaults() -> None:
    cover = [{"sensor": "radar", "range_m": 4000.0}]
    (airport,) = parse({"sensor": [SENSOR], "airport": [{**AIRPORT, "cover": cover}]}, "node.toml").airport
    assert (airport.icao, airport.delay_eur_per_min, airport.cover[0].every_s) == ("EBZZ", 132.0, 5.0)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"icao": "ebzz"}, "icao"),
        ({"fir": "EB"}, "fir"),
        ({"movements_per_hour": 0.0}, "movements_per_hour"),
        ({"capacity_per_hour": 20.0}, "capacity_per_hour"),
        ({"reopen_below": 0.3}, "reopen_below"),
        ({"lat_deg": 50.0}, "lat_deg"),
        ({"cover": [{"sensor": "camera", "range_m": 4000.0}]}, "cover[0].sensor"),
        ({"cover": [{"sensor": "radar", "range_m": -1.0}]}, "cover[0].range_m"),
        (
            {"runways": [{"name": "1", "threshold": [91, 0], "far_threshold": [0, 0]}]},
            "runways[0].threshold[0]",
        ),
        (
            {"runways": [{"name": "1", "threshold": [1, 0], "far_threshold": [1, 0]}]},
            "runways[0].far_threshold",
        ),
        ({"elevation": 5}, "airport[0].elevation"),
    ],
)
def test_a_mistake_is_named_with_its_place(changes: dict[str, object], place: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse({"sensor": [SENSOR], "airport": [{**AIRPORT, **changes}]}, "node.toml")
    assert re.match(r"node\.toml:\d+: airport\[0\]", raised.value.place)
    assert raised.value.place.endswith(place)


def test_an_airport_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"airport\[1\]\.icao: expected an airport of its own"):
        parse({"airport": [AIRPORT, AIRPORT]}, "node.toml")


def test_a_node_without_airports_has_no_adviser_process() -> None:
    assert topology.ADVISE not in topology.PROCESSES
    assert Adviser(NodeConfig(), Path()).take_picture.__name__ == "take_picture"


def news(by: str = "watch officer HB") -> ClosureNews:
    advice = Advice(
        advice_id="EBZZ-17", airport="EBZZ", name="E", time_ns=17, level="close", action="close", since_ns=1,
        there=None, near=None, covered=0.0, cost=Cost(20.0, 132.0, 22.0, 0.0, 0.0, 0.0, 0.0),
    )  # fmt: skip
    decision = ClosureDecision(
        airport="EBZZ", do="close", advice_id="EBZZ-17", by=by, time_ns=18, because="seen"
    )
    return ClosureNews(decision, advice)


def test_a_decision_is_entered_with_the_advice_that_was_known(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        entries = enter(lambda draft: ledger.append([draft])[0], news(), "i-7")
    attached, decided = (read(entry.kind, entry.body) for entry in entries)
    assert isinstance(attached, Attached)
    assert isinstance(decided, Decided)
    assert attached.sha256 == hashlib.sha256(msgspec.json.encode(news().advice)).hexdigest()
    assert (decided.what, decided.by, decided.because) == ("close EBZZ", "watch officer HB", "seen")
    assert [(p.node, p.seq) for p in decided.knowing] == [(entries[0].node, entries[0].seq)]
    assert {entry.incident for entry in entries} == {"i-7"}


def test_the_book_outlives_a_restart_and_a_line_that_was_cut_off(
    tmp_path: Path,
) -> None:
    path = tmp_path / book.FILE
    assert book.read(path) == []
    for by in ("a", "b"):
        book.append(path, news(by))
    assert [one.decision.by for one in book.read(path)] == ["a", "b"]
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    assert [one.decision.by for one in book.read(path)] == ["a"]
    path.write_bytes(b"{}\n" + whole)
    with pytest.raises(StorageError, match="line 1: expected a decision"):
        book.read(path)


@pytest.mark.slow
def test_a_replay_gives_the_same_advice_each_time_and_leaves_the_picture_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "recorded"
    simulate("airport", folder, seconds=25.0, seed=2, say=quiet)
    first = replay(ReplayOptions([folder], tmp_path / "a"), quiet)
    second = replay(ReplayOptions([folder], tmp_path / "b"), quiet)
    assert first["advices"] > 20
    assert first["advice_sha256"] == second["advice_sha256"]
    text = (folder / "node.toml").read_text()
    plain = folder / "plain.toml"
    plain.write_text(text[: text.index("[[airport]]")])
    assert load(plain).airport == []
    without = replay(ReplayOptions([folder], tmp_path / "c", config=plain), quiet)
    assert without["picture_sha256"] == first["picture_sha256"]
    assert "advices" not in without
    with duckdb.connect(str(tmp_path / "a" / "picture.duckdb"), read_only=True) as history:
        (row,) = history.execute(
            "SELECT count(*), count(DISTINCT airport), any_value(whole), max(there_high) FROM advice"
        ).fetchall()
    assert row[:2] == (first["advices"], 1)
    assert msgspec.json.decode(row[2], type=Advice).airport == "XPRI"
    assert 0.0 <= row[3] <= 1.0
    given = of_picture(tmp_path / "a" / "picture.duckdb")
    assert [one for one in given if tongue("nl").translated(one) is None] == []


def test_the_record_has_a_decision_once_however_often_it_comes(tmp_path: Path) -> None:
    now_ns = time.time_ns()
    decided = msgspec.structs.replace(news().decision, time_ns=now_ns)
    for _ in range(2):  # a process that was killed hears it again, and knows
        record = Book(tmp_path, "airport", IncidentSettings(), now_ns, time.time_ns)
        record.decided_closure(ClosureNews(decided, news().advice))
        record.decided_closure(ClosureNews(decided, news().advice))
        record.close()
    with Reader(tmp_path / "ledger") as reader:
        kinds = [entry.kind for entry in reader.entries()]
    assert kinds == ["attached", "decided"]
