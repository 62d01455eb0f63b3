"""What `./vedette pack` and `./vedette verify` of a pack print."""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from vedette.app.evidence.agree import Agreement
from vedette.app.evidence.manifest import Manifest
from vedette.app.evidence.pack import PackOptions, pack
from vedette.app.evidence.prove import Proof, prove
from vedette.app.verify import utc

Say = Callable[[str], None]


def make(options: argparse.Namespace, say: Say) -> tuple[str, dict[str, Any]]:
    """Make a pack; for people, and as JSON values."""
    manifest = pack(
        PackOptions(
            folder=options.folder,
            out=options.out,
            alert=options.alert,
            incident=options.incident,
            from_ns=options.from_ns,
            until_ns=options.until_ns,
            before_s=options.before,
            after_s=options.after,
            warm_s=options.warm,
            about=options.about,
        ),
        time.time_ns(),
        say,
    )
    lines = [_what(manifest), *_shown(manifest.shown), f"wrote {options.out}"]
    return "\n".join(lines), msgspec.to_builtins(manifest)


def verify(path: Path, trusted: Sequence[str], say: Say, *, again: bool) -> tuple[bool, str, dict[str, Any]]:
    """Prove a pack: whether it holds, for people, and as JSON values."""
    proof = prove(path, say, trusted=trusted, again=again)
    told = {"proved": proof.holds, **msgspec.to_builtins(proof)}
    if proof.fault is not None:
        return False, f"NOT proved: {proof.fault}", told
    lines = []
    if proof.manifest is not None:
        lines = [_what(proof.manifest), *_shown(proof.manifest.shown)]
    trust = "a key that was given" if proof.known else "not a key that was given: ask whoever made it"
    lines.append(f"whole, and signed by {proof.key} ({trust})")
    if proof.entries:
        lines.append(f"its ledger holds: {proof.entries:,} entries")
    lines.append(_again(proof))
    return proof.holds, "\n".join(lines), told


def _what(manifest: Manifest) -> str:
    window, derived = manifest.window, manifest.derived
    about = f": {manifest.about}" if manifest.about else ""
    alert = f", alert {manifest.alert}" if manifest.alert else ""
    return (
        f"{manifest.node}{alert}, {utc(window.from_ns)} to {utc(window.until_ns)}{about}\n"
        f"{manifest.journal.frames:,} frames, {derived.observations:,} observations, "
        f"{derived.tracks:,} tracks, {derived.alerts:,} alerts; Vedette {manifest.made_by.vedette}, "
        f"made {utc(manifest.made_ns)}"
    )


def _shown(shown: Agreement | None) -> list[str]:
    """How what people saw agrees with what is derived."""
    if shown is None:
        return ["no picture was kept: what people saw is not in it"]
    seconds = sum(pair.seconds for pair in shown.tracks)
    held = sum(pair.share * pair.seconds for pair in shown.tracks)
    share = f"{100.0 * held / seconds:.1f} %" if seconds else "none"
    return [
        f"of what people saw, {share} of track seconds and {shown.alerts_alike} of {shown.alerts} changes of "
        "alerts are derived from these frames too"
    ]


def _again(proof: Proof) -> str:
    if proof.same is None:
        return "not derived again"
    if proof.same:
        return "proved: the same tracks and alerts follow, to the byte"
    if proof.agreement is not None and proof.agreement.close:
        return f"proved: the same follows but for rounding, {proof.agreement.worst_m} m at most"
    return (
        "NOT proved: other tracks or alerts follow; was it made by this version? "
        f"{proof.agreement.alerts_alike if proof.agreement else 0} of "
        f"{proof.agreement.alerts if proof.agreement else 0} changes of alerts are the same"
    )
