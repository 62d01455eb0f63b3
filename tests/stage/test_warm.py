"""Nothing is compiled any more once a node has warmed up."""

import subprocess
import sys

import pytest

_AFTER = """
import importlib, pkgutil
import vedette.kernel
from vedette.app.bench.traffic import CHUNK_NS, FEEDS, Traffic, sensors
from vedette.app.ingest import Ingest
from vedette.app.sector import Sector
from vedette.app.warm import warm
from vedette.core.surface import Road, Surface
from vedette.core.units import NS_PER_S
from vedette.wire.formats import DecoderOptions
import msgspec

def compiled():
    out = {}
    for found in pkgutil.iter_modules(vedette.kernel.__path__):
        for name, kernel in vars(importlib.import_module("vedette.kernel." + found.name)).items():
            if hasattr(kernel, "overloads"):
                out[found.name + "." + name] = len(kernel.overloads)
    return out

assert warm() > 100
before = compiled()
rate, start_ns = 500.0, 1_750_000_000 * NS_PER_S
told = [msgspec.structs.replace(s, index=i) for i, s in enumerate(sensors(rate))]
square = [[(40.0, -10.0), (40.0, 20.0), (60.0, 20.0), (60.0, -10.0), (40.0, -10.0)]]
surface = Surface([square], [square], [Road([(50.0, 4.0), (51.0, 5.0)], 8.0)])
ingest, sector, traffic = Ingest(told), Sector(None, [], surface=surface), Traffic(rate, 1)
format_of = {feed.name: feed.format for feed in FEEDS}
sent = traffic.hello(start_ns)
for from_ns in range(start_ns, start_ns + 8 * NS_PER_S, CHUNK_NS):
    sent += traffic.between(from_ns, from_ns + CHUNK_NS)
rows = 0
for one in sent:
    options = DecoderOptions(one.feed)
    for batch in ingest.receive(options, format_of[one.feed], 0, one.due_ns, one.data)[0]:
        picture = sector.step(batch).picture
        rows += len(picture.rows) if picture else 0
assert rows > 1000
after = compiled()
print(sorted(name for name in after if after[name] != before[name]))
"""


@pytest.mark.slow
def test_live_traffic_meets_no_kernel_that_is_not_compiled() -> None:
    done = subprocess.run([sys.executable, "-c", _AFTER], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
