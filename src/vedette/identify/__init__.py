"""Tracks and claims to identities: class, authorisation, reasons."""

from vedette.identify.settings import Authorised, IdentifySettings
from vedette.identify.step import IdentifyOutput, IdentifyState, init, step

__all__ = ["Authorised", "IdentifyOutput", "IdentifySettings", "IdentifyState", "init", "step"]
