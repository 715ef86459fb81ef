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
from node.ports.services import Caller, Downloads, Offer, ReceivedData, ReceivedFile, Retrieval, RetrieveForm
from node.rest.addresses import FOLDER
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
_MAX_PAGE = 100_000


class Deliver(StrEnum):
    """How a file comes: inside the JSON answer (base64), as the answer's own body, or by a one-time address."""

    INLINE = "INLINE"
    STREAM = "STREAM"
    URL = "URL"


class Wish(FiveElements):
    """One certificate, by its identifier."""

    apply_id: Word
    certificate_id: CertificateId = Field(alias="certificateID")
    node_id: OptionalArea = Field("", description="The province that holds it; empty: the one that the search named.")


class FileWish(Wish):
    """A file, and how it is to come."""

    file_format: Literal["ofd", "svg", "png", "pdf"] = Field(
        "ofd", description="The usage copy itself, or a picture of one of its pages."
    )
    page: int = Field(1, ge=1, le=_MAX_PAGE, description="Which page a picture shows, counted from 1.")
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


class FileItem(AnswerModel):
    """A file inside the answer, or where it can be fetched once."""

    certificate_id: str = Field(alias="certificateID")
    node_id: str
    exchange_id: str
    file_format: str
    content_type: str
    content: str = Field(description="Base64; empty where the file is at `fileUrl`.")
    file_url: str = Field(
        description="Good once, for this application, with its token; empty where the file is in `content`."
    )
    url_expires_at: str
    pages: int = Field(description="How many pages the document has, where this is a picture of one; otherwise 0.")
    notes: tuple[str, ...] = Field(
        description="What the reader of a picture must know, such as a font that is missing."
    )
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
FileAnswer = Answer[FileItem]
DataAnswer = Answer[FaceData]


def _file_form(wish: FileWish, key: str) -> RetrieveForm:
    if wish.original and wish.file_format != "ofd":
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, "data.fileFormat: a picture is of a usage copy only")
    expires = wish.copy_expiring_time
    if expires is not None and (wish.original or expires.tzinfo is None):
        detail = "data.copyExpiringTime: a time with an offset, and of a usage copy only"
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, detail)
    return replace(
        _form(wish, key), original=wish.original, expires=expires, file_format=wish.file_format, page=wish.page
    )


def _form(wish: Wish, key: str, fields: tuple[str, ...] = ()) -> RetrieveForm:
    return RetrieveForm(
        apply_id=wish.apply_id, identifier=wish.certificate_id, province=wish.node_id, fields=fields, key=key
    )


def _check_inline(received: ReceivedFile, limit: int) -> None:
    if received.size > limit:
        detail = f"data.deliver: the file has {received.size} bytes, inline goes up to {limit}"
        step = "ask again with the same Idempotency-Key and deliver STREAM or URL"
        raise EdgeError(OK, Reason.TOO_LARGE, detail, next_step=step)


async def _inline(received: ReceivedFile) -> FileItem:
    content = await asyncio.to_thread(lambda: base64.b64encode(received.path.read_bytes()).decode())
    return _item(received, content=content)


def _item(received: ReceivedFile, *, content: str = "", url: str = "", until: str = "") -> FileItem:
    terms = received.terms
    return FileItem(
        certificate_id=received.identifier,
        node_id=received.province,
        exchange_id=received.exchange_id,
        file_format=received.format.lower(),
        content_type=media_type(received),
        content=content,
        file_url=url,
        url_expires_at=until,
        pages=received.pages,
        notes=received.notes,
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

    def __init__(
        self, retrieval: Retrieval, downloads: Downloads, responder: Responder, limits: Limits, url_base: str
    ) -> None:
        self._retrieval = retrieval
        self._downloads = downloads
        self._url_base = url_base
        self._responder = responder
        self._limits = limits

    async def file(self, request: web.Request, call: Call[FileWish]) -> web.StreamResponse:
        async with bounded(self._limits.answer_s):
            received = await self._retrieval.file(call.caller, _file_form(call.data, call.key))
        try:
            request[TRAIL].exchange_id = received.exchange_id
            if call.data.deliver is Deliver.STREAM:
                return await self._stream(request, received)
            item = await self._item(call.caller, received, call.data.deliver)
            answer = FileAnswer(head=self._responder.head(request), data=item)
            return self._responder.answer(request, answer, exchange_id=received.exchange_id)
        finally:
            self._retrieval.release(received)

    async def _item(self, caller: Caller, received: ReceivedFile, deliver: Deliver) -> FileItem:
        if deliver is Deliver.URL:
            return self._addressed(received, await self._downloads.offer(caller, received))
        _check_inline(received, self._limits.inline_bytes)
        return await _inline(received)

    def _addressed(self, received: ReceivedFile, offer: Offer) -> FileItem:
        until = offer.expires_at.isoformat(timespec="seconds")
        return _item(received, url=f"{self._url_base}{FOLDER}{offer.token}", until=until)

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


def routes(
    retrieval: Retrieval, downloads: Downloads, responder: Responder, limits: Limits, url_base: str
) -> tuple[Route, ...]:
    """The interfaces S6 and S7 over `retrieval`."""
    serve = _Retrieve(retrieval, downloads, responder, limits, url_base)
    file, data = "融合获取（文件） · retrieve a file", "融合获取（数据） · retrieve face data"
    return (
        Route(path=FILE_PATH, summary=file, ask=FileRequest, tell=FileAnswer, serve=serve.file, sends_file=True),
        Route(path=DATA_PATH, summary=data, ask=DataRequest, tell=DataAnswer, serve=serve.data),
    )
