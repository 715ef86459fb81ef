"""/admin/v1/contents: what is behind the evidence log, held or erased. Clauses 8.5, 11.2. The rules: `node.usecases.erasure`.

Reading takes the node's token or a manager's; a hold, its release and erasing a manager with the role `erase`.
"""

from collections.abc import Iterable
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from node.admin.list_bodies import read
from node.admin.lists import manager_of
from node.admin.paths import CONTENTS_PATH
from node.usecases.erasure import Erasure

_Text = Annotated[str, Field(max_length=100)]


class _Released(BaseModel):
    """Which subject, and the number of the case or letter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: Annotated[str, Field(min_length=1, max_length=100)]
    reference: _Text = ""


class _Grounded(_Released):
    """And on what ground."""

    ground: Annotated[str, Field(min_length=1, max_length=32)]


class _Contents:
    """The handlers."""

    def __init__(self, erasure: Erasure) -> None:
        self._erasure = erasure

    async def of(self, request: web.Request) -> web.Response:
        return web.json_response(dict(self._erasure.of(request.query.get("subject", ""))))

    async def holds(self, request: web.Request) -> web.Response:
        return web.json_response(dict(self._erasure.holds(request.query.get("after", "")[:100])))

    async def erase(self, request: web.Request) -> web.Response:
        manager, body = manager_of(request), await read(request, _Grounded)
        return web.json_response(dict(await self._erasure.erase(manager, body.subject, body.ground, body.reference)))

    async def hold(self, request: web.Request) -> web.Response:
        manager, body = manager_of(request), await read(request, _Grounded)
        return web.json_response(dict(await self._erasure.hold(manager, body.subject, body.ground, body.reference)))

    async def release(self, request: web.Request) -> web.Response:
        manager, body = manager_of(request), await read(request, _Released)
        return web.json_response(dict(await self._erasure.release(manager, body.subject, body.reference)))


def content_routes(erasure: Erasure) -> Iterable[web.RouteDef]:
    """The routes."""
    contents = _Contents(erasure)
    return (
        web.get(CONTENTS_PATH, contents.of),
        web.get(f"{CONTENTS_PATH}/holds", contents.holds),
        web.post(f"{CONTENTS_PATH}/erase", contents.erase),
        web.post(f"{CONTENTS_PATH}/hold", contents.hold),
        web.post(f"{CONTENTS_PATH}/release", contents.release),
    )
