"""Operational status, type code 31: version and accuracy.

    bits 6-8    subtype: 0 airborne, 1 surface
    bits 41-43  version: 0 DO-260, 1 DO-260A, 2 DO-260B
    bits 45-48  NACp, since version 1
    bits 49-50  GVA, version 2, airborne

Source: RTCA DO-260B, 2.2.3.2.7.2; ICAO Doc 9871, table C-2-101.
"""

from typing import NamedTuple

from vedette.wire.adsb.accuracy import GVA_SD_M, NACP_SD_M
from vedette.wire.adsb.frame import extended_squitter


class OperationalStatus(NamedTuple):
    """position_sd_m and alt_sd_m are None where the sender did not say."""

    version: int
    nac_p: int | None
    position_sd_m: float | None
    alt_sd_m: float | None


def decode(me: int) -> OperationalStatus | None:
    """Read the 56 bits, or None for a subtype that does not exist."""
    subtype, version = me >> 48 & 7, me >> 13 & 7
    if subtype > 1:
        return None
    if version == 0:
        return OperationalStatus(0, None, None, None)
    nac_p = me >> 8 & 0xF
    alt_sd_m = GVA_SD_M[me >> 6 & 3] if version >= 2 and subtype == 0 else None
    return OperationalStatus(version, nac_p, NACP_SD_M[nac_p], alt_sd_m)


def encode(nac_p: int, *, version: int = 2, gva: int = 2, surface: bool = False) -> int:
    """The 56 bits."""
    return 31 << 51 | surface << 48 | version << 13 | nac_p << 8 | gva << 6


def encode_operational(icao: int, nac_p: int, *, gva: int = 2, surface: bool = False) -> bytes:
    """A whole DF 17 message of 14 bytes, version 2."""
    return extended_squitter(icao, encode(nac_p, gva=gva, surface=surface))
