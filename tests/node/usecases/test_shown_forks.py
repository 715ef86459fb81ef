"""A receipt in which a province contradicts itself: two entries at one place, two roots of one size, a date that cannot be."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.model.evidence import EventType
from federation.receipt import ExchangeReceipt
from node.storage.memory.store import MemoryStore
from tests.node.usecases.mesh import JIANGSU, SHANGHAI, ZHEJIANG, Mesh, Province
from tests.node.usecases.test_shown import checked, receipt_of, used
from trust.checkpoint import parse_note
from trust.cosignature import cosign, cosigned
from trust.envelope import LogProof

Change = Callable[[Mesh, ExchangeReceipt], Awaitable[ExchangeReceipt]]


async def forked(province: Province, proof: LogProof, index: int, entry: dict[str, Any]) -> LogProof:
    """An entry of a second log of the province, as long as the one of `proof`."""
    store = MemoryStore(sign_checkpoint=province._sign_head)
    filler = province.recorder.entry(EventType.APPLY, "asked", "another")
    for at in range(parse_note(proof.checkpoint).checkpoint.size):
        await store.transact(lambda nouns, at=at: nouns.evidence.append(entry if at == index else filler))  # type: ignore[misc]
    return await store.prove(index)


def of(receipt: ExchangeReceipt, code: str) -> LogProof:
    return next(proof for one, proof in receipt.proofs if one == code)


async def another_entry_at_its_place(mesh: Mesh, receipt: ExchangeReceipt) -> ExchangeReceipt:
    proof = of(receipt, JIANGSU)
    other = json.loads(proof.entry) | {"certificate": "OTHER"}
    second = await forked(mesh.jiangsu, proof, proof.index, other)
    return replace(receipt, proofs=(*receipt.proofs, (JIANGSU, second)))


async def another_root_of_its_size(mesh: Mesh, receipt: ExchangeReceipt) -> ExchangeReceipt:
    proof = of(receipt, JIANGSU)
    second = await forked(mesh.jiangsu, proof, 0, json.loads(proof.entry))
    return replace(receipt, proofs=(*receipt.proofs, (JIANGSU, second)))


async def seen_before_it_was_written(mesh: Mesh, receipt: ExchangeReceipt) -> ExchangeReceipt:
    proof, identity = of(receipt, ZHEJIANG), mesh.shanghai.identity
    at = int((mesh.clock() - timedelta(days=900)).timestamp())
    text, key = parse_note(proof.checkpoint).text, identity.signing_certificate.public_key
    line = cosign(text, province=SHANGHAI, public_key=key, sign=identity.signing_key.sign, seconds=at).line
    early = replace(proof, checkpoint=cosigned(proof.checkpoint, [line]))
    return replace(receipt, proofs=tuple((one, early if one == ZHEJIANG else each) for one, each in receipt.proofs))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(another_entry_at_its_place, "two entries at place", id="two entries at one place"),
        pytest.param(another_root_of_its_size, "two roots of size", id="two roots of one size"),
        pytest.param(seen_before_it_was_written, "dated after others saw", id="seen before it was written"),
    ],
)
async def test_a_province_that_contradicts_itself_proves_nothing(mesh: Mesh, change: Change, problem: str) -> None:
    receipt = await receipt_of(mesh, await used(mesh))
    report = checked(mesh, await change(mesh, receipt))

    assert checked(mesh, receipt).ok
    assert not report.ok
    assert any(problem in one for one in report.problems), report.problems
