"""Make golden.vdtl and golden.json again: two nodes' entries about one incident, keys that anybody knows.

    PYTHONPATH=tests/reference python tests/golden/ledger/rebuild.py

Private keys are the bytes seed, seed + 1, … (mod 256), see random_bytes in tests/reference/ledgers.py; the
clock stands still or is moved by hand. A change of these files is a change of the format: then ledgers of
before are not proved any more.
"""

import json
import tempfile
from pathlib import Path

from ledger_reference import read
from ledgers import START_NS, Clock, known, open_ledger

from vedette.core import canonical
from vedette.core.entry import Draft
from vedette.core.units import NS_PER_S
from vedette.ledger import keys
from vedette.ledger.read import Reader

HERE = Path(__file__).parent
FIRE = "incident-7"


def draft(kind, author, body, incident=None):
    """A draft of a body as a value."""
    return Draft(kind, author, canonical.encode(body), incident)


def build(folder):
    """Two ledgers in a folder, the tower's with the airport's part of the incident; that part as a file."""
    clock = Clock()
    with open_ledger(folder / "airport", "airport", clock) as airport:
        airport.append([draft("node-started", "vedette", {"version": "0.2.0"})])
        airport.append(
            [
                draft(
                    "alert-raised", "vedette", {"alert_id": "a-1", "probability": 0.875, "track": 12}, FIRE
                ),
                draft("note", "anna", {"text": "Two lights over the apron, 5° above the trees"}, FIRE),
                draft("shift", "bert", {"text": "nothing of this incident"}),
            ]
        )
        clock.now_ns += NS_PER_S
        airport.append([draft("a kind of later years", "anna", {"n": [1, 1.5, None, True]}, FIRE)])
        key = airport.public_key
    with Reader(folder / "airport") as reader:
        reader.export(folder / "airport.vdtl", incident=FIRE)
    clock.now_ns = START_NS  # a clock that is behind
    with open_ledger(folder / "tower", "Turm Süd", clock) as tower:
        keys.add_known(folder / "tower" / keys.KNOWN_FILE, "airport", key)
        tower.append([draft("note", "Jörg", {"text": "gesehen"}, FIRE)])
        tower.take(folder / "airport.vdtl", known(folder / "tower"))
        tower.append([draft("decision", "Jörg", {"what": "stop take-offs"}, FIRE)])
    return folder / "airport.vdtl"


def main():
    """Write both files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        content = build(folder).read_bytes()
        trusted = known(folder / "airport", folder / "tower")
        with Reader(folder / "tower") as reader:
            order = [f"{e.node} {e.seq} {e.hash.hex()}" for e in reader.entries()]
    told = {
        "keys": {node: sorted(key.hex() for key in theirs) for node, theirs in sorted(trusted.items())},
        "entries": read(content, trusted["airport"]),
        "merged": order,
    }
    (HERE / "golden.vdtl").write_bytes(content)
    (HERE / "golden.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
