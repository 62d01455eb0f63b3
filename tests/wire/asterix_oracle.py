"""libasterix as judge of our ASTERIX codec: legal records at random, and what they say.

`legal_record` walks libasterix's own description of a category and writes random bits wherever the
description leaves them free, so every item and every form of item comes up. `said` reads a record
through libasterix and names the values as our records do; what it does not have is left out.

Importing libasterix takes some seconds, so that is done inside the functions.
"""

import random
from functools import cache
from typing import Any

EDITIONS = {10: "Cat_010_1_1", 21: "Cat_021_2_6", 34: "Cat_034_1_29", 48: "Cat_048_1_32", 62: "Cat_062_1_21"}
UNIT = {
    "s": 1.0,
    "°": 1.0,
    "m": 1.0,
    "m/s": 1.0,
    "dBm": 1,
    "NM": 1852.0,
    "NM/s": 1852.0,
    "FL": 30.48,
    "ft": 0.3048,
    "ft/min": 0.3048 / 60,
}
EMITTERS = dict(zip(range(1, 7), ("A1", "A2", "A3", "A4", "A5", "A6"), strict=True)) | {
    10: "A7", 11: "B1", 12: "B2", 13: "B6", 14: "B7", 15: "B4", 16: "B3",
    20: "C1", 21: "C2", 22: "C3", 23: "C4", 24: "C5",
}  # fmt: skip
EMERGENCIES = dict(enumerate(("general", "lifeguard", "minfuel", "nordo", "unlawful", "downed"), 1))


@cache
def _libasterix() -> tuple[Any, Any]:
    import asterix.base
    import asterix.generated

    return asterix.base, asterix.generated


@cache
def description(category: int) -> Any:
    """libasterix's class of a category."""
    return getattr(_libasterix()[1], EDITIONS[category])


def parse(category: int, octets: bytes) -> list[Any]:
    """Records in the body of a block, by libasterix; ValueError where it refuses them."""
    records = description(category).cv_uap.parse(_libasterix()[0].Bits.from_bytes(octets))
    if isinstance(records, ValueError):
        raise records
    return records


def legal_record(category: int, rng: random.Random, *, every: bool = False) -> bytes:
    """One record with a random choice of items, or with all, and random values."""
    base, _ = _libasterix()
    places = description(category).cv_record.cv_items_list
    rules = [place.cv_non_spare.cv_rule if issubclass(place, base.UapItem) else None for place in places]
    bits = _presence_and_bodies(rules, rng, every=every)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _presence_and_bodies(rules: list[Any], rng: random.Random, *, every: bool) -> str:
    there = [i for i, rule in enumerate(rules) if rule is not None]
    chosen = there if every else sorted(rng.sample(there, rng.randint(1, len(there))))
    octets = chosen[-1] // 7 + 1
    fspec = ""
    for octet in range(octets):
        fspec += "".join("1" if 7 * octet + bit in chosen else "0" for bit in range(7))
        fspec += "1" if octet < octets - 1 else "0"
    return fspec + "".join(_rule(rules[i], rng) for i in chosen)


def _rule(rule: Any, rng: random.Random) -> str:
    base, _ = _libasterix()
    if issubclass(rule, base.RuleVariationContextFree):
        return _variation(rule.cv_variation, rng)
    return _variation(rule.cv_default_variation, rng)


def _item(item: Any, rng: random.Random) -> str:
    base, _ = _libasterix()
    return "0" * item.cv_bit_size if issubclass(item, base.Spare) else _rule(item.cv_non_spare.cv_rule, rng)


def _element(variation: Any, rng: random.Random) -> str:
    base, _ = _libasterix()
    size = variation.cv_bit_size
    value = rng.getrandbits(size)
    content = getattr(variation.cv_rule, "cv_content", None)
    if size == 24 and content and issubclass(content, base.ContentQuantity) and content.cv_unit == "s":
        value = rng.randrange(86_400 * 128)
    return f"{value:0{size}b}"


def _extended(variation: Any, rng: random.Random) -> str:
    groups = variation.cv_items_list
    sent = rng.randint(1, len(groups))
    bits = ""
    for place, group in enumerate(groups[:sent]):
        for part in group:
            bits += _item(part[0], rng) if part is not None else "1" if place < sent - 1 else "0"
    return bits


def _repetitive(variation: Any, rng: random.Random) -> str:
    if variation.cv_rep_bytes is None:
        count = rng.randint(1, 3)
        parts = [_variation(variation.cv_variation, rng) for _ in range(count)]
        return "".join(part + ("1" if i < count - 1 else "0") for i, part in enumerate(parts))
    count = rng.randint(0, 3)
    head = f"{count:0{8 * variation.cv_rep_bytes}b}"
    return head + "".join(_variation(variation.cv_variation, rng) for _ in range(count))


def _variation(variation: Any, rng: random.Random) -> str:
    base, _ = _libasterix()
    if issubclass(variation, base.Element):
        return _element(variation, rng)
    if issubclass(variation, base.Group):
        return "".join(_item(item, rng) for item, _ in variation.cv_items_list)
    if issubclass(variation, base.Extended):
        return _extended(variation, rng)
    if issubclass(variation, base.Repetitive):
        return _repetitive(variation, rng)
    if issubclass(variation, base.Compound):
        rules = [item.cv_rule if item else None for item in variation.cv_items_list]
        return _presence_and_bodies(rules, rng, every=rng.random() < 0.3)
    octets = rng.randint(1, 5)  # explicit length, itself included
    return f"{octets:08b}" + "".join(f"{rng.getrandbits(8):08b}" for _ in range(octets - 1))


class _Reader:
    """Values of one libasterix record by the names of the standard; None where absent."""

    def __init__(self, record: Any) -> None:
        self.record = record

    def part(self, *path: str) -> Any:
        """The variation at a path of item and subitem names."""
        found = self.record.get_item(path[0])
        for name in path[1:]:
            found = None if found is None else found.variation.get_item(name)
        return None if found is None else found.variation

    def integer(self, *path: str) -> int | None:
        part = self.part(*path)
        return None if part is None else part.as_uint()

    def flag(self, *path: str) -> bool | None:
        value = self.integer(*path)
        return None if value is None else value == 1

    def clear(self, *path: str) -> bool | None:
        value = self.integer(*path)
        return None if value is None else value == 0

    def si(self, *path: str) -> float | None:
        part = self.part(*path)
        if part is None:
            return None
        content = part.content
        return content._as_quantity() * UNIT[content.cv_unit]

    def octal(self, *path: str) -> str | None:
        part = self.part(*path)
        return None if part is None else part.content.as_string()

    def address(self, *path: str) -> str | None:
        value = self.integer(*path)
        return None if value is None else f"{value:06X}"

    def name(self, *path: str) -> str | None:
        value = self.integer(*path)
        if value is None:
            return None
        to_char = _libasterix()[0].StringICAO.to_char
        codes = [value >> shift & 63 for shift in range(42, -1, -6)]
        return "".join(to_char(code) or ("?" if code else " ") for code in codes).strip() or None

    def registers(self, item: str) -> list[Any] | None:
        part = self.part(item)
        if part is None:
            return None
        octets = [one.unparse().to_bytes() for one in part.get_list()]
        return [[octet[7], octet[:7].hex()] for octet in octets]

    def code(self, item: str, third: str = "L") -> dict[str, Any]:
        """A Mode-3/A code with its three bits."""
        return {
            "squawk": self.octal(item, "MODE3A"),
            "squawk_validated": self.clear(item, "V"),
            "squawk_garbled": self.flag(item, "G"),
            "squawk_smoothed": self.flag(item, third),
        }

    def level(self, item: str) -> dict[str, Any]:
        """A flight level with its two bits."""
        return {
            "baro_alt_m": self.si(item, "FL"),
            "baro_validated": self.clear(item, "V"),
            "baro_garbled": self.flag(item, "G"),
        }

    def source(self) -> dict[str, Any]:
        """Who sent the record."""
        return {"sac": self.integer("010", "SAC"), "sic": self.integer("010", "SIC")}

    def any_of(self, *paths: tuple[str, ...]) -> bool | None:
        """Whether any of these bits is set; None where none was sent."""
        flags = [self.flag(*path) for path in paths]
        return None if all(flag is None for flag in flags) else any(flags)


def _said_010(r: _Reader) -> dict[str, Any]:
    # libasterix takes 1/16 m/s for I010/202. The standard says 1/4, as its range of 8192 m/s in 16
    # bits does, and in recordings only that agrees with the ground speed of I010/200.
    east, north = r.si("202", "VX"), r.si("202", "VY")
    return {
        "message": r.integer("000"),
        "kind": r.integer("020", "TYP"),
        "ground_bit": r.flag("020", "GBS"),
        "corrupted": r.flag("020", "CRT"),
        "simulated": r.flag("020", "SIM"),
        "test": r.flag("020", "TST"),
        "field_monitor": r.flag("020", "RAB"),
        "target_kind": r.integer("020", "TOT"),
        "time_s": r.si("140"),
        "lat_deg": r.si("041", "LAT"),
        "lon_deg": r.si("041", "LON"),
        "range_m": r.si("040", "RHO"),
        "azimuth_deg": r.si("040", "TH"),
        "x_m": r.si("042", "X"),
        "y_m": r.si("042", "Y"),
        "ground_speed_mps": r.si("200", "GSP"),
        "track_deg": r.si("200", "TRA"),
        "v_east_mps": None if east is None else 4 * east,
        "v_north_mps": None if north is None else 4 * north,
        "track_number": r.integer("161", "TRK"),
        "tentative": r.flag("170", "CNF"),
        "track_ended": r.flag("170", "TRE"),
        "extrapolated": r.integer("170", "CST"),
        "smoothed": r.flag("170", "STH"),
        "ghost": r.flag("170", "GHO"),
        **r.code("060"),
        "icao24": r.address("220"),
        "callsign": r.name("245", "CHR"),
        "callsign_kind": r.integer("245", "STI"),
        "bds": r.registers("250"),
        "fleet": r.integer("300"),
        **r.level("090"),
        "height_m": r.si("091"),
        "length_m": r.si("270", "LENGTH"),
        "orientation_deg": r.si("270", "ORIENTATION"),
        "width_m": r.si("270", "WIDTH"),
        "system": r.integer("550", "NOGO"),
        "overload": r.flag("550", "OVL"),
        "time_source_invalid": r.flag("550", "TSV"),
        "sd_x_m": r.si("500", "DEVX"),
        "sd_y_m": r.si("500", "DEVY"),
        "covariance_m2": r.si("500", "COVXY"),
        "amplitude": r.integer("131"),
    }


def _fine_time_s(r: _Reader) -> float | None:
    time_s, second = r.si("073"), {0: 0, 1: 1, 2: -1}.get(r.integer("074", "FSI") or 0)
    if time_s is None or r.part("074") is None or second is None:
        return time_s
    return (int(time_s) + second) % 86_400 + r.integer("074", "TOMRP") / 2**30


def _said_021(r: _Reader) -> dict[str, Any]:
    fine = r.part("131") is not None
    position = "131" if fine else "130"
    height, version = r.integer("140"), r.integer("210", "VN")
    in_range = r.clear("160", "RE")
    return {
        "address_kind": r.integer("040", "ATP"),
        "field_monitor": r.flag("040", "RAB"),
        "ground_bit": r.flag("040", "GBS"),
        "simulated": r.flag("040", "SIM"),
        "test": r.flag("040", "TST"),
        "confidence": r.integer("040", "CL"),
        "position_suspect": r.any_of(("040", "IPC"), ("040", "CPR"), ("040", "LDPJ"), ("040", "RCF")),
        "track_number": r.integer("161", "TRNUM"),
        "service": r.integer("015"),
        "time_applicable_s": r.si("071"),
        "time_received_s": _fine_time_s(r),
        "time_sent_s": r.si("077"),
        "lat_deg": r.si(position, "LAT"),
        "lon_deg": r.si(position, "LON"),
        "fine": fine or None,
        "icao24": r.address("080"),
        "alt_m": None if height == 0x7FFF else r.si("140"),
        "nac_v": r.integer("090", "NUCRNACV"),
        "nic": r.integer("090", "NUCPNIC"),
        "sil": r.integer("090", "SIL"),
        "nac_p": r.integer("090", "NACP"),
        "gva": r.integer("090", "GVA"),
        "version": None if r.flag("210", "VNS") else version,
        "link": r.integer("210", "LTT"),
        "squawk": r.octal("070", "MODE3A"),
        "baro_alt_m": r.si("145"),
        "military_emergency": r.flag("200", "ME"),
        "emergency": EMERGENCIES.get(r.integer("200", "PS") or 0),
        "surveillance": r.integer("200", "SS"),
        "baro_climb_mps": r.si("155", "BVR") if r.clear("155", "RE") else None,
        "climb_mps": r.si("157", "GVR") if r.clear("157", "RE") else None,
        "ground_speed_mps": r.si("160", "GS") if in_range else None,
        "track_deg": r.si("160", "TA") if in_range else None,
        "callsign": r.name("170"),
        "emitter": EMITTERS.get(r.integer("020") or 0),
        "amplitude_dbm": r.si("132"),
        "bds": r.registers("250"),
        "receiver": r.integer("400"),
    }


def _said_034(r: _Reader) -> dict[str, Any]:
    counts = r.part("070")
    return {
        "message": r.integer("000"),
        "time_s": r.si("030"),
        "sector_deg": r.si("020"),
        "period_s": r.si("041"),
        "no_go": r.flag("050", "COM", "NOGO"),
        "overload": r.any_of(("050", "COM", "OVLRDP"), ("050", "COM", "OVLXMT")),
        "time_source_invalid": r.flag("050", "COM", "TSV"),
        "counts": None
        if counts is None
        else [[one.as_uint() >> 11, one.as_uint() & 0x7FF] for one in counts.get_list()],
        "alt_m": r.si("120", "HGT"),
        "lat_deg": r.si("120", "LAT"),
        "lon_deg": r.si("120", "LON"),
        "range_bias_m": r.si("090", "RNG"),
        "azimuth_bias_deg": r.si("090", "AZM"),
    }


def _said_048(r: _Reader) -> dict[str, Any]:
    warnings = r.part("030")
    chain = r.integer("020", "RDP")
    return {
        "time_s": r.si("140"),
        "kind": r.integer("020", "TYP"),
        "simulated": r.flag("020", "SIM"),
        "rdp_chain": None if chain is None else chain + 1,
        "spi": r.flag("020", "SPI"),
        "field_monitor": r.flag("020", "RAB"),
        "test": r.flag("020", "TST"),
        "extended_range": r.flag("020", "ERR"),
        "military_emergency": r.flag("020", "ME"),
        "range_m": r.si("040", "RHO"),
        "azimuth_deg": r.si("040", "THETA"),
        **r.code("070"),
        **r.level("090"),
        "ssr_runlength_deg": r.si("130", "SRL"),
        "ssr_replies": r.integer("130", "SRR"),
        "ssr_amplitude_dbm": r.si("130", "SAM"),
        "psr_runlength_deg": r.si("130", "PRL"),
        "psr_amplitude_dbm": r.si("130", "PAM"),
        "psr_ssr_range_m": r.si("130", "RPD"),
        "psr_ssr_azimuth_deg": r.si("130", "APD"),
        "icao24": r.address("220"),
        "callsign": r.name("240"),
        "bds": r.registers("250"),
        "track_number": r.integer("161", "TRN"),
        "x_m": r.si("042", "X"),
        "y_m": r.si("042", "Y"),
        "ground_speed_mps": r.si("200", "GSP"),
        "heading_deg": r.si("200", "HDG"),
        "tentative": r.flag("170", "CNF"),
        "climb": r.integer("170", "CDM"),
        "track_ended": r.flag("170", "TRE"),
        "ghost": r.flag("170", "GHO"),
        "warnings": None if warnings is None else [one.as_uint() for one in warnings.get_list()],
        "height_3d_m": r.si("110", "3DH"),
        "doppler_mps": r.si("120", "CAL", "CAL"),
        "doppler_doubtful": r.flag("120", "CAL", "D"),
        "capability": r.integer("230", "COM"),
        "flight_status": r.integer("230", "STAT"),
    }


def _said_062(r: _Reader) -> dict[str, Any]:
    return {
        "service": r.integer("015"),
        "time_s": r.si("070"),
        "lat_deg": r.si("105", "LAT"),
        "lon_deg": r.si("105", "LON"),
        "x_m": r.si("100", "X"),
        "y_m": r.si("100", "Y"),
        "v_east_mps": r.si("185", "VX"),
        "v_north_mps": r.si("185", "VY"),
        **r.code("060", "CH"),
        "callsign": r.name("245", "CHR"),
        "callsign_kind": r.integer("245", "STI"),
        "icao24": r.address("380", "ADR"),
        "downlinked_callsign": r.name("380", "ID"),
        "flight_status": r.integer("380", "COM", "STAT"),
        "emergency": EMERGENCIES.get(r.integer("380", "SAB", "STAT") or 0),
        "emitter": EMITTERS.get(r.integer("380", "EMC") or 0),
        "track_number": r.integer("040"),
        "monosensor": r.flag("080", "MON"),
        "spi": r.flag("080", "SPI"),
        "tentative": r.flag("080", "CNF"),
        "simulated": r.flag("080", "SIM"),
        "track_ended": r.flag("080", "TSE"),
        "coasted": r.flag("080", "CST"),
        "on_surface": r.flag("080", "SFC"),
        "baro_alt_m": r.si("136"),
        "alt_m": r.si("130"),
        "baro_track_m": r.si("135", "CTB"),
        "qnh_corrected": r.flag("135", "QNH"),
        "climb_mps": r.si("220"),
        "fleet": r.integer("300"),
        "sd_x_m": r.si("500", "APC", "X"),
        "sd_y_m": r.si("500", "APC", "Y"),
        "sd_xy_m": r.si("500", "COV"),
        "sd_lat_deg": r.si("500", "APW", "LAT"),
        "sd_lon_deg": r.si("500", "APW", "LON"),
        "alt_sd_m": r.si("500", "AGA"),
        "sd_v_east_mps": r.si("500", "ATV", "X"),
        "sd_v_north_mps": r.si("500", "ATV", "Y"),
    }


_SAID = {10: _said_010, 21: _said_021, 34: _said_034, 48: _said_048, 62: _said_062}


def said(category: int, record: Any) -> dict[str, Any]:
    """Values of one libasterix record under our field names, without what it does not carry."""
    reader = _Reader(record)
    values = reader.source() | _SAID[category](reader)
    return {name: value for name, value in values.items() if value is not None}


def ours(record: Any) -> dict[str, Any]:
    """Values of one of our records in the same form."""
    import msgspec

    values = msgspec.structs.asdict(record)
    if values.get("bds") is not None:
        values["bds"] = [[register, octets.hex()] for register, octets in values["bds"]]
    if values.get("counts") is not None:
        values["counts"] = [list(one) for one in values["counts"]]
    if values.get("warnings") is not None:
        values["warnings"] = list(values["warnings"])
    return {name: value for name, value in values.items() if value is not None and (name != "fine" or value)}


def differences(one: dict[str, Any], other: dict[str, Any], tolerance: float = 1e-9) -> list[str]:
    """Where two sets of values differ, numbers by more than a relative tolerance."""
    found = []
    for name in sorted(one.keys() | other.keys()):
        a, b = one.get(name), other.get(name)
        if isinstance(a, float | int) and isinstance(b, float | int):
            if abs(a - b) <= tolerance * max(1.0, abs(a)):
                continue
        elif a == b:
            continue
        found.append(f"{name}: {a!r} and {b!r}")
    return found


WRITTEN = 1e-6  # relative: I021/073 has 1/128 s where I021/074 read 2^-30 s of a day


def make_writable(record: Any) -> None:
    """Replace characters of a random callsign that have no meaning and so cannot be written."""
    for name in ("callsign", "downlinked_callsign"):
        text = getattr(record, name, None)
        if text is not None:
            setattr(record, name, text.replace("?", "X"))
