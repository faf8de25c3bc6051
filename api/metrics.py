"""What Prometheus is told: latencies, batches, errors, sizes."""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where it is set before prometheus_client is first imported, a process's figures are files there
that other processes add up."""

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """One service's metrics: of this process, or of all processes of the service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "sightline_request_seconds",
            "Seconds from a request's first byte to its answer's last, by route and status.",
            ("route", "method", "status"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.stages = Histogram(
            "sightline_stage_seconds",
            "Seconds that a stage took: decode, search, preview, upload; of one batch, embed_text, "
            "embed_picture, embed_background.",
            ("stage",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.batches = Histogram(
            "sightline_batch_size",
            "Texts or pictures that the model was given at once.",
            ("kind",),
            buckets=_SIZES,
            registry=self.registry,
        )
        self.embedded = Counter(
            "sightline_embedded_total",
            "Texts, query pictures and indexed pictures that the model has embedded.",
            ("kind",),
            registry=self.registry,
        )
        self.errors = Counter(
            "sightline_errors_total", "Refusals by code.", ("code",), registry=self.registry
        )
        self.waiting = Gauge(
            "sightline_admitted",
            "Work being done or waiting.",
            ("pool",),
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.processes = Gauge(
            "sightline_processes",
            "Processes that answer.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.index_views = Gauge(
            "sightline_index_views",
            "Views in the active generation.",
            ("gallery",),
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )
        self.tail_views = Gauge(
            "sightline_tail_views",
            "Findable views outside the active generation.",
            ("gallery",),
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )
        self.index_recall = Histogram(
            "sightline_index_recall",
            "Share of the exact first ten that an index found, of some searches for words (text) "
            "and pictures (picture) in galleries too large to compare everything.",
            ("sort",),
            buckets=_SHARES,
            registry=self.registry,
        )
        self.revision = Gauge(
            "sightline_revision",
            "The revision served.",
            ("gallery",),
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )

    def observe_index_recall(self, sort: str, recall: float) -> None:
        """Count one answer that was compared with an exact search's."""
        self.index_recall.labels(sort).observe(recall)

    def observe_batch(self, kind: str, size: int, seconds: float) -> None:
        """Count one call of a model; the rate of `sightline_embedded_total` is embeddings a
        second, over the sum of its stage's seconds what the model itself reaches."""
        self.batches.labels(kind).observe(size)
        self.embedded.labels(kind).inc(size)
        self.stages.labels(f"embed_{kind}").observe(seconds)

    def render(self) -> bytes:
        """All metrics in Prometheus' text format."""
        if _FOLDER not in os.environ:
            return generate_latest(self.registry)
        everyone = CollectorRegistry()
        MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
        return generate_latest(everyone)


def share_figures(folder: Path) -> None:
    """Have the processes that are started from now on keep their figures together."""
    os.environ[_FOLDER] = str(folder)


def forget_gauges(pid: int) -> None:
    """Drop what a process that has ended told of its present; what it counted stays."""
    mark_process_dead(pid)  # type: ignore[no-untyped-call]
