"""Canonical bytes: one value, one spelling, and nothing that does not read back as it was."""

import json
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.core import canonical
from vedette.core.errors import LedgerError

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def same(a, b):
    """Equal, and of the same types: 1 is not 1.0 and not True, 0.0 is not -0.0."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b and (not isinstance(a, float) or math.copysign(1, a) == math.copysign(1, b))


@given(values)
def test_what_is_written_reads_back_as_it_was_and_is_written_the_same_again(value):
    content = canonical.encode(value)
    assert same(canonical.decode(content), value)
    assert canonical.encode(canonical.decode(content)) == content


@given(st.dictionaries(texts, values, max_size=6), st.randoms())
def test_the_order_in_which_names_came_does_not_matter(value, shuffle):
    names = list(value)
    shuffle.shuffle(names)
    assert canonical.encode({name: value[name] for name in names}) == canonical.encode(value)


@given(st.dictionaries(texts, texts | st.integers(-(2**53), 2**53), max_size=6))
def test_texts_and_whole_numbers_are_spelt_as_another_encoder_spells_them(value):
    """Python's own; it sorts by code point, which is the order of UTF-8 too."""
    other = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert canonical.encode(value) == other


@given(values.filter(lambda v: isinstance(v, list | dict) and v))
def test_another_spelling_of_the_same_is_refused(value):
    with pytest.raises(LedgerError, match="another spelling"):
        canonical.decode(canonical.encode(value) + b"\n")


@pytest.mark.parametrize("content", [b'{"a":1,"a":1}', b'{"b":1,"a":1}', b'{"a": 1}', b"1.50", b'"\\u00e9"'])
def test_spellings_that_json_would_take_are_refused(content):
    with pytest.raises(LedgerError, match="another spelling"):
        canonical.decode(content)


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"range_m": math.nan}, "range_m"),
        ([1.0, math.inf], r"\[1\]"),
        ({"n": 2**64}, "n"),
        ({"body": b"raw"}, "body"),
        ({1: "a"}, "1"),
        ("\ud800", "surrogates"),
    ],
)
def test_what_has_no_one_spelling_is_refused_with_its_place(value, where):
    with pytest.raises(LedgerError, match=where):
        canonical.encode(value)


def test_what_is_nested_too_deep_is_refused():
    value = []
    for _ in range(canonical.DEEPEST + 1):
        value = [value]
    with pytest.raises(LedgerError, match="levels"):
        canonical.encode(value)
    with pytest.raises(LedgerError):
        canonical.decode(b"[" * 100_000 + b"]" * 100_000)


def test_a_struct_is_written_as_its_fields():
    class Note(msgspec.Struct, omit_defaults=True):
        text: str
        at_ns: int
        who: str | None = None

    assert canonical.encode(Note("a", 2)) == b'{"at_ns":2,"text":"a"}'
