"""Evaluation: how good is the picture. Truth and picture in, a score out."""

from vedette.evaluate.gospa import Gospa, gospa, gospa_places
from vedette.evaluate.score import ClassScore, Score, TruthScore, score, score_rows
from vedette.evaluate.table import table
from vedette.evaluate.truth import load_truth
from vedette.kernel.assignment import assign, assign_near

__all__ = [
    "ClassScore",
    "Gospa",
    "Score",
    "TruthScore",
    "assign",
    "assign_near",
    "gospa",
    "gospa_places",
    "load_truth",
    "score",
    "score_rows",
    "table",
]
