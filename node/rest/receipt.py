"""POST /elc/v1/search/receipt: the completeness receipt of the caller's own search, to keep with the case file. Clause 8.2, DESIGN §6.3."""

from typing import Any

from aiohttp import web
from pydantic import Field

from node.ports.services import SearchReceipts
from node.rest.answers import Responder
from node.rest.call import Call, Route
from node.rest.envelope import Answer, AnswerModel, Request, RequestModel
from node.rest.fields import RequestId
from node.rest.limits import Limits, bounded

PATH = "/elc/v1/search/receipt"


class ReceiptData(RequestModel):
    """Which search."""

    exchange_id: RequestId = Field(description="As the search told it.")


class ReceiptAnswerData(AnswerModel):
    """The receipt, without personal data."""

    receipt: dict[str, Any] = Field(
        description="Keep it as it is; `certmesh receipt verify` checks it on any machine, with the membership document alone."
    )


ReceiptRequest = Request[ReceiptData]
ReceiptAnswer = Answer[ReceiptAnswerData]


def routes(receipts: SearchReceipts, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """The interface over `receipts`."""

    async def serve(request: web.Request, call: Call[ReceiptData]) -> web.Response:
        async with bounded(limits.answer_s):
            found = await receipts.receipt(call.data.exchange_id, call.caller)
        answer = ReceiptAnswer(head=responder.head(request), data=ReceiptAnswerData(receipt=found.to_dict()))
        return responder.answer(request, answer, exchange_id=found.exchange_id)

    summary = "检索完整性回执 · the completeness receipt of a search"
    return (Route(path=PATH, summary=summary, ask=ReceiptRequest, tell=ReceiptAnswer, serve=serve),)
