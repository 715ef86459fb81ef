"""POST /elc/v1/retrieve/file and /retrieve/data: fused retrieval of one certificate. Clause 8.3, REQUIREMENTS S6 and S7.

No rules, they are in `node.usecases`. Whatever happens to the answer, the spooled file is released.
"""

import asyncio
import base64
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from aiohttp import web
from pydantic import Field

from federation.model.refusal import Reason
from node.ports.services import ReceivedData, ReceivedFile, Retrieval, RetrieveForm
from node.rest.answers import TRAIL, Responder
from node.rest.call import Call, Route
from node.rest.download import media_type, send
from node.rest.envelope import Answer, AnswerModel, Request
from node.rest.errors import OK, EdgeError
from node.rest.fields import CertificateId, OptionalArea, Word, Words
from node.rest.limits import Limits, bounded
from node.rest.search import FiveElements

FILE_PATH = "/elc/v1/retrieve/file"
DATA_PATH = "/elc/v1/retrieve/data"
_BAD_REQUEST = 400


class Deliver(StrEnum):
    """How a file comes: inside the JSON answer (base64), or as the answer's own body."""

    INLINE = "INLINE"
    STREAM = "STREAM"


class Wish(FiveElements):
    """One certificate, by its identifier."""

    apply_id: Word
    certificate_id: CertificateId = Field(alias="certificateID")
    node_id: OptionalArea = Field("", description="The province that holds it; empty: the one that the search named.")


class FileWish(Wish):
    """A file, and how it is to come."""

    file_format: Literal["ofd"] = "ofd"
    deliver: Deliver = Deliver.STREAM
    original: bool = Field(
        default=False, description="The issued original; only where the use-list line names ORIGINAL."
    )
    copy_expiring_time: datetime | None = Field(
        None,
        strict=False,
        description="When the usage copy shall expire, RFC 3339 with an offset; left out: as late as the provider allows.",
    )


class DataWish(Wish):
    """Face data, and which of them."""

    fields: Words = Field((), description="Empty: every field that the application allows.")


class InlineFile(AnswerModel):
    """A file inside the answer."""

    certificate_id: str = Field(alias="certificateID")
    node_id: str
    exchange_id: str
    file_format: str
    content_type: str
    content: str = Field(description="Base64.")
    size: int = Field(description="Bytes, decoded.")
    sm3_digest: str
    original_sm3_digest: str
    verdict: str = Field(description="What this node's verification found of the issued file.")
    is_copy: bool = Field(description="A usage copy (加注件), or else the issued original.")
    copy_creation_time: str
    copy_creator: str
    copy_cause: str
    copy_expiring_time: str


class FaceData(AnswerModel):
    """The allowed part of one certificate."""

    certificate_id: str = Field(alias="certificateID")
    node_id: str
    exchange_id: str
    mask_digest: str = Field(description="SM3 over the sorted names of the fields delivered.")
    total: int
    data_list: tuple[dict[str, Any], ...] = Field(description="One item, with the field names of S6.")


FileRequest = Request[FileWish]
DataRequest = Request[DataWish]
FileAnswer = Answer[InlineFile]
DataAnswer = Answer[FaceData]


def _file_form(wish: FileWish, key: str) -> RetrieveForm:
    expires = wish.copy_expiring_time
    if expires is not None and (wish.original or expires.tzinfo is None):
        detail = "data.copyExpiringTime: a time with an offset, and of a usage copy only"
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, detail)
    return replace(_form(wish, key), original=wish.original, expires=expires)


def _form(wish: Wish, key: str, fields: tuple[str, ...] = ()) -> RetrieveForm:
    return RetrieveForm(
        apply_id=wish.apply_id, identifier=wish.certificate_id, province=wish.node_id, fields=fields, key=key
    )


def _check_inline(received: ReceivedFile, limit: int) -> None:
    if received.size > limit:
        detail = f"data.deliver: the file has {received.size} bytes, inline goes up to {limit}"
        step = "ask again with the same Idempotency-Key and deliver STREAM"
        raise EdgeError(OK, Reason.TOO_LARGE, detail, next_step=step)


async def _inline(received: ReceivedFile) -> InlineFile:
    terms = received.terms
    content = await asyncio.to_thread(lambda: base64.b64encode(received.path.read_bytes()).decode())
    return InlineFile(
        certificate_id=received.identifier,
        node_id=received.province,
        exchange_id=received.exchange_id,
        file_format=received.format.lower(),
        content_type=media_type(received),
        content=content,
        size=received.size,
        sm3_digest=received.sm3,
        original_sm3_digest=received.original_sm3,
        verdict=received.verdict,
        is_copy=terms is not None,
        copy_creation_time=terms.created.isoformat() if terms else "",
        copy_creator=terms.creator if terms else "",
        copy_cause=terms.cause if terms else "",
        copy_expiring_time=terms.expires.isoformat() if terms else "",
    )


def _face(received: ReceivedData) -> FaceData:
    return FaceData(
        certificate_id=received.identifier,
        node_id=received.province,
        exchange_id=received.exchange_id,
        mask_digest=received.mask_digest,
        total=1,
        data_list=(dict(received.data),),
    )


class _Retrieve:
    """The two interfaces over one `Retrieval`."""

    def __init__(self, retrieval: Retrieval, responder: Responder, limits: Limits) -> None:
        self._retrieval = retrieval
        self._responder = responder
        self._limits = limits

    async def file(self, request: web.Request, call: Call[FileWish]) -> web.StreamResponse:
        async with bounded(self._limits.answer_s):
            received = await self._retrieval.file(call.caller, _file_form(call.data, call.key))
        try:
            request[TRAIL].exchange_id = received.exchange_id
            if call.data.deliver is Deliver.STREAM:
                return await self._stream(request, received)
            _check_inline(received, self._limits.inline_bytes)
            answer = FileAnswer(head=self._responder.head(request), data=await _inline(received))
            return self._responder.answer(request, answer, exchange_id=received.exchange_id)
        finally:
            self._retrieval.release(received)

    async def _stream(self, request: web.Request, received: ReceivedFile) -> web.StreamResponse:
        response, complete = await send(request, received, limit_s=self._limits.send_s)
        request[TRAIL].broken_off = not complete
        if not complete:
            await self._retrieval.cut(received)
        return response

    async def data(self, request: web.Request, call: Call[DataWish]) -> web.Response:
        async with bounded(self._limits.answer_s):
            received = await self._retrieval.data(call.caller, _form(call.data, call.key, call.data.fields))
        answer = DataAnswer(head=self._responder.head(request), data=_face(received))
        return self._responder.answer(request, answer, exchange_id=received.exchange_id)


def routes(retrieval: Retrieval, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """The interfaces S6 and S7 over `retrieval`."""
    serve = _Retrieve(retrieval, responder, limits)
    file, data = "融合获取（文件） · retrieve a file", "融合获取（数据） · retrieve face data"
    return (
        Route(path=FILE_PATH, summary=file, ask=FileRequest, tell=FileAnswer, serve=serve.file, sends_file=True),
        Route(path=DATA_PATH, summary=data, ask=DataRequest, tell=DataAnswer, serve=serve.data),
    )
