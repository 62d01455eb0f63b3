"""Why an airport is advised what it is, in words, the strongest first."""

from collections.abc import Sequence

from vedette.core.advice import Contact, Estimate, Watcher
from vedette.core.units import NS_PER_S

_TOLD = 2  # contacts that are spoken of


def percent(p: float) -> str:
    """18 %; never 0 or 100 where it is neither."""
    if 0.0 < p < 0.01:
        return "less than 1 %"
    if 0.99 < p < 1.0:
        return "more than 99 %"
    return f"{100.0 * p:.0f} %"


def span(seconds: float) -> str:
    """3:20 min; 45 s."""
    whole = round(seconds)
    return f"{whole} s" if whole < 100 else f"{whole // 60}:{whole % 60:02d} min"


def between(one: Estimate) -> str:
    """18 % (9 to 31 %)."""
    low, high = percent(one.low).removesuffix(" %"), percent(one.high)
    return percent(one.p) if low == high.removesuffix(" %") else f"{percent(one.p)} ({low} to {high})"


def reasons(
    contacts: Sequence[Contact],
    watchers: Sequence[Watcher],
    there: Estimate | None,
    near: Estimate | None,
    covered: float,
    now_ns: int,
    has_runways: bool,
) -> list[str]:
    """All of it."""
    out: list[str] = []
    if there is None or near is None:
        out.append("no sensor with cover of the zones works: nobody can know")
        return out
    if not contacts:
        out.append("nothing was seen in the zones that may be a drone without leave")
    for contact in contacts[:_TOLD]:
        out += _of(contact, now_ns)
    if contacts:
        out.append(f"{between(there)} that a drone without leave is in the zones")
        if has_runways:
            out.append(f"{between(near)} that one is by a runway or its approaches")
    looking = [w for w in watchers if w.looks]
    if contacts and not contacts[0].seen_now:
        out.append(_looked(looking))
    blind = [f"{w.name} ({w.why.split(':')[0]})" for w in watchers if not w.looks]
    if blind:
        out.append(f"does not look: {', '.join(blind)}")
    if covered < 0.99:
        out.append(f"no sensor that works covers {percent(1.0 - covered)} of the zones")
    return out


def _of(contact: Contact, now_ns: int) -> list[str]:
    """One contact."""
    what = contact.kind.replace("_", " ") or "of unknown class"
    who = f"{contact.label} ({what})"
    ago_s = (now_ns - contact.last_seen_ns) / NS_PER_S
    by = f" by {', '.join(contact.sensors[:3])}" if contact.sensors else ""
    if contact.seen_now:
        out = [f"{who} is seen now{by}: {percent(contact.was_p)} that it is a drone without leave"]
    else:
        out = [
            f"{who} was seen last {span(ago_s)} ago{by}; it was a drone without leave "
            f"with {percent(contact.was_p)}"
        ]
    if contact.people_only:
        out.append(f"only people saw {contact.label}, no sensor confirms it")
    if contact.doubt is not None and contact.doubt >= 0.5:
        out.append(
            f"what {contact.label} says of itself is doubted: {percent(contact.doubt)} that it is false"
        )
    return out


def _looked(looking: Sequence[Watcher]) -> str:
    seers = sorted((w for w in looking if w.sees_p), key=lambda w: -(w.sees_p or 0.0))
    if not seers:
        return "no sensor looks where it may be: only the time that it can fly speaks against it"
    best = seers[0]
    more = f" and {len(seers) - 1} more" if len(seers) > 1 else ""
    return (
        f"{best.name}{more} looked since and saw nothing; one look of {best.name} sees "
        f"{percent(best.sees_p or 0.0)} of what may be there"
    )
