"""POST /elc/v1/explain: what became of an exchange of the caller's own, step by step: whose fault, and what to do next. DESIGN §9."""

from aiohttp import web
from pydantic import Field

from node.ports.timeline import Fault, Step, Timeline, Timelines
from node.rest.answers import Responder
from node.rest.call import Call, Route
from node.rest.envelope import Answer, AnswerModel, Request, RequestModel
from node.rest.fields import RequestId
from node.usecases.explain import words

PATH = "/elc/v1/explain"


class TimelineData(RequestModel):
    """Which exchange."""

    exchange_id: RequestId = Field(
        description="The id of an exchange, or head.requestId of a request that was refused."
    )


class FaultRow(AnswerModel):
    """What stopped something."""

    reason: str
    code: str
    hop: str
    hop_zh: str
    at: str = Field(description="The province at whose node it shows.")
    owner: str = Field(description="caller, node, peer, issuer or network.")
    owner_zh: str
    area_code: str = Field(description="The province of the owner; the other node names the same one.")
    message: str
    next_step: str
    next_step_zh: str


class StepRow(AnswerModel):
    """One step."""

    time: str
    event: str
    event_zh: str
    hop: str = Field(description="LOCAL, ROUTE, PEER, CRYPTO, LIBRARY, ANSWER or NOTICE.")
    hop_zh: str
    at: str
    area_code: str = Field(description="The other province that the step concerns; empty where there is none.")
    result: str
    words: str
    took_ms: int | None
    fault: FaultRow | None


class TimelineAnswerData(AnswerModel):
    """The exchange as this node saw it."""

    exchange_id: str
    state: str = Field(description="DONE, PARTIAL, FAILED, OPEN or BROKEN_OFF.")
    state_zh: str
    faults: tuple[FaultRow, ...]
    steps: tuple[StepRow, ...]


TimelineRequest = Request[TimelineData]
TimelineAnswer = Answer[TimelineAnswerData]


def _fault(one: Fault) -> FaultRow:
    said = one.refusal
    return FaultRow(
        reason=one.reason,
        code=str(said.code),
        hop=one.hop,
        hop_zh=words.hop(one.hop, one.at),
        at=one.at,
        owner=one.owner,
        owner_zh=words.owner(one.owner, one.province),
        area_code=one.province,
        message=said.zh,
        next_step=said.next_step,
        next_step_zh=said.zh_step,
    )


def _step(one: Step) -> StepRow:
    return StepRow(
        time=one.time,
        event=one.event,
        event_zh=words.event(one.event),
        hop=one.hop,
        hop_zh=words.hop(one.hop, one.at),
        at=one.at,
        area_code=one.peer,
        result=one.result,
        words=one.words,
        took_ms=one.took_ms,
        fault=None if one.fault is None else _fault(one.fault),
    )


def _data(one: Timeline) -> TimelineAnswerData:
    return TimelineAnswerData(
        exchange_id=one.exchange_id,
        state=one.state,
        state_zh=words.STATES[one.state],
        faults=tuple(_fault(fault) for fault in one.faults),
        steps=tuple(_step(step) for step in one.steps),
    )


def routes(timelines: Timelines, responder: Responder) -> tuple[Route, ...]:
    """The timeline over `timelines`: a look-up, with no deadline of its own."""

    async def explain(request: web.Request, call: Call[TimelineData]) -> web.Response:
        found = _data(timelines.of_caller(call.caller, call.data.exchange_id))
        return responder.answer(request, TimelineAnswer(head=responder.head(request), data=found), exchange_id="")

    summary = "交换过程说明 · explain what became of an exchange"
    route: Route = Route(path=PATH, summary=summary, ask=TimelineRequest, tell=TimelineAnswer, serve=explain)
    return (route,)
