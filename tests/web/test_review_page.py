"""The page of a review in a real browser, from a disk: it can be stepped through, and needs nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cdp import Browser, find_browser

from vedette.core.observation import OBSERVATION
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.evaluate import Picture, compare
from vedette.evaluate.coverage import Circumstances, covered, polar
from vedette.evaluate.page.review import review_page
from vedette.evaluate.page.review_data import Happened, stretches
from vedette.evaluate.picture import ALERT, IDENTITY, POINT
from vedette.evaluate.plots import attribute
from vedette.evaluate.review import review
from vedette.evaluate.truth import TRUTH_ROW

PROGRAM = find_browser()
T0 = 1_800_000_000 * NS_PER_S
LAT, LON = 50.9, 4.48
RADAR = Sensor(
    id="radar",
    index=0,
    name="Radar <1>",
    lat_deg=LAT,
    lon_deg=LON,
    alt_m=50.0,
    range_max_m=6e3,
    scan="staring",
)
ZONES = [
    Zone("C", "plant <west>", "PROHIBITED", [Volume(circle=(LAT, LON, 500.0))]),
    Zone(
        "R",
        "ring",
        "PROHIBITED",
        [Volume(rings=[[(50.91, 4.49), (50.92, 4.49), (50.92, 4.5), (50.91, 4.49)]])],
    ),
]
EVENTS = [
    Happened(time_s=20.0, kind="silence", words="radar blinded for 10 s", sensor="radar", until_s=30.0),
    Happened(time_s=40.0, kind="note", words="who saw </script><b>that</b>?"),
]


def flight(ident: int, name: str, kind: str, north_m: float, seconds: int = 60) -> np.ndarray[Any, Any]:
    rows = np.zeros(seconds, TRUTH_ROW)
    rows["time_ns"] = T0 + np.arange(seconds) * NS_PER_S
    rows["id"], rows["name"], rows["class"] = ident, name, kind
    rows["lat_deg"] = LAT + north_m / 111_195
    rows["lon_deg"] = LON + 2e-4 * (np.arange(seconds) - 20)
    rows["v_east"], rows["alt_m"] = 14.0, 150.0
    return rows


def made(title: str = "a & <b>", seconds: int = 60) -> str:
    """A page about a drone that was alerted, one that was not seen, and a bird; and a track on nothing."""
    drone, lost = (
        flight(1, "intruder </script>", "multirotor", 0, seconds),
        flight(2, "ghost", "multirotor", 300, seconds),
    )
    bird = flight(3, "gull {{style}}", "bird", 1_500, seconds)
    bird["authorised"] = True
    rows = np.concatenate([drone, lost, bird])
    rows = rows[np.argsort(rows["time_ns"], kind="stable")]
    points = []
    for track, on, off_m in ((7, drone, 5.0), (8, bird, 3.0), (9, lost, 4_000.0)):
        mine = np.zeros(len(on), POINT)
        for name in ("time_ns", "lat_deg", "lon_deg", "class"):
            mine[name] = on[name]
        mine["lat_deg"] += off_m / 111_195
        mine["track_id"], mine["heard_ago_s"], mine["authorisation"] = track, np.nan, "unknown"
        points.append(mine[3:])
    alerts = [
        (T0 + 5 * NS_PER_S, 7, "zone-entry", "C", "actual", 1.0),
        (T0 + 9 * NS_PER_S, 9, "zone-entry", "R", "actual", 1.0),
    ]
    picture = Picture(np.concatenate(points), np.array(alerts, ALERT), np.zeros(0, IDENTITY))
    compared = compare(picture, rows, ZONES)
    covers = {"radar": covered(RADAR, rows, Circumstances())}
    seen = np.zeros(2 * seconds, OBSERVATION)
    for name in OBSERVATION.names or ():
        if OBSERVATION[name].base.kind == "f":
            seen[name] = np.nan
    both = np.concatenate([drone, bird])
    seen["valid_ns"] = both["time_ns"]
    seen["range_m"], seen["azimuth_deg"], seen["elevation_deg"] = polar(RADAR, both)
    plots = attribute(seen, [RADAR], rows, covers)
    return review_page(compared, review(compared, plots, [RADAR], covers), plots, [RADAR], EVENTS, title)


def test_it_holds_everything_and_nothing_from_elsewhere() -> None:
    html = made()
    assert "<title>Review of a &amp; &lt;b&gt;</title>" in html
    assert "http:" not in html.replace("http://www.w3.org", "")
    assert "https:" not in html
    assert html.count("</script>") == 2
    assert "gull {{style}}" in html
    assert "not detected" in html
    assert '<span class="chip bad">false alert</span>' in html


@pytest.mark.parametrize("seconds", [4, 5])
def test_little_is_no_trouble(seconds: int) -> None:
    assert "</html>" in made(seconds=seconds)


def test_stretches_end_where_there_is_a_gap_or_a_change() -> None:
    seconds = np.array([0.0, 1.0, 2.0, 3.0, 10.0, 11.0])
    value = np.array([5, 5, -1, 6, 6, 6])
    assert stretches(seconds, value) == [(0.0, 2.0, 5), (3.0, 4.0, 6), (10.0, 12.0, 6)]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    file: Path = tmp_path_factory.mktemp("review") / "review.html"
    file.write_text(made(), encoding="utf-8")
    with Browser(PROGRAM) as one:
        one.open(file.as_uri())
        one.until("window.review")
        yield one


pytestmark = pytest.mark.browser


def test_it_opens_without_an_error_or_a_request(page: Browser) -> None:
    assert page.errors == []
    assert [url for url in page.requests if not url.startswith(("file:", "data:"))] == []
    assert page.run("document.querySelectorAll('#list li').length") == 4
    page.run("review.seek(20)")
    assert page.run("review.spots().length") == 6  # three that fly, three that are shown


def test_time_goes_by_keys_and_by_the_slider(page: Browser) -> None:
    page.run("document.activeElement.blur(); review.seek(10)")
    page.press("ArrowRight")
    assert page.run("review.state.t") == 11
    page.run("const s = document.querySelector('#slider'); s.value = 30; s.dispatchEvent(new Event('input'))")
    assert page.run("review.state.t") == 30
    page.press("Home")
    assert page.run("review.state.t") == 0
    page.press("n")
    assert page.run("review.state.t") == 3  # the track
    page.press(" ")
    page.until("review.state.t > 4")
    page.press(" ")
    assert page.run("review.state.playing") is False


def test_choosing_one_tells_its_chain(page: Browser) -> None:
    page.run("document.querySelector('#i1').click()")
    text = page.run("document.querySelector('#detail').textContent")
    assert "intruder </script>" in text
    assert "Radar <1>" in text
    page.press("ArrowUp")  # what was missed stands before what was not
    assert page.run("review.data.individuals.find(o => o.id === review.state.selected).name") == "ghost"
    assert "never" in page.run("document.querySelector('#detail').textContent")
    page.press("Escape")
    assert page.run("document.querySelector('#detail').hidden") is True


def test_a_tile_leaves_its_own_in_the_list(page: Browser) -> None:
    page.run("document.querySelector('[data-verdict=\"not detected\"]').click()")
    shown = "[...document.querySelectorAll('#list li')].filter(o => !o.hidden).map(o => o.dataset.verdict)"
    assert page.run(shown) == ["not detected"]
    page.run("document.querySelector('[data-verdict=\"not detected\"]').click()")
    assert len(page.run(shown)) == 4


def test_a_false_alert_leads_to_its_time(page: Browser) -> None:
    page.run("document.querySelector('#list li[data-t]').click()")
    assert page.run("review.state.t") == 9


def test_the_map_zooms_and_follows(page: Browser) -> None:
    page.run("document.activeElement.blur(); review.seek(20)")
    scale = page.run("review.state.scale")
    page.press("+")
    assert page.run("review.state.scale") == pytest.approx(1.5 * scale)
    page.run("review.select(1)")
    page.press("f")
    page.run("review.seek(50)")
    spot = page.run("review.spots().find(s => s.id === 1)")
    middle = page.run(
        "[document.querySelector('#map').clientWidth / 2, document.querySelector('#map').clientHeight / 2]"
    )
    assert [spot["x"], spot["y"]] == pytest.approx(middle, abs=0.5)
    page.press("0")
    page.press("Escape")


def test_what_the_director_did_is_told_at_its_time(page: Browser) -> None:
    page.run("review.seek(22)")
    assert page.run("document.querySelector('#says').textContent") == "0:20 radar blinded for 10 s"
    page.run("review.seek(41)")
    assert "who saw </script><b>that</b>?" in page.run("document.querySelector('#says').textContent")
    assert page.run("document.querySelectorAll('#lanes .off').length") == 1


def test_the_canvas_is_drawn_on_in_light_and_dark(page: Browser) -> None:
    script = """(() => {
        const c = document.querySelector('#map');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let n = 0;
        for (let i = 3; i < d.length; i += 4) n += d[i] > 0;
        return n;
    })()"""
    before = page.run("document.documentElement.className")
    assert page.run(script) > 1_000
    page.press("d")
    assert page.run("document.documentElement.className") != before
    assert page.run(script) > 1_000
    page.press("d")
