"""GET /admin/v1/receipts/{id} and …/{id}/both: what can be shown of an exchange, for operators and auditors. Clauses 8.2, 8.5.

The first is the completeness receipt of a search; the second, of any exchange, the entries of both sides with their proofs.
"""

from collections.abc import Iterable

from aiohttp import web

from node.admin.paths import RECEIPTS_PATH
from node.ports.services import ExchangeReceipts, SearchReceipts


def receipt_routes(receipts: SearchReceipts, shown: ExchangeReceipts) -> Iterable[web.RouteDef]:
    """The routes, over the node's receipts."""

    async def one(request: web.Request) -> web.Response:
        found = await receipts.receipt(request.match_info["id"])
        return web.json_response(found.to_dict())

    async def both(request: web.Request) -> web.Response:
        found = await shown.receipt(request.match_info["id"])
        return web.json_response(found.to_dict())

    return web.get(RECEIPTS_PATH + "/{id}", one), web.get(RECEIPTS_PATH + "/{id}/both", both)
