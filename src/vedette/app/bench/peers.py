"""Stone Soup beside us: the same scans, put together from its own parts the way its guides do.

Constant velocity, a Kalman filter, tracks begun by several plots in a row and ended by several scans
without one. Association by nearest neighbour, or joint probabilistic (JPDA) with efficient hypothesis
management (EHM2), both behind a KD-tree of the plots. It is an optional extra.

Source: stonesoup.readthedocs.io, tutorials 5, 6, 8 and 10 and the KD-tree demonstration; MIT licence.
"""

import importlib.metadata
import importlib.util
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.app.bench.tracking import Reported, Scan
from vedette.core.errors import VedetteError

Array = NDArray[np.float64]

_TRIED: Final = "1.9.1"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # it compares naive times with naive


class PeerSettings(Struct, frozen=True, kw_only=True):
    """What Stone Soup is told.

    association        nearest neighbour, or JPDA with EHM2
    sd_m               plots' noise, an axis
    q                  acceleration noise density, m²/s³
    speed_sd_mps       spread of one axis of the velocity at the first plot
    gate_sd            nearest neighbour: no plot further than this, in standard deviations
    reach_m            KD-tree: no plot further than this
    min_plots          a track is reported from so many plots on
    end_after          it ends after so many scans without one
    detection, clutter_density_m2, gate_probability
                       JPDA: of a target in a scan, of false plots a m², of its gate
    """

    association: Literal["nn", "jpda"] = "nn"
    sd_m: float
    q: float
    speed_sd_mps: float
    reach_m: float
    gate_sd: float = 4.0
    min_plots: int = 3
    end_after: int = 3
    detection: float = 0.9
    clutter_density_m2: float = 1e-9
    gate_probability: float = 0.9999

    @property
    def name(self) -> str:
        """As it stands in the table."""
        return "Stone Soup, " + ("nearest neighbour" if self.association == "nn" else "JPDA (EHM2)")


def require() -> str:
    """The version of Stone Soup, or VedetteError that says how to get it."""
    if importlib.util.find_spec("stonesoup") is None:
        raise VedetteError(
            f"expected Stone Soup for --peers, it is not installed: {sys.executable} -m pip install "
            f"stonesoup=={_TRIED}, or uv pip install -p {sys.executable} stonesoup=={_TRIED}"
        )
    return importlib.metadata.version("stonesoup")


class StoneSoup:
    """Stone Soup as a Subject."""

    def __init__(self, settings: PeerSettings) -> None:
        require()
        from stonesoup.deleter.time import UpdateTimeStepsDeleter
        from stonesoup.initiator.simple import MultiMeasurementInitiator
        from stonesoup.models.measurement.linear import LinearGaussian
        from stonesoup.models.transition.linear import CombinedLinearGaussianTransitionModel, ConstantVelocity
        from stonesoup.predictor.kalman import KalmanPredictor
        from stonesoup.types.state import GaussianState
        from stonesoup.updater.kalman import KalmanUpdater

        self._settings = settings
        self._model = LinearGaussian(4, (0, 2), np.diag([settings.sd_m**2] * 2))
        motion = CombinedLinearGaussianTransitionModel([ConstantVelocity(settings.q)] * 2)
        self._predictor = KalmanPredictor(motion)
        self._updater = KalmanUpdater(self._model)
        self._associator = self._association(settings.association)
        self._deleter = UpdateTimeStepsDeleter(settings.end_after)
        self._initiator = MultiMeasurementInitiator(
            prior_state=GaussianState([0.0] * 4, np.diag([0.0, settings.speed_sd_mps**2] * 2)),
            deleter=UpdateTimeStepsDeleter(2),
            data_associator=self._association("nn"),
            updater=self._updater,
            measurement_model=self._model,
            min_points=settings.min_plots,
        )
        self._tracks: set[Any] = set()
        self._plots: set[Any] = set()
        self._now = _EPOCH
        self._number: dict[str, int] = {}

    def _association(self, kind: str) -> Any:
        from stonesoup.dataassociator.neighbour import NearestNeighbour
        from stonesoup.dataassociator.probability import JPDAwithEHM2
        from stonesoup.dataassociator.tree import DetectionKDTreeMixIn
        from stonesoup.hypothesiser.distance import DistanceHypothesiser
        from stonesoup.hypothesiser.probability import PDAHypothesiser
        from stonesoup.measures import Mahalanobis

        settings = self._settings
        by_kind: dict[str, Any] = {"nn": NearestNeighbour, "jpda": JPDAwithEHM2}
        with_tree = type("WithTree", (DetectionKDTreeMixIn, by_kind[kind]), {"__doc__": "By KD-tree."})
        if kind == "nn":
            hypothesiser: Any = DistanceHypothesiser(
                self._predictor, self._updater, Mahalanobis(), missed_distance=settings.gate_sd
            )
        else:
            hypothesiser = PDAHypothesiser(
                self._predictor,
                self._updater,
                clutter_spatial_density=settings.clutter_density_m2,
                prob_detect=settings.detection,
                prob_gate=settings.gate_probability,
            )
        return with_tree(
            hypothesiser=hypothesiser,
            predictor=self._predictor,
            updater=self._updater,
            max_distance=settings.reach_m,
        )

    def prepare(self, scan: Scan) -> None:
        """Detections, all at the scan's end: its KD-tree takes no other."""
        from stonesoup.types.detection import Detection

        self._now = _EPOCH + timedelta(microseconds=scan.end_ns // 1000)
        self._plots = {
            Detection(plot[:, None], timestamp=self._now, measurement_model=self._model)
            for plot in scan.plots_m
        }

    def step(self) -> None:
        """Associate, update, end, begin."""
        hypotheses = self._associator.associate(self._tracks, self._plots, self._now)
        used: set[Any] = set()
        for track in self._tracks:
            if self._settings.association == "nn":
                used |= self._follow(track, hypotheses[track])
            else:
                used |= self._blend(track, hypotheses[track])
        self._tracks -= self._deleter.delete_tracks(self._tracks)
        self._tracks |= self._initiator.initiate(self._plots - used, self._now)

    def _follow(self, track: Any, hypothesis: Any) -> set[Any]:
        """One plot or none; returns the plots that are taken."""
        if not hypothesis:
            track.append(hypothesis.prediction)
            return set()
        track.append(self._updater.update(hypothesis))
        return {hypothesis.measurement}

    def _blend(self, track: Any, hypotheses: Any) -> set[Any]:
        """All plots by their probability, to one Gaussian; returns the plots that are taken."""
        from stonesoup.functions import gm_reduce_single
        from stonesoup.types.array import StateVectors
        from stonesoup.types.update import GaussianStateUpdate

        posteriors, weights, used = [], [], set()
        for hypothesis in hypotheses:
            if hypothesis:
                posteriors.append(self._updater.update(hypothesis))
                used.add(hypothesis.measurement)
            else:
                posteriors.append(hypothesis.prediction)
            weights.append(hypothesis.probability)
        mean, covariance = gm_reduce_single(
            StateVectors([state.state_vector for state in posteriors]),
            np.stack([state.covar for state in posteriors], axis=2),
            np.asarray(weights),
        )
        likely = max(hypotheses, key=lambda hypothesis: hypothesis.probability)
        if likely:
            track.append(GaussianStateUpdate(mean, covariance, hypotheses, likely.measurement.timestamp))
        else:
            track.append(_predicted(mean, covariance, self._now))
        return used

    def report(self) -> Reported:
        """Every track that it holds, by the order in which they began."""
        states, ids = [], []
        for track in self._tracks:
            ids.append(self._number.setdefault(track.id, len(self._number) + 1))
            states.append(np.asarray(track.state_vector, np.float64)[:, 0])
        x = np.array(states).reshape(-1, 4)
        order = np.argsort(np.array(ids, np.int64))
        x = x[order]
        now_ns = (self._now - _EPOCH) // timedelta(microseconds=1) * 1000
        return Reported(
            np.array(ids, np.int64)[order], x[:, (0, 2)], x[:, (1, 3)], np.full(len(x), now_ns, np.int64)
        )


def _predicted(mean: Any, covariance: Any, now: datetime) -> Any:
    """A state that counts as not updated, so that its track can end."""
    from stonesoup.types.prediction import GaussianStatePrediction

    return GaussianStatePrediction(mean, covariance, timestamp=now)
