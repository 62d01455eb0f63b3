"""Rebuild pymodes.json: what pyModeS 3 reads out of ADS-B messages.

The messages are the examples that teaching texts on Mode S print, and a seeded sweep of what our
own encoders make. pyModeS is GPL and no part of Vedette; install both into an environment of its
own (pip install pymodes, pip install .) and run

    python tests/golden/adsb/rebuild.py
"""

import json
import random
from pathlib import Path

from pyModeS import PipeDecoder, decode

from vedette.wire.adsb import (
    encode_position,
    encode_surface_position,
    encode_velocity,
    identification,
    operational,
    status,
)
from vedette.wire.adsb.frame import extended_squitter

OUT = Path(__file__).with_name("pymodes.json")

# Junzi Sun, The 1090 Megahertz Riddle (2nd edition), and the test data of several open decoders.
PRINTED = [
    "8D4840D6202CC371C32CE0576098",
    "8D406B902015A678D4D220AA4BDA",
    "8D40621D58C382D690C8AC2863A7",
    "8D40621D58C386435CC412692AD6",
    "8D40058B58C901375147EFD09357",
    "8D40058B58C904A87F402D3B8C59",
    "8C4841753AAB238733C8CD4020B1",
    "8C4841753A8A35323FAEBDAC702D",
    "8D485020994409940838175B284F",
    "8DA05F219B06B6AF189400CBC33F",
    "8D48520A990C2C3158040B8EA54D",
    "8D48520AF82300060049B898BA5F",
    "8D48520AE118A700000000CEA63B",
]
KEYS = {
    "icao",
    "typecode",
    "subtype",
    "callsign",
    "category",
    "altitude",
    "cpr_format",
    "cpr_lat",
    "cpr_lon",
    "latitude",
    "longitude",
    "groundspeed",
    "track",
    "vertical_rate",
    "geo_minus_baro",
    "nac_v",
    "version",
    "nac_p",
    "emergency_state",
    "squawk",
}


def sweep(rng):
    """Messages of our own encoders, with where the target is."""
    for n in range(60):
        icao = rng.randrange(1, 1 << 24)
        lat, lon = rng.uniform(-86, 86), rng.uniform(-180, 180)
        alt_ft = rng.choice([None, rng.uniform(-900, 49_000), rng.uniform(51_000, 100_000)])
        yield encode_position(icao, lat, lon, alt_ft, odd=bool(n % 2)), (lat, lon)
        speed = [rng.uniform(-300, 300), rng.uniform(-700, 700), rng.uniform(-30, 30)]
        above = rng.choice([None, rng.uniform(-800, 800)])
        yield encode_velocity(icao, *speed, nac_v=n % 5, alt_above_baro_m=above), None
        surface = encode_surface_position(
            icao, lat, lon, odd=bool(n % 2), speed_mps=rng.uniform(0, 88), track_deg=rng.uniform(0, 360)
        )
        yield surface, (lat, lon)
        if n < 12:
            callsign = "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=rng.randrange(1, 9)))
            yield extended_squitter(icao, identification.encode(callsign, f"{'ABCD'[n % 4]}{n % 8}")), None
            said = status.encode(status.EMERGENCIES[n % 7], f"{rng.randrange(1, 4096):04o}")
            yield extended_squitter(icao, said), None
            yield extended_squitter(icao, operational.encode(n, version=1 + n % 2)), None


def pairs(rng):
    """Even and odd of one target, decoded without a reference; pyModeS wants to see them confirmed."""
    for _ in range(40):
        icao = rng.randrange(1, 1 << 24)
        lat, lon = rng.uniform(-86, 86), rng.uniform(-180, 180)
        hexes = [encode_position(icao, lat, lon, 30_000, odd=odd).hex().upper() for odd in (False, True)]
        pipe = PipeDecoder()
        said = [pipe.decode(hexes[n % 2], timestamp=1.0 + n) for n in range(8)][-1]
        yield {"hex": hexes, "latitude": said.get("latitude"), "longitude": said.get("longitude")}


def main():
    rng = random.Random(1090)
    messages = [(bytes.fromhex(text), None) for text in PRINTED] + list(sweep(rng))
    rows = []
    for message, place in messages:
        surface = 5 <= message[4] >> 3 <= 8
        where = {} if place is None else {"surface_ref": place} if surface else {"reference": place}
        said = dict(decode(message.hex().upper(), **where))
        row = {"hex": message.hex().upper(), **{k: said[k] for k in sorted(KEYS & said.keys())}}
        rows.append(row if place is None else {**row, "reference": place})
    lines = ",\n".join(json.dumps(row) for row in rows)
    pair_lines = ",\n".join(json.dumps(row) for row in pairs(rng))
    OUT.write_text(f'{{"messages": [\n{lines}\n],\n"pairs": [\n{pair_lines}\n]}}\n')


if __name__ == "__main__":
    main()
