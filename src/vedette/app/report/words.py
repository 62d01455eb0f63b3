"""The fixed words of a report, a file a language. translate.py has those for what is recorded in English."""

import tomllib
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("en", "nl", "fr", "de")


def words(language: str) -> dict[str, str]:
    """All words of a language, by name."""
    text = (Path(__file__).parent / f"words_{language}.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(text))
