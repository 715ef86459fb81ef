"""The node's figures in Prometheus's form. Counts and times are noted as they happen; states are read when the page is asked for.

No personal data: labels are routes, codes, provinces and names of jobs, all from closed sets (DESIGN §2.8).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The states of one moment. Keys: `outbox_items` (peer, state), `publication_versions` (kind, publisher)."""

    peer_up: Mapping[str, bool] = field(default_factory=dict)
    outbox_items: Mapping[tuple[str, str], int] = field(default_factory=dict)
    publication_versions: Mapping[tuple[str, str], int] = field(default_factory=dict)
    evidence_entries: int = 0
    library_certificates: int = 0


def _gauge(
    name: str, text: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], int]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in sorted(values):
        family.add_metric(key, value)
    return family


class _LevelsCollector(Collector):
    """Gauges of one reading, so that a peer or a publication that is gone leaves no stale line."""

    def __init__(self, read: Callable[[], Levels]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        """Read the levels once and turn them into gauges."""
        now = self._read()
        up = [((peer,), int(is_up)) for peer, is_up in now.peer_up.items()]
        yield _gauge("certmesh_peer_up", "1 where the peer answers.", ("peer",), up)
        yield _gauge("certmesh_outbox_items", "Notices in the outbox.", ("peer", "state"), now.outbox_items.items())
        versions = now.publication_versions.items()
        yield _gauge("certmesh_publication_version", "Version held.", ("kind", "publisher"), versions)
        yield _gauge("certmesh_evidence_entries", "Entries of the evidence log.", (), [((), now.evidence_entries)])
        yield _gauge(
            "certmesh_library_certificates", "Certificates of the library.", (), [((), now.library_certificates)]
        )


class Metrics:
    """All figures of one node, in a registry of its own."""

    def __init__(self, read_levels: Callable[[], Levels]) -> None:
        """`read_levels` is called on every scrape, on the thread that renders; it should be quick."""
        self._registry = CollectorRegistry()
        # Looking children up by their labels is most of the cost of counting; routes and codes are closed sets.
        self._request_children: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}
        self._registry.register(_LevelsCollector(read_levels))
        self._requests = Counter(
            "certmesh_requests_total", "Requests answered.", ("edge", "route", "code"), registry=self._registry
        )
        self._seconds = Histogram(
            "certmesh_request_seconds", "Time to answer.", ("edge", "route"), registry=self._registry, buckets=_SECONDS
        )
        self._calls = Counter(
            "certmesh_peer_calls_total", "Calls made to peers.", ("peer", "method", "outcome"), registry=self._registry
        )
        self._failures = Counter(
            "certmesh_job_failures_total", "Background jobs that failed.", ("job",), registry=self._registry
        )

        self._forks = Counter(
            "certmesh_peer_log_forks_total", "Forks seen in a peer's evidence log.", ("peer",), registry=self._registry
        )

    def request(self, edge: str, route: str, code: str, seconds: float) -> None:
        """Note one request answered at `edge` ("rest", "rpc") with a canonical code."""
        children = self._request_children.get((edge, route, code))
        if children is None:
            children = self._requests.labels(edge, route, code), self._seconds.labels(edge, route)
            self._request_children[edge, route, code] = children
        children[0].inc()
        children[1].observe(seconds)

    def peer_call(self, peer: str, method: str, outcome: str) -> None:
        """Note one call to a peer; `outcome` is a word of `federation.model.search.Outcome`."""
        self._calls.labels(peer, method, outcome).inc()

    def job_failed(self, job: str) -> None:
        """Note that a background job failed once."""
        self._failures.labels(job).inc()

    def forked(self, peer: str) -> None:
        """Note that a peer's log was found forked."""
        self._forks.labels(peer).inc()

    def render(self) -> bytes:
        """The page for Prometheus, of type `CONTENT_TYPE`."""
        return generate_latest(self._registry)
