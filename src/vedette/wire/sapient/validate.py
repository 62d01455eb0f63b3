"""What the standard asks of a message, read from the options of its protobuf files.

The files of BSI Flex 335 mark each field that is mandatory, a UUID or a ULID, and each choice (oneof)
of which one must be taken. What the files leave out is written here: an Error says what is wrong, a
derived detection has its time, a followed object is named by a ULID (all three as Dstl's own test
harness has them), times are within what 64 bits of nanoseconds hold, and numbers are finite.

A fault has a short stable reason for counting and a path for people:

    missing-field  detection_report.location.datum
    bad-uuid       node_id
    bad-ulid       detection_report.report_id
    bad-value      a number that is not finite, an enumeration's value that is not defined, a bad time
"""

import math
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Final, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor, OneofDescriptor
from google.protobuf.message import Message
from sapient_msg import proto_options_pb2 as options

from vedette.core.units import NS_PER_S
from vedette.wire.sapient.ids import is_ulid, is_uuid4

_TIMESTAMP: Final = "google.protobuf.Timestamp"
_LATEST_S: Final = (1 << 63) // NS_PER_S - 1
# Rules of the text that the protobuf files do not carry.
_PACKAGE: Final = "sapient_msg.bsi_flex_335_v2_0"
_ALSO_MANDATORY: Final = frozenset(
    {f"{_PACKAGE}.Error.error_message", f"{_PACKAGE}.DetectionReport.DerivedDetection.timestamp"}
)
_ALSO_ULID: Final = frozenset({f"{_PACKAGE}.FollowObject.follow_object_id"})


class Fault(NamedTuple):
    """One thing that is wrong with a message."""

    reason: str
    path: str
    detail: str

    def __str__(self) -> str:
        """The fault in one line."""
        return f"{self.path}: {self.detail}"


Check = Callable[[Any, str, list[Fault]], None]  # (value, its path, where faults go)


class _Rules(NamedTuple):
    """What one message type asks for."""

    mandatory: dict[int, str]  # field number to name
    choices: list[tuple[frozenset[int], str]]  # of these fields, one; and what it is called
    checks: dict[
        int, Check
    ]  # field number to what its value must pass; a field that may be anything is not here


def faults(message: Message) -> list[Fault]:
    """All that is wrong with message; empty where it is good."""
    found: list[Fault] = []
    _check_message(message, "", found)
    return found


@cache
def _rules(descriptor: Descriptor) -> _Rules:
    marked = [(field, _mark(field, options.field_options)) for field in descriptor.fields]
    return _Rules(
        mandatory={
            field.number: field.name
            for field, mark in marked
            if mark.is_mandatory or field.full_name in _ALSO_MANDATORY
        },
        choices=[
            (
                frozenset(field.number for field in choice.fields),
                " or ".join(field.name for field in choice.fields),
            )
            for choice in descriptor.oneofs
            if _mark(choice, options.oneof_options).is_mandatory
        ],
        checks={
            field.number: check for field, mark in marked if (check := _check_of(field, mark)) is not None
        },
    )


def _mark(described: FieldDescriptor | OneofDescriptor, extension: Any) -> options.ValidationOptions:
    """The options that the protobuf files put on a field or a choice."""
    mark: options.ValidationOptions = described.GetOptions().Extensions[extension]
    return mark


def _check_of(field: FieldDescriptor, mark: options.ValidationOptions) -> Check | None:
    if field.message_type is not None:
        return _check_time if field.message_type.full_name == _TIMESTAMP else _check_message
    if field.cpp_type in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return _check_number
    if field.enum_type is not None:
        return partial(
            _check_enum, field.enum_type.name, frozenset(field.enum_type.values_by_number), mark.is_mandatory
        )
    if mark.is_uuid:
        return _check_uuid
    return _check_ulid if mark.is_ulid or field.full_name in _ALSO_ULID else None


def _check_message(message: Message, path: str, found: list[Fault]) -> None:
    """Check a message and all that is in it. path ends with a dot, or is empty at the top."""
    path = path and path + "."
    rules = _rules(message.DESCRIPTOR)
    present = message.ListFields()
    numbers = {field.number for field, _ in present}
    found.extend(
        Fault("missing-field", path + rules.mandatory[number], "is mandatory and missing")
        for number in sorted(rules.mandatory.keys() - numbers)
    )
    for choice, name in rules.choices:
        if numbers.isdisjoint(choice):
            found.append(Fault("missing-field", path + name, "one is mandatory and all are missing"))
    for field, value in present:
        check = rules.checks.get(field.number)
        if check is None:
            continue
        if field.is_repeated:
            for i, item in enumerate(value):
                check(item, f"{path}{field.name}[{i}]", found)
        else:
            check(value, path + field.name, found)


def _check_time(time: Any, path: str, found: list[Fault]) -> None:
    if not (0 < time.seconds <= _LATEST_S and 0 <= time.nanos < NS_PER_S):
        came = f"{time.seconds} s and {time.nanos} ns"
        found.append(Fault("bad-value", path, f"expected a time from 1970 to 2262, got {came}"))


def _check_number(value: float, path: str, found: list[Fault]) -> None:
    if not math.isfinite(value):
        found.append(Fault("bad-value", path, f"expected a finite number, got {value}"))


def _check_enum(
    name: str, known: frozenset[int], mandatory: bool, value: int, path: str, found: list[Fault]
) -> None:
    if value not in known:
        found.append(Fault("bad-value", path, f"expected a value of {name}, got {value}"))
    elif mandatory and value == 0:
        found.append(Fault("missing-field", path, "is mandatory and unspecified"))


def _check_uuid(text: str, path: str, found: list[Fault]) -> None:
    if not is_uuid4(text):
        found.append(Fault("bad-uuid", path, f"expected a version-4 UUID in lower case, got {text[:40]!r}"))


def _check_ulid(text: str, path: str, found: list[Fault]) -> None:
    if not is_ulid(text):
        found.append(Fault("bad-ulid", path, f"expected a ULID in upper case, got {text[:40]!r}"))
