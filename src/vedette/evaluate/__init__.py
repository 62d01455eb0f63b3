"""Evaluation: how good is the picture. Truth and picture in, a score out."""

from vedette.evaluate.gospa import Gospa, gospa, gospa_places
from vedette.evaluate.individuals import ClassScore, TruthScore
from vedette.evaluate.picture import Picture, load_picture
from vedette.evaluate.score import Compared, Score, compare, score
from vedette.evaluate.table import table
from vedette.evaluate.trajectory import TrajectoryGospa, trajectory_gospa
from vedette.evaluate.truth import load_truth
from vedette.kernel.assignment import assign, assign_near

__all__ = [
    "ClassScore",
    "Compared",
    "Gospa",
    "Picture",
    "Score",
    "TrajectoryGospa",
    "TruthScore",
    "assign",
    "assign_near",
    "compare",
    "gospa",
    "gospa_places",
    "load_picture",
    "load_truth",
    "score",
    "table",
    "trajectory_gospa",
]
