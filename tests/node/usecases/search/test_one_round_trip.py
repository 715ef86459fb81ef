"""A question that carries the application: decided and answered in one unit of work, kept and counted as if both had come alone."""

from dataclasses import replace
from typing import Any

import pytest

from federation.methods import SEARCH, SUBMIT
from federation.model.application import Application, Result
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from federation.model.search import Answer, Completeness, FusedAnswer, Outcome, Query
from federation.ports import Incoming
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.store import Nouns
from node.usecases.applying.seal import open_application
from node.usecases.exchange import Answered, Decision
from node.usecases.record import refusal_member
from tests.node.usecases.mesh import ANHUI, HOLDER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh, line, outcome, record


async def late(mesh: Mesh) -> tuple[str, FusedAnswer, list[str]]:
    """Zhejiang did not hear of the application and is asked under it: apply id, answer, and which calls went to Zhejiang."""
    mesh.network.down(ZHEJIANG)
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    mesh.network.up(ZHEJIANG)
    before = len(mesh.network.calls)
    answer = await mesh.jiangsu.find(apply_id)
    return apply_id, answer, [call.path for call in mesh.network.calls[before:] if call.receiver == ZHEJIANG]


def application(mesh: Mesh, apply_id: str) -> Application:
    own = mesh.jiangsu.store.read.applications.own(apply_id)
    assert own is not None
    return open_application(mesh.jiangsu.vault, own)


async def ask(mesh: Mesh, query: Query, *, sender: str = JIANGSU, exchange_id: str = "e1") -> Answer:
    """Query Zhejiang as a peer would."""
    post = mesh[sender].direct
    draft = post.draft_request(query, recipients=(ZHEJIANG,), exchange_id=exchange_id)
    reply = await mesh.network.peers_of(sender).ask(ZHEJIANG, SEARCH, draft, post.sign(draft), 1.0)
    answer: Answer = reply.message
    return answer


def query(one: Application, **changes: Any) -> Query:
    return replace(
        Query(apply_id=one.apply_id, holder=HOLDER, type_codes=(MINING_TYPE, LAND_TYPE), application=one), **changes
    )


def lies(answer: Answer) -> Any:
    """A handler of Zhejiang that answers this, whatever it decided, and has it in its log as it says it."""

    def of(mesh: Mesh) -> Any:
        async def handle(incoming: Incoming[Query]) -> Answered:
            def decide(nouns: Nouns) -> Decision[Answer]:
                assert incoming.message.application is not None
                verdict = mesh.zhejiang.verifier.decide(nouns, incoming.sender, incoming.message.application)
                told = None if answer.verdict is None else replace(verdict, result=Result.REJECT, reasons=())
                query = incoming.message
                members = {
                    "apply": query.apply_id,
                    "types": list(query.type_codes),
                    "outcome": answer.outcome.value,
                    "refusal": refusal_member(answer.refusal),
                    "result": told.result.value if told else None,
                    **query.scope,
                }
                return Decision(answer=replace(answer, verdict=told), event=EventType.SEARCH, members=members)

            return await mesh.zhejiang.exchange.answer(incoming, SEARCH.path, decide)

        return handle

    return of


async def test_verdict_and_items_come_in_one_call(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    apply_id, answer, calls = await late(mesh)
    held = {one.provider: one.result for one in mesh.jiangsu.store.read.applications.received(apply_id)}

    assert calls == [SEARCH.path]
    assert outcome(answer, ZHEJIANG).outcome is Outcome.OK
    assert held[ZHEJIANG] == Result.PASS.value
    assert [(one.provider, one.result) for one in answer.verdicts] == [(ZHEJIANG, Result.PASS)]


async def test_only_those_without_a_verdict_get_the_application(mesh: Mesh) -> None:
    _, answer, _ = await late(mesh)
    asked = mesh.jiangsu.entries(exchange=answer.exchange_id, type="SEARCH", step="asked")

    assert {(one.get("applied", False), *one["peers"]) for one in asked} == {(True, ZHEJIANG), (False, ANHUI)}
    assert not mesh.anhui.entries(exchange=answer.exchange_id, type="VERIFY")


async def test_verdict_and_answer_are_on_record_on_both_sides_under_one_exchange(mesh: Mesh) -> None:
    apply_id, answer, _ = await late(mesh)
    exchange = answer.exchange_id
    (asked,) = mesh.jiangsu.entries(exchange=exchange, applied=True)
    (verdicts,) = mesh.jiangsu.entries(exchange=exchange, type="APPLY", step="answered")
    decided, searched = mesh.zhejiang.entries(exchange=exchange)
    of_zhejiang = next(one for one in verdicts["outcomes"] if one["province"] == ZHEJIANG)

    assert (decided["type"], decided["result"], decided["apply"]) == ("VERIFY", "PASS", apply_id)
    assert (searched["type"], searched["result"]) == ("SEARCH", "PASS")
    assert asked["request"] == decided["request"] == searched["request"]
    assert of_zhejiang["answer"] == searched["answer"] == outcome(answer, ZHEJIANG).answer_digest


async def test_a_late_rejection_is_denied_kept_and_not_asked_for_again(mesh: Mesh) -> None:
    await mesh.zhejiang.decide(line(), status="REJECTED")
    apply_id, answer, calls = await late(mesh)
    before = len(mesh.network.calls)
    again = await mesh.jiangsu.find(apply_id)
    words = [(outcome(one, ZHEJIANG).outcome, one.completeness) for one in (answer, again)]
    reasons = {refusal.reason for one in (answer, again) if (refusal := outcome(one, ZHEJIANG).refusal)}

    assert calls == [SEARCH.path]
    assert words == [(Outcome.DENIED, Completeness.COMPLETE)] * 2
    assert reasons == {Reason.USE_LIST_REJECTED}
    assert ZHEJIANG not in {call.receiver for call in mesh.network.calls[before:]}


async def test_a_later_search_asks_as_always(mesh: Mesh) -> None:
    apply_id, _, _ = await late(mesh)
    again = await mesh.jiangsu.find(apply_id)

    assert not mesh.jiangsu.entries(exchange=again.exchange_id, applied=True)
    assert not mesh.zhejiang.entries(exchange=again.exchange_id, type="VERIFY")
    assert SUBMIT.path not in [call.path for call in mesh.network.calls[-2:]]


async def test_a_repeated_question_gets_the_same_verdict_and_use_code(mesh: Mesh) -> None:
    await mesh.zhejiang.keep(record(ZHEJIANG))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    first, second = [
        await ask(mesh, query(application(mesh, apply_id)), exchange_id=exchange_id) for exchange_id in ("e1", "e2")
    ]

    assert first == second
    assert first.verdict is not None
    assert first.verdict.use_code


@pytest.mark.parametrize(
    ("sender", "changes", "reason"),
    [
        pytest.param(
            JIANGSU, {"apply_id": "another"}, Reason.BAD_PARAMETER, id="the question names another application"
        ),
        pytest.param(JIANGSU, {"type_codes": ("T",)}, Reason.MATTER_MISMATCH, id="other types than the application's"),
        pytest.param(SHANGHAI, {}, Reason.USE_LIST_MISSING, id="a province without such a line"),
    ],
)
@pytest.mark.parametrize(
    "exists", [pytest.param(True, id="where one exists"), pytest.param(False, id="where none does")]
)
async def test_the_question_may_not_ask_more_than_its_application(
    mesh: Mesh, sender: str, changes: dict[str, Any], reason: Reason, *, exists: bool
) -> None:
    if exists:
        await mesh.zhejiang.keep(record(ZHEJIANG))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    one = query(application(mesh, apply_id))
    answer = await ask(mesh, replace(one, **changes), sender=sender)

    assert (answer.outcome, answer.items) == (Outcome.DENIED, ())
    assert answer.refusal is not None
    assert answer.refusal.reason is reason


@pytest.mark.parametrize(
    ("answer", "word", "reason"),
    [
        pytest.param(Answer(outcome=Outcome.EMPTY), Outcome.EMPTY, None, id="no verdict in the answer"),
        pytest.param(
            Answer(outcome=Outcome.OK, verdict=object()),  # type: ignore[arg-type]
            Outcome.ERROR,
            Reason.PEER_ERROR,
            id="a rejection beside a good answer",
        ),
        pytest.param(
            Answer(outcome=Outcome.DENIED, refusal=Refusal(reason=Reason.LINE_STOPPED), verdict=object()),  # type: ignore[arg-type]
            Outcome.ERROR,
            Reason.PEER_ERROR,
            id="a rejection without the reason that the log has",
        ),
        pytest.param(
            Answer(outcome=Outcome.DENIED, verdict=object()),  # type: ignore[arg-type]
            Outcome.ERROR,
            Reason.PEER_ERROR,
            id="a rejection without a reason",
        ),
    ],
)
async def test_an_odd_answer_does_not_break_the_search(
    mesh: Mesh, answer: Answer, word: Outcome, reason: Reason | None
) -> None:
    mesh.network.join(mesh.zhejiang.post, mesh.zhejiang.handlers() | {SEARCH.path: lies(answer)(mesh)})
    _, found, _ = await late(mesh)
    one = outcome(found, ZHEJIANG)

    assert (one.outcome, one.refusal.reason if one.refusal else None) == (word, reason)
