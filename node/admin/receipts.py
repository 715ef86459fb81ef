"""GET /admin/v1/receipts/{id}: the completeness receipt of a search, for operators and auditors. Clause 8.2."""

from collections.abc import Iterable

from aiohttp import web

from node.admin.paths import RECEIPTS_PATH
from node.ports.services import SearchReceipts


def receipt_routes(receipts: SearchReceipts) -> Iterable[web.RouteDef]:
    """The route, over the node's receipts."""

    async def one(request: web.Request) -> web.Response:
        found = await receipts.receipt(request.match_info["id"])
        return web.json_response(found.to_dict())

    return (web.get(RECEIPTS_PATH + "/{id}", one),)
