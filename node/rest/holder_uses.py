"""POST /elc/v1/holder/uses: who used a holder's certificates, in all provinces; for the province's app, and at a counter. Clause 8.4.

No rules, they are in `node.usecases.holder_log`.
"""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from pydantic import Field

from federation.holder_uses import Contradiction, Kind
from federation.model.application import Holder
from federation.model.holder_uses import Place, Role
from federation.model.refusal import Owner, Reason
from federation.model.search import Completeness
from node.errors import RefusedError
from node.ports.holder_uses import HolderUse, HolderUses, UsesForm, UsesTold, What
from node.rest.answers import Responder
from node.rest.call import Call, Route
from node.rest.envelope import Answer, AnswerHead, AnswerModel, Request
from node.rest.fields import OptionalHolderCode, OptionalHolderType, OptionalWord, RequestId, Sm3
from node.rest.holders import StoodFor
from node.rest.limits import Limits, bounded
from node.rest.outcomes import PARTIAL, OutcomeRow, outcome_row, shortfall
from node.usecases.holder_log.words import KIND_ZH, ROLE_ZH, WHAT_ZH, sentence

PATH = "/elc/v1/holder/uses"
MAX_PAGE_SIZE = 200
_MAX_PAGE = 1_000_000
_MOMENT = "RFC 3339 with an offset"
STEP = "see outcomes and findings; keep the receipt; ask again later for those that did not answer"
STEP_ZH = "请查看各省（市）结果与核对发现，保存回执；未应答的请稍后再次查询"


class UsesData(StoodFor):
    """The holder, and where the holder asks."""

    holder_members = ("holder_code", "holder_type_code", "holder_name")
    holder_needed = ("holder_code", "holder_type_code")

    holder_code: OptionalHolderCode = ""
    holder_type_code: OptionalHolderType = ""
    place: Place = Field(description="HOME: in the app of the holder's own province. COUNTER: present at a counter.")
    since: datetime | None = Field(None, strict=False, description=f"{_MOMENT}; left out: a year.")
    until: datetime | None = Field(None, strict=False, description=f"{_MOMENT}; left out: now.")
    operator_account: OptionalWord = Field("", description="COUNTER: who assists; kept as a digest.")
    expression_sm3: Sm3 = Field("", description="COUNTER: SM3 (hex) of what the holder signed on paper or pad.")
    page_no: int = Field(1, ge=1, le=_MAX_PAGE)
    page_size: int = Field(50, ge=1, le=MAX_PAGE_SIZE)
    exchange_id: RequestId | None = Field(
        None, description="Of an earlier asking for this holder: a page of its answer, without asking anybody again."
    )
    with_receipt: bool = Field(
        default=False, description="Also the receipt; it is kept nowhere here: keep it for the holder."
    )


class SaidBy(AnswerModel):
    """A province that has the use on record, and in which part."""

    area_code: str
    role: Role
    role_zh: str


class UseRow(AnswerModel):
    """One exchange. The certificate's identifier is masked."""

    exchange_id: str
    what: What
    what_zh: str
    use_time: str
    consumer_area_code: str
    provider_area_code: str
    use_org_code: str
    use_org_name: str
    item_code: str
    item_name: str
    use_cause: str
    certificate_id: str = Field(alias="certificateID")
    certificate_type_code: str
    certificate_type_name: str
    output: str
    said_by: tuple[SaidBy, ...]
    told: bool = Field(description="The notice to the holder has arrived in the home province.")


class FindingRow(AnswerModel):
    """A province that says otherwise than another one's log shows."""

    area_code: str
    exchange_id: str
    kind: Kind
    kind_zh: str
    accuser_area_code: str
    accuser_role: Role
    certain: bool = Field(description="The province's own log shows it, too; else it is the other's word, on record.")
    words_zh: str


class UsesAnswerData(AnswerModel):
    """One page of the uses, what became of every province, and who contradicts whom."""

    total: int
    data_list: tuple[UseRow, ...]
    verdict: Completeness
    outcomes: tuple[OutcomeRow, ...]
    findings: tuple[FindingRow, ...]
    elapsed_ms: int
    exchange_id: str
    receipt: dict[str, Any] | None = Field(
        description="`certmesh holder verify` checks it on any machine, with the membership document alone."
    )


UsesRequest, UsesAnswer = Request[UsesData], Answer[UsesAnswerData]


def form_of(data: UsesData) -> UsesForm:
    """What is asked.

    Raises:
        RefusedError: a time without an offset.
    """
    return UsesForm(
        holder=Holder(code=data.holder_code, type_code=data.holder_type_code),
        place=data.place,
        since=_moment("since", data.since),
        until=_moment("until", data.until),
        operator=data.operator_account,
        expression=data.expression_sm3,
        exchange_id=data.exchange_id or "",
    )


def _moment(name: str, value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise RefusedError(Reason.BAD_PARAMETER, f"data.{name}: a time with an offset")
    return None if value is None else value.astimezone(UTC)


def data_of(told: UsesTold, page_no: int, page_size: int, *, with_receipt: bool) -> UsesAnswerData:
    """One page (from 1) of what was found."""
    start = (page_no - 1) * page_size
    return UsesAnswerData(
        total=len(told.uses),
        data_list=tuple(_row(one) for one in told.uses[start : start + page_size]),
        verdict=told.completeness,
        outcomes=tuple(outcome_row(one) for one in told.outcomes),
        findings=tuple(_finding(one) for one in told.found),
        elapsed_ms=told.elapsed_ms,
        exchange_id=told.exchange_id,
        receipt=told.receipt.to_dict() if with_receipt else None,
    )


def _row(one: HolderUse) -> UseRow:
    facts = one.facts
    return UseRow(
        exchange_id=one.exchange_id,
        what=one.what,
        what_zh=WHAT_ZH[one.what],
        use_time=one.at.isoformat(timespec="milliseconds"),
        consumer_area_code=facts.consumer,
        provider_area_code=facts.provider,
        use_org_code=facts.use_org_code,
        use_org_name=facts.use_org_name,
        item_code=facts.item_code,
        item_name=facts.item_name,
        use_cause=facts.use_cause,
        certificate_id=facts.certificate,
        certificate_type_code=facts.type_code,
        certificate_type_name=facts.type_name,
        output=facts.output,
        said_by=tuple(SaidBy(area_code=code, role=role, role_zh=ROLE_ZH[role]) for code, role in one.said_by),
        told=one.told,
    )


def _finding(one: Contradiction) -> FindingRow:
    return FindingRow(
        area_code=one.province,
        exchange_id=one.exchange_id,
        kind=one.kind,
        kind_zh=KIND_ZH[one.kind],
        accuser_area_code=one.accuser,
        accuser_role=one.role,
        certain=one.certain,
        words_zh=sentence(one),
    )


def _head(request: web.Request, told: UsesTold, responder: Responder) -> AnswerHead:
    if told.completeness is Completeness.COMPLETE:
        return responder.head(request)
    lacks = shortfall(outcome_row(one) for one in told.outcomes)
    found = "；".join(sentence(one) for one in told.found)
    message = "；".join(filter(None, (lacks.message if lacks else "", found))) or "部分省（市）未予提供，结果不完整"
    named = ", ".join(f"{one.province} {one.kind}" for one in told.found)
    return responder.partial(
        request,
        status=PARTIAL,
        message=message,
        reason=Completeness.INCOMPLETE,
        owner=lacks.owner if lacks else Owner.PEER,
        next_step=STEP,
        next_step_zh=STEP_ZH,
        detail=", ".join(filter(None, (lacks.detail if lacks else "", named))),
    )


def routes(uses: HolderUses, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """The interface over `uses`."""

    async def serve(request: web.Request, call: Call[UsesData]) -> web.Response:
        async with bounded(limits.answer_s):
            told = await uses.ask(call.caller, form_of(call.data))
        data = data_of(told, call.data.page_no, call.data.page_size, with_receipt=call.data.with_receipt)
        answer = UsesAnswer(head=_head(request, told, responder), data=data)
        return responder.answer(request, answer, exchange_id=told.exchange_id)

    summary = "持证主体查询用证记录 · who used a holder's certificates"
    return (Route(path=PATH, summary=summary, ask=UsesRequest, tell=UsesAnswer, serve=serve),)
