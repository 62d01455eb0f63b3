"""How well an ADS-B position is known, from the quality indicators that came with it.

The tables give the radius that holds the position 95 % of the time. With equal errors on both
axes that radius is 2.448 standard deviations of one axis (the 95 % point of a Rayleigh
distribution), so sd = radius / 2.448. Zero and reserved codes say nothing and give None.

Sources: RTCA DO-260B 2.2.3.2.7.2.7 (NACp), 2.2.3.2.6.1.5 (NACv), 2.2.3.2.7.2.8 (GVA);
DO-260 (version 0), NUCp; EUROCONTROL-SPEC-0149-12 I021/090.
"""

from typing import Final

from vedette.core.units import NM_M
from vedette.wire.asterix.cat021 import Cat021

_RADIUS_SDS: Final = 2.448
_ONE_AXIS_SDS: Final = 1.960  # 95 % of a normal distribution, two-sided

_NAC_P_M: Final = {
    1: 10 * NM_M,
    2: 4 * NM_M,
    3: 2 * NM_M,
    4: NM_M,
    5: 0.5 * NM_M,
    6: 0.3 * NM_M,
    7: 0.1 * NM_M,
    8: 0.05 * NM_M,
    9: 30.0,
    10: 10.0,
    11: 3.0,
}
_NUC_P_M: Final = {
    1: 10 * NM_M,
    2: 5 * NM_M,
    3: NM_M,
    4: 0.5 * NM_M,
    5: 0.25 * NM_M,
    6: 0.1 * NM_M,
    7: 0.05 * NM_M,
    8: 10.0,
    9: 3.0,
}
# Containment radius of NIC; its 95 % radius is about half of it, as in the NUCp table of version 0.
_NIC_M: Final = {
    1: 20 * NM_M,
    2: 8 * NM_M,
    3: 4 * NM_M,
    4: 2 * NM_M,
    5: NM_M,
    6: 0.6 * NM_M,
    7: 0.2 * NM_M,
    8: 0.1 * NM_M,
    9: 75.0,
    10: 25.0,
    11: 7.5,
}
_NAC_V_MPS: Final = {1: 10.0, 2: 3.0, 3: 1.0, 4: 0.3}
_GVA_M: Final = {1: 150.0, 2: 45.0}


def position_sd_m(record: Cat021) -> float | None:
    """Horizontal standard deviation on each axis; None where the record does not say."""
    if record.nac_p is not None:
        radius = _NAC_P_M.get(record.nac_p)
    elif record.nic is None or record.version is None:
        radius = None
    elif record.version == 0:
        radius = _NUC_P_M.get(record.nic)
    else:
        containment = _NIC_M.get(record.nic)
        radius = None if containment is None else containment / 2
    return None if radius is None else radius / _RADIUS_SDS


def velocity_sd_mps(record: Cat021) -> float | None:
    """Standard deviation of the horizontal velocity on each axis; None where the record does not say."""
    limit = _NAC_V_MPS.get(record.nac_v or 0)
    return None if limit is None else limit / _RADIUS_SDS


def alt_sd_m(record: Cat021) -> float | None:
    """Standard deviation of the geometric height; None where the record does not say."""
    limit = _GVA_M.get(record.gva or 0)
    return None if limit is None else limit / _ONE_AXIS_SDS
