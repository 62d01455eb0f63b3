"""The built page belongs to its sources, and is small."""

import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "src/vedette/serve/page"
WEB = ROOT / "web"


def test_page_was_built_from_these_sources() -> None:
    names = [
        *(
            str(p.relative_to(WEB))
            for folder in ("src", "make")
            for p in (WEB / folder).rglob("*")
            if p.is_file()
        ),
        "index.html",
        "login.html",
        "package-lock.json",
        "vite.config.ts",
    ]
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(name.encode() + b"\0" + (WEB / name).read_bytes() + b"\0")
    built = json.loads((PAGE / "build.json").read_text())
    assert built["sources_sha256"] == digest.hexdigest(), "web/ changed: run `npm ci && npm run build` there"


def test_page_is_whole_and_small() -> None:
    built = json.loads((PAGE / "build.json").read_text())
    there = {
        str(p.relative_to(PAGE)): p.stat().st_size
        for p in PAGE.rglob("*")
        if p.is_file() and p.name != "build.json"
    }
    assert there == built["bytes"]
    assert sum(there.values()) < 3_000_000


def test_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (WEB / "package-lock.json").read_text()
