"""POST /elc/v1/apply/submit and /verify: an application to use certificates, and how it stands. Clause 7; no rules (`node.usecases`)."""

from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from federation.model.application import AuthMode, Holder, Kind, Operator, Output, Result, Verdict
from federation.model.refusal import Reason
from federation.model.search import Outcome
from node.errors import RefusedError
from node.ports.services import ApplicationForm, Applications, Caller, ProvinceVerdict, Submitted, Verdicts
from node.rest.answers import Responder
from node.rest.call import Call, Route
from node.rest.envelope import Answer, AnswerModel, RefusalRow, Request, RequestModel, refusal_row
from node.rest.fields import (
    ConsentDocument,
    ConsentId,
    OptionalHolderCode,
    OptionalHolderType,
    OptionalNumber,
    OptionalText,
    OptionalWord,
    SomeWords,
    Text,
    Word,
    Words,
)
from node.rest.holders import StoodFor
from node.rest.limits import Limits, bounded

PATH = "/elc/v1/apply/submit"
VERIFY_PATH = "/elc/v1/apply/verify"


class OperatorData(RequestModel):
    """经办人."""

    account: Word
    name: Word
    role: OptionalWord = ""
    division: OptionalText = ""
    terminal: OptionalText = ""
    id_num_token: OptionalWord = Field("", description="A token for the ID number; never the number itself.")
    division_code: OptionalWord = ""
    org_code: OptionalWord = ""


class ApplyData(StoodFor):
    """The fields of REQUIREMENTS 7.2 that a line system sends."""

    holder_members = holder_needed = ("holder_code", "holder_type_code", "holder_name")

    use_list_id: Word
    item_code: Word
    item_name: Text
    business_code: Word
    biz_num: OptionalWord = Field("", description="Empty before the case is accepted.")
    use_org_code: OptionalWord = Field("", description="Where sent: the unit this application is registered for.")
    use_org_name: OptionalText = Field("", description="Where sent: the name of that unit.")
    operator: OperatorData
    holder_name: OptionalText = ""
    holder_code: OptionalHolderCode = ""
    holder_type_code: OptionalHolderType = ""
    certificate_type_codes: SomeWords
    use_cause: Text
    auth_mode: AuthMode
    wanted_outputs: Annotated[tuple[Output, ...], Field(min_length=1, max_length=len(Output))]
    wanted_fields: Words = ()
    apply_kind: Kind = Field(Kind.PER_USE, description="STANDING (常用授权) only where the line allows it.")
    valid_until: datetime | None = Field(
        None,
        strict=False,
        description="Until when a standing application holds, RFC 3339 with an offset; left out: as long as it may.",
    )
    consent: ConsentDocument = Field(
        "",
        description="The holder's consent as the signed document (JSON as text), where the mode is HOLDER or ENTRUST.",
    )
    delegate_code: OptionalNumber = Field(
        "", description="ENTRUST: the number of whom the holder sent; its handle is sent."
    )
    delegate_type_code: OptionalHolderType = ""
    consent_id: ConsentId = Field("", description="Instead of the document: the id of a consent that this node took.")
    copy_expiring_time: datetime | None = Field(
        None, strict=False, description="Usage copies hold until then at the latest, RFC 3339 with an offset."
    )


class VerdictRow(AnswerModel):
    """What became of the application in one province."""

    area_code: str
    outcome: str = Field(description=f"One of {', '.join(Outcome)}.")
    result: str = Field(description="PASS, REJECT or PENDING; empty where the province gave no verdict.")
    reasons: tuple[RefusalRow, ...]
    certificate_type_codes: tuple[str, ...]
    outputs: tuple[str, ...]
    fields: tuple[str, ...]
    expires_at: str


class ApplyAnswerData(AnswerModel):
    """The application on record. Use codes stay with the node, which redeems them when it searches and retrieves."""

    apply_id: str
    exchange_id: str
    state: str = Field(
        description="PASS: a province admits it. PENDING: none did so far, and one has not answered or decides by hand. REJECT: else."
    )
    expires_at: str
    use_list_version: int
    verdicts: tuple[VerdictRow, ...]


class VerifyData(RequestModel):
    """Which application."""

    apply_id: Word


ApplyRequest = Request[ApplyData]
VerifyRequest = Request[VerifyData]
ApplyAnswer = Answer[ApplyAnswerData]


def form_of(data: ApplyData, key: str) -> ApplicationForm:
    """The application that a line system submits; `key` makes a repeat the same one.

    Raises:
        RefusedError: a time without an offset.
    """
    return ApplicationForm(
        use_list_id=data.use_list_id,
        operator=Operator(**data.operator.model_dump()),
        use_cause=data.use_cause,
        item_code=data.item_code,
        item_name=data.item_name,
        business_code=data.business_code,
        biz_num=data.biz_num,
        holder=Holder(code=data.holder_code, type_code=data.holder_type_code, name=data.holder_name),
        type_codes=data.certificate_type_codes,
        auth_mode=data.auth_mode,
        outputs=data.wanted_outputs,
        fields=data.wanted_fields,
        kind=data.apply_kind,
        valid_until=moment("validUntil", data.valid_until),
        consent=data.consent.encode(),
        consent_id=data.consent_id,
        delegate=_delegate(data),
        copy_expires=moment("copyExpiringTime", data.copy_expiring_time),
        key=key,
    )


def _delegate(data: ApplyData) -> Holder | None:
    """Whom the holder sent, if anybody."""
    if not data.delegate_code and not data.delegate_type_code:
        return None
    return Holder(code=data.delegate_code, type_code=data.delegate_type_code)


def moment(name: str, value: datetime | None) -> datetime | None:
    """A time that says where it counts from, in UTC.

    Raises:
        RefusedError: BAD_PARAMETER: it does not.
    """
    if value is None:
        return None
    if value.tzinfo is None:
        raise RefusedError(Reason.BAD_PARAMETER, f"data.{name}: a time with an offset")
    return value.astimezone(UTC)


def check_unit(data: ApplyData, caller: Caller) -> None:
    """A unit named in the message adds nothing to the caller's own (REQUIREMENTS §11.3); another one is a mistake worth telling.

    Raises:
        RefusedError: OUT_OF_SCOPE.
    """
    for name, sent, own in (
        ("data.useOrgCode", data.use_org_code, caller.use_org_code),
        ("data.useOrgName", data.use_org_name, caller.use_org_name),
    ):
        if sent not in {"", own}:
            raise RefusedError(Reason.OUT_OF_SCOPE, f"{name}: not the unit this application is registered for")


def _row(one: ProvinceVerdict) -> VerdictRow:
    verdict: Verdict | None = one.verdict
    refusals = (() if one.refusal is None else (one.refusal,)) + (() if verdict is None else verdict.reasons)
    return VerdictRow(
        area_code=one.province,
        outcome=one.outcome,
        result=verdict.result if verdict else "",
        reasons=tuple(refusal_row(refusal) for refusal in refusals),
        certificate_type_codes=verdict.type_codes if verdict else (),
        outputs=verdict.outputs if verdict else (),
        fields=verdict.fields if verdict else (),
        expires_at=verdict.expires_at.isoformat() if verdict else "",
    )


def _state(verdicts: tuple[ProvinceVerdict, ...]) -> str:
    if any(one.verdict is not None and one.verdict.result is Result.PASS for one in verdicts):
        return "PASS"
    silent = any(one.outcome in {Outcome.TIMEOUT, Outcome.ERROR} for one in verdicts)
    by_hand = any(one.verdict is not None and one.verdict.result is Result.PENDING for one in verdicts)
    return "PENDING" if silent or by_hand else "REJECT"


def _data(submitted: Submitted) -> ApplyAnswerData:
    return ApplyAnswerData(
        apply_id=submitted.application.apply_id,
        exchange_id=submitted.exchange_id,
        state=_state(submitted.verdicts),
        expires_at=submitted.expires_at,
        use_list_version=submitted.application.use_list_version,
        verdicts=tuple(_row(one) for one in submitted.verdicts),
    )


def routes(applications: Applications, verdicts: Verdicts, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """The interfaces S3 and S4."""

    async def submit(request: web.Request, call: Call[ApplyData]) -> web.Response:
        check_unit(call.data, call.caller)
        async with bounded(limits.answer_s):
            submitted = await applications.submit(call.caller, form_of(call.data, call.key))
        answer = ApplyAnswer(head=responder.head(request), data=_data(submitted))
        return responder.answer(request, answer, exchange_id=submitted.exchange_id)

    async def verify(request: web.Request, call: Call[VerifyData]) -> web.Response:
        async with bounded(limits.answer_s):
            submitted = await verdicts.current(call.caller, call.data.apply_id)
        answer = ApplyAnswer(head=responder.head(request), data=_data(submitted))
        return responder.answer(request, answer, exchange_id=submitted.exchange_id)

    return (
        Route(
            path=PATH, summary="证照申请提交 · submit an application", ask=ApplyRequest, tell=ApplyAnswer, serve=submit
        ),
        Route(
            path=VERIFY_PATH,
            summary="证照申请核验结果 · how an application stands; who has not decided is asked again",
            ask=VerifyRequest,
            tell=ApplyAnswer,
            serve=verify,
        ),
    )
