"""The holder's log of a province of the mesh, wired as `node.assembly.holder_side` wires it. Nothing here is a test."""

from functools import partial
from typing import TYPE_CHECKING

from federation.model.holder_uses import Place
from node.usecases.holder_log.answering import UsesProvider
from node.usecases.holder_log.asking import AskingUses
from node.usecases.holder_log.judging import Judge, listed_head
from node.usecases.holder_log.limits import UsesLimits
from node.usecases.holder_log.omissions import OmissionBook
from node.usecases.holder_log.questions import Questions
from node.usecases.holder_log.telling import Teller
from tests.node.usecases.watching import DEADLINE_S

if TYPE_CHECKING:
    from tests.node.usecases.mesh import Province


def holder_log_of(node: "Province") -> tuple[UsesProvider, AskingUses]:
    """What answers peers, and what asks them."""
    limits, teller = UsesLimits(), Teller(store=node.store, index=node.holder_index, clock=node.clock)
    provider = UsesProvider(
        province=node.code,
        store=node.store,
        exchange=node.exchange,
        teller=teller,
        index=node.holder_index,
        limits=limits,
        places=frozenset(Place),
        clock=node.clock,
    )
    asking = AskingUses(
        province=node.code,
        store=node.store,
        mail=node.post,
        questions=Questions(
            province=node.code,
            mail=node.post,
            index=node.holder_index,
            limits=limits,
            recorder=node.recorder,
        ),
        peers=node.peers,
        teller=teller,
        index=node.holder_index,
        judge=Judge(
            province=node.code,
            open_head=partial(listed_head, node.code, node.heads, lambda: node.directory.peers),
        ),
        book=OmissionBook(
            province=node.code, store=node.store, exhibits=node.exhibits, clock=node.clock, counted=node.omitted.append
        ),
        recorder=node.recorder,
        members=lambda: tuple(sorted({*node.directory.provinces, node.code})),
        new_id=node.new_id,
        deadline_s=DEADLINE_S,
    )
    return provider, asking
