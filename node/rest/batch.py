"""POST /elc/v1/retrieve/batch: several certificates and outputs of one application in one request. Clause 8.3, REQUIREMENTS P9.

Each item is retrieved as if it had been asked for alone: with its own use, entries and result. One that fails harms no other. All items
share the request's key, so that a retry of the request is a retry of each of them.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import structlog
from aiohttp import web
from pydantic import Field

from federation.model.application import Output
from federation.model.refusal import Reason
from federation.model.search import Completeness
from node.errors import RefusedError
from node.ports.retrieving import Retrieval, RetrieveForm
from node.ports.services import Caller
from node.rest.answers import Responder
from node.rest.call import Call, Route
from node.rest.delivering import Deliver, Delivery, FaceData, FileItem, Room, face_item
from node.rest.envelope import Answer, AnswerHead, AnswerModel, RefusalRow, Request, refusal_row
from node.rest.errors import EdgeError, next_step
from node.rest.fields import Word, Words
from node.rest.limits import Limits, bounded
from node.rest.outcomes import PARTIAL
from node.rest.retrieval import FileForm, file_form
from node.rest.search import FiveElements
from node.rest.subject import Subject, form_of

PATH = "/elc/v1/retrieve/batch"
MAX_ITEMS = 20
AT_ONCE = 4  # retrievals of one request that run side by side: enough for four provinces, and no flood
_BAD_REQUEST = 400
_PARTIAL_ZH = "部分证照未取得"
_PARTIAL_STEP = (
    "see the refusal of each item; repeat the request with the same Idempotency-Key for those that can succeed later"
)
_log = structlog.get_logger("node.rest")


class BatchItem(Subject, FileForm):
    """One certificate and what is wanted of it."""

    outputs: Annotated[tuple[Output, ...], Field(min_length=1, max_length=3)]
    fields: Words = Field((), description="Of DATA; empty: every field that the application allows.")
    deliver: Deliver = Field(Deliver.INLINE, description="Of files: INLINE, or URL.")


class BatchWish(FiveElements):
    """Certificates under one application."""

    apply_id: Word
    items: Annotated[tuple[BatchItem, ...], Field(min_length=1, max_length=MAX_ITEMS)]


class BatchRow(AnswerModel):
    """What became of one output of one item: a file, face data, or a refusal."""

    item: int = Field(description="Which of the request's items, counted from 0.")
    output: Output
    exchange_id: str
    file: FileItem | None = None
    data: FaceData | None = None
    refusal: RefusalRow | None = None


class BatchData(AnswerModel):
    """One row for each output of each item, in the order of the request."""

    total: int = Field(description="How many rows were retrieved.")
    data_list: tuple[BatchRow, ...]


BatchRequest = Request[BatchWish]
BatchAnswer = Answer[BatchData]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One output of one item."""

    item: int
    output: Output
    form: RetrieveForm
    deliver: Deliver


def _wanted(wish: BatchWish, key: str) -> tuple[Wanted, ...]:
    """Every output of every item.

    Raises:
        EdgeError: 400; an item that no retrieval could be made of, or one thing wanted twice.
    """
    every = tuple(
        _one(number, item, output, wish, key) for number, item in enumerate(wish.items) for output in item.outputs
    )
    if len({(one.output, one.form.identifier, _number(one.form)) for one in every}) < len(every):
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, "data.items: the same output of a certificate stands twice")
    return every


def _number(form: RetrieveForm) -> tuple[str, str]:
    return ("", "") if form.named is None else (form.named.type_code, form.named.number)


def _one(number: int, item: BatchItem, output: Output, wish: BatchWish, key: str) -> Wanted:
    if output is Output.VERIFY or item.deliver is Deliver.STREAM:
        detail = f"data.items[{number}]: FILE, ORIGINAL or DATA, and INLINE or URL"
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, detail)
    form = form_of(item, wish.apply_id, key)
    form = replace(form, fields=item.fields) if output is Output.DATA else _file(form, item, output)
    return Wanted(item=number, output=output, form=form, deliver=item.deliver)


def _file(form: RetrieveForm, item: BatchItem, output: Output) -> RetrieveForm:
    """An item's form and end are those of its usage copy; the original beside it comes as it is."""
    original = output is Output.ORIGINAL
    return file_form(form, FileForm() if original else item, original=original)


class Batch:
    """Several retrievals side by side, each with its own row."""

    def __init__(self, retrieval: Retrieval, delivery: Delivery, responder: Responder, limits: Limits) -> None:
        self._retrieval = retrieval
        self._delivery = delivery
        self._responder = responder
        self._limits = limits

    async def serve(self, request: web.Request, call: Call[BatchWish]) -> web.Response:
        """The interface over one request."""
        rows = await self.rows(call.caller, _wanted(call.data, call.key))
        got = sum(row.refusal is None for row in rows)
        head = self._head(request, len(rows) - got)
        answer = BatchAnswer(head=head, data=BatchData(total=got, data_list=rows))
        return self._responder.answer(request, answer, exchange_id=rows[0].exchange_id)

    async def rows(self, caller: Caller, wanted: Sequence[Wanted]) -> tuple[BatchRow, ...]:
        """What becomes of each, in their order; a few at once, and files inside the answer as far as there is room."""
        turns, room = asyncio.Semaphore(AT_ONCE), Room(left=self._limits.inline_bytes)

        async def settled(one: Wanted) -> BatchRow:
            async with turns:
                return await self._settled(caller, one, room)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(settled(one)) for one in wanted]
        return tuple(task.result() for task in tasks)

    def _head(self, request: web.Request, missing: int) -> AnswerHead:
        if not missing:
            return self._responder.head(request)
        return self._responder.partial(
            request,
            status=PARTIAL,
            message=_PARTIAL_ZH,
            reason=Completeness.INCOMPLETE,
            next_step=_PARTIAL_STEP,
            detail=f"{missing} not retrieved",
        )

    async def _settled(self, caller: Caller, one: Wanted, room: Room) -> BatchRow:
        """The row of one output, whatever becomes of it."""
        try:
            async with bounded(self._limits.answer_s if one.output is Output.DATA else self._limits.file_s):
                return await self._retrieved(caller, one, room)
        except RefusedError as error:
            return _refused(one, error)
        except Exception:  # noqa: BLE001 - the others must not be harmed
            _log.exception("rest.failed", route=PATH)
            return _refused(one, RefusedError(Reason.INTERNAL))

    async def _retrieved(self, caller: Caller, one: Wanted, room: Room) -> BatchRow:
        if one.output is Output.DATA:
            face = face_item(await self._retrieval.data(caller, one.form))
            return BatchRow(item=one.item, output=one.output, exchange_id=face.exchange_id, data=face)
        received = await self._retrieval.file(caller, one.form)
        try:
            file = await self._delivery.item(caller, received, one.deliver, room)
        finally:
            self._retrieval.release(received)
        return BatchRow(item=one.item, output=one.output, exchange_id=received.exchange_id, file=file)


def _refused(one: Wanted, error: RefusedError) -> BatchRow:
    row = refusal_row(error.refusal).model_copy(update={"next_step": next_step(error)})
    return BatchRow(item=one.item, output=one.output, exchange_id=error.exchange_id, refusal=row)


def routes(retrieval: Retrieval, delivery: Delivery, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """The batch over `retrieval`."""
    serve = Batch(retrieval, delivery, responder, limits).serve
    summary = "融合获取（批量） · retrieve several certificates"
    return (Route(path=PATH, summary=summary, ask=BatchRequest, tell=BatchAnswer, serve=serve),)
