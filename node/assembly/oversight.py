"""What those see who look in: status, explanations, timelines, receipts, and the reports on quality and lines. Changes nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from node.assembly.admission import Admission
from node.assembly.core import Core
from node.assembly.governance import Governance
from node.assembly.links import Links
from node.assembly.publishing import Publishing
from node.assembly.telling import Telling
from node.assembly.witnessing import Witnessing
from node.config import AppSection
from node.moment import new_id, utc_now
from node.ports.services import Caller
from node.renewal import membership_facts
from node.usecases.admission.explanation import Explainer
from node.usecases.erasure import Erasure
from node.usecases.explain.mishaps import Mishaps
from node.usecases.explain.timeline import TimelineReader
from node.usecases.line_report import LineReport
from node.usecases.proving.entries import Entries
from node.usecases.proving.making import Proofs
from node.usecases.quality import QualityReport
from node.usecases.search.receipts import Receipts
from node.usecases.shown import ShownExchange
from node.usecases.status import Status

COSIGNERS_PATIENCE_S = 20.0
"""How long a proof that is made waits for others to cosign a head, once over the entries and once over the seal: longer than a head waits
to be offered. Without them the proof is weaker, not wrong; unless membership asks for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversight:
    """The parts. `mishaps` is told by both edges what did not get as far as the evidence."""

    status: Status
    explainer: Explainer
    mishaps: Mishaps
    timelines: TimelineReader
    receipts: Receipts
    shown: ShownExchange
    quality: QualityReport
    line_report: LineReport
    proofs: Proofs
    erasure: Erasure


def make_oversight(
    core: Core,
    links: Links,
    publishing: Publishing,
    governance: Governance,
    admission: Admission,
    witnessing: Witnessing,
    telling: Telling,
    *,
    sweep: Callable[[], Awaitable[object]],
) -> Oversight:
    """Put the parts together; `sweep` forgets the files that no address leads to any more."""
    province, store = core.province, core.store
    mishaps = Mishaps(utc_now)
    return Oversight(
        status=_status(core, publishing, governance, witnessing, telling),
        explainer=Explainer(
            store=store,
            verifier=admission.verifier,
            asking=admission.asking,
            provinces=core.members,
            callers={section.app_id: caller_of(section) for section in core.config.apps},
        ),
        mishaps=mishaps,
        timelines=TimelineReader(province=province, store=store, mishaps=mishaps, clock=utc_now),
        receipts=Receipts(province=province, store=store),
        shown=ShownExchange(province=province, store=store),
        quality=QualityReport(store=store),
        line_report=LineReport(province=province, store=store, clock=utc_now),
        proofs=_proofs(core, links, witnessing),
        erasure=Erasure(
            store=store,
            recorder=core.recorder,
            clock=utc_now,
            digest=partial(core.vault.digest, "manager"),
            kept=timedelta(seconds=core.config.retention.contents),
            sweep=sweep,
        ),
    )


def _proofs(core: Core, links: Links, witnessing: Witnessing) -> Proofs:
    return Proofs(
        province=core.province,
        store=core.store,
        entries=Entries(
            province=core.province,
            store=core.store,
            mail=links.post,
            peers=links.client,
            new_id=new_id,
            timeout_s=core.config.retrieval.data_timeout,
            patience_s=COSIGNERS_PATIENCE_S,
            hurry=witnessing.cosigning.hurry,
            quorum=witnessing.view.quorum,
        ),
        contents=core.contents,
        recorder=core.recorder,
        crls=core.watch.revocations.lists,
        clock=utc_now,
    )


def _status(
    core: Core, publishing: Publishing, governance: Governance, witnessing: Witnessing, telling: Telling
) -> Status:
    return Status(
        base_facts={"province": core.province, "name": core.config.node.name},
        store=core.store,
        peers=core.peers,
        members=core.members,
        membership=lambda: membership_facts(core.directory, governance.memberships, core.gate),
        stops=core.stops,
        clock=utc_now,
        lists=lambda: publishing.publications,
        trust=core.watch.view,
        witness=witnessing.view,
        webhooks=lambda: {one.name: telling.bells.trouble(one.name) for one in telling.routes.hooks},
    )


def caller_of(section: AppSection) -> Caller:
    """A registered line system, as the use-cases know it."""
    return Caller(
        app_id=section.app_id,
        use_org_code=section.use_org_code,
        use_org_name=section.use_org_name,
        item_codes=frozenset(section.item_codes),
        operators=frozenset(section.operators),
        consents=frozenset(section.consents),
        uses=frozenset(section.uses),
    )
