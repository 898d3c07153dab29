"""Figures for Prometheus: requests of all web processes, and the state of the timers as the database has it."""

import os
from collections.abc import Iterator

from django.db.models import Count, F
from django.db.models.functions import Now
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from salesflow.journal.models import Delivery
from salesflow.runtime.models import Heartbeat, SweepRun

CONTENT_TYPE = CONTENT_TYPE_LATEST


class DatabaseFigures(Collector):
    """Read when asked for, so every process gives the same."""

    def collect(self) -> Iterator[Metric]:
        sweeps = GaugeMetricFamily(
            "salesflow_sweep_age_seconds", "Since the sweep last succeeded", labels=["sweep"]
        )
        ages = SweepRun.objects.exclude(succeeded_at=None)
        for name, age in ages.values_list("name", Now() - F("succeeded_at")):
            sweeps.add_metric([name], age.total_seconds())
        yield sweeps
        beats = GaugeMetricFamily(
            "salesflow_heartbeat_age_seconds", "Since the last sign of life", labels=["process"]
        )
        for name, age in Heartbeat.objects.values_list("name", Now() - F("at")):
            beats.add_metric([name], age.total_seconds())
        yield beats
        waiting = GaugeMetricFamily(
            "salesflow_deliveries", "Deliveries not yet done, by state", labels=["state"]
        )
        undone = Delivery.objects.exclude(state=Delivery.State.DONE)
        for state, number in undone.values_list("state").annotate(n=Count("pk")):
            waiting.add_metric([str(state)], number)
        yield waiting


def exposition() -> bytes:
    """All figures in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        requests = CollectorRegistry()
        MultiProcessCollector(requests)
    else:
        requests = REGISTRY
    own = CollectorRegistry()
    own.register(DatabaseFigures())
    return generate_latest(requests) + generate_latest(own)
