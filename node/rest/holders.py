"""POST /elc/v1/holder/check (T3), and how every other interface takes a holder: by number, or by the handle that T3 gave. C10-3."""

import operator
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field
from pydantic.alias_generators import to_camel

from federation.model.application import Holder
from federation.model.refusal import Reason
from node.ports.consenting import Holders
from node.rest.answers import Responder
from node.rest.call import Call, Route
from node.rest.envelope import Answer, AnswerModel, RefusalRow, Request, RequestModel, refusal_row
from node.rest.errors import EdgeError
from node.rest.fields import Handle, HolderCode, HolderType, Text
from node.rest.limits import Limits, bounded

PATH = "/elc/v1/holder/check"
HANDLE = "certificateHolderHandle"
_BAD_REQUEST = 400


class CheckData(RequestModel):
    """The holder as the document says."""

    holder_name: Text
    holder_code: HolderCode
    holder_type_code: HolderType


class CheckAnswerData(AnswerModel):
    """The handle. Nothing is said of whether the person has certificates."""

    certificate_holder_handle: str
    expires_at: str
    minted_by: str = Field(description="The province that minted it: the home province, or this node in its place.")
    home_area_code: str = Field(
        description="The holder's home province as the number says it; empty where it does not."
    )
    outcome: str = Field(description="What became of asking the home province: OK, TIMEOUT, ERROR, SKIPPED.")
    reason: RefusalRow | None
    exchange_id: str


CheckRequest = Request[CheckData]
CheckAnswer = Answer[CheckAnswerData]


class StoodFor(RequestModel):
    """What names a holder, by number or by handle. `holder_members` are the members for code, type and name."""

    holder_members: ClassVar[tuple[str, str, str]] = (
        "certificate_holder_code",
        "certificate_holder_type_code",
        "certificate_holder_name",
    )
    holder_needed: ClassVar[tuple[str, ...]] = ()
    """Those of them that have to be there."""

    certificate_holder_handle: Handle = Field("", description="From holder/check, in the place of name, code and type.")


ModelT = TypeVar("ModelT", bound=BaseModel)


async def filled(model: ModelT, find: Callable[[str], Awaitable[Holder]]) -> ModelT:
    """The request with every handle in it replaced by the holder that it stands for; the same object where there is none.

    Raises:
        EdgeError: 400; a handle beside a number, or no holder where there has to be one.
        RefusedError: HANDLE_UNKNOWN.
    """
    changes = {
        name: new for name in type(model).model_fields if (new := await _within(getattr(model, name), find)) is not None
    }
    if isinstance(model, StoodFor):
        changes |= await _members(model, find)
    return model.model_copy(update=changes) if changes else model


async def _within(value: Any, find: Callable[[str], Awaitable[Holder]]) -> Any:
    """A member that is a model, or several of them, with its handles replaced; None where nothing changes."""
    if isinstance(value, BaseModel):
        new = await filled(value, find)
        return None if new is value else new
    if isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        several = tuple([await filled(one, find) for one in value])
        return None if all(map(operator.is_, several, value)) else several
    return None


async def _members(model: StoodFor, find: Callable[[str], Awaitable[Holder]]) -> dict[str, str]:
    names, handle = model.holder_members, model.certificate_holder_handle
    values = [getattr(model, name, "") for name in names]
    if handle and any(values[::2]):
        detail = f"data.{HANDLE}: it stands for name, code and type; send either"
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, detail)
    missing = [
        to_camel(name) for name, value in zip(names, values, strict=True) if name in model.holder_needed and not value
    ]
    if missing and not handle:
        detail = f"data.{missing[0]}: this field is mandatory, or {HANDLE} in the place of the holder's members"
        raise EdgeError(_BAD_REQUEST, Reason.MISSING_PARAMETER, detail)
    if not handle:
        return {}
    holder = await find(handle)
    told = dict(zip(names, (holder.code, holder.type_code, holder.name), strict=True))
    return {name: value for name, value in told.items() if name in type(model).model_fields}


def routes(holders: Holders, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """The interface T3 over `holders`."""

    async def check(request: web.Request, call: Call[CheckData]) -> web.Response:
        data = call.data
        holder = Holder(code=data.holder_code, type_code=data.holder_type_code, name=data.holder_name)
        async with bounded(limits.answer_s):
            told = await holders.check(call.caller, holder)
        answer = CheckAnswerData(
            certificate_holder_handle=told.handle,
            expires_at=told.expires_at.isoformat(),
            minted_by=told.minted_by,
            home_area_code=told.home,
            outcome=told.outcome,
            reason=None if told.refusal is None else refusal_row(told.refusal),
            exchange_id=told.exchange_id,
        )
        whole = CheckAnswer(head=responder.head(request), data=answer)
        return responder.answer(request, whole, exchange_id=told.exchange_id)

    summary = "持证主体核验（换取替代码） · check a holder, for a handle"
    return (Route(path=PATH, summary=summary, ask=CheckRequest, tell=CheckAnswer, serve=check),)
