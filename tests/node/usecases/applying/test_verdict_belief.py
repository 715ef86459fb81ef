"""A verdict that the province's own log does not bear out is none: the province is asked again, and no receipt is spoiled. Clause 7.3."""

from typing import Any

import pytest

from federation.fanout import Part
from federation.methods import SEARCH, SUBMIT
from federation.model.application import Output, Result, Verdict
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from federation.model.search import Answer, Outcome
from federation.ports import Draft, Incoming, Reply
from node.library.invented import LAND_TYPE
from node.usecases.applying.taking import believed
from node.usecases.exchange import Answered, Decision
from tests.node.usecases.mesh import JIANGSU, ZHEJIANG, Mesh, outcome
from tests.node.usecases.receipts import checked, receipt_of

REJECTED = {"reasons": [{"code": 1, "reason": "USE_LIST_REJECTED"}]}
FOR = {"USE_LIST_REJECTED": {"code": 1, "reason": "USE_LIST_REJECTED"}}


def verdict_on(mesh: Mesh, apply_id: str, result: Result) -> Verdict:
    passed = result is Result.PASS
    return Verdict(
        apply_id=apply_id,
        provider=ZHEJIANG,
        result=result,
        reasons=() if passed else (Refusal(reason=Reason.USE_LIST_REJECTED),),
        type_codes=(LAND_TYPE,) if passed else (),
        outputs=(Output.DATA,) if passed else (),
        fields=(),
        use_code="code" if passed else "",
        expires_at=mesh.clock.now.replace(year=2099) if passed else mesh.clock(),
    )


def answering(mesh: Mesh, given: Result, **members: Any) -> None:
    """From here on Zhejiang gives this verdict on every application, with these words in its entry."""
    zhejiang = mesh.zhejiang

    async def submit(incoming: Incoming[Any]) -> Answered:
        apply_id = incoming.message.apply_id
        said = {"apply": apply_id, "result": given.value, **(REJECTED if given is Result.REJECT else {}), **members}
        decision = Decision(answer=verdict_on(mesh, apply_id, given), event=EventType.VERIFY, members=said)
        return await zhejiang.exchange.answer(incoming, SUBMIT.path, lambda _: decision)

    mesh.network.join(zhejiang.post, {**zhejiang.handlers(), SUBMIT.path: submit}, health=zhejiang.health)


LIES = [
    pytest.param({"exchange": "other"}, id="another exchange"),
    pytest.param({"result": "PENDING"}, id="another result"),
    pytest.param({"apply": "other"}, id="another application"),
    pytest.param({"request": "ab" * 32}, id="another request"),
    pytest.param({"peer": "310000"}, id="another consumer"),
    pytest.param({"sent": {}}, id="nothing was sent"),
]


@pytest.mark.parametrize("result", [Result.PASS, Result.REJECT])
@pytest.mark.parametrize("members", LIES)
async def test_a_verdict_that_its_log_does_not_bear_out_is_an_error_and_not_kept(
    mesh: Mesh, members: dict[str, Any], result: Result
) -> None:
    answering(mesh, result, **members)
    submitted = await mesh.jiangsu.submit()
    apply_id = submitted.application.apply_id
    (one,) = (each for each in submitted.verdicts if each.province == ZHEJIANG)
    held = {each.provider for each in mesh.jiangsu.store.read.applications.received(apply_id)}
    answer = await mesh.jiangsu.find(apply_id)

    assert (one.outcome, ZHEJIANG in held) == (Outcome.ERROR, False)
    assert outcome(answer, ZHEJIANG).outcome is Outcome.EMPTY
    assert checked(mesh, await receipt_of(mesh, answer)).ok


@pytest.mark.parametrize(
    "reasons",
    [
        pytest.param([{"code": 1, "reason": "MATTER_MISMATCH"}], id="for another reason"),
        pytest.param([{"code": 1, "reason": "USE_LIST_REJECTED", "passing": True}], id="for one that passes"),
        pytest.param([FOR["USE_LIST_REJECTED"], {"code": 16, "reason": "OVERLOADED"}], id="and for one that passes"),
    ],
)
async def test_a_rejection_for_other_reasons_than_its_log_has_is_an_error(
    mesh: Mesh, reasons: list[dict[str, Any]]
) -> None:
    answering(mesh, Result.REJECT, reasons=reasons)
    answer = (await mesh.found())[1]

    assert outcome(answer, ZHEJIANG).outcome is Outcome.EMPTY
    assert checked(mesh, await receipt_of(mesh, answer)).ok


@pytest.mark.parametrize("result", [Result.PASS, Result.REJECT])
async def test_a_verdict_that_its_log_bears_out_is_kept(mesh: Mesh, result: Result) -> None:
    answering(mesh, result)
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    held = {each.provider: each.result for each in mesh.jiangsu.store.read.applications.received(apply_id)}

    assert held[ZHEJIANG] == result.value


async def test_a_verdict_that_came_with_an_answer_that_is_not_believed_is_not_kept(mesh: Mesh) -> None:
    zhejiang = mesh.zhejiang
    mesh.network.down(ZHEJIANG)
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    mesh.network.up(ZHEJIANG)

    async def local(incoming: Incoming[Any]) -> Answered:
        answer = Answer(outcome=Outcome.EMPTY, verdict=verdict_on(mesh, apply_id, Result.PASS))
        said = {
            "apply": apply_id,
            "types": list(incoming.message.type_codes),
            "outcome": "EMPTY",
            "result": "REJECT",
        }
        decision = Decision(answer=answer, event=EventType.SEARCH, members=said)
        return await zhejiang.exchange.answer(incoming, SEARCH.path, lambda _: decision)

    mesh.network.join(zhejiang.post, {**zhejiang.handlers(), SEARCH.path: local}, health=zhejiang.health)
    answer = await mesh.jiangsu.find(apply_id)
    held = {each.provider for each in mesh.jiangsu.store.read.applications.received(apply_id)}

    assert outcome(answer, ZHEJIANG).outcome is Outcome.ERROR
    assert ZHEJIANG not in held
    assert answer.verdicts == ()


@pytest.mark.parametrize("result", [Result.PASS, Result.REJECT])
def test_a_verdict_that_is_only_signed_is_believed_where_nobody_keeps_a_log(mesh: Mesh, result: Result) -> None:
    """What lets it get this far on such a node alone: `test_post_by_log`."""
    request = Draft(kind=SUBMIT.request, exchange_id="exchange", payload=b"", digest="cd")
    part = Part(elapsed_ms=1, value=Reply(message=verdict_on(mesh, "one", result), digest="ab"))

    assert believed(part, consumer=JIANGSU, apply_id="one", request=request) == part
