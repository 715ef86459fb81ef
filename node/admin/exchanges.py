"""GET /admin/v1/exchanges: what became of an exchange, for operators; and what was refused lately without one. DESIGN §9."""

from collections.abc import Iterable

from aiohttp import web

from federation.model.refusal import Reason
from node.admin.paths import EXCHANGES_PATH
from node.errors import RefusedError
from node.ports.timeline import Timelines
from node.usecases.explain.told import told

_MAX_MINUTES = 7 * 24 * 60
_DEFAULT_MINUTES = 15


def exchange_routes(timelines: Timelines) -> Iterable[web.RouteDef]:
    """The routes, over the node's timelines."""

    async def one(request: web.Request) -> web.Response:
        found = await timelines.of(request.match_info["id"])
        if found is None:
            raise RefusedError(Reason.NO_RECORD, "no exchange, request or message of this id is known to this node")
        return web.json_response(told(found))

    async def recent(request: web.Request) -> web.Response:
        minutes = _minutes(request.query.get("minutes", str(_DEFAULT_MINUTES)))
        found = await timelines.recent(minutes)
        return web.json_response({"minutes": minutes, "exchanges": [told(one) for one in found]})

    return (web.get(EXCHANGES_PATH, recent), web.get(EXCHANGES_PATH + "/{id}", one))


def _minutes(text: str) -> int:
    """How far to look back.

    Raises:
        RefusedError: BAD_PARAMETER.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) <= _MAX_MINUTES):  # noqa: PLR2004
        raise RefusedError(Reason.BAD_PARAMETER, f"minutes: 1 to {_MAX_MINUTES}")
    return int(text)
