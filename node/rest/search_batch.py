"""POST /elc/v1/search/batch: several fused searches in one request, each under an application of its own. Clause 8.2.

Each has its own deadline, entries, receipt and result; one that is refused harms no other.
"""

import asyncio
from typing import Annotated

import structlog
from aiohttp import web
from pydantic import Field

from federation.model.refusal import Owner, Reason
from federation.model.search import Completeness
from node.errors import RefusedError
from node.ports.services import Caller, Search
from node.rest.answers import Responder
from node.rest.call import Call, Route
from node.rest.envelope import Answer, AnswerHead, AnswerModel, RefusalRow, Request, RequestModel, refusal_row
from node.rest.errors import next_step
from node.rest.limits import Limits, bounded
from node.rest.outcomes import PARTIAL, shortfall
from node.rest.search import SearchAnswerData, SearchData, form_of, page_of

PATH = "/elc/v1/search/batch"
MAX_SEARCHES = 20
AT_ONCE = 4  # searches of one request that run side by side
_STEP = "see the outcomes and the refusal of each search; ask those again that can succeed later"
_PARTIAL_ZH, _STEP_ZH = "部分检索未被受理", "请查看各项检索的拒绝原因，改正后重新检索"
_log = structlog.get_logger("node.rest")


class SearchBatchData(RequestModel):
    """Searches, each as for /elc/v1/search."""

    searches: Annotated[tuple[SearchData, ...], Field(min_length=1, max_length=MAX_SEARCHES)]


class SearchRow(AnswerModel):
    """What became of one search: a page of what was found, or a refusal."""

    search: int = Field(description="Which of the request's searches, counted from 0.")
    found: SearchAnswerData | None = None
    refusal: RefusalRow | None = None


class SearchBatchAnswerData(AnswerModel):
    """One row for each search, in the order of the request."""

    total: int
    data_list: tuple[SearchRow, ...]


SearchBatchRequest = Request[SearchBatchData]
SearchBatchAnswer = Answer[SearchBatchAnswerData]


def _head(request: web.Request, rows: tuple[SearchRow, ...], responder: Responder) -> AnswerHead:
    parts = sum(row.found is None or row.found.verdict is Completeness.INCOMPLETE for row in rows)
    if not parts:
        return responder.head(request)
    lacks = shortfall(one for row in rows if row.found is not None for one in row.found.outcomes)
    counted = f"{parts} of {len(rows)} searches without a whole answer"
    return responder.partial(
        request,
        status=PARTIAL,
        message=lacks.message if lacks else _PARTIAL_ZH,
        reason=Completeness.INCOMPLETE,
        owner=lacks.owner if lacks else Owner.CALLER,
        next_step=_STEP,
        next_step_zh=lacks.next_step_zh if lacks else _STEP_ZH,
        detail=f"{counted}: {lacks.detail}" if lacks else counted,
    )


def routes(search: Search, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """The batch over `search`."""

    async def settled(caller: Caller, number: int, data: SearchData) -> SearchRow:
        """One search, whatever becomes of it."""
        try:
            async with bounded(limits.answer_s):
                found = await search.fused(caller, form_of(data))
        except RefusedError as error:
            refusal = refusal_row(error.refusal).model_copy(update={"next_step": next_step(error)})
        except Exception:  # noqa: BLE001 - the others must not be harmed
            _log.exception("rest.failed", route=PATH)
            refusal = refusal_row(RefusedError(Reason.INTERNAL).refusal)
        else:
            return SearchRow(search=number, found=page_of(found, data.page_no, data.page_size))
        return SearchRow(search=number, refusal=refusal)

    async def serve(request: web.Request, call: Call[SearchBatchData]) -> web.Response:
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(number: int, data: SearchData) -> SearchRow:
            async with turns:
                return await settled(call.caller, number, data)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(number, data)) for number, data in enumerate(call.data.searches)]
        rows = tuple(task.result() for task in tasks)
        answer = SearchBatchAnswer(
            head=_head(request, rows, responder), data=SearchBatchAnswerData(total=len(rows), data_list=rows)
        )
        exchange = next((row.found.exchange_id for row in rows if row.found is not None), "")
        return responder.answer(request, answer, exchange_id=exchange)

    summary = "融合检索（批量） · several fused searches"
    route: Route = Route(path=PATH, summary=summary, ask=SearchBatchRequest, tell=SearchBatchAnswer, serve=serve)
    return (route,)
