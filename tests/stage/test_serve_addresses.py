"""What each address of the server says, over a real socket."""

import json
import re

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families
from serving import ALERT, BEARER, TOKEN, Running, messages

from vedette.serve import metrics, openapi
from vedette.serve.server import create_app
from vedette.serve.settings import ServeSettings


def test_tracks_by_name_with_null_for_unknown(shared: Running) -> None:
    with shared.client(**BEARER) as client:
        answer = client.get("/api/v1/tracks").json()
        assert [track["track_id"] for track in answer["tracks"]] == [1, 2, 3]
        track = answer["tracks"][0]
        assert (track["class"], track["alt_m"], track["status"], track["alert"]) == (
            None,
            None,
            "confirmed",
            None,
        )
        assert track["authorisation"] == "authorised"
        assert set(track) == set(openapi.describe("1")["components"]["schemas"]["Track"]["properties"])
        some = client.get("/api/v1/tracks", params={"authorisation": "unauthorised"}).json()
        assert [track["track_id"] for track in some["tracks"]] == [2]
        assert client.get("/api/v1/tracks", params={"box": "49,3,51,5"}).json()["tracks"] == answer["tracks"]
        assert client.get("/api/v1/tracks", params={"box": "49,5,51,-5"}).json()["tracks"] == []


def test_one_track_with_its_trail_and_what_is_gone(shared: Running) -> None:
    with shared.client(**BEARER) as client:
        one = client.get("/api/v1/tracks/1", params={"since_ns": 3}).json()
        assert one["identity"]["label"] == "ABC123"
        assert one["trail"] == [[3, 50.0, 4.0, None]]
        assert [alert["alert_id"] for alert in one["alerts"]] == ["a"]
        gone = client.get("/api/v1/tracks/77").json()
        assert (gone["track"], gone["identity"]["label"]) == (None, "gone")
        assert client.get("/api/v1/tracks/2").json()["identity"] is None
        assert client.get("/api/v1/tracks/99").status_code == 404


def test_the_other_addresses(shared: Running) -> None:
    with shared.client(**BEARER) as client:
        assert client.get("/api/v1/alerts").json() == {"alerts": [msgspec.to_builtins(ALERT)]}
        assert client.get("/api/v1/alerts", params={"since_ns": 9}).json()["alerts"][0]["alert_id"] == "old"
        sensor = client.get("/api/v1/sensors").json()["sensors"][0]
        assert sensor["status"]["quarantined"] == {"truncated": 2}
        assert client.get("/api/v1/zones").json()["zones"][0]["id"] == "Z"
        disturbed = client.get("/api/v1/interference").json()
        assert (disturbed["time_ns"], disturbed["cells"][0]["level"]) == (7, "red")
        status = client.get("/api/v1/status").json()
        assert (status["tracks"], status["open_alerts"], status["node"]["name"]) == (3, 1, "test")
        point = client.get("/api/v1/history", params={"box": "1,2,3,4", "from_ns": 5, "to_ns": 6}).json()[
            "points"
        ][0]
        assert point == {"box": [1, 2, 3, 4], "from_ns": 5, "to_ns": 6, "limit": 10_000, "alt_m": None}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/tracks?box=1,2,3", 400),
        ("/api/v1/tracks?box=nan,0,1,1", 400),
        ("/api/v1/tracks?box=2,0,1,1", 400),
        ("/api/v1/tracks?authorisation=perhaps", 400),
        ("/api/v1/tracks/1?since_ns=soon", 400),
        (f"/api/v1/alerts?since_ns={2**70}", 400),
        ("/api/v1/alerts?since_ns=13", 503),
        ("/api/v1/history?limit=0", 400),
        ("/api/v1/nothing", 404),
        ("/api/v1/tracks/one", 404),
        ("/nothing.html", 404),
        ("/../../etc/passwd", 404),
        ("/%2e%2e/%2e%2e/etc/passwd", 404),
    ],
)
def test_errors_are_json_with_one_line(shared: Running, path: str, status: int) -> None:
    with shared.client(**BEARER) as client:
        answer = client.get(path)
        assert answer.status_code == status
        assert list(answer.json()) == ["error"]
        assert "\n" not in answer.json()["error"]
        assert client.delete("/api/v1/tracks").status_code == 405


def test_metrics_are_in_the_exposition_format(server: Running) -> None:
    with server.client(**BEARER) as client, server.picture() as picture:
        messages(picture, 3)
        text = client.get("/metrics").text
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["vedette_observations_total", "r1"] == 7
    assert samples["vedette_quarantined_total", "r1", "truncated"] == 2
    assert samples["vedette_tracks",] == 3
    assert samples["vedette_alerts", "warning"] == 1
    assert samples["vedette_ws_clients",] == 1
    assert samples["vedette_latency_seconds_count",] == 1
    documented = set(re.findall(r"^(vedette_\w+)", metrics.__doc__ or "", re.MULTILINE))
    shown = {name for name, *_ in samples if not name.endswith(("_bucket", "_sum", "_created"))}
    assert {name.removesuffix("_count") for name in shown} <= documented


def test_the_description_and_the_server_agree(shared: Running) -> None:
    app = create_app(shared.state, ServeSettings(TOKEN))
    served = {re.sub(r":int", "", getattr(route, "path", "")) for route in app.routes} - {""}
    described = openapi.describe("1")
    assert served == set(described["paths"])
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described)))
    assert names <= set(described["components"]["schemas"])
    with shared.client(**BEARER) as client:
        assert client.get("/api/v1/openapi.json").json()["info"]["version"] == "1.2.3"
        docs = client.get("/api/docs", headers=shared.log_in(client)).text
        assert all(f" {path}</code>" in docs for path in described["paths"])
        assert "<script" not in docs
