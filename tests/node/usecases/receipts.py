"""Receipts of searches in the mesh without edges: made, changed by hand, and checked from the file alone. Nothing here is a test."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from federation.model.search import FusedAnswer
from federation.receipt import Receipt, Report, check, from_json, keys_of, members_of, stopped_by
from node.usecases.search.receipts import Receipts
from tests.node.usecases.mesh import Mesh, Province
from trust import canonical
from trust.envelope import LogProof

Change = Callable[[dict[str, Any]], None]


def receipts(province: Province) -> Receipts:
    return Receipts(province=province.code, store=province.store)


async def receipt_of(mesh: Mesh, answer: FusedAnswer) -> Receipt:
    """As a file that went from hand to hand."""
    return from_json((await receipts(mesh.jiangsu).receipt(answer.exchange_id)).to_json())


def checked(mesh: Mesh, receipt: Receipt) -> Report:
    """What it proves, by the membership document alone."""
    membership = mesh.jiangsu.directory.membership
    stopped = stopped_by([membership], mesh.clock())
    return check(receipt, keys_of([membership]), stopped, members_of([membership]))


def entry_of(proof: LogProof) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(proof.entry)
    return members


async def rewritten(province: Province, proof: LogProof, change: Change) -> LogProof:
    """The proof of an entry that the province wrote like this one, but for a change: a node that lies keeps its log in order."""
    entry = entry_of(proof)
    change(entry)
    index = await province.store.transact(lambda nouns: nouns.evidence.append(entry))
    return await province.store.prove(index)


def edited(proof: LogProof, change: Change) -> LogProof:
    """The proof with its entry changed in the file."""
    entry = entry_of(proof)
    change(entry)
    return replace(proof, entry=canonical.dumps(entry))
