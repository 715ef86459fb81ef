"""POST /elc/v1/consent/give, /revoke and /show: consents of holders, for the home province's app and for the counter. Clause 7.2.

No rules, they are in `node.usecases.consent`.
"""

from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from federation.model.application import Holder, Output
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.consenting import ConsentForm, ConsentInquiry, Consents, TakenConsent
from node.rest.answers import Responder
from node.rest.call import Call, Route
from node.rest.envelope import Answer, AnswerModel, Request
from node.rest.fields import (
    OptionalArea,
    OptionalHolderCode,
    OptionalHolderType,
    OptionalWord,
    RequestId,
    Sm3,
    SomeWords,
    Word,
    Words,
)
from node.rest.holders import StoodFor
from node.rest.limits import Limits, bounded
from trust.consent import Channel, Mode

GIVE_PATH, REVOKE_PATH, SHOW_PATH = (f"/elc/v1/consent/{one}" for one in ("give", "revoke", "show"))
_MOMENT = "RFC 3339 with an offset"
_STATES = {
    "IN_FORCE": "生效中",
    "NOT_YET": "尚未生效",
    "ENDED": "已到期",
    "REVOKED": "已撤回",
    "ORDERED": "已下达撤回指令；本省未存此授权，请核对授权编号",
}


class Grantor(StoodFor):
    """The holder: by number, or by handle."""

    holder_members = ("holder_code", "holder_type_code", "holder_name")
    holder_needed = ("holder_code", "holder_type_code")

    holder_code: OptionalHolderCode = ""
    holder_type_code: OptionalHolderType = ""


class GiveData(Grantor):
    """What the holder consents to."""

    channel: Channel = Field(
        description="HOME: in the app of the holder's own province. COUNTER: at the unit's counter."
    )
    auth_mode: Mode = Field(Mode.HOLDER, description="ENTRUST: whom the holder sends will act on it.")
    delegate_code: OptionalHolderCode = Field("", description="ENTRUST: the number of whom the holder sends; not kept.")
    delegate_type_code: OptionalHolderType = ""
    grantee_area_code: OptionalArea = Field("", description="HOME: the using province; empty: this one.")
    use_org_code: OptionalWord = Field("", description="HOME: the using unit. COUNTER: the caller's own, where sent.")
    item_code: Word
    certificate_type_codes: SomeWords
    outputs: Annotated[tuple[Output, ...], Field(min_length=1, max_length=len(Output))]
    fields: Words = Field((), description="Empty: every field that the unit's line allows.")
    since: datetime | None = Field(None, strict=False, description=f"{_MOMENT}; left out: at once.")
    until: datetime | None = Field(
        None, strict=False, description=f"{_MOMENT}; left out: a day at a COUNTER, otherwise as long as may be."
    )
    expression_sm3: Sm3 = Field("", description="COUNTER: SM3 (hex) of what the holder signed on paper or pad.")
    operator_account: OptionalWord = Field("", description="COUNTER: who assists; kept as a digest.")


class AskData(Grantor):
    """Which consents of the holder."""

    consent_id: Annotated[str, Field(max_length=64)] = Field("", description="Empty: all of them.")


class RevokeData(Grantor):
    """The consent that the holder takes back."""

    consent_id: RequestId


class ConsentRow(AnswerModel):
    """One consent."""

    consent_id: str
    state: str = Field(
        description="IN_FORCE, NOT_YET, ENDED, REVOKED, or ORDERED: none of this id is held here; "
        "it is revoked wherever one was taken, if any was."
    )
    state_zh: str = Field(description="The state for a clerk.")
    channel: str = Field("", description="This and what follows is empty where the state is ORDERED.")
    auth_mode: str = ""
    grantee_area_code: str = ""
    use_org_code: str = ""
    item_code: str = ""
    certificate_type_codes: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    consent: str = Field("", description="The signed document: what an application hands in.")


class ConsentsData(AnswerModel):
    """A holder's consents taken here."""

    total: int
    data_list: tuple[ConsentRow, ...]


GiveRequest, RevokeRequest, ShowRequest = Request[GiveData], Request[RevokeData], Request[AskData]
ConsentAnswer, ConsentsAnswer = Answer[ConsentRow], Answer[ConsentsData]


def _row(taken: TakenConsent) -> ConsentRow:
    given = taken.consent
    return ConsentRow(
        consent_id=taken.consent_id,
        state=taken.state,
        state_zh=_STATES[taken.state],
        channel=given.channel,
        auth_mode=given.mode,
        grantee_area_code=given.grantee_province,
        use_org_code=given.grantee_unit,
        item_code=given.item,
        certificate_type_codes=given.types,
        outputs=given.outputs,
        fields=given.fields,
        since=given.since,
        until=given.until,
        consent=taken.document.decode("ascii"),
    )


def _ordered(consent_id: str) -> ConsentRow:
    """What is said of a consent that is not held here: it may be another province's, and the id may be mistyped."""
    return ConsentRow(consent_id=consent_id, state="ORDERED", state_zh=_STATES["ORDERED"])


def _holder(data: Grantor) -> Holder:
    return Holder(code=data.holder_code, type_code=data.holder_type_code)


def _form(data: GiveData) -> ConsentForm:
    delegate = Holder(code=data.delegate_code, type_code=data.delegate_type_code) if data.delegate_code else None
    return ConsentForm(
        channel=data.channel,
        mode=data.auth_mode,
        holder=_holder(data),
        delegate=delegate,
        grantee_province=data.grantee_area_code,
        grantee_unit=data.use_org_code,
        item_code=data.item_code,
        type_codes=data.certificate_type_codes,
        outputs=data.outputs,
        fields=data.fields,
        since=_moment("since", data.since),
        until=_moment("until", data.until),
        expression=data.expression_sm3,
        operator=data.operator_account,
    )


def _moment(name: str, value: datetime | None) -> datetime | None:
    """A time that says where it counts from, in UTC."""
    if value is not None and value.tzinfo is None:
        raise RefusedError(Reason.BAD_PARAMETER, f"data.{name}: a time with an offset")
    return None if value is None else value.astimezone(UTC)


class _Consent:
    """The three interfaces over one `Consents`."""

    def __init__(self, consents: Consents, responder: Responder, limits: Limits) -> None:
        self._consents = consents
        self._responder = responder
        self._limits = limits

    async def give(self, request: web.Request, call: Call[GiveData]) -> web.Response:
        async with bounded(self._limits.answer_s):
            form = _form(call.data)
            taken = await self._consents.give(call.caller, form, call.key)
        return self._one(request, _row(taken))

    async def revoke(self, request: web.Request, call: Call[RevokeData]) -> web.Response:
        async with bounded(self._limits.answer_s):
            asked = ConsentInquiry(holder=_holder(call.data), consent_id=call.data.consent_id)
            taken = await self._consents.revoke(call.caller, asked)
        return self._one(request, _ordered(asked.consent_id) if taken is None else _row(taken))

    async def show(self, request: web.Request, call: Call[AskData]) -> web.Response:
        asked = ConsentInquiry(holder=_holder(call.data), consent_id=call.data.consent_id)
        async with bounded(self._limits.answer_s):
            rows = tuple(_row(one) for one in await self._consents.show(call.caller, asked))
        answer = ConsentsAnswer(head=self._responder.head(request), data=ConsentsData(total=len(rows), data_list=rows))
        return self._responder.answer(request, answer, exchange_id="")

    def _one(self, request: web.Request, row: ConsentRow) -> web.Response:
        answer = ConsentAnswer(head=self._responder.head(request), data=row)
        return self._responder.answer(request, answer, exchange_id=f"consent-{row.consent_id}")


def routes(consents: Consents, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """Consents over `consents`."""
    serve = _Consent(consents, responder, limits)
    give, revoke, show = "持证主体授权 · give a consent", "撤回授权 · take a consent back", "查询授权 · show consents"
    return (
        Route(path=GIVE_PATH, summary=give, ask=GiveRequest, tell=ConsentAnswer, serve=serve.give),
        Route(path=REVOKE_PATH, summary=revoke, ask=RevokeRequest, tell=ConsentAnswer, serve=serve.revoke),
        Route(path=SHOW_PATH, summary=show, ask=ShowRequest, tell=ConsentsAnswer, serve=serve.show),
    )
