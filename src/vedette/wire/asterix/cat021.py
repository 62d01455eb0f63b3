"""CAT021, ADS-B target reports: what one aircraft said of itself, as a ground station heard it.

FRN item   octets  field                                              unit of the last bit
 1  010    2       sac, sic                                           1
 2  040    1+      address_kind (0 ICAO, 1 duplicate, 2 surface vehicle,
                   3 anonymous), field_monitor; ground_bit, simulated, test,
                   confidence (0 valid, 1 suspect, 2 not said);
                   position_suspect (a validation failed); more skipped
 3  161    2       track_number                                       12 bits
 4  015    1       service
 5  071    3       time_applicable_s: of the position                 1/128 s
 6  130    6       lat_deg, lon_deg: WGS-84, where 131 is absent      180/2^23 deg
 7  131    8       lat_deg, lon_deg: WGS-84, high resolution          180/2^30 deg
 8  072    3       time of applicability of the velocity, skipped     1/128 s
 9  150    2       air speed, skipped
10  151    2       true air speed, skipped
11  080    3       icao24                                             6 hex digits
12  073    3       time_received_s: of the position                   1/128 s
13  074    4       the same, fine: time_received_s again              2^-30 s
14  075    3       of the velocity, skipped
15  076    4       of the velocity, skipped
16  140    2       alt_m: above the ellipsoid; 0x7FFF is 'above'      6.25 ft
17  090    1+      nac_v, nic; sil, nac_p; gva; more skipped
18  210    1       version (0 DO-260, 1 DO-260A, 2 DO-260B, 3 DO-260C), link
19  070    2       squawk                                             octal
20  230    2       roll angle, skipped
21  145    2       baro_alt_m                                         1/4 FL
22  152    2       magnetic heading, skipped
23  200    1       military_emergency, emergency, surveillance (3 is SPI)
24  155    2       baro_climb_mps; None where it exceeds its range    6.25 ft/min
25  157    2       climb_mps: geometric; None likewise                6.25 ft/min
26  160    4       ground_speed_mps, track_deg; None likewise         1/2^14 NM/s, 360/2^16 deg
27  165    2       track angle rate, skipped
28  077    3       time_sent_s: of this report                        1/128 s
29  170    6       callsign                                           6-bit characters
30  020    1       emitter: "A3"; None where not said
31  220    1+      weather, skipped
32  146    2       selected altitude, skipped
33  148    2       final selected altitude, skipped
34  110    1+      trajectory intent, skipped
35  016    1       service management, skipped
36  008    1       operational status, skipped
37  271    1+      surface capabilities, skipped
38  132    1       amplitude_dbm                                      1 dBm
39  250    1+8n    bds: (register, 7 octets) each
40  260    7       ACAS advisory, skipped
41  400    1       receiver
42  295    1+      ages, skipped
48  RE, 49 SP      own length, skipped

Everything that has a field is written too, but for 074.

Source: EUROCONTROL-SPEC-0149-12, CAT021 edition 2.6, sections 5.2 and 5.3; editions 2.1 to 2.7
have the same profile. Editions 0.x have another one under the same category number and cannot be
told apart by their bytes; they are not read.
"""

from typing import Final

from msgspec import Struct

from vedette.core.units import FT_M, NM_M
from vedette.wire.asterix.fields import (
    TURN,
    WGS84_LSB_DEG,
    Scale,
    address,
    bds,
    callsign,
    octet,
    pair,
    scaled,
    signed,
    signed_code,
    source,
    time_of_day,
    track,
)
from vedette.wire.asterix.items import (
    Item,
    Profile,
    chained,
    extended_end,
    skip,
    skip_explicit,
    skip_extended,
    skip_repetitive,
)
from vedette.wire.asterix.values import EMERGENCY, EMERGENCY_CODE, EMITTER, EMITTER_CODE, OCTAL

_FINE: Final = Scale("i", 180 / 2**30)
_HEIGHT_LSB_M: Final = 6.25 * FT_M
_CLIMB_LSB_MPS: Final = 6.25 * FT_M / 60
_SPEED_LSB_MPS: Final = NM_M / 16384
_FINE_SECOND: Final = {0: 0, 1: 1, 2: -1}  # I021/074: whole seconds against I021/073


class Cat021(Struct):
    """One CAT021 record; None is what it does not carry."""

    sac: int | None = None
    sic: int | None = None
    address_kind: int | None = None
    field_monitor: bool | None = None
    ground_bit: bool | None = None
    simulated: bool | None = None
    test: bool | None = None
    confidence: int | None = None
    position_suspect: bool | None = None
    track_number: int | None = None
    service: int | None = None
    time_applicable_s: float | None = None
    time_received_s: float | None = None
    time_sent_s: float | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    fine: bool = False
    icao24: str | None = None
    alt_m: float | None = None
    nac_v: int | None = None
    nic: int | None = None
    sil: int | None = None
    nac_p: int | None = None
    gva: int | None = None
    version: int | None = None
    link: int | None = None
    squawk: str | None = None
    baro_alt_m: float | None = None
    military_emergency: bool | None = None
    emergency: str | None = None
    surveillance: int | None = None
    baro_climb_mps: float | None = None
    climb_mps: float | None = None
    ground_speed_mps: float | None = None
    track_deg: float | None = None
    callsign: str | None = None
    emitter: str | None = None
    amplitude_dbm: int | None = None
    bds: list[tuple[int, bytes]] | None = None
    receiver: int | None = None

    @property
    def time_s(self) -> float | None:
        """When the position held: its applicability, else its reception, else the report's time."""
        if self.time_applicable_s is not None:
            return self.time_applicable_s
        return self.time_received_s if self.time_received_s is not None else self.time_sent_s


def _read_040(data: bytes, at: int, out: Cat021) -> int:
    first = data[at]
    out.address_kind = first >> 5
    out.field_monitor = bool(first & 2)
    end = extended_end(data, at)
    if end - at >= 2:
        second = data[at + 1]
        out.ground_bit = bool(second & 0x40)
        out.simulated = bool(second & 0x20)
        out.test = bool(second & 0x10)
        out.confidence = second >> 1 & 3
    if end - at >= 3:
        out.position_suspect = bool(data[at + 2] & 0x2E)  # IPC, CPR, LDPJ, RCF
    return end


def _write_040(out: Cat021) -> bytes | None:
    if out.address_kind is None:
        return None
    octets = [out.address_kind << 5 | bool(out.field_monitor) << 1]
    if out.ground_bit is not None or out.position_suspect is not None:
        second = bool(out.ground_bit) << 6 | bool(out.simulated) << 5 | bool(out.test) << 4
        octets.append(second | (out.confidence or 0) << 1)
    if out.position_suspect is not None:
        octets.append(out.position_suspect << 5)
    return chained(octets)


def _read_130(data: bytes, at: int, out: Cat021) -> int:
    out.lat_deg = signed(24, data[at : at + 3]) * WGS84_LSB_DEG
    out.lon_deg = signed(24, data[at + 3 : at + 6]) * WGS84_LSB_DEG
    return at + 6


def _write_130(out: Cat021) -> bytes | None:
    if out.fine or out.lat_deg is None or out.lon_deg is None:
        return None
    angles = (out.lat_deg, out.lon_deg)
    return b"".join(signed_code(angle / WGS84_LSB_DEG, 24).to_bytes(3, "big") for angle in angles)


_131: Final = pair("I021/131", ("lat_deg", "lon_deg"), (_FINE, _FINE))


def _read_131(data: bytes, at: int, out: Cat021) -> int:
    out.fine = True
    return _131.read(data, at, out)


def _write_131(out: Cat021) -> bytes | None:
    return _131.write(out) if out.fine and _131.write else None


def _read_074(data: bytes, at: int, out: Cat021) -> int:
    word = int.from_bytes(data[at : at + 4], "big")
    second = _FINE_SECOND.get(word >> 30)
    if out.time_received_s is not None and second is not None:
        whole = int(out.time_received_s) + second
        out.time_received_s = whole % 86_400 + (word & 0x3FFFFFFF) / 2**30
    return at + 4


def _read_140(data: bytes, at: int, out: Cat021) -> int:
    code = signed(16, data[at : at + 2])
    out.alt_m = None if code == 0x7FFF else code * _HEIGHT_LSB_M
    return at + 2


def _write_140(out: Cat021) -> bytes | None:
    return None if out.alt_m is None else signed_code(out.alt_m / _HEIGHT_LSB_M, 16).to_bytes(2, "big")


def _read_090(data: bytes, at: int, out: Cat021) -> int:
    out.nac_v = data[at] >> 5
    out.nic = data[at] >> 1 & 15
    end = extended_end(data, at)
    if end - at >= 2:
        out.sil = data[at + 1] >> 5 & 3
        out.nac_p = data[at + 1] >> 1 & 15
    if end - at >= 3:
        out.gva = data[at + 2] >> 1 & 3
    return end


def _write_090(out: Cat021) -> bytes | None:
    if out.nic is None:
        return None
    octets = [(out.nac_v or 0) << 5 | out.nic << 1]
    if out.nac_p is not None:
        octets.append((out.sil or 0) << 5 | out.nac_p << 1)
        if out.gva is not None:
            octets.append(out.gva << 1)
    return chained(octets)


def _read_210(data: bytes, at: int, out: Cat021) -> int:
    value = data[at]
    out.version = None if value & 0x40 else value >> 3 & 7
    out.link = value & 7
    return at + 1


def _write_210(out: Cat021) -> bytes | None:
    if out.version is None and out.link is None:
        return None
    version = 0x40 if out.version is None else out.version << 3
    return bytes([version | (out.link or 0)])


def _read_070(data: bytes, at: int, out: Cat021) -> int:
    out.squawk = OCTAL[(data[at] & 15) << 8 | data[at + 1]]
    return at + 2


def _write_070(out: Cat021) -> bytes | None:
    return None if out.squawk is None else (int(out.squawk, 8) & 0xFFF).to_bytes(2, "big")


def _read_200(data: bytes, at: int, out: Cat021) -> int:
    status = data[at]
    out.military_emergency = bool(status & 0x20)
    out.emergency = EMERGENCY.get(status >> 2 & 7)
    out.surveillance = status & 3
    return at + 1


def _write_200(out: Cat021) -> bytes | None:
    if out.surveillance is None and out.emergency is None:
        return None
    code = EMERGENCY_CODE[out.emergency] if out.emergency else 0
    return bytes([bool(out.military_emergency) << 5 | code << 2 | (out.surveillance or 0)])


def _climb(number: str, field: str) -> Item[Cat021]:
    def read(data: bytes, at: int, out: Cat021) -> int:
        if not data[at] & 0x80:
            setattr(out, field, signed(15, data[at : at + 2]) * _CLIMB_LSB_MPS)
        return at + 2

    def write(out: Cat021) -> bytes | None:
        value = getattr(out, field)
        return None if value is None else signed_code(value / _CLIMB_LSB_MPS, 15).to_bytes(2, "big")

    return Item(number, read, write)


def _read_160(data: bytes, at: int, out: Cat021) -> int:
    if not data[at] & 0x80:
        out.ground_speed_mps = (data[at] << 8 | data[at + 1]) * _SPEED_LSB_MPS
        out.track_deg = (data[at + 2] << 8 | data[at + 3]) * TURN.lsb
    return at + 4


def _write_160(out: Cat021) -> bytes | None:
    if out.ground_speed_mps is None or out.track_deg is None:
        return None
    speed = round(out.ground_speed_mps / _SPEED_LSB_MPS)
    if not 0 <= speed < 0x8000:
        raise ValueError(f"{out.ground_speed_mps} m/s")
    return speed.to_bytes(2, "big") + TURN.code(out.track_deg).to_bytes(2, "big")


def _read_020(data: bytes, at: int, out: Cat021) -> int:
    out.emitter = EMITTER.get(data[at])
    return at + 1


def _write_020(out: Cat021) -> bytes | None:
    return None if out.emitter is None else bytes([EMITTER_CODE[out.emitter]])


_WEATHER: Final = Profile[Cat021](
    "I021/220",
    [Item(f"I021/220#{place}", skip(octets)) for place, octets in ((1, 2), (2, 2), (3, 2), (4, 1))],
)
_INTENT: Final = Profile[Cat021](
    "I021/110", (Item("I021/110#1", skip_extended), Item("I021/110#2", skip_repetitive(15)))
)
_AGES: Final = Profile[Cat021]("I021/295", [Item(f"I021/295#{place}", skip(1)) for place in range(1, 24)])

PROFILE: Final = Profile[Cat021](
    "CAT021",
    (
        source("I021/010"),
        Item("I021/040", _read_040, _write_040),
        track("I021/161"),
        octet("I021/015", "service"),
        time_of_day("I021/071", "time_applicable_s"),
        Item("I021/130", _read_130, _write_130),
        Item("I021/131", _read_131, _write_131),
        Item("I021/072", skip(3)),
        Item("I021/150", skip(2)),
        Item("I021/151", skip(2)),
        address("I021/080"),
        time_of_day("I021/073", "time_received_s"),
        Item("I021/074", _read_074),
        Item("I021/075", skip(3)),
        Item("I021/076", skip(4)),
        Item("I021/140", _read_140, _write_140),
        Item("I021/090", _read_090, _write_090),
        Item("I021/210", _read_210, _write_210),
        Item("I021/070", _read_070, _write_070),
        Item("I021/230", skip(2)),
        scaled("I021/145", "baro_alt_m", Scale("h", 25 * FT_M)),
        Item("I021/152", skip(2)),
        Item("I021/200", _read_200, _write_200),
        _climb("I021/155", "baro_climb_mps"),
        _climb("I021/157", "climb_mps"),
        Item("I021/160", _read_160, _write_160),
        Item("I021/165", skip(2)),
        time_of_day("I021/077", "time_sent_s"),
        callsign("I021/170"),
        Item("I021/020", _read_020, _write_020),
        Item("I021/220", _WEATHER.read),
        Item("I021/146", skip(2)),
        Item("I021/148", skip(2)),
        Item("I021/110", _INTENT.read),
        Item("I021/016", skip(1)),
        Item("I021/008", skip(1)),
        Item("I021/271", skip_extended),
        scaled("I021/132", "amplitude_dbm", Scale("b", 1)),
        bds("I021/250"),
        Item("I021/260", skip(7)),
        octet("I021/400", "receiver"),
        Item("I021/295", _AGES.read),
        None,
        None,
        None,
        None,
        None,
        Item("I021/RE", skip_explicit),
        Item("I021/SP", skip_explicit),
    ),
)
