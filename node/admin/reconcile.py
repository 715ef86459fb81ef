"""POST /admin/v1/evidence/reconcile, GET and POST /admin/v1/evidence/missing: compare now, and what is missing. Clause 8.5."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from federation.model.reconcile import Element
from federation.model.refusal import Reason
from node.admin.list_bodies import read
from node.admin.paths import MISSING_PATH, RECONCILE_PATH
from node.errors import RefusedError
from node.ports.store import Store
from node.usecases.reconcile.desk import Desk
from node.usecases.reconcile.overview import PAGE, missing_page, own_told, round_told

MAX_GRACE_S = 366 * 86_400


class _Asked(BaseModel):
    """With whom ("": every peer), and how old an answer must be, in seconds (null: as configured). `own`: this node's own log as well."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    peer: Annotated[str, Field(pattern=r"^(\d{2}0000)?\z")] = ""
    grace_s: Annotated[float, Field(ge=0, le=MAX_GRACE_S)] | None = None
    own: bool = False


class _Page(BaseModel):
    """A page of what is missing, behind `province`, `issued_ms` and `answer` of the last one seen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    province: Annotated[str, Field(pattern=r"^(\d{2}0000)?\z")] = ""
    issued_ms: Annotated[int, Field(ge=0, le=2**53 - 1)] = 0
    answer: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?\z")] = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = PAGE


def reconcile_routes(store: Store, desk: Desk, peers: Callable[[], Sequence[str]]) -> Iterable[web.RouteDef]:
    """The routes; `peers` are those of the moment."""

    async def compare(request: web.Request) -> web.Response:
        asked = await read(request, _Asked)
        if asked.peer and asked.peer not in peers():
            raise RefusedError(
                Reason.BAD_PARAMETER, "peer: no other member of the mesh; certmesh membership show lists them"
            )
        grace = None if asked.grace_s is None else timedelta(seconds=asked.grace_s)
        own = own_told(await desk.verify()) if asked.own else None
        rounds = await desk.now([asked.peer] if asked.peer else peers(), grace)
        return web.json_response({"own_log": own, "rounds": [round_told(one) for one in rounds]})

    async def first(_request: web.Request) -> web.Response:
        return web.json_response({"missing": missing_page(store.read.reconciliations)})

    async def missing(request: web.Request) -> web.Response:
        asked = await read(request, _Page)
        after = (asked.province, Element(asked.issued_ms, bytes.fromhex(asked.answer))) if asked.province else None
        return web.json_response({"missing": missing_page(store.read.reconciliations, after, asked.limit)})

    return web.post(RECONCILE_PATH, compare), web.get(MISSING_PATH, first), web.post(MISSING_PATH, missing)
