"""A small evidence pack made by hand: one drone with an alert, one bird, two zones, three sensors."""

import json

from vedette.app.evidence import manifest as told
from vedette.app.evidence.agree import Agreement, Paired
from vedette.app.evidence.box import members, write_box
from vedette.app.evidence.cut import Cut
from vedette.app.evidence.derive import Derived, Window
from vedette.app.evidence.seal import SIGNATURE, seal
from vedette.core.units import NS_PER_S
from vedette.ledger.keys import load_or_make_key

T0 = 1_800_000_000 * NS_PER_S
SECONDS = 40

NODE = """
zones = ["zones.json"]
[node]
name = "tower"
origin = [50.9, 4.48]
[[sensor]]
id = "radar"
name = "Radar on the <roof>"
source = "asterix:1/2"
lat_deg = 50.9
lon_deg = 4.48
[[sensor]]
id = "nowhere"
source = "asterix:1/3"
"""
ZONES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": "Z1",
            "properties": {"identifier": "Z1", "country": "BEL", "type": "PROHIBITED", "variant": "COMMON"},
            "geometry": {
                "type": "Polygon",
                "layer": {
                    "lower": 0, "upper": 500, "uom": "m", "lowerReference": "AGL", "upperReference": "AGL",
                },
                "coordinates": [[[4.47, 50.89], [4.49, 50.89], [4.49, 50.91], [4.47, 50.91], [4.47, 50.89]]],
            },
        }
    ],
}  # fmt: skip


def change(at_s, state, probability, **other):
    """One change of the alert, as a pack has it."""
    return {
        "time_ns": T0 + at_s * NS_PER_S, "track_id": 7, "rule": "zone-entry", "zone": "Z1", "state": state,
        "alert_id": "A000001", "severity": "warning", "probability": probability, "time_to_entry_s": None,
        "lat_deg": 50.9, "lon_deg": 4.48, "label": "T7", "zone_name": "Runway & <approach>",
        "reasons": ["inside the zone"], **other,
    }  # fmt: skip


def tracks(with_height):
    """tracks.csv: a drone that becomes a bird half way, and one that nobody can tell."""
    lines = [
        "time_ns,track_id,lat_deg,lon_deg,alt_m,alt_sd_m,v_east_mps,v_north_mps,sd_major_m,existence,class,"
        "class_probability,authorisation,status"
    ]
    for k in range(SECONDS):
        kind = "multirotor,0.93,unauthorised" if k < SECONDS // 2 else "bird,0.61,unknown"
        alt = "120.5,4.0" if with_height else ","
        place = f"{50.9 + k * 1e-4},{4.48 + k * 1e-4}"
        lines.append(f"{T0 + k * NS_PER_S},7,{place},{alt},6.0,8.0,7.5,0.99,{kind},confirmed")
        lines.append(f"{T0 + k * NS_PER_S},9,50.905,{4.47 + k * 1e-4},,,6.0,0.0,20.0,0.9,,,unknown,confirmed")
    return "\n".join(lines) + "\n"


def pack_at(
    folder, *, alerts=True, shown=True, with_height=True, about="seen <from> the #tower $x$", **other
):
    """Write it; returns its path. other: what its changes of an alert have otherwise."""
    content = folder / "content"
    parts = ["derived", "shown"] if shown else ["derived"]
    states = ((5, "predicted", 0.7), (12, "actual", 0.95), (35, "cleared", 0.0))
    changes = [change(*state, **other) for state in states]
    for part in parts:
        (content / part).mkdir(parents=True)
        (content / part / "tracks.csv").write_text(tracks(with_height))
        (content / part / "alerts.json").write_text(json.dumps(changes if alerts else []))
    (content / "node.toml").write_text(NODE)
    (content / "zones.json").write_text(json.dumps(ZONES))
    pair = Paired(track_id=7, other_id=7, seconds=SECONDS, share=0.95, median_m=1.0)
    manifest = told.Manifest(
        format=told.FORMAT,
        node="tower",
        about=about,
        alert="A000001" if alerts else None,
        made_ns=T0 + 3600 * NS_PER_S,
        made_by=told.made_by(),
        window=Window(T0, T0 + SECONDS * NS_PER_S),
        warm_s=60.0,
        journal=Cut(frames=10, hello=0, damaged=0),
        derived=Derived(picture_sha256="0" * 64, observations=10, tracks=2, alerts=1),
        shown=Agreement(tracks=[pair], alerts=3, alerts_alike=2, worst_m=4.0) if shown else None,
        members=[told.member_of(content, name) for name in members(content)],
    )
    text = told.encode(manifest)
    (content / told.NAME).write_bytes(text)
    (folder / "keys").mkdir()
    signer = load_or_make_key(folder / "keys", lambda n: bytes(range(n)))
    (content / SIGNATURE).write_text(seal(text, signer))
    write_box(folder / "pack.zip", content)
    return folder / "pack.zip"
