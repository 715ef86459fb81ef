"""What a node can show of one exchange, asking nobody: both sides' entries, under cosigned heads; and what a stranger finds of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from federation.methods import ACCUSE, ADD_CHECKPOINT, CHECKPOINT
from federation.receipt import ExchangeReceipt, ExchangeReport, check_exchange, exchange_receipt, keys_of
from federation.testing import Handler
from node.errors import RefusedError
from node.library.invented import PROVINCES
from node.ports.cosignatures import CosignedHead, StoredCosignature
from node.ports.store import Nouns
from node.storage.memory import MemoryStore
from node.usecases.evidence import EvidenceProvider
from node.usecases.search.receipts import Receipts
from node.usecases.shown import ShownExchange, cosigned_head, is_cosigned
from tests.node.usecases.cosigned import Cosigner
from tests.node.usecases.mesh import CALLER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, record
from tests.node.usecases.receipts import checked as by_lists
from tests.node.usecases.receipts import edited, rewritten
from tests.node.usecases.test_proof_links import links_of
from trust.checkpoint import parse_note
from trust.envelope import LogProof


async def used(mesh: Mesh) -> str:
    """Jiangsu retrieves face data from Zhejiang; the exchange."""
    await mesh.zhejiang.keep(record(ZHEJIANG))
    wish = await mesh.wish(record(ZHEJIANG))
    return (await mesh.jiangsu.retrieval.data(CALLER, wish)).exchange_id


async def cosigned(mesh: Mesh) -> None:
    """The logs grow, all cosign one another's newest heads, and Jiangsu's background checks run."""
    await mesh.found()
    all_four = {code: Cosigner(mesh[code]) for code in PROVINCES}
    for one in all_four.values():
        node = one.node
        evidence = EvidenceProvider(store=node.store, exchange=node.exchange, witnessed=one.view.witnessed)
        mine: dict[str, Handler] = {
            ADD_CHECKPOINT.path: one.witness.add,
            ACCUSE.path: one.accusations.accused,
            CHECKPOINT.path: evidence.checkpoint,
        }
        node.network.join(node.post, node.handlers() | mine, health=node.health)
    for code in (JIANGSU, ZHEJIANG):
        await all_four[code].round()
    await mesh.jiangsu.keeper.link(ZHEJIANG)
    await links_of(mesh.jiangsu).check(ZHEJIANG)


async def receipt_of(mesh: Mesh, exchange_id: str) -> ExchangeReceipt:
    """As a file that went from hand to hand; every peer is down."""
    for code in PROVINCES:
        mesh.network.down(code)
    shown = ShownExchange(province=JIANGSU, store=mesh.jiangsu.store)
    return exchange_receipt((await shown.receipt(exchange_id)).to_json())


def checked(mesh: Mesh, receipt: ExchangeReceipt) -> ExchangeReport:
    membership = mesh.jiangsu.directory.membership
    return check_exchange(receipt, keys_of([membership]), frozenset(membership.provinces))


async def test_both_entries_are_shown_under_heads_that_the_others_cosigned(mesh: Mesh) -> None:
    exchange_id = await used(mesh)
    await cosigned(mesh)
    report = checked(mesh, await receipt_of(mesh, exchange_id))

    assert report.problems == ()
    assert report.ok
    assert [(one.province, one.type, one.step) for one in report.entries] == [
        (JIANGSU, "RETRIEVE", "asked"),
        (JIANGSU, "RETRIEVE", "received"),
        (ZHEJIANG, "RETRIEVE", "answered"),
    ]
    for one in report.entries:
        assert {code for code, _ in one.witnessed} == set(PROVINCES) - {one.province}
    assert sorted((one.kind, one.sender, *sorted(one.receivers)) for one in report.messages) == [
        ("DataAnswer", ZHEJIANG, JIANGSU),
        ("DataRequest", JIANGSU, ZHEJIANG),
    ]


async def test_before_anybody_cosigned_the_same_is_shown_without_witnesses(mesh: Mesh) -> None:
    report = checked(mesh, await receipt_of(mesh, await used(mesh)))

    assert report.ok
    assert len(report.entries) == 3
    assert {one.witnessed for one in report.entries} == {()}


async def test_the_kept_proof_itself_stays_as_it_came(mesh: Mesh) -> None:
    exchange_id = await used(mesh)
    (kept,) = mesh.jiangsu.store.read.receipts.every(exchange_id)
    await cosigned(mesh)
    shown = await receipt_of(mesh, exchange_id)
    (lifted,) = (proof for code, proof in shown.proofs if code == ZHEJIANG)

    assert mesh.jiangsu.store.read.receipts.every(exchange_id) == [kept]
    assert parse_note(lifted.checkpoint).checkpoint.size > parse_note(kept.proof.checkpoint).checkpoint.size
    assert (lifted.entry, lifted.index) == (kept.proof.entry, kept.proof.index)


async def test_between_two_nodes_only_what_concerns_both_is_shown(mesh: Mesh) -> None:
    _, answer = await mesh.found()
    shown = ShownExchange(province=JIANGSU, store=mesh.jiangsu.store)
    whole = await shown.proofs(answer.exchange_id)
    with_one = await shown.proofs(answer.exchange_id, peer=SHANGHAI)

    assert {one.province for one in whole} > {one.province for one in with_one}
    assert {one.province for one in with_one} <= {JIANGSU, SHANGHAI}


async def test_an_exchange_that_never_was_is_refused(mesh: Mesh) -> None:
    with pytest.raises(RefusedError, match="nothing is on record"):
        await ShownExchange(province=JIANGSU, store=mesh.jiangsu.store).receipt("none")


def changed(receipt: ExchangeReceipt, code: str, change: Callable[[LogProof], LogProof]) -> ExchangeReceipt:
    proofs = [(one, change(proof) if one == code else proof) for one, proof in receipt.proofs]
    return replace(receipt, proofs=tuple(proofs))


def set_to(**members: Any) -> Callable[[dict[str, Any]], None]:
    return lambda entry: entry.update(members)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param(lambda one: edited(one, set_to(outcome="EMPTY")), "not", id="an entry changed in the file"),
        pytest.param(lambda one: replace(one, index=one.index + 1), "", id="another place in the log"),
        pytest.param(lambda one: replace(one, path=one.path[1:]), "", id="a path cut short"),
        pytest.param(
            lambda one: replace(one, checkpoint=one.checkpoint.replace(b"330000", b"310000")), "", id="another log"
        ),
    ],
)
async def test_what_was_changed_in_the_file_is_found(
    mesh: Mesh, change: Callable[[LogProof], LogProof], problem: str
) -> None:
    receipt = changed(await receipt_of(mesh, await used(mesh)), ZHEJIANG, change)
    report = checked(mesh, receipt)

    assert not report.ok
    assert len(report.problems) == 1
    assert ZHEJIANG in report.problems[0]
    assert problem in report.problems[0]


async def test_an_entry_of_another_exchange_and_a_message_that_two_claim_are_found(mesh: Mesh) -> None:
    receipt = await receipt_of(mesh, await used(mesh))
    answered = dict(receipt.proofs)[ZHEJIANG]
    request = json.loads(answered.entry)["request"]
    claim = set_to(sent={"DataRequest": "request"}, request=request)
    other = await rewritten(mesh.zhejiang, answered, set_to(exchange="another"))
    claimed = await rewritten(mesh.zhejiang, answered, claim)

    elsewhere = checked(mesh, changed(receipt, ZHEJIANG, lambda _: other))
    twice = checked(mesh, changed(receipt, ZHEJIANG, lambda _: claimed))

    assert "of another exchange" in elsewhere.problems[0]
    assert "both say that they sent" in twice.problems[0]


async def test_one_side_alone_is_no_receipt(mesh: Mesh) -> None:
    receipt = await receipt_of(mesh, await used(mesh))
    own = replace(receipt, proofs=tuple(one for one in receipt.proofs if one[0] == JIANGSU))
    report = checked(mesh, own)

    assert (report.problems, report.ok) == ((), False)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b'{"v":1,"type":"certmesh.search.receipt"}', id="another receipt"),
        pytest.param(b'{"v":1,"type":"certmesh.exchange.receipt","by":"1","exchange":"e","proofs":[1]}', id="no proof"),
        pytest.param(b"[" * 100_000, id="deeper than anything"),
        pytest.param(b" " * ((8 << 20) + 1), id="too large"),
    ],
)
def test_what_is_no_receipt_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="receipt"):
        exchange_receipt(data)


async def test_the_completeness_receipt_of_a_search_is_under_cosigned_heads_too(mesh: Mesh) -> None:
    _, answer = await mesh.found()
    await cosigned(mesh)
    receipt = await Receipts(province=JIANGSU, store=mesh.jiangsu.store).receipt(answer.exchange_id)
    own = (*receipt.requests, receipt.answered)

    assert all(is_cosigned(one.checkpoint) for one in (*own, receipt.answers[ZHEJIANG]))
    assert by_lists(mesh, receipt).ok


async def test_of_heads_that_cover_an_entry_the_one_that_most_others_cosigned_is_shown() -> None:
    """In a mesh of thirty: a quorum of twenty asks for twenty."""
    store = MemoryStore()
    several = {5: 21, 6: 20, 7: 1}

    def unit(nouns: Nouns) -> None:
        for size, count in several.items():
            nouns.cosignatures.offer(CosignedHead(size=size, seconds=size, note=b"note\n"))
            for number in range(count):
                line = StoredCosignature(province=f"{number:06}", seconds=9, line=b"line\n")
                nouns.cosignatures.put(size, line)

    await store.transact(unit)

    assert [found[0] if (found := cosigned_head(store.read, index)) else 0 for index in (4, 5, 6, 7)] == [5, 6, 7, 0]
