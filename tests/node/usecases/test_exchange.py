"""What all answers to peers have in common: a nonce once, a repeated exchange as before, effect with evidence. DESIGN §2.1, §2.5, §4."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.methods import DATA, SEARCH
from federation.model.application import Output
from federation.model.evidence import EventType
from federation.model.refusal import Reason
from federation.model.retrieval import DataQuery
from federation.model.search import Answer, Outcome, Query
from federation.ports import Draft, Incoming, Recorded
from node.errors import RefusedError
from node.library.invented import MINING_TYPE
from node.ports.notices import Letter
from node.ports.store import Nouns, StoreError
from node.usecases.exchange import ANSWER_KEPT, Answered, Decision
from tests.node.usecases.mesh import HOLDER, JIANGSU, ZHEJIANG, Mesh, record

QUERY = Query(apply_id="a1", holder=HOLDER, type_codes=(MINING_TYPE,))


def send(mesh: Mesh, query: Query = QUERY, exchange_id: str = "e1") -> tuple[Draft, Incoming[Query]]:
    """A query of Jiangsu as it arrives in Zhejiang, and the draft it was sent as."""
    post = mesh.jiangsu.direct
    draft = post.draft_request(query, recipients=(ZHEJIANG,), exchange_id=exchange_id)
    return draft, mesh.zhejiang.post.open_request(post.sign(draft), kind=SEARCH.request, sender=JIANGSU)


def found(_: Nouns) -> Decision[Answer]:
    return Decision(answer=Answer(outcome=Outcome.EMPTY), event=EventType.SEARCH, members={"outcome": "EMPTY"})


def never(_: Nouns) -> Decision[Answer]:
    raise AssertionError("decided twice")


async def answer(mesh: Mesh, incoming: Incoming[Query], decide: Any = found) -> Answered:
    return await mesh.zhejiang.exchange.answer(incoming, SEARCH.path, decide)


async def refused(mesh: Mesh, incoming: Incoming[Query]) -> Reason:
    with pytest.raises(RefusedError) as caught:
        await answer(mesh, incoming, never)
    return caught.value.refusal.reason


def refusals(mesh: Mesh) -> list[tuple[str, str, str]]:
    """Who sent what was refused, its digest, and why."""
    return [(one["peer"], one["request"], one["refusal"]["reason"]) for one in mesh.zhejiang.entries(type="REFUSE")]


async def test_an_answer_goes_to_the_sender_and_quotes_the_request(mesh: Mesh) -> None:
    draft, incoming = send(mesh)
    answered = await answer(mesh, incoming)
    assert isinstance(answered.draft, Recorded)
    envelope = await mesh.zhejiang.post.prove(answered.draft)
    reply = mesh.jiangsu.post.open_answer(envelope, kind=SEARCH.answer, sender=ZHEJIANG, request=draft)

    assert reply.message == Answer(outcome=Outcome.EMPTY)
    assert reply.digest == answered.draft.draft.digest


async def test_an_answer_is_on_record_with_both_digests(mesh: Mesh) -> None:
    draft, incoming = send(mesh)
    answered = await answer(mesh, incoming)
    (entry,) = mesh.zhejiang.entries(exchange="e1")

    assert isinstance(answered.draft, Recorded)
    assert (entry["request"], entry["answer"]) == (draft.digest, answered.draft.draft.digest)
    assert (entry["sent"], entry["node"]) == ({"SearchAnswer": "answer"}, ZHEJIANG)
    assert (entry["peer"], entry["outcome"]) == (JIANGSU, "EMPTY")


async def test_a_replayed_message_is_refused_on_record_and_not_decided(mesh: Mesh) -> None:
    draft, incoming = send(mesh)
    await answer(mesh, incoming)

    assert await refused(mesh, incoming) is Reason.REPLAYED
    assert refusals(mesh) == [(JIANGSU, draft.digest, "REPLAYED")]


async def test_the_same_nonce_of_another_sender_is_another_message(mesh: Mesh) -> None:
    _, incoming = send(mesh)
    await answer(mesh, incoming)
    answered = await answer(mesh, replace(incoming, sender="310000"))

    assert not answered.repeated


async def test_a_replay_is_found_after_the_answer_was_forgotten(mesh: Mesh) -> None:
    _, incoming = send(mesh)
    await answer(mesh, incoming)
    before = incoming.nonce_deadline - timedelta(seconds=1)
    await mesh.zhejiang.store.transact(lambda nouns: nouns.exchanges.purge(before))

    assert await refused(mesh, incoming) is Reason.REPLAYED


async def test_a_repeated_exchange_gets_the_same_answer_without_a_decision_and_says_so_on_record(mesh: Mesh) -> None:
    first = await answer(mesh, send(mesh)[1])
    second = await answer(mesh, send(mesh)[1], never)
    entries = mesh.zhejiang.entries(exchange="e1")

    assert second.message == first.message
    assert [one.get("repeated", False) for one in entries] == [False, True]
    assert isinstance(second.draft, Recorded)
    assert entries[1]["answer"] == second.draft.draft.digest


async def test_a_repeated_exchange_id_with_another_intent_is_refused_on_record(mesh: Mesh) -> None:
    await answer(mesh, send(mesh)[1])
    draft, other = send(mesh, replace(QUERY, number="7"))

    assert await refused(mesh, other) is Reason.REPLAYED
    assert refusals(mesh) == [(JIANGSU, draft.digest, "REPLAYED")]


async def test_an_exchange_id_belongs_to_its_sender(mesh: Mesh) -> None:
    await answer(mesh, send(mesh)[1])
    _, other = send(mesh)
    answered = await answer(mesh, replace(other, sender="310000"))

    assert not answered.repeated


async def test_an_exchange_id_is_free_again_in_another_method(mesh: Mesh) -> None:
    """A late application and the search behind it share one."""
    await answer(mesh, send(mesh)[1])
    answered = await mesh.zhejiang.exchange.answer(send(mesh)[1], "Application/Submit", found)

    assert not answered.repeated


async def test_stored_answers_are_sealed(mesh: Mesh) -> None:
    secret = Answer(outcome=Outcome.EMPTY, catalogue_version=1)
    await answer(mesh, send(mesh)[1], lambda _: Decision(answer=secret, event=EventType.SEARCH))
    stored = mesh.zhejiang.store.read.exchanges.answer(JIANGSU, "e1", SEARCH.path)

    assert stored is not None
    assert mesh.zhejiang.post.encode(secret).body not in stored.body


async def test_a_decision_that_fails_leaves_nothing(mesh: Mesh) -> None:
    def fails(nouns: Nouns) -> Decision[Answer]:
        nouns.notices.enqueue(Letter(target=JIANGSU, notice_id="n1", event=b"event", queued_at=mesh.clock()))
        raise StoreError("the disk is full")

    _, incoming = send(mesh)
    size = mesh.zhejiang.store.read.evidence.head().size
    with pytest.raises(StoreError):
        await answer(mesh, incoming, fails)

    assert mesh.zhejiang.store.read.notices.head(JIANGSU) is None
    assert mesh.zhejiang.store.read.evidence.head().size == size


async def test_after_a_decision_that_failed_the_same_message_is_decided(mesh: Mesh) -> None:
    def fails(_: Nouns) -> Decision[Answer]:
        raise StoreError("the disk is full")

    _, incoming = send(mesh)
    with pytest.raises(StoreError):
        await answer(mesh, incoming, fails)

    assert not (await answer(mesh, incoming)).repeated


async def test_an_effect_whose_answer_cannot_be_drafted_did_not_happen(mesh: Mesh) -> None:
    """The use is spent in the same commit as its evidence, or not at all. DESIGN §2.1."""

    def spends(nouns: Nouns) -> Decision[Any]:
        nouns.applications.redeem(
            consumer=JIANGSU, apply_id="a1", period=0, identifier="c", output=Output.DATA.value, exchange_id="e1"
        )
        return Decision(answer=object(), event=EventType.RETRIEVE)

    _, incoming = send(mesh)
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever the codec says to an object that is no message
        await mesh.zhejiang.exchange.answer(incoming, DATA.path, spends)
    holder = await mesh.zhejiang.store.transact(
        lambda nouns: nouns.applications.redeem(
            consumer=JIANGSU, apply_id="a1", period=0, identifier="c", output=Output.DATA.value, exchange_id="e2"
        )
    )

    assert holder == "e2"


async def test_a_use_and_its_notices_and_its_evidence_are_one_commit(mesh: Mesh) -> None:
    """The whole retrieval with an evidence log that refuses: no use, no notice."""
    certificate = record(ZHEJIANG)
    await mesh.zhejiang.keep(certificate)
    apply_id, _ = await mesh.found()
    held = {one.provider: one.use_code for one in mesh.jiangsu.store.read.applications.received(apply_id)}
    query = DataQuery(apply_id=apply_id, use_code=held[ZHEJIANG], identifier=certificate.identifier)
    post = mesh.jiangsu.direct
    draft = post.draft_request(query, recipients=(ZHEJIANG,), exchange_id="e1")
    incoming = mesh.zhejiang.post.open_request(post.sign(draft), kind=DATA.request, sender=JIANGSU)

    def fails(nouns: Nouns) -> Decision[Any]:
        mesh.zhejiang.provider.grant(
            nouns, consumer=JIANGSU, query=query, output=Output.DATA, exchange_id=incoming.exchange_id
        )
        raise StoreError("the log refuses")

    with pytest.raises(StoreError):
        await mesh.zhejiang.exchange.answer(incoming, DATA.path, fails)
    answered = await mesh.zhejiang.delivery.data(incoming)

    assert answered.message.refusal is None
    assert sum(mesh.zhejiang.store.read.notices.outbox_counts().values()) == 1


def test_an_answer_is_kept_longer_than_a_verdict_is_in_force() -> None:
    """So that a retry is never decided, told and recorded a second time."""
    assert timedelta(minutes=30) < ANSWER_KEPT


async def test_what_was_not_believed_is_on_record_with_its_digest(mesh: Mesh) -> None:
    refusal = RefusedError(Reason.SIGNATURE_INVALID, "words that stay out of the log").refusal
    await mesh.zhejiang.exchange.refuse(JIANGSU, SEARCH.path, "ab" * 32, refusal)
    (entry,) = mesh.zhejiang.entries(type="REFUSE")

    assert (entry["peer"], entry["request"], entry["method"]) == (JIANGSU, "ab" * 32, SEARCH.path)
    assert entry["refusal"] == {"code": 13, "reason": "SIGNATURE_INVALID"}
