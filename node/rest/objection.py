"""POST /elc/v1/objection/raise, /show and /withdraw: objections (异议) to certificates, of holders and of using units. P5.

No rules, they are in `node.usecases.objection`.
"""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from federation.model.application import Holder
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.objecting import Objecting, ObjectionForm, ShownObjection
from node.rest.answers import Responder
from node.rest.call import Call, Route
from node.rest.envelope import Answer, AnswerModel, Request, RequestModel
from node.rest.fields import (
    CertificateId,
    OptionalArea,
    OptionalHolderCode,
    OptionalHolderType,
    RequestId,
    Value,
    Word,
)
from node.rest.holders import StoodFor
from node.rest.limits import Limits, bounded
from node.usecases.objection.shown import DUE_UNKNOWN, STATES
from trust.objection import RaisedBy

RAISE_PATH, SHOW_PATH, WITHDRAW_PATH = (f"/elc/v1/objection/{one}" for one in ("raise", "show", "withdraw"))
_Fields = Annotated[tuple[Word, ...], Field(min_length=1, max_length=64)]


class RaiseData(StoodFor):
    """What is wrong with which certificate, and who says so."""

    raised_by: RaisedBy = Field(
        description="HOLDER: in the holder's home app or at a counter. USE_ORG: the caller's unit."
    )
    certificate_id: CertificateId = Field(
        "", alias="certificateID", description="Which certificate; empty where noticeId names it."
    )
    notice_id: Annotated[str, Field(pattern=r"^([A-Za-z0-9._:-]{1,128})?$")] = Field(
        "", description="HOLDER: the number of a notice that the holder received in this province."
    )
    fields: _Fields = Field(description="What is wrong: columns of the face data, or members of the list metadata.")
    claim: Annotated[Value, Field(min_length=1)] = Field(
        description="What is claimed. It goes to the issuer's province alone, sealed."
    )
    apply_id: Annotated[str, Field(pattern=r"^([A-Za-z0-9._:-]{1,64})?$")] = Field(
        "", description="USE_ORG: the application under which a search named the certificate."
    )
    issuer_area_code: OptionalArea = Field("", description="The issuer's province; empty: as the certificate names it.")
    certificate_holder_code: OptionalHolderCode = Field("", description="HOLDER: who objects, or the handle.")
    certificate_holder_type_code: OptionalHolderType = ""


class ShowData(RequestModel):
    """Which objections."""

    objection_id: Annotated[str, Field(pattern=r"^([A-Za-z0-9._:-]{1,64})?$")] = Field("", description="Empty: all.")


class WithdrawData(RequestModel):
    """The objection that is taken back."""

    objection_id: RequestId


class MoveRow(AnswerModel):
    """One step of the issuer's province."""

    state: str
    state_zh: str
    area_code: str
    time: str
    reason: str
    correction: str = Field(description="The certificate that counts instead; empty: the same one, with other data.")


class ObjectionRow(AnswerModel):
    """One objection."""

    objection_id: str
    state: str = Field(
        description="OPEN, CHECKING, CORRECTED, REJECTED, WITHDRAWN, or REFUSED: not taken by the issuer."
    )
    state_zh: str = Field(description="The state for a clerk.")
    owner_area_code: str
    raised_at: str
    due_date: str = Field(description="The last day for the answer: five working days.")
    due_note: str = Field(description="Where the holidays up to that day are not published yet.")
    overdue: bool
    delivered: bool = Field(description="Whether the issuer's province has been told.")
    withdrawing: bool = Field(description="A withdrawal waits for the issuer's province.")
    certificate: str = Field(description="The certificate as evidence names it.")
    fields: tuple[str, ...]
    refusal: str
    moves: tuple[MoveRow, ...]
    documents: tuple[str, ...] = Field(description="The signed documents, for the file.")


class ObjectionsData(AnswerModel):
    """Objections that the caller raised, the last one first."""

    total: int
    data_list: tuple[ObjectionRow, ...]


RaiseRequest, ShowRequest, WithdrawRequest = Request[RaiseData], Request[ShowData], Request[WithdrawData]
ObjectionAnswer, ObjectionsAnswer = Answer[ObjectionRow], Answer[ObjectionsData]


def _row(one: ShownObjection) -> ObjectionRow:
    moves = tuple(
        MoveRow(
            state=move.state,
            state_zh=STATES[move.state],
            area_code=move.province,
            time=move.at,
            reason=move.reason,
            correction=move.correction,
        )
        for move in one.moves
    )
    return ObjectionRow(
        objection_id=one.objection_id,
        state=one.state,
        state_zh=STATES[one.state],
        owner_area_code=one.owner,
        raised_at=one.raised_at.isoformat(timespec="seconds"),
        due_date=one.due,
        due_note="" if one.due_known else DUE_UNKNOWN,
        overdue=one.overdue,
        delivered=one.delivered,
        withdrawing=one.taking_back,
        certificate=one.certificate,
        fields=one.fields,
        refusal=one.refusal,
        moves=moves,
        documents=tuple(document.decode("ascii") for document in one.documents),
    )


def _form(data: RaiseData) -> ObjectionForm:
    code, type_code = data.certificate_holder_code, data.certificate_holder_type_code
    if data.raised_by is RaisedBy.USE_ORG and code:
        raise RefusedError(Reason.BAD_PARAMETER, "data.certificateHolderCode: of a holder's objection alone")
    if data.raised_by is RaisedBy.USE_ORG and data.notice_id:
        raise RefusedError(Reason.BAD_PARAMETER, "data.noticeId: of a holder's objection alone")
    if not data.certificate_id and not data.notice_id:
        raise RefusedError(Reason.BAD_PARAMETER, "data.certificateID: or data.noticeId")
    return ObjectionForm(
        by=data.raised_by,
        identifier=data.certificate_id,
        fields=data.fields,
        claim=data.claim,
        holder=Holder(code=code, type_code=type_code) if code else None,
        apply_id=data.apply_id,
        owner=data.issuer_area_code,
        notice_id=data.notice_id,
    )


class _Objection:
    """The three interfaces over one `Objecting`."""

    def __init__(self, objecting: Objecting, responder: Responder, limits: Limits) -> None:
        self._objecting = objecting
        self._responder = responder
        self._limits = limits

    async def raise_(self, request: web.Request, call: Call[RaiseData]) -> web.Response:
        async with bounded(self._limits.answer_s):
            raised = await self._objecting.raise_(call.caller, _form(call.data), call.key)
        return self._one(request, raised)

    async def withdraw(self, request: web.Request, call: Call[WithdrawData]) -> web.Response:
        async with bounded(self._limits.answer_s):
            withdrawn = await self._objecting.withdraw(call.caller, call.data.objection_id)
        return self._one(request, withdrawn)

    async def show(self, request: web.Request, call: Call[ShowData]) -> web.Response:
        async with bounded(self._limits.answer_s):
            rows = tuple(map(_row, await self._objecting.show(call.caller, call.data.objection_id)))
        data = ObjectionsData(total=len(rows), data_list=rows)
        answer = ObjectionsAnswer(head=self._responder.head(request), data=data)
        return self._responder.answer(request, answer, exchange_id="")

    def _one(self, request: web.Request, one: ShownObjection) -> web.Response:
        answer = ObjectionAnswer(head=self._responder.head(request), data=_row(one))
        return self._responder.answer(request, answer, exchange_id=f"objection-{one.objection_id}")


def routes(objecting: Objecting, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """Objections over `objecting`."""
    serve = _Objection(objecting, responder, limits)
    raise_, show, withdraw = (
        "提出异议 · raise an objection",
        "查询异议 · show objections",
        "撤回异议 · withdraw an objection",
    )
    return (
        Route(path=RAISE_PATH, summary=raise_, ask=RaiseRequest, tell=ObjectionAnswer, serve=serve.raise_),
        Route(path=SHOW_PATH, summary=show, ask=ShowRequest, tell=ObjectionsAnswer, serve=serve.show),
        Route(path=WITHDRAW_PATH, summary=withdraw, ask=WithdrawRequest, tell=ObjectionAnswer, serve=serve.withdraw),
    )
