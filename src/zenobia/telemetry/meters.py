"""What one server counts and times. Labels are words of ours from short lists: never an id, an address or a text."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

STORE_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
COMMAND_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

OTHER = "other"
"""The label of every name that is none of ours: what strangers send makes no series of its own."""


class Meters:
    """One server's numbers, in a registry of their own: several servers may live in one process."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.commands = Counter(
            "zenobia_commands", "Commands answered, by name and error code.", ("command", "outcome"), registry=registry
        )
        self.command_seconds = Histogram(
            "zenobia_command_seconds",
            "Time from a command read to its answer.",
            ("command",),
            registry=registry,
            buckets=COMMAND_SECONDS,
        )
        self.store_seconds = Histogram(
            "zenobia_store_seconds",
            "Time of one transaction, with what it waited for.",
            ("kind",),
            registry=registry,
            buckets=STORE_SECONDS,
        )
        self._commands = cache(self.commands.labels)
        self._command_seconds = cache(self.command_seconds.labels)
        self._transactions = cache(self.store_seconds.labels)
        self.events = Counter("zenobia_events_written", "Events written by this server.", registry=registry)
        self.model_tokens = Counter(
            "zenobia_model_tokens", "Tokens spent by sessions of this server.", ("direction",), registry=registry
        )
        self.model_cost = Counter(
            "zenobia_model_cost_dollars", "US dollars spent on models, where their price is known.", registry=registry
        )
        self._gauges: dict[str, Gauge] = {}

    def transaction(self, kind: str) -> AbstractContextManager[object]:
        """Time one transaction; `kind` is read or write."""
        return self._transactions(kind).time()

    def command(self, name: str, outcome: str, seconds: float) -> None:
        """Count one answered command; `outcome` is success or an error's code."""
        self._commands(name, outcome).inc()
        self._command_seconds(name).observe(seconds)

    def spent(self, input_tokens: int, output_tokens: int, cost: float | None) -> None:
        """Count what a model took; `cost` is US dollars, None where it is not known."""
        self.model_tokens.labels("input").inc(input_tokens)
        self.model_tokens.labels("output").inc(output_tokens)
        self.model_cost.inc(cost or 0)

    def show(self, name: str, meaning: str, value: float) -> None:
        """Set what stands at this moment."""
        self._gauge(name, meaning, ()).set(value)

    def show_by(self, name: str, meaning: str, label: str, values: Mapping[str, float]) -> None:
        """Set what stands at this moment, for each value of a label."""
        gauge = self._gauge(name, meaning, (label,))
        for value, number in values.items():
            gauge.labels(value).set(number)

    def text(self) -> bytes:
        """Everything, in Prometheus's text format."""
        return generate_latest(self.registry)

    def _gauge(self, name: str, meaning: str, labels: tuple[str, ...]) -> Gauge:
        gauge = self._gauges.get(name)
        if gauge is None:
            gauge = self._gauges[name] = Gauge(f"zenobia_{name}", meaning, labels, registry=self.registry)
        return gauge
