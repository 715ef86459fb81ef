"""Completeness receipts: each outcome of each province flips the verdict, the check of the file agrees, and no lie passes. DESIGN §2.3."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from federation.model.search import Completeness, FusedAnswer, Outcome
from federation.peers import PATIENCE_S
from federation.receipt import Receipt, from_json
from node.errors import RefusedError
from node.library.invented import LAND_TYPE, MINING_TYPE
from tests.node.usecases.mesh import (
    ANHUI,
    CALLER,
    HOLDER,
    JIANGSU,
    OPERATOR,
    SHANGHAI,
    ZHEJIANG,
    Mesh,
    line,
    outcome,
    record,
)
from tests.node.usecases.receipts import Change, checked, edited, entry_of, receipt_of, receipts, rewritten
from trust.errors import EvidenceError
from trust.orders import Action, Kind

Make = Callable[[Mesh, str], Awaitable[FusedAnswer]]


async def search(mesh: Mesh) -> FusedAnswer:
    return (await mesh.found())[1]


async def ok(mesh: Mesh, province: str) -> FusedAnswer:
    await mesh[province].keep(record(province, LAND_TYPE))
    return await search(mesh)


async def empty(mesh: Mesh, _: str) -> FusedAnswer:
    return await search(mesh)


async def denied(mesh: Mesh, province: str) -> FusedAnswer:
    """It turned the application down."""
    await mesh[province].decide(line(), status="REJECTED")
    return await search(mesh)


async def denied_late(mesh: Mesh, province: str) -> FusedAnswer:
    """It turned the application down when it came with the question; asked once more, it need not be asked."""
    await mesh[province].decide(line(), status="REJECTED")
    mesh.network.down(province)
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    mesh.network.up(province)
    await mesh.jiangsu.find(apply_id)
    return await mesh.jiangsu.find(apply_id)


async def denied_in_answer(mesh: Mesh, province: str) -> FusedAnswer:
    """It admitted the application and has suspended the line since, which the consumer has not heard of."""
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    await mesh[province].decide(line(), status="SUSPENDED")
    return await mesh.jiangsu.find(apply_id)


async def denied_by_order(mesh: Mesh, province: str) -> FusedAnswer:
    """It has stopped every type that is searched."""
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    for code in (LAND_TYPE, MINING_TYPE):
        await mesh[province].orders.give(Kind.TYPE, code, Action.STOP, "样例")
    await mesh[province].order_exchange.carry(JIANGSU)
    return await mesh.jiangsu.find(apply_id)


async def timeout(mesh: Mesh, province: str) -> FusedAnswer:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    mesh.network.silent(province)
    return await mesh.jiangsu.find(apply_id, deadline_ms=1_000)  # the others answer within it on a busy machine too


async def error(mesh: Mesh, province: str) -> FusedAnswer:
    mesh.network.down(province)
    return await search(mesh)


async def known_down(mesh: Mesh, province: str) -> FusedAnswer:
    mesh.jiangsu.health.silent(province, PATIENCE_S)
    return await search(mesh)


async def tampered(mesh: Mesh, province: str) -> FusedAnswer:
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    mesh.network.tamper(province)
    return await mesh.jiangsu.find(apply_id)


async def skipped(mesh: Mesh, province: str) -> FusedAnswer:
    other = {ZHEJIANG: ANHUI, ANHUI: ZHEJIANG}[province]
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    return await mesh.jiangsu.find(apply_id, area_codes=(JIANGSU, other))


CASES: list[tuple[Make, Outcome, Completeness]] = [
    (ok, Outcome.OK, Completeness.COMPLETE),
    (empty, Outcome.EMPTY, Completeness.COMPLETE),
    (denied, Outcome.DENIED, Completeness.COMPLETE),
    (denied_late, Outcome.DENIED, Completeness.COMPLETE),
    (denied_in_answer, Outcome.DENIED, Completeness.COMPLETE),
    (denied_by_order, Outcome.DENIED, Completeness.COMPLETE),
    (timeout, Outcome.TIMEOUT, Completeness.INCOMPLETE),
    (error, Outcome.ERROR, Completeness.INCOMPLETE),
    (known_down, Outcome.ERROR, Completeness.INCOMPLETE),
    (tampered, Outcome.ERROR, Completeness.INCOMPLETE),
    (skipped, Outcome.SKIPPED, Completeness.COMPLETE),
]


@pytest.mark.parametrize("province", [ZHEJIANG, ANHUI])
@pytest.mark.parametrize(
    ("make", "word", "verdict"), [pytest.param(*case, id=case[0].__name__.replace("_", " ")) for case in CASES]
)
async def test_every_outcome_of_every_province_is_shown_and_gives_the_verdict(
    mesh: Mesh, make: Make, word: Outcome, verdict: Completeness, province: str
) -> None:
    answer = await make(mesh, province)
    report = checked(mesh, await receipt_of(mesh, answer))
    found = {one.province: one.outcome for one in report.findings}

    assert [one for one in report.findings if one.problem] == []
    assert (report.ok, report.problems) == (True, ())
    assert (outcome(answer, province).outcome, answer.completeness) == (word, verdict)
    assert found == {one.province: one.outcome.value for one in answer.outcomes}
    assert (report.claimed, report.verdict) == (verdict, verdict)


async def test_the_own_province_and_one_that_the_line_does_not_name_are_in_it(mesh: Mesh) -> None:
    report = checked(mesh, await receipt_of(mesh, await search(mesh)))
    grounds = {one.province: one.ground for one in report.findings}

    assert grounds[JIANGSU] == "the consumer's own entry"
    assert grounds[SHANGHAI].startswith("it was not asked; claimed, not shown: USE_LIST_MISSING")


async def test_it_holds_no_personal_data(mesh: Mesh) -> None:
    one = record(ZHEJIANG)
    await mesh.zhejiang.keep(one)
    text = (await receipt_of(mesh, await search(mesh))).to_json().decode()

    for secret in (HOLDER.code, HOLDER.name, OPERATOR.account, OPERATOR.name, one.number, "面值"):
        assert secret not in text


@pytest.mark.parametrize(
    "caller",
    [
        pytest.param(replace(CALLER, app_id="other"), id="another line system's"),
        pytest.param(CALLER, id="no search at all"),
    ],
)
async def test_a_line_system_gets_the_receipts_of_its_own_searches_alone(mesh: Mesh, caller: object) -> None:
    exchange = (await search(mesh)).exchange_id
    assert (await receipts(mesh.jiangsu).receipt(exchange, CALLER)).exchange_id == exchange
    with pytest.raises(RefusedError):
        await receipts(mesh.jiangsu).receipt(exchange if caller != CALLER else "none", caller)  # type: ignore[arg-type]


def claims(province: str, **members: object) -> Change:
    """The consumer's entry with another outcome of a province, and the verdict that a liar would put with it."""

    def change(entry: dict[str, object]) -> None:
        outcomes = entry["outcomes"]
        assert isinstance(outcomes, list)
        (one,) = (each for each in outcomes if each["province"] == province)
        one.clear()
        one.update({"province": province, **members})
        entry["verdict"] = "COMPLETE"

    return change


def problem(mesh: Mesh, receipt: Receipt, province: str = ZHEJIANG) -> str:
    """What is found wrong with a province's claim."""
    report = checked(mesh, receipt)
    assert not report.ok
    return next(one.problem for one in report.findings if one.province == province)


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        pytest.param({"outcome": "EMPTY"}, "EMPTY without a word of the province", id="empty"),
        pytest.param({"outcome": "EMPTY", "answer": "ab" * 32}, "EMPTY without a word", id="empty with a digest"),
        pytest.param({"outcome": "OK"}, "OK without a word of the province", id="ok"),
        pytest.param({"outcome": "DENIED"}, "DENIED without a word of the province", id="denied"),
        pytest.param({"outcome": "SKIPPED"}, "it was asked, so it was not skipped", id="skipped"),
        pytest.param({"outcome": "FINE"}, "this is no outcome", id="a word that is none"),
    ],
)
@pytest.mark.parametrize("fault", [timeout, error])
async def test_nothing_can_be_claimed_for_a_province_that_was_silent_by_a_node_that_writes_what_it_likes(
    mesh: Mesh, fault: Make, claim: dict[str, object], said: str
) -> None:
    receipt = await receipt_of(mesh, await fault(mesh, ZHEJIANG))
    lie = await rewritten(mesh.jiangsu, receipt.answered, claims(ZHEJIANG, **claim))

    assert said in problem(mesh, replace(receipt, answered=lie))


async def test_an_answer_to_another_search_does_not_stand_in_for_silence(mesh: Mesh) -> None:
    other = await receipt_of(mesh, await empty(mesh, ZHEJIANG))
    receipt = await receipt_of(mesh, await timeout(mesh, ZHEJIANG))
    proof = other.answers[ZHEJIANG]
    told = claims(ZHEJIANG, outcome="EMPTY", answer=entry_of(proof)["answer"])
    lie = await rewritten(mesh.jiangsu, receipt.answered, told)

    assert "another exchange" in problem(
        mesh, replace(receipt, answered=lie, answers={**receipt.answers, ZHEJIANG: proof})
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"outcome": "EMPTY"}, "the province said OK, not EMPTY", id="the outcome"),
        pytest.param(
            {"outcome": "OK", "truncated": True}, "the province said nothing, not True", id="that it has more"
        ),
        pytest.param(
            {"outcome": "OK", "refusal": {"code": 1, "reason": "NOT_AUTHORISED"}},
            "the province said nothing, not NOT_AUTHORISED",
            id="a refusal",
        ),
        pytest.param({"outcome": "TIMEOUT"}, "it did answer", id="that it was silent"),
        pytest.param({"outcome": "ERROR"}, "it did answer", id="that it failed"),
        pytest.param({"outcome": "OK", "answer": "ab" * 32}, "another answer than the one", id="which answer"),
    ],
)
async def test_what_a_province_said_cannot_be_claimed_otherwise(
    mesh: Mesh, change: dict[str, object], said: str
) -> None:
    receipt = await receipt_of(mesh, await ok(mesh, ZHEJIANG))
    digest = entry_of(receipt.answers[ZHEJIANG])["answer"]
    lie = await rewritten(mesh.jiangsu, receipt.answered, claims(ZHEJIANG, **{"answer": digest, **change}))

    assert said in problem(mesh, replace(receipt, answered=lie))


async def test_a_provinces_word_for_one_consumer_is_not_one_for_another(mesh: Mesh) -> None:
    """Zhejiang's entry with other members, as it might stand in its log about other messages."""
    receipt = await receipt_of(mesh, await ok(mesh, ZHEJIANG))
    proof = receipt.answers[ZHEJIANG]
    changes: dict[str, tuple[Change, str]] = {
        "peer": (lambda entry: entry.update(peer=ANHUI), "to another than 320000"),
        "request": (lambda entry: entry.update(request="ab" * 32), "another question"),
        "sent": (lambda entry: entry.update(sent={}), "does not say that a SearchAnswer was sent"),
        "type": (lambda entry: entry.update(type="RETRIEVE"), "not of a SearchAnswer"),
        "exchange": (lambda entry: entry.update(exchange="other"), "another exchange"),
    }
    for change, said in changes.values():
        other = await rewritten(mesh.zhejiang, proof, change)
        assert said in problem(mesh, replace(receipt, answers={**receipt.answers, ZHEJIANG: other}))


async def test_every_change_in_the_file_is_found(mesh: Mesh) -> None:
    receipt = await receipt_of(mesh, await ok(mesh, ZHEJIANG))
    proof = receipt.answers[ZHEJIANG]
    forged = {
        "the entry": edited(proof, lambda entry: entry.update(outcome="EMPTY")),
        "the index": replace(proof, index=proof.index + 1),
        "the path": replace(proof, path=(*proof.path[:-1], bytes(32))),
        "the checkpoint": replace(proof, checkpoint=receipt.answers[ANHUI].checkpoint),
        "whose it is": receipt.answers[ANHUI],
    }
    for other in forged.values():
        assert problem(mesh, replace(receipt, answers={**receipt.answers, ZHEJIANG: other}))


async def test_without_the_consumers_own_entries_nothing_is_claimed(mesh: Mesh) -> None:
    receipt = await receipt_of(mesh, await timeout(mesh, ZHEJIANG))
    (request,) = receipt.requests
    broken = [
        replace(receipt, answered=edited(receipt.answered, claims(ZHEJIANG, outcome="EMPTY"))),
        replace(receipt, answered=request),
        replace(receipt, requests=(edited(request, lambda entry: entry.update(peers=[ANHUI])),)),
        replace(receipt, requests=(receipt.answered,)),
        replace(receipt, exchange_id="other"),
        replace(receipt, consumer=ANHUI),
    ]
    for one in broken:
        with pytest.raises(EvidenceError):
            checked(mesh, one)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda entry: entry["outcomes"].pop(), "was asked and is not named", id="a province left out"),
        pytest.param(
            lambda entry: entry.update(verdict="COMPLETE"), "INCOMPLETE and not COMPLETE", id="the verdict alone"
        ),
        pytest.param(lambda entry: entry.update(peers=[ZHEJIANG]), "questions shown are not those", id="who was asked"),
    ],
)
async def test_the_whole_has_to_fit(mesh: Mesh, change: Change, said: str) -> None:
    receipt = await receipt_of(mesh, await timeout(mesh, ZHEJIANG))
    report = checked(mesh, replace(receipt, answered=await rewritten(mesh.jiangsu, receipt.answered, change)))

    assert not report.ok
    assert [one for one in report.problems if said in one]


async def test_a_question_left_out_of_the_file_is_missed(mesh: Mesh) -> None:
    receipt = await receipt_of(mesh, await timeout(mesh, ZHEJIANG))
    lie = await rewritten(mesh.jiangsu, receipt.answered, claims(ZHEJIANG, outcome="SKIPPED"))
    report = checked(mesh, replace(receipt, answered=lie, requests=()))

    assert any("questions shown are not those" in one for one in report.problems)


async def test_a_rejection_of_another_application_turns_nothing_down(mesh: Mesh) -> None:
    other = await receipt_of(mesh, await denied(mesh, ZHEJIANG))
    receipt = await receipt_of(mesh, await search(mesh))

    assert "another application" in problem(mesh, replace(receipt, rejections=other.rejections))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"[" * 100_000, id="nested too deep"),
        pytest.param(b'{"v":2,"type":"certmesh.search.receipt"}', id="another version"),
        pytest.param(b'{"v":1,"type":"other"}', id="another type"),
        pytest.param(b'{"v":1,"type":"certmesh.search.receipt"}', id="nothing in it"),
        pytest.param(b" " * (5 << 20), id="too large"),
    ],
)
def test_what_is_no_receipt_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_json(data)


async def test_a_file_with_a_member_of_another_kind_is_no_receipt(mesh: Mesh) -> None:
    good = json.loads((await receipt_of(mesh, await search(mesh))).to_json())
    for member in good:
        for value in (None, 7, "x", {"x": 1}, ["x"]):
            if type(value) is type(good[member]) and isinstance(value, str):
                continue
            with pytest.raises(ValueError, match=r".+"):
                from_json(json.dumps({**good, member: value}).encode())
