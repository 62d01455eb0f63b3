"""Makes an evidence pack of a stretch of a node's folder."""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import duckdb

from vedette.app import config as configuration
from vedette.app import held
from vedette.app.config import NodeConfig
from vedette.app.evidence import manifest as told
from vedette.app.evidence import noted
from vedette.app.evidence.agree import Agreement, agree
from vedette.app.evidence.box import members, write_box
from vedette.app.evidence.cut import cut
from vedette.app.evidence.derive import Window, derive, write_files
from vedette.app.evidence.seal import SIGNATURE, seal
from vedette.core.errors import ConfigError, StorageError
from vedette.core.units import NS_PER_S
from vedette.incident.project import Incident
from vedette.ledger.keys import load_or_make_key

Say = Callable[[str], None]
LEDGER: str = noted.EXPORT


@dataclass(frozen=True, slots=True)
class PackOptions:
    """What to take, and why.

    folder             of a node, an exercise or a simulation with its picture
    alert              take the life of this alert, from before_s before it to after_s after it
    incident           or that of all alerts of this incident, with its attachments
    from_ns, until_ns  or this stretch, UTC
    warm_s             of frames before that, so that what flies then is tracked when the stretch begins
    about              in words, for whoever opens it
    """

    folder: Path
    out: Path
    alert: str | None = None
    incident: str | None = None
    from_ns: int | None = None
    until_ns: int | None = None
    before_s: float = 60.0
    after_s: float = 30.0
    warm_s: float = 120.0
    about: str = ""


def pack(options: PackOptions, made_ns: int, say: Say) -> told.Manifest:
    """Write the pack; returns what it says of itself.

    made_ns  UTC now
    """
    if options.out.exists():
        raise ConfigError("--out", "a new file", f"{options.out}, which is there")
    config = configuration.load(options.folder / "node.toml")
    incident = None if options.incident is None else noted.incident_of(options.folder, options.incident)
    window = _window(options, incident)
    with tempfile.TemporaryDirectory(prefix="vedette-pack-") as name:
        content = Path(name)
        _take_configuration(options.folder, content, config)
        say("cutting the journal")
        warm_ns = round(options.warm_s * NS_PER_S)
        first_ns = window.from_ns - warm_ns
        taken = cut(options.folder / "journal", content / "journal", first_ns, window.until_ns)
        say(f"deriving tracks and alerts from {taken.frames:,} frames")
        derived = derive(content, content / "derived", window, say)
        shown = _shown(options.folder, content, window, say)
        noted.take_ledger(options.folder, content)
        if incident is not None:
            noted.take_attachments(options.folder, content, incident)
        (content / told.README).write_text(told.WORDS, encoding="utf-8")
        manifest = told.Manifest(
            format=told.FORMAT,
            node=config.node.name,
            about=options.about or (incident.title if incident else "") or "",
            alert=options.alert,
            made_ns=made_ns,
            made_by=told.made_by(),
            window=window,
            warm_s=options.warm_s,
            journal=taken,
            derived=derived,
            shown=shown,
            members=[told.member_of(content, one) for one in members(content)],
        )
        text = told.encode(manifest)
        (content / told.NAME).write_bytes(text)
        keys = options.folder / noted.FOLDER
        keys.mkdir(parents=True, exist_ok=True)
        (content / SIGNATURE).write_text(seal(text, load_or_make_key(keys, os.urandom)), encoding="utf-8")
        write_box(options.out, content)
    return manifest


def _window(options: PackOptions, incident: Incident | None) -> Window:
    """The stretch that is asked for."""
    if options.alert is not None or incident is not None:
        if incident is not None:
            first, last = noted.span_of_incident(incident)
        else:
            alert = options.alert or ""
            known = noted.span_of_alert(options.folder, alert)
            first, last = known or _life(options.folder / "picture.duckdb", alert)
        before, after = round(options.before_s * NS_PER_S), round(options.after_s * NS_PER_S)
        return Window(first - before, last + after)
    if options.from_ns is None or options.until_ns is None:
        raise ConfigError("pack", "--alert, --incident, or --from and --until", "neither")
    if options.until_ns <= options.from_ns:
        raise ConfigError("--until", "a time after --from", "one that is not")
    return Window(options.from_ns, options.until_ns)


def _life(picture: Path, alert: str) -> tuple[int, int]:
    """First and last change of an alert, UTC."""
    if not picture.is_file():
        raise StorageError(f"{picture}: expected a picture file, to find alert {alert} in, got none")
    try:
        with duckdb.connect(str(picture), read_only=True) as db:
            span = db.execute(
                "SELECT min(time_ns), max(time_ns) FROM alert WHERE alert_id = ?", [alert]
            ).fetchone()
            some = db.execute("SELECT DISTINCT alert_id FROM alert ORDER BY 1 LIMIT 5").fetchall()
    except duckdb.Error as error:
        raise StorageError(f"{picture}: expected a picture file, got {error}") from error
    if span is None or span[0] is None:
        known = ", ".join(ident for (ident,) in some) or "none"
        raise ConfigError("--alert", f"an alert of {picture} ({known} …)", repr(alert))
    return int(span[0]), int(span[1])


def _take_configuration(folder: Path, content: Path, config: NodeConfig) -> None:
    """node.toml and the files that it names, as they are; of authorisations also what held when."""
    noted_files = [path.relative_to(folder).as_posix() for path in held.files_of(folder)]
    for name in ("node.toml", *configuration.files_of(config), *noted_files):
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise ConfigError(f"{folder / 'node.toml'}", "files beside it", name)
        target = content / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, target)
        except OSError as error:
            raise StorageError(f"{folder / name}: expected a file of the configuration: {error}") from error


def _shown(folder: Path, content: Path, window: Window, say: Say) -> Agreement | None:
    """What people saw, beside what is derived; None where no picture was kept, or a node has it open."""
    picture = folder / "picture.duckdb"
    if not picture.is_file():
        return None
    if (folder / "secrets.json").exists() and _is_held(picture):
        say("the node has its picture open: what people saw is left out until it has ended")
        return None
    write_files(picture, content / "shown", window)
    return agree(content / "shown", content / "derived")


def _is_held(picture: Path) -> bool:
    """Whether another process has a picture open."""
    try:
        duckdb.connect(str(picture), read_only=True).close()
    except duckdb.IOException:
        return True
    return False
