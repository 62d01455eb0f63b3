"""What the node noted of a stretch: its ledger, whose entries also say when an alert and an incident were."""

import shutil
from pathlib import Path
from typing import Final

from vedette.core.errors import ConfigError, StorageError
from vedette.core.event import AlertChanged, AlertRaised, read
from vedette.incident.project import Incident, project
from vedette.ledger.head import LEDGER_FILE
from vedette.ledger.read import Reader, Wanted

FOLDER: Final = "ledger"  # in a node's folder
EXPORT: Final = "ledger.vdtl"  # in a pack
ATTACHMENTS: Final = "attachments"  # in both
Span = tuple[int, int]


def has_ledger(folder: Path) -> bool:
    """Whether a node's folder has one."""
    return (folder / FOLDER / LEDGER_FILE).is_file()


def span_of_alert(folder: Path, alert_id: str) -> Span | None:
    """First and last change of an alert as the ledger has them, UTC; None where it has none."""
    if not has_ledger(folder):
        return None
    with Reader(folder / FOLDER) as ledger:
        times_ns = [
            event.alert.time_ns
            for kind in ("alert-raised", "alert-changed")
            for entry in ledger.entries(Wanted(kind=kind))
            if isinstance(event := read(entry.kind, entry.body), AlertRaised | AlertChanged)
            and event.alert.alert_id == alert_id
        ]
    return (min(times_ns), max(times_ns)) if times_ns else None


def incident_of(folder: Path, name: str) -> Incident:
    """An incident of the node, or ConfigError with those that it has."""
    if not has_ledger(folder):
        raise StorageError(f"{folder / FOLDER}: expected a ledger, to find incident {name} in, got none")
    with Reader(folder / FOLDER) as ledger:
        found = project(ledger.entries(Wanted(incident=name)))
        if name not in found:
            known = ", ".join(list(project(ledger.entries()))[:5]) or "none"
            raise ConfigError("--incident", f"an incident of {folder} ({known} …)", repr(name))
    return found[name]


def span_of_incident(incident: Incident) -> Span:
    """From its first alert to the last change of one; where it has none, when it was opened."""
    times_ns = [
        line.event.alert.time_ns
        for line in incident.record
        if isinstance(line.event, AlertRaised | AlertChanged)
    ]
    times_ns = times_ns or [incident.opened_ns or incident.changed_ns]
    return min(times_ns), max(times_ns)


def take_ledger(folder: Path, content: Path) -> None:
    """The node's ledger into a pack, where it has one; beside a node that writes it, as far as it is."""
    if not has_ledger(folder):
        return
    with Reader(folder / FOLDER) as ledger:
        if ledger.head() is not None:
            ledger.export(content / EXPORT)


def take_attachments(folder: Path, content: Path, incident: Incident) -> None:
    """The files of an incident into a pack, each once. StorageError where one is gone."""
    for sha256 in sorted({one.sha256 for one in incident.attached}):
        source = folder / ATTACHMENTS / sha256
        try:
            (content / ATTACHMENTS).mkdir(exist_ok=True)
            shutil.copyfile(source, content / ATTACHMENTS / sha256)
        except OSError as error:
            raise StorageError(f"{source}: expected an attachment of {incident.id}: {error}") from error
