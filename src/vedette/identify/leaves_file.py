"""The file of authorisations: TOML to Leaves, or one mistake with its line.

[[authorisation]]          # fields of leaves.Authorised
[[operator]]               # fields of leaves.Operator
[[flight]]                 # fields of leaves.Flight
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, NoReturn

from vedette.core.leave import plain
from vedette.core.toml_file import TomlFile
from vedette.core.zone import Area
from vedette.identify.leaves import Authorised, Flight, Leaves, Operator, span_ns

# (path of a setting, what was expected of it, what came): raises ConfigError.
Refuse = Callable[[str, str, str], NoReturn]

_TIME: Final = "a time with its offset from UTC, such as 2026-11-27T18:00:00Z"
WORDS: Final = {
    "start": _TIME,
    "end": _TIME,
    "callsign": "1 to 8 capital letters and figures, as the transponder sends it",
    "icao24": "an ICAO address: six hexadecimal digits",
}


def parse(
    text: str, place: str, zones: Collection[str] | None = None, operators: Sequence[Operator] = ()
) -> Leaves:
    """Read authorisations, operators and flights, or ConfigError with file and line.

    place      the file, for messages
    zones      ids of zones that there are; None is not known
    operators  that are told elsewhere too
    """
    file = TomlFile(text, place, WORDS)
    file.known(("authorisation", "operator", "flight"))
    return tables_of(file, zones, operators)


def tables_of(
    file: TomlFile, zones: Collection[str] | None = None, operators: Sequence[Operator] = ()
) -> Leaves:
    """The same of the three tables of a file that may have more."""
    leaves = Leaves(
        authorised=tuple(
            file.converted(raw, Authorised, f"$.authorisation[{i}]")
            for i, raw in file.tables("authorisation")
        ),
        operators=tuple(
            file.converted(raw, Operator, f"$.operator[{i}]") for i, raw in file.tables("operator")
        ),
        flights=tuple(file.converted(raw, Flight, f"$.flight[{i}]") for i, raw in file.tables("flight")),
    )

    def refuse(path: str, expected: str, came: str) -> NoReturn:
        file.refuse(f"$.{path}", expected, came)

    check(leaves, refuse, operators)
    if zones is not None:
        check_zones(leaves.authorised, zones, refuse)
    return leaves


def check(leaves: Leaves, refuse: Refuse, operators: Sequence[Operator] = ()) -> None:
    """Refuse what types alone do not say; operators are told elsewhere too."""
    for i, one in enumerate(leaves.authorised):
        check_authorised(one, f"authorisation[{i}]", refuse)
    _check_operators(leaves.operators, operators, refuse)
    for i, flight in enumerate(leaves.flights):
        if flight.callsign is None and flight.icao24 is None:
            refuse(f"flight[{i}]", "callsign, icao24, or both", "neither")
        _check_span(flight, f"flight[{i}]", refuse)


def check_authorised(one: Authorised, path: str, refuse: Refuse) -> None:
    """One authorisation: whose it is, when and where it holds."""
    if bool(one.serial.strip()) == bool(one.registration.strip()):
        came = "both" if one.serial else "nothing"
        refuse(path, "serial, or the registration of its operator", came)
    for name in ("start", "end"):
        if getattr(one, name) is not None and getattr(one, f"{name}_ns") is not None:
            refuse(f"{path}.{name}_ns", f"{name} or {name}_ns", "both")
    _check_span(one, path, refuse)
    if one.area is not None:
        _check_area(one.area, f"{path}.area", refuse)


def _check_operators(operators: Sequence[Operator], others: Sequence[Operator], refuse: Refuse) -> None:
    """Each operator once, each drone with one of them."""
    known = {plain(one.registration) for one in others}
    owners = {serial: one.registration for one in others for serial in one.serials}
    for i, one in enumerate(operators):
        number = plain(one.registration)
        if not number:
            refuse(f"operator[{i}].registration", "a registration number", repr(one.registration))
        if number in known:
            refuse(
                f"operator[{i}].registration", "one that no other operator has", f"{one.registration!r} twice"
            )
        known.add(number)
        for k, serial in enumerate(one.serials):
            at = f"operator[{i}].serials[{k}]"
            if not serial.strip():
                refuse(at, "a serial number", repr(serial))
            if serial in owners:
                refuse(at, f"one that is not registered for {owners[serial]} too", repr(serial))
            owners[serial] = one.registration


def check_zones(leaves: Iterable[Authorised], zones: Collection[str], refuse: Refuse) -> None:
    """Refuse leave in a zone that is not there: it would be leave for nowhere."""
    for i, one in enumerate(leaves):
        for k, name in enumerate(one.zones):
            if name not in zones:
                some = ", ".join(sorted(zones)[:12])
                expected = f"one of {some}" if some else "nothing: there are no zones"
                refuse(f"authorisation[{i}].zones[{k}]", expected, repr(name))


def _check_span(one: Authorised | Flight, path: str, refuse: Refuse) -> None:
    start_ns, end_ns = span_ns(one)
    if start_ns is None or end_ns is None or start_ns < end_ns:
        return
    if one.end is not None:
        refuse(f"{path}.end", "a time after the start", one.end.isoformat())
    refuse(f"{path}.end_ns", "a time after start_ns", str(end_ns))


def _check_area(area: Area, path: str, refuse: Refuse) -> None:
    """One shape that has an inside, between heights that leave some room."""
    if bool(area.polygon) == (area.circle is not None):
        refuse(path, "polygon or circle", "both" if area.polygon else "neither")
    if area.polygon:
        if len(set(area.polygon)) < 3:
            expected = "three different corners or more, each [lat, lon]"
            refuse(f"{path}.polygon", expected, str(len(set(area.polygon))))
        lons = [lon for _, lon in area.polygon]
        if max(lons) - min(lons) > 180.0:
            refuse(f"{path}.polygon", "less than 180° of longitude", f"{max(lons) - min(lons):g}°")
    low, high = area.lower_m, area.upper_m
    if low is not None and high is not None and low >= high and area.lower_reference == area.upper_reference:
        refuse(f"{path}.lower_m", f"less than upper_m, which is {high:g}", f"{low:g}")
