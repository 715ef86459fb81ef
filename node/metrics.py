"""The node's figures in Prometheus's form. Counts and times are noted as they happen; states are read when the page is asked for.

No personal data: labels are routes, codes, provinces and names of jobs, all from closed sets (DESIGN §2.8).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The states of one moment.

    Keys: `outbox_items` (peer or webhook, state), `publication_versions` and `publication_ages_s` (kind, publisher),
    `outbox_oldest_s` peer or webhook, `certificate_days` (province, kind of certificate), `missing_records` (peer,
    finding, the province that lacks it).
    """

    peer_up: Mapping[str, bool] = field(default_factory=dict)
    outbox_items: Mapping[tuple[str, str], int] = field(default_factory=dict)
    outbox_oldest_s: Mapping[str, float] = field(default_factory=dict)
    deferrals: int = 0
    publication_versions: Mapping[tuple[str, str], int] = field(default_factory=dict)
    publication_ages_s: Mapping[tuple[str, str], float] = field(default_factory=dict)
    evidence_size: int = 0
    witness: Mapping[str, float] = field(default_factory=dict)
    library_certificates: int = 0
    stops: Mapping[str, int] = field(default_factory=dict)
    certificate_days: Mapping[tuple[str, str], int] = field(default_factory=dict)
    crl_age_s: Mapping[str, float] = field(default_factory=dict)
    crl_fresh: Mapping[str, bool] = field(default_factory=dict)
    clock_offset_s: Mapping[str, float] = field(default_factory=dict)
    clock_jumps: int = 0
    clock_last_jump_s: float = 0.0
    objections: Mapping[tuple[str, str], int] = field(default_factory=dict)
    objections_overdue: Mapping[str, int] = field(default_factory=dict)
    objections_untold: Mapping[str, int] = field(default_factory=dict)
    objections_parked: Mapping[str, int] = field(default_factory=dict)
    membership_version: int = 0
    membership_expired: bool = False
    membership_expires: float = 0.0
    membership_held: Mapping[str, int] = field(default_factory=dict)
    missing_records: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    reconcile_agreed: Mapping[str, bool] = field(default_factory=dict)
    reconcile_ages_s: Mapping[str, float] = field(default_factory=dict)
    own_log_good: Mapping[str, bool] = field(default_factory=dict)


def _gauge(
    name: str, text: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in sorted(values):
        family.add_metric(key, value)
    return family


def _trust_gauges(now: Levels) -> Iterable[Metric]:
    """What ends, how old the revocation lists are, and what the clocks do."""
    ends = now.certificate_days.items()
    yield _gauge("certmesh_certificate_days_left", "Days until it ends.", ("province", "kind"), ends)
    ages = [((province,), age) for province, age in now.crl_age_s.items()]
    yield _gauge("certmesh_crl_age_seconds", "Age of the CA's revocation list.", ("province",), ages)
    fresh = [((province,), int(is_fresh)) for province, is_fresh in now.crl_fresh.items()]
    yield _gauge("certmesh_crl_fresh", "1 where the CA's revocation list is here and current.", ("province",), fresh)
    offsets = [((peer,), offset) for peer, offset in now.clock_offset_s.items()]
    yield _gauge("certmesh_clock_offset_seconds", "The peer's clock minus ours.", ("peer",), offsets)
    yield _gauge("certmesh_clock_jumps", "Jumps of this clock since the start.", (), [((), now.clock_jumps)])
    yield _gauge("certmesh_clock_last_jump_seconds", "How far the last one went.", (), [((), now.clock_last_jump_s)])


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
        oldest = [((target,), age) for target, age in now.outbox_oldest_s.items()]
        yield _gauge("certmesh_outbox_oldest_seconds", "How long the oldest notice waits.", ("peer",), oldest)
        yield _gauge("certmesh_deferrals_in_force", "Notices held back by law.", (), [((), now.deferrals)])
        versions = now.publication_versions.items()
        yield _gauge("certmesh_publication_version", "Version held.", ("kind", "publisher"), versions)
        ages = now.publication_ages_s.items()
        yield _gauge(
            "certmesh_publication_age_seconds",
            "Since its publisher last said that the version held is its newest.",
            ("kind", "publisher"),
            ages,
        )
        stops = [((kind,), number) for kind, number in now.stops.items()]
        yield _gauge("certmesh_stops_in_force", "Stop orders in force.", ("kind",), stops)
        yield _gauge("certmesh_evidence_size", "Entries of the evidence log.", (), [((), now.evidence_size)])
        yield from _witness_gauges(now)
        yield _gauge(
            "certmesh_library_certificates", "Certificates of the library.", (), [((), now.library_certificates)]
        )
        yield from _trust_gauges(now)
        yield from _objection_gauges(now)
        yield from _membership(now)
        yield from _reconciliation(now)


def _objection_gauges(now: Levels) -> Iterable[Metric]:
    """Objections to certificates: answered here (owner) or raised here (raiser)."""
    yield _gauge("certmesh_objections", "Objections to certificates.", ("part", "state"), now.objections.items())
    late = [((part,), count) for part, count in now.objections_overdue.items()]
    yield _gauge("certmesh_objections_overdue", "Objections beyond their five working days.", ("part",), late)
    untold = [((peer,), count) for peer, count in now.objections_untold.items()]
    yield _gauge("certmesh_objections_untold", "Objections that a peer waits to be told of.", ("peer",), untold)
    parked = [((peer,), count) for peer, count in now.objections_parked.items()]
    yield _gauge("certmesh_objections_parked", "Objections of which a peer holds other documents.", ("peer",), parked)


def _witness_gauges(now: Levels) -> Iterable[Metric]:
    """How much of the log enough peers cosigned, and the gap; nothing where nobody knows."""
    for name, what, text in (
        ("size", "witnessed_size", "Entries that the quorum of membership cosigned (without one: anybody)."),
        ("entries", "gap_entries", "Entries beyond those."),
        ("seconds", "gap_s", "Since the first entry beyond those was made."),
    ):
        if what in now.witness:
            kind = "witnessed" if name == "size" else "unwitnessed"
            yield _gauge(f"certmesh_evidence_{kind}_{name}", text, (), [((), now.witness[what])])


def _membership(now: Levels) -> Iterable[Metric]:
    """The membership document in force here, and what the peers last said they hold."""
    yield _gauge("certmesh_membership_version", "Version in force here.", (), [((), now.membership_version)])
    over = int(now.membership_expired)
    yield _gauge("certmesh_membership_expired", "1 where it has expired: no exchange with peers.", (), [((), over)])
    yield _gauge(
        "certmesh_membership_expires_timestamp_seconds", "When it expires.", (), [((), round(now.membership_expires))]
    )
    held = [((peer,), version) for peer, version in now.membership_held.items()]
    yield _gauge("certmesh_membership_peer_version", "Version that a peer says it holds.", ("peer",), held)


def _reconciliation(now: Levels) -> Iterable[Metric]:
    """What comparing the log with itself and with the peers' came to last."""
    labels = ("peer", "finding", "lacks")
    yield _gauge(
        "certmesh_evidence_missing", "Records that one of two provinces lacks.", labels, now.missing_records.items()
    )
    agreed = [((peer,), int(good)) for peer, good in now.reconcile_agreed.items()]
    yield _gauge("certmesh_reconcile_agreed", "1 where the newest comparison found nothing missing.", ("peer",), agreed)
    ages = [((peer,), age) for peer, age in now.reconcile_ages_s.items()]
    yield _gauge("certmesh_reconcile_age_seconds", "Since the newest comparison.", ("peer",), ages)
    good = [((), int(one)) for one in now.own_log_good.values()]
    yield _gauge("certmesh_evidence_verified", "1 where this node's own log was last found whole.", (), good)


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
        self._bytes = self._counter(
            "certmesh_peer_bytes_total", "Bytes of messages in calls made to peers.", "peer", "method", "direction"
        )
        self._line_calls = self._counter(
            "certmesh_line_calls_total", "What became of uses of lines.", "side", "outcome"
        )
        self._lines = self._gauge("certmesh_lines", "Lines of our own use list.", "state")
        self._unused = self._gauge(
            "certmesh_lines_unused", "Lines in use by our list that nobody used for long.", "months"
        )
        self._limited = self._counter("certmesh_limit_refusals_total", "Refusals by a limit.", "side", "scope")
        self._anomalies = self._counter("certmesh_anomalies_total", "Operators paused for how they applied.", "kind")
        self._failures = self._counter("certmesh_job_failures_total", "Background jobs that failed.", "job")
        self._orders = self._counter("certmesh_orders_total", "Stop orders taken, and refused by reason.", "outcome")
        self._refused = self._counter(
            "certmesh_membership_refused_total", "Membership documents refused.", "peer", "flaw"
        )

        self._webhooks = self._counter(
            "certmesh_webhook_posts_total", "Notices posted to webhooks.", "webhook", "outcome"
        )
        self._missing = self._counter(
            "certmesh_reconcile_findings_total", "Records newly found missing.", "peer", "finding", "lacks"
        )
        self._forks = self._counter("certmesh_peer_log_forks_total", "Forks seen in a peer's evidence log.", "peer")

        self._omissions = self._counter(
            "certmesh_holder_omissions_total", "Uses that a province left out of what it told a holder.", "province"
        )

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

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

    def peer_bytes(self, peer: str, method: str, sent: int, received: int) -> None:
        """Note the size of one call to a peer: its request and its answer."""
        self._bytes.labels(peer, method, "sent").inc(sent)
        self._bytes.labels(peer, method, "received").inc(received)

    def line_call(self, side: str, outcome: str) -> None:
        """Note one use of a line at "consumer" or "provider"; `outcome` is a word of `node.usecases.line_statistics`."""
        self._line_calls.labels(side, outcome).inc()

    def lines(self, states: Mapping[str, int], unused: Mapping[int, int]) -> None:
        """Note how many lines there are by state, and how many were unused for so many months; both replace what was noted before."""
        self._lines.clear()
        for state, count in states.items():
            self._lines.labels(state).set(count)
        for months, count in unused.items():
            self._unused.labels(str(months)).set(count)

    def limited(self, side: str, scope: str) -> None:
        """Note one refusal by a limit; `scope` is a word of `node.usecases.admission.limits.Scope`."""
        self._limited.labels(side, scope).inc()

    def anomaly(self, kind: str) -> None:
        """Note one alarm; `kind` is a word of `node.usecases.admission.anomaly.Pattern`."""
        self._anomalies.labels(kind).inc()

    def order(self, outcome: str) -> None:
        """Note one stop order that was new here: "taken", or the word of `trust.errors.OrderError` that says why it was refused."""
        self._orders.labels(outcome).inc()

    def job_failed(self, job: str) -> None:
        """Note that a background job failed once."""
        self._failures.labels(job).inc()

    def membership_refused(self, peer: str, flaw: str) -> None:
        """Note one membership document refused; `flaw` is a word of `trust.membership.Flaw`."""
        self._refused.labels(peer, flaw).inc()

    def holder_omission(self, province: str) -> None:
        """Note that a province left a use out of what it told a holder."""
        self._omissions.labels(province).inc()

    def webhook(self, webhook: str, outcome: str) -> None:
        """Note one post to a webhook; `outcome` is a word of `telling.passing.Fate` or of `ports.webhooks.HookUnreachableError`."""
        self._webhooks.labels(webhook, outcome).inc()

    def forked(self, peer: str) -> None:
        """Note that a peer's log was found forked."""
        self._forks.labels(peer).inc()

    def missing_record(self, peer: str, finding: str, lacks: str) -> None:
        """Note that a record was newly found missing; `finding` is a word of `federation.model.reconcile.Finding`."""
        self._missing.labels(peer, finding, lacks).inc()

    def render(self) -> bytes:
        """The page for Prometheus, of type `CONTENT_TYPE`."""
        return generate_latest(self._registry)
