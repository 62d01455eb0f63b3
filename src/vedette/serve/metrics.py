"""Figures for Prometheus, in a registry of this server's own. docs: the names below.

vedette_observations_total{sensor}          observations that a sensor brought
vedette_frames_total{sensor}                frames that it sent
vedette_quarantined_total{sensor,reason}    input that was refused
vedette_sensor_healthy{sensor}              1 while its health is "ok"
vedette_sensor_bias{sensor,kind}            what a sensor has too much of, as far as known; kind says the unit
vedette_sensor_bias_sigma{sensor,kind}      1 sigma of it
vedette_tracks                              tracks in the picture
vedette_alerts{severity}                    alerts that hold now
vedette_alert_changes_total{rule,state}     alerts that were raised, became actual or were cleared
vedette_picture_frames_total                picture frames that this server took
vedette_picture_gaps_total                  times that one was missing
vedette_picture_age_seconds                 from the picture's time to now
vedette_ws_clients                          WebSockets that are open
vedette_ws_frames_dropped_total             frames that slow clients got a whole picture for
vedette_latency_seconds                     from the newest bytes in a frame to this server (histogram)
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from vedette.core.units import NS_PER_S
from vedette.serve.live import LiveState

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_LATENCY_S: Final = (0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """The registry of one server."""

    def __init__(self, state: LiveState) -> None:
        """Read from state whenever somebody asks; watch its latency from now on."""
        self.registry = CollectorRegistry()
        self.registry.register(_FromState(state))
        latency = Histogram(
            "vedette_latency_seconds",
            "From the newest bytes in a picture frame to this server",
            buckets=_LATENCY_S,
            registry=self.registry,
        )
        state.on_latency = latency.observe

    def text(self) -> bytes:
        """Everything in the exposition format."""
        return generate_latest(self.registry)


class _FromState(Collector):
    """Figures that the state holds already."""

    def __init__(self, state: LiveState) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        yield from self._sensors()
        yield from self._picture()
        yield from self._clients()

    def _sensors(self) -> Iterator[Metric]:
        observations = CounterMetricFamily("vedette_observations", "Observations", labels=["sensor"])
        frames = CounterMetricFamily("vedette_frames", "Frames", labels=["sensor"])
        refused = CounterMetricFamily("vedette_quarantined", "Refused input", labels=["sensor", "reason"])
        healthy = GaugeMetricFamily("vedette_sensor_healthy", "1 while its health is ok", labels=["sensor"])
        for status in self._state.statuses.values():
            observations.add_metric([status.id], status.observations)
            frames.add_metric([status.id], status.frames)
            healthy.add_metric([status.id], status.health == "ok")
            for reason, count in status.quarantined.items():
                refused.add_metric([status.id, reason], count)
        yield from (observations, frames, refused, healthy)
        bias = GaugeMetricFamily("vedette_sensor_bias", "What it has too much of", labels=["sensor", "kind"])
        sigma = GaugeMetricFamily("vedette_sensor_bias_sigma", "1 sigma of it", labels=["sensor", "kind"])
        for sensor, biases in self._state.biases.items():
            for one in biases:
                bias.add_metric([sensor, one.kind], one.value)
                sigma.add_metric([sensor, one.kind], one.sd)
        yield from (bias, sigma)

    def _picture(self) -> Iterator[Metric]:
        state = self._state
        yield GaugeMetricFamily("vedette_tracks", "Tracks in the picture", value=len(state))
        alerts = GaugeMetricFamily("vedette_alerts", "Alerts that hold now", labels=["severity"])
        severities = Counter(alert.severity for alert in state.open_alerts.values())
        for severity in ("info", "caution", "warning"):
            alerts.add_metric([severity], severities[severity])
        yield alerts
        changes = CounterMetricFamily("vedette_alert_changes", "Changes of alerts", labels=["rule", "state"])
        for (rule, word), count in state.alerts_raised.items():
            changes.add_metric([rule, word], count)
        yield changes
        yield CounterMetricFamily("vedette_picture_frames", "Picture frames taken", value=state.frames)
        yield CounterMetricFamily("vedette_picture_gaps", "Picture frames missing", value=state.gaps)
        if state.time_ns is not None:
            age_s = (state.now_ns() - state.time_ns) / NS_PER_S
            yield GaugeMetricFamily("vedette_picture_age_seconds", "Age of the picture", value=age_s)

    def _clients(self) -> Iterator[Metric]:
        state = self._state
        yield GaugeMetricFamily("vedette_ws_clients", "WebSockets open", value=len(state.clients))
        yield CounterMetricFamily(
            "vedette_ws_frames_dropped", "Frames replaced by a whole picture", value=state.frames_dropped
        )
