"""GET /admin/v1/evidence/checkpoint and …/tile/…: the whole evidence log for auditors, by the read API of C2SP tlog-tiles. DESIGN §7.

Entries of all exchanges are in it, so it is on the admin port and takes the node's own token; peers read hash tiles and the checkpoint
alone (`node.usecases.evidence`). Whatever reads static logs can follow it, with the token as a header. Tiles are made out of the store's
rows when they are asked for, at most 256 rows each.
"""

from collections.abc import Iterable

from aiohttp import hdrs, web

from node.admin.paths import EVIDENCE_PREFIX
from node.ports.store import Store
from node.usecases.evidence_tiles import read_tile
from trust.errors import EvidenceError
from trust.tiles import parse_tile

_NOT_FOUND = 404
_FOR_EVER = "private, max-age=31536000, immutable"  # a tile of this name and width never changes
_OFF_THE_LOOP = 16 << 10  # bytes; compressing more takes longer than a look-up does


def evidence_routes(store: Store) -> Iterable[web.RouteDef]:
    """The routes, over the node's store."""

    async def checkpoint(_request: web.Request) -> web.Response:
        head = await store.checkpoint()
        return web.Response(body=head.checkpoint, content_type="text/plain", charset="utf-8", headers=_no_cache())

    async def tile(request: web.Request) -> web.Response:
        try:
            data = read_tile(store.read.evidence, parse_tile(request.match_info["path"]))
        except EvidenceError as error:
            return web.json_response({"error": str(error)}, status=_NOT_FOUND)
        if data is None:
            return web.json_response({"error": "the log is not that long"}, status=_NOT_FOUND, headers=_no_cache())
        response = web.Response(
            body=data,
            content_type="application/octet-stream",
            headers={hdrs.CACHE_CONTROL: _FOR_EVER},
            zlib_executor_size=_OFF_THE_LOOP,
        )
        response.enable_compression()
        return response

    return (
        web.get(f"{EVIDENCE_PREFIX}/checkpoint", checkpoint),
        web.get(f"{EVIDENCE_PREFIX}/{{path:tile/.+}}", tile),
    )


def _no_cache() -> dict[str, str]:
    return {hdrs.CACHE_CONTROL: "no-cache"}
