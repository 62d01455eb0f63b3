"""Units of the field in SI, and nanoseconds.

Sources: SI Brochure (2019) table 8; ICAO Annex 5, table 3-3.
"""

NS_PER_S = 1_000_000_000
NM_M = 1852.0
FT_M = 0.3048
KT_MPS = 1852.0 / 3600.0
FT_PER_MIN_MPS = 0.3048 / 60.0
DEGREE_M = 111_320.0  # of latitude, within 0.6 %, and of longitude at the equator: for what is near, or rough
