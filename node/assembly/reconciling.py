"""Comparing this node's log with itself and with the peers': the side that asks, the side that is asked, and the desk that holds both."""

from dataclasses import dataclass
from datetime import time, timedelta
from random import Random

from node.assembly.core import Core
from node.assembly.links import Links
from node.moment import new_id, utc_now
from node.ports.reconciliations import MissingRecord
from node.usecases.reconcile.answering import ReconcileProvider
from node.usecases.reconcile.case import Tools
from node.usecases.reconcile.desk import Desk, Schedule
from node.usecases.reconcile.own_log import OwnLog
from node.usecases.reconcile.record import Clerk
from node.usecases.reconcile.rounds import Reconciler
from trust.checkpoint import Checkpoint, evidence_log, verify_note
from trust.errors import EvidenceError, UnknownSignerError
from trust.gm import PublicKey

_RANDOM = Random()  # noqa: S311 - spreads work in time and draws samples that protect against nobody who could guess them


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciling:
    """The parts."""

    provider: ReconcileProvider
    desk: Desk


def make_reconciling(core: Core, links: Links) -> Reconciling:
    """Put the parts together."""
    clerk = Clerk(core.recorder, new_id, lambda one: _count(core, one))
    tools = Tools(
        province=core.province,
        store=core.store,
        mail=links.post,
        peers=links.client,
        reader=links.post,
        clerk=clerk,
        new_id=new_id,
        random=_RANDOM,
    )
    section = core.config.evidence
    return Reconciling(
        provider=ReconcileProvider(
            province=core.province, store=core.store, exchange=links.exchange, reader=links.post, clerk=clerk
        ),
        desk=Desk(
            province=core.province,
            store=core.store,
            reconciler=Reconciler(tools),
            own_log=OwnLog(
                province=core.province,
                store=core.store,
                open_note=lambda note: _opened(core, note),
                clerk=clerk,
            ),
            peers=core.others,
            clock=utc_now,
            schedule=Schedule(
                at=time.fromisoformat(section.reconcile_at),
                grace=timedelta(seconds=section.reconcile_grace),
                jitter_s=section.reconcile_jitter,
            ),
            random=_RANDOM,
        ),
    )


def _count(core: Core, one: MissingRecord) -> None:
    core.metrics.missing_record(one.peer, one.finding.value, one.lacks)


def _opened(core: Core, note: bytes) -> Checkpoint:
    """The checkpoint of a note of our own log, signed with any key that membership ever listed for this province.

    Raises:
        EvidenceError: none of them signed it.
    """
    name = evidence_log(core.province)
    for key in _own_keys(core):
        try:
            return verify_note(note, name=name, public_key=key)
        except UnknownSignerError:
            continue
    raise EvidenceError("it is not signed with a key of this province")


def _own_keys(core: Core) -> list[PublicKey]:
    """The key in use first, then those of the newest membership, then those of the versions before."""
    versions = [core.directory.membership, *(link.membership for link in reversed(core.base.chain.links))]
    members = [version.by_province[core.province] for version in versions if core.province in version.by_province]
    listed = [one.public_key for member in members for one in member.signing_certificates]
    return list(dict.fromkeys([core.base.identity.signing_certificate.public_key, *listed]))
