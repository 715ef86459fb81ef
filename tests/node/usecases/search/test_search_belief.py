"""Fused search: an answer that the province's own log does not bear out is no answer, and the search is incomplete. Clause 8.2."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from federation.fanout import Part
from federation.methods import SEARCH
from federation.model.application import Holder
from federation.model.evidence import EventType
from federation.model.refusal import Reason
from federation.model.search import Answer, Completeness, FusedAnswer, Outcome, Query
from federation.ports import Incoming, Reply
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.lists import Kind
from node.ports.retrieving import RetrieveForm
from node.ports.store import Nouns
from node.usecases.applying.taking import MAX_FLAW
from node.usecases.exchange import Answered, Decision
from node.usecases.search.taking import Taking
from tests.node.usecases.mesh import ANHUI, CALLER, JIANGSU, ZHEJIANG, Mesh, entry, outcome, record
from tests.node.usecases.receipts import checked, receipt_of


async def answered(mesh: Mesh, change: Callable[[Answer], Answer], **members: Any) -> FusedAnswer:
    """A search that Zhejiang, which holds a certificate, answers with a change, and with these words in its entry."""
    zhejiang = mesh.zhejiang
    await zhejiang.keep(record(ZHEJIANG, LAND_TYPE))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id

    async def local(incoming: Incoming[Any]) -> Answered:
        def decide(nouns: Nouns) -> Decision[Answer]:
            answer = change(zhejiang.library.answer(nouns, incoming.sender, incoming.message))
            words = {"apply": incoming.message.apply_id, "types": list(incoming.message.type_codes)}
            said = {"outcome": answer.outcome.value, **words, **members}
            return Decision(answer=answer, event=EventType.SEARCH, members=said)

        return await zhejiang.exchange.answer(incoming, SEARCH.path, decide)

    mesh.network.join(zhejiang.post, {**zhejiang.handlers(), SEARCH.path: local}, health=zhejiang.health)
    return await mesh.jiangsu.find(apply_id)


async def test_what_its_log_bears_out_is_believed(mesh: Mesh) -> None:
    answer = await answered(mesh, lambda one: one)

    assert (outcome(answer, ZHEJIANG).outcome, answer.completeness) == (Outcome.OK, Completeness.COMPLETE)


@pytest.mark.parametrize(
    ("change", "members", "said"),
    [
        pytest.param(lambda one: replace(one, outcome=Outcome.SKIPPED, items=()), {}, "says SKIPPED", id="skipped"),
        pytest.param(lambda one: replace(one, outcome=Outcome.TIMEOUT, items=()), {}, "says TIMEOUT", id="silent"),
        pytest.param(lambda one: replace(one, outcome=Outcome.EMPTY), {}, "EMPTY with items", id="empty, with items"),
        pytest.param(
            lambda one: replace(one, outcome=Outcome.DENIED), {}, "DENIED with items", id="denied, with items"
        ),
        pytest.param(lambda one: replace(one, items=()), {}, "OK without items", id="found nothing"),
        pytest.param(lambda one: one, {"outcome": "EMPTY"}, "said EMPTY, not OK", id="its log says empty"),
        pytest.param(lambda one: one, {"outcome": "E" * 9_000}, "said EEE", id="its log says what has no end"),
        pytest.param(
            lambda one: one, {"apply": "other"}, "another application", id="its log names another application"
        ),
        pytest.param(lambda one: one, {"types": ["other"]}, "other certificate types", id="its log names other types"),
        pytest.param(lambda one: one, {"narrowed": True}, "narrower or wider", id="its log says it was narrowed"),
        pytest.param(lambda one: one, {"truncated": True}, "said True, not nothing", id="its log says there is more"),
    ],
)
async def test_an_answer_that_contradicts_itself_or_its_log_is_an_error(
    mesh: Mesh, change: Callable[[Answer], Answer], members: dict[str, Any], said: str
) -> None:
    answer = await answered(mesh, change, **members)
    found = outcome(answer, ZHEJIANG)

    assert (found.outcome, answer.completeness, answer.items) == (Outcome.ERROR, Completeness.INCOMPLETE, ())
    assert found.refusal is not None
    assert found.refusal.reason is Reason.PEER_ERROR
    assert said in found.refusal.detail
    assert len(found.refusal.detail) <= MAX_FLAW
    assert checked(mesh, await receipt_of(mesh, answer)).ok


async def test_an_answer_that_stands_in_no_log_is_an_error(mesh: Mesh) -> None:
    zhejiang = mesh.zhejiang
    apply_id = (await mesh.jiangsu.submit()).application.apply_id

    async def local(incoming: Incoming[Any]) -> Answered:
        answer = Answer(outcome=Outcome.EMPTY)
        draft = zhejiang.direct.draft_answer(zhejiang.direct.encode(answer), incoming)
        return Answered(draft=draft, message=answer, repeated=False)

    mesh.network.join(zhejiang.direct, {**zhejiang.handlers(), SEARCH.path: local}, health=zhejiang.health)
    answer = await mesh.jiangsu.find(apply_id)

    assert (outcome(answer, ZHEJIANG).outcome, answer.completeness) == (Outcome.ERROR, Completeness.INCOMPLETE)
    assert checked(mesh, await receipt_of(mesh, answer)).ok


def test_an_answer_that_is_only_signed_is_believed_where_nobody_keeps_a_log() -> None:
    """What lets it get this far on such a node alone: `test_post_by_log`."""
    query = Query(apply_id="one", holder=Holder(code="x", type_code="111"), type_codes=(LAND_TYPE,))
    part = Part(elapsed_ms=1, value=Reply(message=Answer(outcome=Outcome.EMPTY), digest="ab"))
    answers = dict[str, Answer]()
    taken = Taking(JIANGSU, "exchange", query).taken(ZHEJIANG, part, "cd", answers)

    assert (taken.outcome, set(answers)) == (Outcome.EMPTY, {ZHEJIANG})


async def test_a_province_that_claims_anothers_certificate_does_not_take_it_from_its_holder(mesh: Mesh) -> None:
    own = record(ANHUI, LAND_TYPE)
    await mesh.anhui.keep(own)
    answer = await answered(
        mesh, lambda one: replace(one, items=(replace(one.items[0], identifier=own.identifier, status="REVOKED"),))
    )
    (merged,) = answer.items
    (entry,) = mesh.jiangsu.entries(type="SEARCH", step="answered")
    form = RetrieveForm(apply_id=entry["apply"], identifier=own.identifier)
    data = await mesh.jiangsu.retrieval.data(CALLER, form)

    assert (merged.item.status, merged.item.area_code, merged.provinces) == ("VALID", ANHUI, (ANHUI, ZHEJIANG))
    assert data.province == ANHUI


@pytest.mark.parametrize(("hours", "word"), [(1, Outcome.SKIPPED), (25, Outcome.ERROR)])
async def test_a_province_is_left_out_by_its_catalogue_only_while_that_is_fresh(
    mesh: Mesh, hours: int, word: Outcome
) -> None:
    """Anhui offers the type since, and is down, so that nobody heard of it."""
    await mesh.anhui.publications.publish(Kind.CATALOGUE, [entry(ANHUI, one) for one in (LAND_TYPE, MINING_TYPE)])
    mesh.clock.move(hours=hours)
    mesh.network.down(ANHUI)
    apply_id = (await mesh.jiangsu.submit(type_codes=(MINING_TYPE,))).application.apply_id
    answer = await mesh.jiangsu.find(apply_id)
    complete = Completeness.COMPLETE if word is Outcome.SKIPPED else Completeness.INCOMPLETE

    assert (outcome(answer, ANHUI).outcome, answer.completeness) == (word, complete)
