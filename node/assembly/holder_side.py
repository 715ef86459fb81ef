"""The holder's log: what is told of it to peers, and what is asked of all provinces for a holder. Where uses are noted: the other groups.

Serves the peer port (`provider`), the province's app and counters (`asking`).
"""

from dataclasses import dataclass
from functools import partial

from node.assembly.core import Core
from node.assembly.links import Links
from node.moment import new_id, utc_now
from node.usecases.holder_log.answering import UsesProvider
from node.usecases.holder_log.asking import AskingUses
from node.usecases.holder_log.judging import Judge, listed_head
from node.usecases.holder_log.limits import UsesLimits
from node.usecases.holder_log.omissions import OmissionBook
from node.usecases.holder_log.questions import Questions
from node.usecases.holder_log.telling import Teller


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderSide:
    """The parts."""

    provider: UsesProvider
    asking: AskingUses


def make_holder_side(core: Core, links: Links) -> HolderSide:
    """Put the parts together."""
    section = core.config.holders
    limits = UsesLimits(
        per_holder=section.uses_per_day, per_app=section.uses_per_minute, per_peer=section.peer_uses_per_minute
    )
    teller = Teller(store=core.store, index=core.holder_index, clock=utc_now)
    return HolderSide(
        provider=UsesProvider(
            province=core.province,
            store=core.store,
            exchange=links.exchange,
            teller=teller,
            index=core.holder_index,
            limits=limits,
            places=frozenset(section.uses_accept),
            clock=utc_now,
        ),
        asking=_asking(core, links, teller, limits),
    )


def _asking(core: Core, links: Links, teller: Teller, limits: UsesLimits) -> AskingUses:
    return AskingUses(
        province=core.province,
        store=core.store,
        mail=links.post,
        questions=Questions(
            province=core.province,
            mail=links.post,
            index=core.holder_index,
            limits=limits,
            recorder=core.recorder,
        ),
        peers=links.client,
        teller=teller,
        index=core.holder_index,
        judge=Judge(
            province=core.province,
            open_head=partial(listed_head, core.province, links.heads, lambda: core.directory.peers),
        ),
        book=OmissionBook(
            province=core.province,
            store=core.store,
            exhibits=links.exhibits,
            clock=utc_now,
            counted=core.metrics.holder_omission,
        ),
        recorder=core.recorder,
        members=core.members,
        new_id=new_id,
        deadline_s=core.config.search.deadline,
    )
