"""Objections (异议): raised at the counter, answered at the desk, carried between provinces, and watched. P5.

What marks certificates in search is `search` itself (`usecases.objection.marking`); this only keeps the cases.
"""

from dataclasses import dataclass
from functools import partial

from federation.model.objection_notice import OBJECTION_TYPE
from federation.peers import Work
from node.assembly.core import Core
from node.assembly.links import Links
from node.assembly.telling import Telling
from node.library.working_days import default_working_days
from node.moment import new_id, utc_now
from node.usecases.objection.casebook import Casebook
from node.usecases.objection.contradictions import Contradictions
from node.usecases.objection.deciding import ObjectionDesk
from node.usecases.objection.moving import CaseMover
from node.usecases.objection.notifying import CaseNoticeTaker, CaseNotifier
from node.usecases.objection.permission import Permission
from node.usecases.objection.raising import ObjectionOffice
from node.usecases.objection.receiving import CaseReceiver
from node.usecases.objection.signing import CaseSigner
from node.usecases.objection.telling import CaseTeller
from node.usecases.objection.watching import ObjectionWatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Objecting:
    """The parts."""

    office: ObjectionOffice
    desk: ObjectionDesk
    teller: CaseTeller
    receiver: CaseReceiver
    watch: ObjectionWatch


def make_objecting(core: Core, links: Links, telling: Telling) -> Objecting:
    """Put the parts together."""
    telling.teller.takes({OBJECTION_TYPE: CaseNoticeTaker()})
    notifier = CaseNotifier(
        province=core.province, vault=core.vault, teller=telling.teller, provinces=core.members, wake=telling.wake
    )
    signer, calendar = CaseSigner(signing=core.signing), default_working_days()
    casebook = Casebook(
        province=core.province,
        vault=core.vault,
        recorder=core.recorder,
        clock=utc_now,
        provinces=core.members,
        calendar=calendar,
        notifier=notifier,
    )
    wake = partial(core.peers.wake, work=Work.OBJECTIONS)
    mover = CaseMover(store=core.store, casebook=casebook, signer=signer, wake=wake)
    desk = ObjectionDesk(
        store=core.store,
        casebook=casebook,
        calendar=calendar,
        mover=mover,
        digest=partial(core.vault.digest, "manager"),
    )
    return Objecting(
        office=ObjectionOffice(
            store=core.store,
            casebook=casebook,
            calendar=calendar,
            signer=signer,
            new_id=new_id,
            wake=wake,
            permission=Permission(store=core.store, casebook=casebook, app_per_day=core.config.objections.app_per_day),
        ),
        desk=desk,
        teller=CaseTeller(store=core.store, mail=links.post, peers=links.client, casebook=casebook),
        receiver=CaseReceiver(
            store=core.store,
            exchange=links.exchange,
            casebook=casebook,
            membership=lambda: core.directory.membership,
            wake=wake,
            contradictions=Contradictions(exhibits=links.exhibits),
        ),
        watch=ObjectionWatch(store=core.store, casebook=casebook, mover=mover),
    )
