"""POST /elc/v1/uselist/explain: the dry run for line systems: would this request be allowed, and who can change what stops it."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from federation.model.application import AuthMode, Holder, Kind, Output
from node.ports.explaining import CheckResult, Explained, Explaining, Explanation, Question
from node.rest.answers import Responder
from node.rest.call import Call, Route
from node.rest.envelope import Answer, AnswerModel, RefusalRow, Request, refusal_row
from node.rest.fields import (
    ConsentDocument,
    HolderCode,
    HolderType,
    OptionalHolderType,
    OptionalNumber,
    OptionalWord,
    SomeWords,
    Word,
    Words,
)
from node.rest.holders import StoodFor
from node.rest.limits import Limits, bounded

PATH = "/elc/v1/uselist/explain"
_STATES = "PASS, STOP, NOT_REACHED behind the check that stops, NOT_ASKED where the request says nothing about it."


class ExplainData(StoodFor):
    """The request thought of; what is left out is taken from the line. Without a line, all that fit are explained."""

    holder_members = ("holder_code", "holder_type_code", "holder_name")

    use_list_id: Word | None = None
    use_list_version: Annotated[int, Field(ge=0)] | None = None
    item_code: Word | None = None
    business_code: OptionalWord | None = None
    operator_account: Word | None = None
    certificate_type_codes: SomeWords | None = None
    auth_mode: AuthMode | None = None
    wanted_outputs: Annotated[tuple[Output, ...], Field(min_length=1, max_length=len(Output))] | None = None
    wanted_fields: Words | None = None
    holder_code: HolderCode | None = Field(None, description="Where sent: its own rules are checked, nothing else.")
    holder_type_code: HolderType = "111"
    consent: ConsentDocument | None = Field(None, description="Where sent, with the holder: check 6 is made on it.")
    delegate_code: OptionalNumber = ""
    delegate_type_code: OptionalHolderType = ""
    apply_kind: Kind = Kind.PER_USE


class CheckRow(AnswerModel):
    """One check of clause 7.3."""

    check: str
    title: str
    state: str = Field(description=_STATES)
    reason: RefusalRow | None
    who: str = Field(description="Who can change that the check stops the request.")


class PartRow(AnswerModel):
    """The checks of one province; `areaCode` empty: the consumer's own."""

    area_code: str
    allowed: bool
    decision: str = Field(description="What the province decided on the line, as far as it is known here.")
    decisions_version: int
    catalogue_version: int
    certificate_type_codes: tuple[str, ...]
    outputs: tuple[str, ...]
    fields: tuple[str, ...]
    review: bool = Field(description="Where it is allowed, a person of that province decides before it is admitted.")
    checks: tuple[CheckRow, ...]


class LineRow(AnswerModel):
    """What would become of the request under one version of one line of one publication."""

    use_list_id: str
    use_list_version: int
    publication_version: int
    allowed: bool
    assumed: tuple[str, ...] = Field(description="What was taken from the line.")
    own: PartRow | None
    provinces: tuple[PartRow, ...]


class ExplainAnswerData(AnswerModel):
    """Nothing was counted, kept or sent."""

    allowed: bool
    lines: tuple[LineRow, ...]


ExplainRequest = Request[ExplainData]
ExplainAnswer = Answer[ExplainAnswerData]


def _question(data: ExplainData) -> Question:
    code = data.holder_code
    return Question(
        use_list_id=data.use_list_id,
        use_list_version=data.use_list_version,
        operator=data.operator_account,
        item_code=data.item_code,
        business_code=data.business_code,
        type_codes=data.certificate_type_codes,
        auth_mode=data.auth_mode,
        outputs=data.wanted_outputs,
        fields=data.wanted_fields,
        holder=None if code is None else Holder(code=code, type_code=data.holder_type_code),
        consent=None if data.consent is None else data.consent.encode(),
        delegate=Holder(code=data.delegate_code, type_code=data.delegate_type_code) if data.delegate_code else None,
        kind=data.apply_kind,
    )


def _check(one: CheckResult) -> CheckRow:
    reason = None if one.refusal is None else refusal_row(one.refusal)
    return CheckRow(check=one.check, title=one.title, state=one.state, reason=reason, who=one.who)


def _part(one: Explained) -> PartRow:
    return PartRow(
        area_code=one.province,
        allowed=one.allowed,
        decision=one.decision,
        decisions_version=one.decisions_version,
        catalogue_version=one.catalogue_version,
        certificate_type_codes=one.type_codes,
        outputs=one.outputs,
        fields=one.fields,
        review=one.review,
        checks=tuple(_check(check) for check in one.checks),
    )


def _line(one: Explanation) -> LineRow:
    return LineRow(
        use_list_id=one.use_list_id,
        use_list_version=one.line_version,
        publication_version=one.uselist_version,
        allowed=one.allowed,
        assumed=one.assumed,
        own=_part(one.own) if one.own else None,
        provinces=tuple(_part(part) for part in one.provinces),
    )


def routes(explaining: Explaining, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """The dry run over `explaining`."""

    async def explain(request: web.Request, call: Call[ExplainData]) -> web.Response:
        async with bounded(limits.answer_s):
            found = await explaining.own(call.caller, _question(call.data))
        data = ExplainAnswerData(allowed=any(one.allowed for one in found), lines=tuple(_line(one) for one in found))
        return responder.answer(request, ExplainAnswer(head=responder.head(request), data=data), exchange_id="")

    summary = "用证清单试算 · explain what would become of a request"
    return (Route(path=PATH, summary=summary, ask=ExplainRequest, tell=ExplainAnswer, serve=explain),)
