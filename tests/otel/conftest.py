"""OpenTelemetry's SDK with exporters in memory, as an application would set it up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.vault import estate


@dataclass
class Seen:
    """What was exported since the last ``clear``."""

    exporter: InMemorySpanExporter
    reader: InMemoryMetricReader
    before: dict[Any, float] = field(default_factory=dict)

    def clear(self):
        self.exporter.clear()
        self.before = self._points()

    @property
    def spans(self):
        """Every span that has ended, in that order."""
        return list(self.exporter.get_finished_spans())

    @property
    def names(self):
        return [span.name.removeprefix("multistore.") for span in self.spans]

    def metrics(self, name):
        """Give what a counter, or a histogram's count, grew by, for each set of attributes."""
        return {
            dict(attributes)["multistore.operation.name"]
            + "".join(f" {v}" for k, v in attributes if k in {"network.io.direction", "error.type"})
            : value - self.before.get((metric, attributes), 0)
            for (metric, attributes), value in self._points().items()
            if metric == name and value != self.before.get((metric, attributes), 0)
        }  # fmt: skip

    def _points(self):
        data = self.reader.get_metrics_data()
        return {
            (metric.name, tuple(sorted(point.attributes.items()))): getattr(
                point, "count", getattr(point, "value", 0)
            )
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            for point in metric.data.data_points
        }

    def text(self):
        """Everything that would leave the process, to look for what must not."""
        data = self.reader.get_metrics_data()
        return "".join(span.to_json() for span in self.spans) + (data.to_json() if data else "")


@pytest.fixture(scope="session")
def exported():
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracers = TracerProvider(shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(MeterProvider([reader], shutdown_on_exit=False))
    return Seen(spans, reader)


@pytest.fixture
def seen(exported):
    exported.clear()
    return exported


def observed(estate, word="on"):
    """Switch telemetry on in an estate's configuration, and open it."""
    text = estate.path.read_text(encoding="utf-8")
    estate.path.write_text(
        text.replace("[vault]", f'[vault]\ntelemetry = "{word}"', 1), encoding="utf-8"
    )
    return estate.open()


@pytest.fixture
def vault(tmp_path, seen):
    """Give an observed vault on a directory."""
    with observed(estate.local(tmp_path, None)) as vault:
        seen.clear()
        yield vault
