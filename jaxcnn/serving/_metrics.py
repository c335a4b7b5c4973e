"""`Metrics`: counts and times in the text format of Prometheus."""

from collections.abc import Callable, Iterator
from typing import Any

from jaxcnn._support.extras import import_extra
from jaxcnn.serving._batch_sizes import powers_of_two

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
"""Upper bounds of the histograms of seconds."""


class Metrics:
    """The metrics of one server, in a registry of its own.

    Args:
        max_batch: The largest batch.
        queue_length: A function that returns how many examples wait.
        is_ready: A function that returns whether the server takes requests.

    Raises:
        ImportError: If the package `prometheus_client` is not installed.
    """

    def __init__(
        self, max_batch: int, queue_length: Callable[[], int], is_ready: Callable[[], bool]
    ) -> None:
        client = import_extra("prometheus_client")
        self._client = client
        self._known: dict[tuple[str, int], tuple[Any, Any]] = {}
        self._registry = client.CollectorRegistry()
        client.ProcessCollector(registry=self._registry)
        self._requests = client.Counter(
            "jaxcnn_requests",
            "Requests that were answered.",
            ("endpoint", "status"),
            registry=self._registry,
        )
        self._latency = client.Histogram(
            "jaxcnn_request_seconds",
            "Seconds from the headers of a request to its response.",
            ("endpoint",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._batches = client.Histogram(
            "jaxcnn_batch_examples",
            "Examples per computed batch, without padding.",
            buckets=powers_of_two(max_batch),
            registry=self._registry,
        )
        self._batch_seconds = client.Histogram(
            "jaxcnn_batch_seconds",
            "Seconds per computed batch.",
            buckets=SECONDS,
            registry=self._registry,
        )
        self._gauge("jaxcnn_queue_examples", "Examples that wait for a batch.", queue_length)
        self._gauge("jaxcnn_ready", "1 if the server takes requests.", is_ready)

    def _gauge(self, name: str, words: str, function: Callable[[], float]) -> None:
        self._client.Gauge(name, words, registry=self._registry).set_function(function)

    def observe_request(self, endpoint: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        labels = endpoint, status
        if labels not in self._known:
            counter = self._requests.labels(endpoint, str(status))
            self._known[labels] = counter, self._latency.labels(endpoint)
        counter, latency = self._known[labels]
        counter.inc()
        latency.observe(seconds)

    def observe_batch(self, examples: int, seconds: float) -> None:
        """Count a batch that was computed."""
        self._batches.observe(examples)
        self._batch_seconds.observe(seconds)

    def text(self) -> tuple[bytes, str]:
        """Return all metrics, and their content type."""
        found = _WithoutCreated(self._registry)
        return self._client.generate_latest(found), self._client.CONTENT_TYPE_LATEST


class _WithoutCreated:
    """A registry without the times at which its metrics were created, a series for each other.

    The package's own `disable_created_metrics` would leave them out of all registries.
    """

    def __init__(self, registry: Any) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Any]:
        """Yield all metrics."""
        for metric in self._registry.collect():
            metric.samples = [
                sample for sample in metric.samples if not sample.name.endswith("_created")
            ]
            yield metric
