"""/admin/v1/objections: objections to certificates, for those who answer them (异议处理). P5. Rules: `usecases.objection.deciding`.

The list takes the node's token or a manager's; looking into one and answering take a manager with the role `objections`.
"""

from collections.abc import Iterable
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from federation.model.refusal import Reason
from node.admin.list_bodies import number, read
from node.admin.lists import manager_of
from node.admin.paths import OBJECTIONS_PATH
from node.errors import RefusedError
from node.ports.objections import WAITING, CaseState, Part
from node.usecases.objection.deciding import PAGE, ObjectionDesk

_MAX_PAGE = 500


class _Named(BaseModel):
    """Which objection."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=64)]


class _Rejected(_Named):
    """Which one, and why."""

    reason: Annotated[str, Field(max_length=1000)]


class _Corrected(_Named):
    """Which one, and which certificate counts instead ("": the same, with other data)."""

    by: Annotated[str, Field(max_length=128)] = ""
    reason: Annotated[str, Field(max_length=1000)] = ""


class _Objections:
    """The handlers."""

    def __init__(self, desk: ObjectionDesk) -> None:
        self._desk = desk

    async def page(self, request: web.Request) -> web.Response:
        query = request.query
        limit = max(1, min(number(query, "limit", PAGE), _MAX_PAGE))
        states, part = _states(query.get("state", "")), _part(query.get("part", ""))
        return web.json_response(self._desk.page(states, part, _after(query.get("after", "")), limit))

    async def show(self, request: web.Request) -> web.Response:
        manager, body = manager_of(request), await read(request, _Named)
        return web.json_response(await self._desk.show(manager, body.id))

    async def take(self, request: web.Request) -> web.Response:
        manager, body = manager_of(request), await read(request, _Named)
        return web.json_response(await self._desk.take(manager, body.id))

    async def retell(self, request: web.Request) -> web.Response:
        manager, body = manager_of(request), await read(request, _Named)
        return web.json_response(await self._desk.retell(manager, body.id))

    async def correct(self, request: web.Request) -> web.Response:
        manager, body = manager_of(request), await read(request, _Corrected)
        return web.json_response(await self._desk.correct(manager, body.id, body.by, body.reason))

    async def reject(self, request: web.Request) -> web.Response:
        manager, body = manager_of(request), await read(request, _Rejected)
        return web.json_response(await self._desk.reject(manager, body.id, body.reason))


def objection_routes(desk: ObjectionDesk) -> Iterable[web.RouteDef]:
    """The routes, over the node's desk."""
    objections = _Objections(desk)
    return (
        web.get(OBJECTIONS_PATH, objections.page),
        web.post(f"{OBJECTIONS_PATH}/show", objections.show),
        web.post(f"{OBJECTIONS_PATH}/take", objections.take),
        web.post(f"{OBJECTIONS_PATH}/retell", objections.retell),
        web.post(f"{OBJECTIONS_PATH}/correct", objections.correct),
        web.post(f"{OBJECTIONS_PATH}/reject", objections.reject),
    )


def _states(word: str) -> tuple[CaseState, ...]:
    """Which are asked for: "" those that wait, "all" all.

    Raises:
        RefusedError: BAD_PARAMETER.
    """
    if word == "all":
        return tuple(CaseState)
    if not word:
        return tuple(sorted(WAITING))
    if word.upper() not in CaseState.__members__:
        raise RefusedError(Reason.BAD_PARAMETER, f"state: all, {', '.join(one.lower() for one in CaseState)}")
    return (CaseState(word.upper()),)


def _part(word: str) -> Part | None:
    if not word:
        return None
    if word.upper() not in Part.__members__:
        raise RefusedError(Reason.BAD_PARAMETER, f"part: {', '.join(one.lower() for one in Part)}")
    return Part(word.upper())


def _after(word: str) -> tuple[str, str] | None:
    if not word:
        return None
    due, _, objection_id = word.partition("/")
    if not objection_id:
        raise RefusedError(Reason.BAD_PARAMETER, "after: as `next` was")
    return due, objection_id
