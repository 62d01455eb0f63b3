"""UTM to latitude and longitude, and back: the transverse Mercator series of Krüger to order six.

With the third flattening n, a point on the ellipsoid goes to a conformal sphere, from there to the
Gauss-Schreiber plane (ξ', η'), and a sine series carries that to the Gauss-Krüger plane (ξ, η).
Within 3,000 km of the central meridian the truncation is below 5 nm.

Source: Karney, "Transverse Mercator with an accuracy of a few nanometers", J. Geodesy 85 (2011),
equations 7 to 14, 19 to 21 and 23 to 36.
"""

import math
from typing import Final, NamedTuple

from vedette.core.errors import WireError

_A_M: Final = 6_378_137.0  # WGS-84
_F: Final = 1 / 298.257223563
_E2: Final = _F * (2 - _F)
_E: Final = math.sqrt(_E2)
_N: Final = _F / (2 - _F)
_K0: Final = 0.9996
_FALSE_EASTING_M: Final = 500_000.0
_FALSE_NORTHING_SOUTH_M: Final = 10_000_000.0
# Rectifying radius, equation 14.
_RADIUS_M: Final = _A_M / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64 + _N**6 / 256)


def _polynomial(*coefficients: tuple[int, int, int]) -> float:
    """Sum of numerator / denominator · n^power."""
    return math.fsum(numerator / denominator * _N**power for power, numerator, denominator in coefficients)


# Equation 35: from (ξ', η') to (ξ, η).
_ALPHA: Final = (
    _polynomial((1, 1, 2), (2, -2, 3), (3, 5, 16), (4, 41, 180), (5, -127, 288), (6, 7891, 37800)),
    _polynomial((2, 13, 48), (3, -3, 5), (4, 557, 1440), (5, 281, 630), (6, -1983433, 1935360)),
    _polynomial((3, 61, 240), (4, -103, 140), (5, 15061, 26880), (6, 167603, 181440)),
    _polynomial((4, 49561, 161280), (5, -179, 168), (6, 6601661, 7257600)),
    _polynomial((5, 34729, 80640), (6, -3418889, 1995840)),
    _polynomial((6, 212378941, 319334400)),
)
# Equation 36: from (ξ, η) to (ξ', η').
_BETA: Final = (
    _polynomial((1, 1, 2), (2, -2, 3), (3, 37, 96), (4, -1, 360), (5, -81, 512), (6, 96199, 604800)),
    _polynomial((2, 1, 48), (3, 1, 15), (4, -437, 1440), (5, 46, 105), (6, -1118711, 3870720)),
    _polynomial((3, 17, 480), (4, -37, 840), (5, -209, 4480), (6, 5569, 90720)),
    _polynomial((4, 4397, 161280), (5, -11, 504), (6, -830251, 7257600)),
    _polynomial((5, 4583, 161280), (6, -108847, 3991680)),
    _polynomial((6, 20648693, 638668800)),
)


class Zone(NamedTuple):
    """One UTM zone: number 1 to 60, and the half of the Earth."""

    number: int
    north: bool

    @property
    def central_meridian_deg(self) -> float:
        """Longitude of the middle of the zone."""
        return self.number * 6.0 - 183.0


class Geographic(NamedTuple):
    """A point of the grid on the Earth, and how far grid north stands east of true north there."""

    lat_deg: float
    lon_deg: float
    convergence_deg: float


def parse_zone(text: str, northing_m: float) -> Zone:
    """Read "30U", "30N" or "30S".

    Senders write the letter of the latitude band (C to X, without I and O) or that of the
    hemisphere. N is north either way. S is the band of 32° to 40° north where the northing lies in
    that band, and the southern hemisphere elsewhere; the two overlap only between 50° and 58° south.
    """
    digits, letter = text.strip()[:-1], text.strip()[-1:].upper()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 2 and 1 <= int(digits) <= 60):
        raise WireError("bad-utm-zone", f"expected a zone such as '31U', got {text[:16]!r}")
    if not letter or letter not in "CDEFGHJKLMNPQRSTUVWX":
        raise WireError("bad-utm-zone", f"expected a band letter from C to X, got {text[:16]!r}")
    if letter == "S":
        return Zone(int(digits), north=3_530_000.0 <= northing_m <= 4_440_000.0)
    return Zone(int(digits), north=letter >= "N")


def geographic(easting_m: float, northing_m: float, zone: Zone) -> Geographic:
    """Latitude, longitude and grid convergence of a UTM point.

    easting_m   100,000 to 900,000, false easting included
    northing_m  0 to 10,000,000, false northing of the south included
    """
    if not (100_000.0 <= easting_m < 900_000.0 and 0.0 <= northing_m <= 10_000_000.0):
        raise WireError(
            "bad-utm",
            f"expected easting 100000 to 900000 and northing 0 to 10000000, got {easting_m}, {northing_m}",
        )
    south_m = 0.0 if zone.north else _FALSE_NORTHING_SOUTH_M
    xi = (northing_m - south_m) / (_K0 * _RADIUS_M)
    eta = (easting_m - _FALSE_EASTING_M) / (_K0 * _RADIUS_M)
    xi1, eta1, p, q = xi, eta, 1.0, 0.0
    for j, beta in enumerate(_BETA, start=1):
        angle, stretch = 2 * j * xi, 2 * j * eta
        xi1 -= beta * math.sin(angle) * math.cosh(stretch)
        eta1 -= beta * math.cos(angle) * math.sinh(stretch)
        p -= 2 * j * beta * math.cos(angle) * math.cosh(stretch)
        q += 2 * j * beta * math.sin(angle) * math.sinh(stretch)
    tau1 = math.sin(xi1) / math.hypot(math.sinh(eta1), math.cos(xi1))
    lon_deg = zone.central_meridian_deg + math.degrees(math.atan2(math.sinh(eta1), math.cos(xi1)))
    convergence = math.atan2(math.tan(xi1) * math.tanh(eta1), 1.0) + math.atan2(q, p)
    return Geographic(
        math.degrees(math.atan(_tau_from_conformal(tau1))), _wrapped(lon_deg), math.degrees(convergence)
    )


def project(lat_deg: float, lon_deg: float, zone: Zone) -> tuple[float, float]:
    """Easting and northing of a point, m, in the zone given, which need not be its own."""
    tau = math.tan(math.radians(lat_deg))
    tau1 = _conformal_from_tau(tau)
    lam = math.radians(_wrapped(lon_deg - zone.central_meridian_deg))
    xi1 = math.atan2(tau1, math.cos(lam))
    eta1 = math.asinh(math.sin(lam) / math.hypot(tau1, math.cos(lam)))
    xi, eta = xi1, eta1
    for j, alpha in enumerate(_ALPHA, start=1):
        xi += alpha * math.sin(2 * j * xi1) * math.cosh(2 * j * eta1)
        eta += alpha * math.cos(2 * j * xi1) * math.sinh(2 * j * eta1)
    south_m = 0.0 if zone.north else _FALSE_NORTHING_SOUTH_M
    return _FALSE_EASTING_M + _K0 * _RADIUS_M * eta, south_m + _K0 * _RADIUS_M * xi


def _conformal_from_tau(tau: float) -> float:
    """Equation 7 to 9: tan of the conformal latitude from tan of the latitude."""
    sigma = math.sinh(_E * math.atanh(_E * tau / math.hypot(1.0, tau)))
    return tau * math.hypot(1.0, sigma) - sigma * math.hypot(1.0, tau)


def _tau_from_conformal(tau1: float) -> float:
    """Equations 19 to 21: Newton's method; two turns reach rounding, four are certain."""
    tau = tau1 / (1 - _E2)
    for _ in range(4):
        guess = _conformal_from_tau(tau)
        slope = (1 + (1 - _E2) * tau * tau) / ((1 - _E2) * math.hypot(1.0, tau))
        tau += (tau1 - guess) / math.hypot(1.0, guess) * slope
    return tau


def _wrapped(lon_deg: float) -> float:
    """The same longitude from -180 to 180."""
    return (lon_deg + 180.0) % 360.0 - 180.0
