"""POST /elc/v1/retrieve/file and /retrieve/data: fused retrieval of one certificate. Clause 8.3, REQUIREMENTS S6 and S7.

No rules, they are in `node.usecases`. Whatever happens to the answer, the spooled file is released.
"""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from aiohttp import web
from pydantic import Field

from federation.model.refusal import Reason
from node.ports.retrieving import ReceivedFile, Retrieval, RetrieveForm
from node.rest.answers import TRAIL, Responder
from node.rest.call import Call, Route
from node.rest.delivering import Deliver, Delivery, FaceData, FileItem, Room, face_item
from node.rest.download import send
from node.rest.envelope import Answer, Request, RequestModel
from node.rest.errors import EdgeError
from node.rest.fields import Word, Words
from node.rest.limits import Limits, bounded
from node.rest.search import FiveElements
from node.rest.subject import Subject, form_of

FILE_PATH = "/elc/v1/retrieve/file"
DATA_PATH = "/elc/v1/retrieve/data"
_BAD_REQUEST = 400
_MAX_PAGE = 100_000


class Wish(FiveElements, Subject):
    """One certificate under an application."""

    apply_id: Word


class FileForm(RequestModel):
    """In which form a file is wanted."""

    file_format: Literal["ofd", "svg", "png", "pdf"] = Field(
        "ofd", description="The usage copy itself, or a picture of one of its pages."
    )
    page: int = Field(1, ge=1, le=_MAX_PAGE, description="Which page a picture shows, counted from 1.")
    copy_expiring_time: datetime | None = Field(
        None,
        strict=False,
        description="When the usage copy shall expire, RFC 3339 with an offset; left out: as late as the provider allows.",
    )


class FileWish(Wish, FileForm):
    """A file, and how it is to come."""

    deliver: Deliver = Deliver.STREAM
    original: bool = Field(
        default=False, description="The issued original; only where the use-list line names ORIGINAL."
    )


class DataWish(Wish):
    """Face data, and which of them."""

    fields: Words = Field((), description="Empty: every field that the application allows.")


FileRequest = Request[FileWish]
DataRequest = Request[DataWish]
FileAnswer = Answer[FileItem]
DataAnswer = Answer[FaceData]


def file_form(form: RetrieveForm, wanted: FileForm, *, original: bool) -> RetrieveForm:
    """The wish for a file in this form.

    Raises:
        EdgeError: 400; a form that an original cannot have, or a time without an offset.
    """
    if original and wanted.file_format != "ofd":
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, "data.fileFormat: a picture is of a usage copy only")
    expires = wanted.copy_expiring_time
    if expires is not None and (original or expires.tzinfo is None):
        detail = "data.copyExpiringTime: a time with an offset, and of a usage copy only"
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, detail)
    return replace(form, original=original, expires=expires, file_format=wanted.file_format, page=wanted.page)


class _Retrieve:
    """The two interfaces over one `Retrieval`."""

    def __init__(self, retrieval: Retrieval, delivery: Delivery, responder: Responder, limits: Limits) -> None:
        self._retrieval = retrieval
        self._delivery = delivery
        self._responder = responder
        self._limits = limits

    async def file(self, request: web.Request, call: Call[FileWish]) -> web.StreamResponse:
        data = call.data
        form = file_form(form_of(data, data.apply_id, call.key), data, original=data.original)
        async with bounded(self._limits.file_s):
            received = await self._retrieval.file(call.caller, form)
        try:
            request[TRAIL].exchange_id = received.exchange_id
            if data.deliver is Deliver.STREAM:
                return await self._stream(request, received)
            room = Room(left=self._limits.inline_bytes)
            item = await self._delivery.item(call.caller, received, data.deliver, room)
            answer = FileAnswer(head=self._responder.head(request), data=item)
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
        form = replace(form_of(call.data, call.data.apply_id, call.key), fields=call.data.fields)
        async with bounded(self._limits.answer_s):
            received = await self._retrieval.data(call.caller, form)
        answer = DataAnswer(head=self._responder.head(request), data=face_item(received))
        return self._responder.answer(request, answer, exchange_id=received.exchange_id)


def routes(retrieval: Retrieval, delivery: Delivery, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """The interfaces S6 and S7 over `retrieval`."""
    serve = _Retrieve(retrieval, delivery, responder, limits)
    file, data = "融合获取（文件） · retrieve a file", "融合获取（数据） · retrieve face data"
    return (
        Route(path=FILE_PATH, summary=file, ask=FileRequest, tell=FileAnswer, serve=serve.file, sends_file=True),
        Route(path=DATA_PATH, summary=data, ask=DataRequest, tell=DataAnswer, serve=serve.data),
    )
