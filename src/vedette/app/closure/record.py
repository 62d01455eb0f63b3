"""A decision about an airport as entries of a ledger: the advice that was known, then the decision."""

import hashlib
from collections.abc import Callable

import msgspec
from msgspec import Struct

from vedette.core.advice import Advice, ClosureDecision
from vedette.core.entry import Draft, Entry
from vedette.core.event import Attached, Decided, draft, place_of

Append = Callable[[Draft], Entry]


class ClosureNews(Struct, frozen=True):
    """A decision, and the advice that it names as it was then; None where that is no longer known."""

    decision: ClosureDecision
    advice: Advice | None


def enter(append: Append, news: ClosureNews, incident: str | None = None) -> list[Entry]:
    """Enter a decision by `append`, which gives the entry of a draft; returns the entries.

    What was advised goes in by its SHA-256, so that the decision can name the entry as what was known.
    """
    decision = news.decision
    entries = []
    if news.advice is not None:
        whole = msgspec.json.encode(news.advice)
        attached = Attached(
            what="advice",
            title=f"{news.advice.airport}: {news.advice.action} ({news.advice.advice_id})",
            sha256=hashlib.sha256(whole).hexdigest(),
            size_bytes=len(whole),
            media_type="application/json",
            taken_ns=news.advice.time_ns,
        )
        entries.append(append(draft(attached, decision.by, incident)))
    decided = Decided(
        what=f"{decision.do} {decision.airport}",
        by=decision.by,
        knowing=[place_of(entry) for entry in entries],
        because=decision.because or None,
        decided_ns=decision.time_ns,
    )
    entries.append(append(draft(decided, decision.by, incident)))
    return entries
