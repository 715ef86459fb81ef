"""POST /elc/v1/verify/info: is what is said of a certificate what was issued? REQUIREMENTS S8; no rules, they are in `node.usecases`."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from federation.model.application import Holder
from federation.model.info_verification import MAX_CLAIMS, Claim
from node.ports.verifying import InfoForm, InfoVerification, VerifiedInfo
from node.rest.answers import Responder
from node.rest.call import Call, Route
from node.rest.envelope import Answer, AnswerModel, Request
from node.rest.fields import (
    CertificateId,
    Number,
    OptionalArea,
    OptionalHolderCode,
    OptionalHolderType,
    OptionalText,
    Value,
    Word,
)
from node.rest.holders import StoodFor
from node.rest.limits import Limits, bounded
from node.rest.search import FiveElements

PATH = "/elc/v1/verify/info"
_BASIC = {
    "certificate_name": "certificateName",
    "issue_dept": "issueDept",
    "issue_dept_code": "issueDeptCode",
    "issue_date": "issueDate",
    "certificate_validate_start": "certificateValidateStart",
    "certificate_validate_end": "certificateValidateEnd",
}


class CertData(StoodFor):
    """What was presented. Everything given is compared, and nothing else."""

    holder_members = ("holder_code", "holder_type_code", "holder")
    holder_needed = ("holder_code", "holder_type_code")

    holder_code: OptionalHolderCode = Field("", description="The holder of the application.")
    holder_type_code: OptionalHolderType = ""
    holder: OptionalText = Field("", description="The holder's name.")
    cert_no: Number
    certificate_name: OptionalText = ""
    issue_dept: OptionalText = ""
    issue_dept_code: OptionalText = ""
    issue_date: OptionalText = ""
    certificate_validate_start: OptionalText = ""
    certificate_validate_end: OptionalText = ""
    surface: Annotated[dict[Word, Value], Field(max_length=MAX_CLAIMS)] = Field(
        default_factory=dict, description="Face fields by columnName; only fields that the application allows."
    )


class PresentedInfo(FiveElements):
    """Data that somebody presented of a certificate."""

    apply_id: Word
    cert_type_code: Word
    cert_data: CertData
    certificate_id: CertificateId = Field("", alias="certificateID", description="Where it is known.")
    node_id: OptionalArea = Field("", description="The province that issued it; empty: this node finds out.")
    use_cause: OptionalText = ""


class InfoResultData(AnswerModel):
    """What was found. Which value is wrong is not said."""

    exchange_id: str
    node_id: str = Field(description="The province that compared; empty where none has such a certificate.")
    result: int = Field(
        description="0 right and valid, 1 right, not activated, 2 right, suspended, 3 right, no longer valid, "
        "4 incomplete or ambiguous, 5 no such certificate, 6 wrong, 7 partly wrong."
    )
    message: str
    disputed: bool = Field(description="The data are right as issued, and somebody objects to them (异议中).")


InfoRequest = Request[PresentedInfo]
InfoAnswer = Answer[InfoResultData]


def _form(data: PresentedInfo, key: str) -> InfoForm:
    said = data.cert_data
    basic = ((name, getattr(said, attribute)) for attribute, name in _BASIC.items())
    return InfoForm(
        apply_id=data.apply_id,
        holder=Holder(code=said.holder_code, type_code=said.holder_type_code, name=said.holder),
        type_code=data.cert_type_code,
        number=said.cert_no,
        identifier=data.certificate_id,
        province=data.node_id,
        basic=tuple(Claim(name=name, value=value) for name, value in basic if value),
        surface=tuple(Claim(name=name, value=value) for name, value in sorted(said.surface.items())),
        key=key,
    )


def _data(verified: VerifiedInfo) -> InfoResultData:
    return InfoResultData(
        exchange_id=verified.exchange_id,
        node_id=verified.province,
        result=verified.result,
        message=verified.message,
        disputed=verified.disputed,
    )


def routes(verification: InfoVerification, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """The interface S8 for data over `verification`."""

    async def verify(request: web.Request, call: Call[PresentedInfo]) -> web.Response:
        async with bounded(limits.answer_s):
            verified = await verification.verify_info(call.caller, _form(call.data, call.key))
        answer = InfoAnswer(head=responder.head(request), data=_data(verified))
        return responder.answer(request, answer, exchange_id=verified.exchange_id)

    summary = "证照信息核验 · verify certificate data"
    return (Route(path=PATH, summary=summary, ask=InfoRequest, tell=InfoAnswer, serve=verify),)
