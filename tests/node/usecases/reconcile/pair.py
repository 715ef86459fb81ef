"""The provinces of `mesh` as they reconcile, and a log made anew without some of its entries. Nothing here is a test."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from federation.methods import RECONCILE
from federation.model.reconcile import Finding
from node.ports.reconciliations import MissingRecord, Round
from node.storage.memory import MemoryStore
from node.usecases.reconcile.answering import ReconcileProvider
from node.usecases.reconcile.case import Tools
from node.usecases.reconcile.record import Clerk
from node.usecases.reconcile.rounds import Reconciler
from tests.node.usecases.mesh import Mesh, Province

GRACE = timedelta(minutes=90)


class Side:
    """One province that reconciles, in every part of the mesh that it belongs to."""

    def __init__(self, province: Province) -> None:
        self.province, self.alarms = province, list[MissingRecord]()
        clerk = Clerk(province.recorder, province.new_id, self.alarms.append)
        self.reconciler = Reconciler(
            Tools(
                province=province.code,
                store=province.store,
                mail=province.post,
                peers=province.network.peers_of(province.code),
                reader=province.post,
                clerk=clerk,
                new_id=province.new_id,
                random=Random(1),
            )
        )
        self.provider = ReconcileProvider(
            province=province.code,
            store=province.store,
            exchange=province.exchange,
            reader=province.post,
            clerk=clerk,
        )
        province.network.join(
            province.post,
            {**province.handlers(), RECONCILE.path: self.provider.reconcile},
            health=province.health,
            refused=province._disbelieved,
        )

    async def compare(self, peer: "Side | str", *, until: datetime | None = None) -> Round:
        code = peer if isinstance(peer, str) else peer.province.code
        return await self.reconciler.compare(code, until or self.province.clock() - GRACE)

    def missing(self) -> list[tuple[str, str, str]]:
        """What is missing, as finding, who lacks it, and the type of the event.

        But for UNPROVEN: a log made anew shows another head of a size it signed before, and nothing under that head is believed.
        """
        found = self.province.store.read.reconciliations.missing(None, 100)
        named = (one for one in found if one.finding is not Finding.UNPROVEN)
        return sorted((one.finding.value, one.lacks, one.event) for one in named)

    def entries(self, **members: Any) -> list[dict[str, Any]]:
        return self.province.entries(type="RECONCILE", **members)


def sides(mesh: Mesh) -> dict[str, Side]:
    """Every province of a mesh as it reconciles."""
    return {code: Side(province) for code, province in mesh.all.items()}


async def rebuilt(province: Province, keep: Callable[[Mapping[str, Any]], Mapping[str, Any] | None]) -> None:
    """What an operator can do who has the database and the key: the log made anew, with entries left out, or changed.

    `keep` gives each entry as it is to be, or None to leave it out. Index, tree and checkpoint are made to fit.
    """
    fresh = MemoryStore(sign_checkpoint=province._sign_head)
    old = province.memory
    for one in old.read.evidence.entries(0, 100_000):
        entry = keep(json.loads(one.entry))
        if entry is not None:
            kept = entry
            await fresh.transact(lambda nouns, kept=kept: nouns.evidence.append(kept))  # type: ignore[misc]
    evidence, index = fresh._nouns.evidence, fresh._nouns.counterparts
    for noun in (evidence, index):
        _adopt(noun, old)
    object.__setattr__(old._nouns, "evidence", evidence)
    object.__setattr__(old._nouns, "counterparts", index)


def _adopt(noun: Any, store: MemoryStore) -> None:
    """Let the store's journal undo what is changed in a noun that came from another store."""
    for holder in (noun, *vars(noun).values()):
        if hasattr(holder, "_journal"):
            holder._journal = store._journal
