"""What is hashed, the clock, and the merge of several nodes' histories."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.core import chain, hlc
from vedette.core.entry import MOST_BODY_BYTES, NOTHING, Draft, Entry
from vedette.core.errors import LedgerError
from vedette.core.hlc import FURTHEST_AHEAD_NS, Stamp
from vedette.ledger.merge import merge, withhold

names = st.text(st.characters(categories=["L", "N", "S"]), min_size=1, max_size=10)
times = st.integers(0, 2**62)
stamps = st.builds(Stamp, times, st.integers(0, 2**32 - 1))
drafts = st.builds(Draft, names, names, st.binary(max_size=50), st.none() | names)
salts = st.binary(min_size=16, max_size=16)
hashes = st.binary(min_size=32, max_size=32)


@given(drafts, names, st.integers(1, 2**63), stamps, salts, hashes)
def test_an_entry_reads_back_from_its_content(draft, node, seq, stamp, salt, previous):
    entry = chain.chained(draft, node, seq, stamp, salt, previous)
    content = chain.content_of(entry)
    assert chain.unpack(content, previous, entry.hash) == entry
    assert entry.hash == chain.hash_of(previous, chain.digest_of(content))


@given(drafts, names, stamps, salts, st.data())
def test_no_two_entries_share_their_bytes(draft, node, stamp, salt, data):
    """Also where a text ends and the next begins is hashed: ("ab", "c") is not ("a", "bc")."""
    entry = chain.chained(draft, node, 7, stamp, salt, NOTHING)
    other = msgspec.structs.replace(
        entry,
        **data.draw(
            st.sampled_from(
                [
                    {"kind": entry.kind + "x"},
                    {"kind": entry.kind + entry.author[0], "author": entry.author[1:]},
                    {"incident": "x" if entry.incident is None else None},
                    {"body": entry.body + b"\0"},
                    {"seq": 8},
                    {"stamp": Stamp(stamp.time_ns + 1, stamp.counter)},
                    {"stamp": Stamp(stamp.time_ns, stamp.counter ^ 1)},
                    {"node": entry.node + "x"},
                    {"salt": bytes([entry.salt[0] ^ 1]) + entry.salt[1:]},
                ]
            )
        ),
    )
    assert chain.content_of(other) != chain.content_of(entry)


@given(drafts, stamps, salts, st.data())
def test_a_content_that_was_cut_or_grew_is_refused(draft, stamp, salt, data):
    content = chain.content_of(chain.chained(draft, "n", 1, stamp, salt, NOTHING))
    cut = data.draw(st.integers(0, len(content) - 1))
    for wrong in (content[:cut], content + b"x", b"V" + content[1:]):
        with pytest.raises(LedgerError, match="content of an entry"):
            chain.unpack(wrong, NOTHING, NOTHING)


@pytest.mark.parametrize(
    ("draft", "what"),
    [
        (Draft("", "a", b""), "kind"),
        (Draft("k" * 129, "a", b""), "kind"),
        (Draft("k", "a\nb", b""), "author"),
        (Draft("k", " a", b""), "author"),
        (Draft("k", "\ud800", b""), "author"),
        (Draft("k", "a", b"", ""), "incident"),
        (Draft("k", "a", bytes(MOST_BODY_BYTES + 1)), "SHA-256"),
    ],
)
def test_a_draft_that_cannot_be_entered_is_refused(draft, what):
    with pytest.raises(LedgerError, match=what):
        chain.check_draft(draft)


# The clock


@given(stamps, st.lists(times, max_size=8))
def test_stamps_of_one_node_only_grow_whatever_its_clock_does(last, clock):
    for now_ns in clock:
        stamp = hlc.tick(last, now_ns)
        assert stamp > last
        assert stamp.time_ns >= now_ns
        last = stamp


@given(stamps, stamps, times)
def test_what_follows_comes_after_what_it_knew(last, seen, now_ns):
    after = hlc.tick(hlc.follow(last, seen, now_ns), now_ns)
    assert after > last
    assert after > seen or seen.time_ns > now_ns + FURTHEST_AHEAD_NS


@given(times, stamps)
def test_a_wrong_clock_elsewhere_carries_ours_no_further_than_its_limit(now_ns, seen):
    assert hlc.follow(hlc.START, seen, now_ns).time_ns <= now_ns + FURTHEST_AHEAD_NS


# The merge


def history(node, drafts, first_ns):
    """A chain of these drafts."""
    stamp, ahead, entries = hlc.START, NOTHING, []
    for seq, draft in enumerate(drafts, start=1):
        stamp = hlc.tick(stamp, first_ns)
        entries.append(chain.chained(draft, node, seq, stamp, bytes(16), ahead))
        ahead = entries[-1].hash
    return entries


@st.composite
def shares(draw, count):
    """What `count` nodes have of the histories of three: any part of them each."""
    everything: list[Entry] = []
    for node in ("airport", "police", "tower"):
        everything += history(node, draw(st.lists(drafts, max_size=4)), draw(st.integers(0, 3)))
    return [
        draw(st.lists(st.sampled_from(everything), max_size=10)) if everything else [] for _ in range(count)
    ]


@given(shares(3))
def test_merging_is_idempotent_commutative_and_associative(three):
    a, b, c = three
    assert merge(a, a) == merge(a)
    assert merge(a, b) == merge(b, a)
    assert merge(merge(a, b), c) == merge(a, merge(b, c)) == merge(c, b, a)


@given(shares(2))
def test_a_merge_keeps_everything_in_the_order_of_each_node(two):
    merged = merge(*two)
    assert {e.hash for e in merged} == {e.hash for part in two for e in part}
    for node in {e.node for e in merged}:
        seqs = [e.seq for e in merged if e.node == node]
        assert seqs == sorted(seqs)


@given(drafts, drafts)
def test_two_entries_in_one_place_are_a_fork(one, other):
    a, b = history("n", [one], 5), history("n", [other], 6)
    with pytest.raises(LedgerError, match="fork at n seq 1"):
        merge(a, b)


@given(drafts)
def test_a_withheld_place_keeps_the_chain_and_tells_nothing(draft):
    entry = history("n", [draft], 5)[0]
    place = withhold(entry)
    assert chain.hash_of(place.previous, place.digest) == entry.hash
    assert {f.name for f in msgspec.structs.fields(place)} == {"node", "seq", "digest", "previous", "hash"}
