"""What the operator sees of a running node: versions, receipts, log, outbox, peers. No personal data."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from federation.peers import Peers
from node.metrics import Levels
from node.ports.lists import Kind, StoredVersion
from node.ports.notices import OutboxState
from node.ports.store import Store
from node.usecases.admission.case import china_day
from node.usecases.objection.shown import summary
from node.usecases.publication.exchanging import Publications
from node.usecases.reconcile import overview as reconciled
from node.usecases.stops import Stops
from node.usecases.trust_view import TrustView
from node.usecases.witness_view import WitnessView

_MISFITS = 1_000
_DAY = timedelta(days=1)
_PENDING = OutboxState.PENDING


class Status:
    """Reads the store and the peers' health."""

    def __init__(
        self,
        *,
        base_facts: Mapping[str, Any],
        store: Store,
        peers: Peers,
        members: Callable[[], Sequence[str]],
        membership: Callable[[], Mapping[str, Any]],
        stops: Stops,
        clock: Callable[[], datetime],
        lists: Callable[[], Publications],
        trust: TrustView | None = None,
        witness: WitnessView | None = None,
        webhooks: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """`base_facts` is what never changes while the node runs; `members` and `membership` are of this moment.

        `lists` knows since when versions are confirmed; `trust` shows clocks, revocation lists and what ends, `witness` how much of the
        log peers cosigned; `webhooks` says of each webhook why it cannot be reached, "" where it can.
        """
        self._base_facts = base_facts
        self._store = store
        self._peers = peers
        self._members = members
        self._stops = stops
        self._membership = membership
        self._clock = clock
        self._lists = lists
        self._webhooks = webhooks
        self._trust = TrustView() if trust is None else trust
        self._witness = witness

    def read(self) -> dict[str, Any]:
        """Everything, as JSON values."""
        nouns = self._store.read
        head = nouns.evidence.head()
        return {
            **self._base_facts,
            "membership": dict(self._membership()),
            "time": self._clock().isoformat(timespec="milliseconds"),
            "publications": {kind.value: self._publication(kind) for kind in Kind},
            "evidence": {"size": head.size, "root": head.root.hex()},
            "witness": self._witness.read() if self._witness else None,
            "proofs": self._proofs(),
            "reconciliation": reconciled.overview(nouns, self._base_facts["province"]),
            "notices": self._notices(),
            "stops": self._stops.counts(),
            "anomalies": self._anomalies(),
            "reviews": {state.value.lower(): n for state, n in nouns.reviews.counts(self._clock()).items()},
            "objections": summary(nouns, china_day(self._clock())),
            "holder_log": {"omissions": dict(nouns.holder_log.omission_counts())},
            "library": {"certificates": nouns.certificates.count()},
            **self._trust.read(),
            "peers": [self._peer(code) for code in self._peers.provinces],
        }

    def _proofs(self) -> dict[str, Any]:
        """The rows of proofs that messages of peers came under; how many of them are still to be compared, and what did not fit.

        See `usecases.proof_links`.
        """
        nouns, last = self._store.read, self._store.read.receipts.last()
        return {
            "rows": last,
            "to_compare": {code: max(0, last - nouns.head_links.mark(code)) for code in self._peers.provinces},
            "misfits": sorted({one.province for one in nouns.head_links.broken(_MISFITS)}),
        }

    def _anomalies(self) -> dict[str, int]:
        """Alarms of the last day, and operators who are paused now."""
        now = self._clock()
        raised, paused = self._store.read.alarms.counts(now - _DAY, now)
        return {"last_day": raised, "paused": paused}

    def _peer(self, code: str) -> dict[str, Any]:
        return {
            "province": code,
            "up": self._peers.up(code),
            "known_down": self._peers.down(code),
            "failures": self._peers.failures(code),
            **self._trust.of_peer(code),
        }

    def _publication(self, kind: Kind) -> dict[str, Any]:
        """Our version with the peers' receipts, and the versions held of all. `behind`: a later version of ours that peers hold, or 0."""
        publications = self._store.read.publications
        own = publications.latest(kind, self._base_facts["province"])
        return {
            "version": own.version if own else 0,
            "behind": self._lists().behind(kind),
            "receipts": [
                {"province": one.peer, "version": one.version, "refusal": one.refusal}
                for one in publications.receipts(kind)
            ],
            "held": [self._held(one) for one in self._held_versions(kind)],
        }

    def _held_versions(self, kind: Kind) -> list[StoredVersion]:
        """The newest version held of every member that has one."""
        held = [self._store.read.publications.latest(kind, code) for code in self._members()]
        return [one for one in held if one is not None]

    def _held(self, one: StoredVersion) -> dict[str, Any]:
        """A version held. `age_s`: since its publisher last said that none is newer; `unreadable`: entries this software cannot use."""
        return {
            "province": one.publisher,
            "version": one.version,
            "size": one.size,
            "age_s": round(self._age_s(one)),
            "unreadable": self._lists().readable.count(one.kind, one.publisher),
        }

    def _age_s(self, one: StoredVersion) -> float:
        """Seconds since the publisher confirmed that nothing is newer; our own is, at this moment."""
        confirmed = self._lists().confirmed(one.kind, one.publisher) or one.stored_at
        return max(0.0, (self._clock() - confirmed).total_seconds())

    def _notices(self) -> dict[str, Any]:
        counts = self._store.read.notices.outbox_counts()
        by_state = {state: sum(n for (_, one), n in counts.items() if one is state) for state in OutboxState}
        return {
            "pending": by_state[OutboxState.PENDING],
            "delivered": by_state[OutboxState.DELIVERED],
            "dead": by_state[OutboxState.DEAD],
            "deferred": by_state[OutboxState.DEFERRED],
            "received": self._store.read.notices.received_count(),
            "deferrals": self._store.read.deferrals.count(),
            "oldest_s": {target: round(age) for target, age in self._oldest_s().items()},
            "webhooks": dict(self._webhooks()),
            "queues": [
                {"province": peer, "state": state.value, "count": count}
                for (peer, state), count in sorted(counts.items())
            ],
        }

    def _oldest_s(self) -> dict[str, float]:
        """How long the oldest notice of each queue has waited, in seconds."""
        notices = self._store.read.notices
        targets = sorted({target for (target, state), n in notices.outbox_counts().items() if state is _PENDING and n})
        heads = [head for head in map(notices.head, targets) if head is not None]
        return {one.target: max(0.0, (self._clock() - one.queued_at).total_seconds()) for one in heads}

    def _objections(self) -> dict[str, Any]:
        """Gauges of the cases that this node answers, raised or was told of."""
        told = summary(self._store.read, china_day(self._clock()))
        parts = {part: told[part] for part in ("owner", "raiser", "told")}
        return {
            "objections": {
                (part, state): n for part, states in parts.items() for state, n in states.items() if state != "overdue"
            },
            "objections_overdue": {part: states["overdue"] for part, states in parts.items()},
            "objections_untold": told["untold"],
            "objections_parked": told["parked"],
        }

    def levels(self) -> Levels:
        """The same as gauges."""
        nouns, membership = self._store.read, self._membership()
        held = [one for kind in Kind for one in self._held_versions(kind)]
        versions = {(kind.value, code): 0 for kind in Kind for code in self._members()}
        return Levels(
            peer_up={code: self._peers.up(code) for code in self._peers.provinces},
            outbox_items={(peer, state.value): n for (peer, state), n in nouns.notices.outbox_counts().items()},
            publication_versions=versions | {(one.kind.value, one.publisher): one.version for one in held},
            publication_ages_s={(one.kind.value, one.publisher): self._age_s(one) for one in held},
            evidence_size=nouns.evidence.head().size,
            witness=self._witness.levels() if self._witness else {},
            outbox_oldest_s=self._oldest_s(),
            deferrals=nouns.deferrals.count(),
            library_certificates=nouns.certificates.count(),
            stops=self._stops.counts(),
            **self._trust.levels(),
            **reconciled.levels(nouns, self._base_facts["province"], self._clock()),
            **self._objections(),
            membership_version=membership["version"],
            membership_expired=membership["expired"],
            membership_expires=datetime.fromisoformat(membership["expires"]).timestamp(),
            membership_held={one["province"]: one["version"] for one in membership["held"]},
        )
