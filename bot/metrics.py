"""What is counted and timed, for Prometheus: `GET /metrics`."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 3)
_SLOW = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

RETRY = "retry"
"""The status with which an observer hears that a call is sent again."""

_parts: ContextVar[dict[str, float] | None] = ContextVar("parts", default=None)
"""Where the time of one request went; shared with what it starts."""


@contextmanager
def timed_parts() -> Iterator[dict[str, float]]:
    """Seconds that a request spends waiting for RealtimeKit, Slack and the database, as they come in."""
    parts: dict[str, float] = {}
    token = _parts.set(parts)
    try:
        yield parts
    finally:
        _parts.reset(token)


def add_part(name: str, seconds: float) -> None:
    """Add to a part of the request that runs here, if one does."""
    if (parts := _parts.get()) is not None:
        parts[name] = parts.get(name, 0.0) + seconds


@contextmanager
def timing(name: str) -> Iterator[None]:
    """Add the time this takes to a part of the request that runs here."""
    began = time.perf_counter()
    try:
        yield
    finally:
        add_part(name, time.perf_counter() - began)


class Metrics:
    """The figures of one process; each says what it counts."""

    def __init__(self, version: str) -> None:
        to = self.registry = CollectorRegistry()
        self.requests = Counter(
            "usher_requests", "Commands, clicks, submissions, events", ["kind", "name", "outcome"], registry=to
        )
        self.acks = Histogram("usher_ack_seconds", "Seconds until the acknowledgment", buckets=_QUICK, registry=to)
        self.answers = Histogram(
            "usher_answer_seconds", "Seconds until the response", ["kind"], buckets=_SLOW, registry=to
        )
        self.upstream = Histogram(
            "usher_upstream_seconds", "Calls", ["service", "endpoint", "status"], buckets=_SLOW, registry=to
        )
        self.retries = Counter("usher_retries", "Calls retried", ["service", "endpoint"], registry=to)
        self.breaker = Gauge("usher_breaker_open", "1 while calls to RealtimeKit are paused", registry=to)
        self.budget = Gauge(
            "usher_budget_calls", "Calls to RealtimeKit by all processes in the last five minutes", registry=to
        )
        self.connected = Gauge(
            "usher_slack_connected", "1 while Slack can reach Usher; always 1 over HTTP", registry=to
        )
        self.connected.set(1)
        self.running = Gauge("usher_running_tasks", "Requests and updates in progress", registry=to)
        self.updates = Counter("usher_updates", "Meeting updates", ["outcome"], registry=to)
        self.webhook_events = Counter("usher_webhook_events", "Webhook events", ["outcome"], registry=to)
        self.operations = Counter("usher_operations", "Operations in the journal", ["what", "state"], registry=to)
        Info("usher_build", "The version that's running", registry=to).info({"version": version})

    def observer(self, service: str) -> Callable[[str, str, float], None]:
        """An observer for the calls to one service: endpoint, status and seconds."""

        def observe(endpoint: str, status: str, seconds: float) -> None:
            if status == RETRY:
                self.retries.labels(service, endpoint).inc()
                return
            self.upstream.labels(service, endpoint, status).observe(seconds)
            add_part(service, seconds)

        return observe

    def limited(self, is_open: bool, used: int) -> None:
        """Hear from the limits on calls to RealtimeKit."""
        self.breaker.set(is_open)
        self.budget.set(used)

    def page(self) -> bytes:
        """All figures in Prometheus's text format."""
        return generate_latest(self.registry)
