"""What a simulated receiver passes on is read by pyModeS, where it is installed beside Vedette.

pyModeS is under the GPL and no part of Vedette or of its tests' requirements. To run this, put it in a
folder of its own (pip install --target FOLDER pymodes) and set PYTHONPATH=FOLDER.
"""

from collections import defaultdict

import numpy as np
import pytest

from vedette.core.units import NS_PER_S
from vedette.simulate import Simulation, load_scenario

pms = pytest.importorskip("pyModeS")
SECONDS = 30.0


def messages(stream):
    """Mode S messages of a Beast stream: escapes doubled inside, single before a type."""
    for piece in stream.replace(b"\x1a\x1a", b"\x00escape\x00").split(b"\x1a")[1:]:
        frame = piece.replace(b"\x00escape\x00", b"\x1a")
        assert frame[:1] == b"3"
        assert len(frame) == 1 + 6 + 1 + 14
        yield frame[8:].hex().upper()


def test_pymodes_reads_where_the_airliners_are_and_who():
    simulation = Simulation(load_scenario("brussels"), seed=7)
    truth, said, callsigns = [], [], set()
    pipe = pms.PipeDecoder()
    counts = defaultdict(int)
    for _, emissions, rows in simulation.run(SECONDS):
        truth.append(rows)
        for emission in emissions:
            if emission.feed != "adsb":
                continue
            for text in messages(emission.data):
                told = pipe.decode(text, timestamp=emission.t_ns / NS_PER_S)
                assert told["df"] == 17
                assert told["crc_valid"]
                counts[told["typecode"]] += 1
                if told.get("latitude") is not None:
                    said.append((emission.t_ns, told["latitude"], told["longitude"]))
                if told.get("callsign"):
                    callsigns.add(told["callsign"].strip("_ "))
    truth = np.concatenate(truth)
    assert callsigns
    assert callsigns <= set(truth["name"].tolist())
    assert set(counts) == {4, 11, 19, 31} or set(counts) == {3, 4, 11, 19, 31}
    assert len(said) > 100
    airliners = truth[[name in callsigns for name in truth["name"]]]
    apart = []
    for t_ns, lat, lon in said:
        now = airliners[np.abs(airliners["time_ns"] - t_ns) < 1.5 * NS_PER_S]
        ahead = (t_ns - now["time_ns"]) / NS_PER_S
        north = (lat - now["lat_deg"]) * 111_250.0 - now["v_north"] * ahead
        east = (lon - now["lon_deg"]) * 70_190.0 - now["v_east"] * ahead
        apart.append(np.hypot(north, east).min())
    assert np.median(apart) < 8.0
    assert np.quantile(apart, 0.99) < 25.0
