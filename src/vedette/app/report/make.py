"""Makes the PDF: proves the pack but for the derivation, takes its facts, and lets typst set the page."""

import hashlib
import importlib.util
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vedette.app.evidence.box import open_box
from vedette.app.evidence.prove import prove
from vedette.app.report.drawing import map_of, timeline_of
from vedette.app.report.facts import as_json, facts_of
from vedette.app.report.tell import told
from vedette.app.report.words import words
from vedette.core.errors import StorageError
from vedette.core.units import NS_PER_S

_TEMPLATE = Path(__file__).parent / "report.typ"


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """Which pack, where to, in which of the languages."""

    pack: Path
    out: Path
    language: str = "en"


def report(options: ReportOptions, say: Callable[[str], None]) -> None:
    """Write the report. The same pack and language give the same bytes."""
    if importlib.util.find_spec("typst") is None:
        raise StorageError("expected typst, which sets the page: start the command as ./vedette report")
    import typst

    proof = prove(options.pack, say, again=False)
    if proof.fault is not None or proof.manifest is None or proof.key is None:
        raise StorageError(f"expected a sound evidence pack, got one that is not: {proof.fault}")
    digest = hashlib.sha256(options.pack.read_bytes()).hexdigest()
    lead = words(options.language)
    with tempfile.TemporaryDirectory(prefix="vedette-report-") as name:
        folder, content = Path(name) / "page", Path(name) / "content"
        folder.mkdir()
        content.mkdir()
        open_box(options.pack, content)
        facts = facts_of(content, proof.key, str(options.pack))
        (folder / "map.svg").write_text(map_of(facts), encoding="utf-8")
        (folder / "timeline.svg").write_text(timeline_of(facts, lead), encoding="utf-8")
        (folder / "data.json").write_bytes(as_json(told(facts, options.language, digest)))
        shutil.copyfile(_TEMPLATE, folder / "report.typ")
        made_s = proof.manifest.made_ns // NS_PER_S
        try:
            page = typst.compile(
                folder / "report.typ", root=folder, format="pdf", ignore_system_fonts=True, timestamp=made_s
            )
            options.out.write_bytes(page)
        except OSError as error:
            raise StorageError(f"cannot write {options.out}: {error}") from error
        except typst.TypstError as error:
            raise StorageError(f"{options.pack}: the page could not be set: {error}") from error
