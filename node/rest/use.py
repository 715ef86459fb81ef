"""POST /elc/v1/use: application, search and retrieval in one request, for one or several holders. Clause 8, DESIGN §6.

Each holder has an application, a search and a receipt of its own, and each certificate its own use and result, as if they had been asked
for one by one; what fails for one harms no other. All share the request's key: a repeat of the request is a repeat of each part.
"""

import asyncio
from dataclasses import dataclass, replace
from itertools import islice

import structlog
from aiohttp import web

from federation.model.application import Output
from federation.model.refusal import Reason, Refusal
from federation.model.search import Completeness
from node.errors import RefusedError
from node.ports.retrieving import RetrieveForm
from node.ports.services import Caller, OpenedUse, UseForm, Uses
from node.rest.answers import Responder
from node.rest.application import check_unit, form_of, moment
from node.rest.batch import Batch, BatchRow, Wanted
from node.rest.call import Call, Route
from node.rest.delivering import Deliver
from node.rest.envelope import AnswerHead, refusal_row
from node.rest.errors import EdgeError, next_step
from node.rest.limits import Limits, bounded
from node.rest.outcomes import PARTIAL, shortfall
from node.rest.retrieval import FileForm, file_form
from node.rest.search import MAX_PAGE_SIZE, page_of
from node.rest.use_data import MAX_ROWS, HolderRow, NotRetrieved, UseAnswer, UseAnswerData, UseData, UseRequest

PATH = "/elc/v1/use"
AT_ONCE = 4  # holders of one request that are searched for side by side
_BAD_REQUEST = 400
_STEP = (
    "see the outcomes and refusals; repeat the request with the same Idempotency-Key for those that can succeed later"
)
_PARTIAL_ZH, _STEP_ZH = "部分用证未完成", "请查看各项的结果与拒绝原因；以后可能成功的，用同一 Idempotency-Key 重新提交"
_log = structlog.get_logger("node.rest")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """One holder's part, before anything is retrieved: opened, or refused."""

    holder: int
    opened: OpenedUse | None = None
    error: RefusedError | None = None


class _Use:
    """The interface over `Uses` and the batch."""

    def __init__(self, uses: Uses, batch: Batch, responder: Responder, limits: Limits) -> None:
        self._uses = uses
        self._batch = batch
        self._responder = responder
        self._limits = limits

    async def serve(self, request: web.Request, call: Call[UseData]) -> web.Response:
        check_unit(call.data, call.caller)
        forms = _forms(call.data, call.key)
        turns = asyncio.Semaphore(AT_ONCE)

        async def opened(number: int, form: UseForm) -> _Opened:
            async with turns:
                return await self._opened(call.caller, number, form)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(opened(number, form)) for number, form in enumerate(forms)]
        parts = [task.result() for task in tasks]
        rows = await self._retrieved(call, parts)
        missing = _missing(call.data, parts)
        data = UseAnswerData(total=len(rows), data_list=rows, not_retrieved=missing)
        answer = UseAnswer(head=self._head(request, data), data=data)
        return self._responder.answer(request, answer, exchange_id=_exchange(rows, parts))

    async def _opened(self, caller: Caller, number: int, form: UseForm) -> _Opened:
        """One holder's part, whatever becomes of it."""
        try:
            async with bounded(self._limits.answer_s):
                return _Opened(holder=number, opened=await self._uses.open(caller, form))
        except RefusedError as error:
            return _Opened(holder=number, error=error)
        except Exception:  # noqa: BLE001 - the others must not be harmed
            _log.exception("rest.failed", route=PATH)
            return _Opened(holder=number, error=RefusedError(Reason.INTERNAL))

    async def _retrieved(self, call: Call[UseData], parts: list[_Opened]) -> tuple[HolderRow, ...]:
        """The rows of all holders, with what was retrieved for each."""
        wanted = [(part.holder, one) for part in parts for one in _wanted(call.data, part, call.key)]
        found = await self._batch.rows(call.caller, [one for _, one in islice(wanted, MAX_ROWS)])
        late = [_beyond(one) for _, one in wanted[MAX_ROWS:]]
        rows = list(zip((holder for holder, _ in wanted), [*found, *late], strict=True))
        return tuple(_row(part, tuple(row for holder, row in rows if holder == part.holder)) for part in parts)

    def _head(self, request: web.Request, data: UseAnswerData) -> AnswerHead:
        rows, missing = data.data_list, data.not_retrieved
        parts = sum(row.refusal is not None or _lacks(row) for row in rows)
        if not parts and not missing:
            return self._responder.head(request)
        lacks = shortfall(one for row in rows if row.search is not None for one in row.search.outcomes)
        counted = f"{parts} of {len(rows)} holders without a whole answer"
        counted += f", {len(missing)} of retrieveOnly not retrieved" if missing else ""
        return self._responder.partial(
            request,
            status=PARTIAL,
            message=lacks.message if lacks else _PARTIAL_ZH,
            reason=Completeness.INCOMPLETE,
            owner=lacks.owner if lacks else _owner(data),
            next_step=_STEP,
            next_step_zh=lacks.next_step_zh if lacks else _STEP_ZH,
            detail=f"{counted}: {lacks.detail}" if lacks else counted,
        )


def _forms(data: UseData, key: str) -> tuple[UseForm, ...]:
    """The application and search of each holder.

    Raises:
        EdgeError: 400; a holder stands twice, or an output that was not applied for is to be retrieved.
        RefusedError: a time without an offset.
    """
    if not set(data.retrieve) <= set(data.wanted_outputs) - {Output.VERIFY} or data.deliver is Deliver.STREAM:
        detail = "data.retrieve: of wantedOutputs, without VERIFY; data.deliver: INLINE or URL"
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, detail)
    each = (data, *(data.model_copy(update=one.model_dump()) for one in data.other_holders))
    keys = [f"use\x1f{key}\x1f{one.holder_type_code}\x1f{one.holder_code}" for one in each]
    if len(set(keys)) < len(keys):
        raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, "data.otherHolders: a holder stands twice")
    return tuple(
        UseForm(
            application=form_of(one, own_key),
            number=data.certificate_number,
            area_codes=data.area_codes,
            include_invalid=data.include_invalid,
            deadline_ms=data.deadline_ms,
        )
        for one, own_key in zip(each, keys, strict=True)
    )


def _wanted(data: UseData, part: _Opened, key: str) -> list[Wanted]:
    """Every output of every valid certificate of one holder that is to be retrieved."""
    if part.opened is None:
        return []
    items = enumerate(islice(part.opened.found.items, MAX_PAGE_SIZE))
    chosen = [
        (number, one.item.identifier)
        for number, one in items
        if one.item.status == "VALID" and (not data.retrieve_only or one.item.identifier in data.retrieve_only)
    ]
    apply_id = part.opened.application.apply_id
    return [
        Wanted(item=number, output=output, form=_form(data, apply_id, identifier, output, key), deliver=data.deliver)
        for number, identifier in chosen
        for output in dict.fromkeys(data.retrieve)
    ]


def _missing(data: UseData, parts: list[_Opened]) -> tuple[NotRetrieved, ...]:
    """The certificates that were named, to be retrieved, and were not: whichever holder they are of."""
    if not data.retrieve:
        return ()
    shown = {
        one.item.identifier: (one.item.status, number < MAX_PAGE_SIZE)
        for part in parts
        if part.opened is not None
        for number, one in enumerate(part.opened.found.items)
    }
    refusals = [(name, _why_not(shown.get(name), parts)) for name in dict.fromkeys(data.retrieve_only)]
    return tuple(
        NotRetrieved(certificate_id=name, refusal=refusal_row(refusal)) for name, refusal in refusals if refusal
    )


def _why_not(shown: tuple[str, bool] | None, parts: list[_Opened]) -> Refusal | None:
    """Why a certificate was not retrieved, by its status and whether it stands in a row; None where it was tried.

    One that nobody named is NO_RECORD only where every holder's search says so (DESIGN §2.3).
    """
    if shown is None:
        said = [
            part.opened.absent if part.opened else (part.error or RefusedError(Reason.INTERNAL)).refusal
            for part in parts
        ]
        return next((one for one in said if one.reason is not Reason.NO_RECORD), said[0])
    status, listed = shown
    if status != "VALID":
        return Refusal(reason=Reason.NOT_DELIVERABLE, detail=status)
    return None if listed else Refusal(reason=Reason.TOO_LARGE, detail=f"beyond the first {MAX_PAGE_SIZE} found")


def _form(data: UseData, apply_id: str, identifier: str, output: Output, key: str) -> RetrieveForm:
    form = RetrieveForm(apply_id=apply_id, identifier=identifier, key=key)
    if output is Output.DATA:
        return replace(form, fields=data.wanted_fields)
    if output is Output.ORIGINAL:
        return file_form(form, FileForm(), original=True)
    return replace(form, expires=moment("copyExpiringTime", data.copy_expiring_time), file_format=data.file_format)


def _beyond(one: Wanted) -> BatchRow:
    """What is more than one request retrieves."""
    step = "retrieve it under the same applyId with /elc/v1/retrieve/batch"
    refusal = refusal_row(RefusedError(Reason.TOO_LARGE, f"more than {MAX_ROWS} in one request").refusal)
    return BatchRow(
        item=one.item, output=one.output, exchange_id="", refusal=refusal.model_copy(update={"next_step": step})
    )


def _row(part: _Opened, retrieved: tuple[BatchRow, ...]) -> HolderRow:
    if part.opened is None:
        error = part.error or RefusedError(Reason.INTERNAL)
        refusal = refusal_row(error.refusal).model_copy(update={"next_step": next_step(error)})
        return HolderRow(holder=part.holder, apply_id="", refusal=refusal)
    search = page_of(part.opened.found, 1, MAX_PAGE_SIZE)
    return HolderRow(holder=part.holder, apply_id=part.opened.application.apply_id, search=search, retrieved=retrieved)


def _lacks(row: HolderRow) -> bool:
    silent = row.search is not None and row.search.verdict is Completeness.INCOMPLETE
    return silent or any(one.refusal is not None for one in row.retrieved)


def _owner(data: UseAnswerData) -> str:
    """Who has to act for the first thing that is lacking."""
    refusals = [row.refusal for row in data.data_list]
    refusals += [one.refusal for row in data.data_list for one in row.retrieved]
    refusals += [one.refusal for one in data.not_retrieved]
    return next(one.owner for one in refusals if one is not None)


def _exchange(rows: tuple[HolderRow, ...], parts: list[_Opened]) -> str:
    """The exchange of the first holder, for the log: of its search, or of its refusal."""
    search, error = rows[0].search, parts[0].error
    return search.exchange_id if search is not None else error.exchange_id if error is not None else ""


def routes(uses: Uses, batch: Batch, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """The interface over `uses`; what is retrieved comes through `batch`."""
    serve = _Use(uses, batch, responder, limits).serve
    summary = "一次用证：申请、检索、获取 · apply, search and retrieve in one request"
    return (Route(path=PATH, summary=summary, ask=UseRequest, tell=UseAnswer, serve=serve),)
