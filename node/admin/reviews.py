"""/admin/v1/reviews: the queue of applications that a person decides (人工核验). Clause 7.3. The rules: `node.usecases.applying.review`.

Who may see the queue takes the node's token or a manager's; looking at one application and deciding take a manager with the role `review`.
"""

from collections.abc import Iterable
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from federation.model.refusal import Reason
from node.admin.list_bodies import number, read
from node.admin.lists import manager_of
from node.admin.paths import REVIEWS_PATH
from node.errors import RefusedError
from node.ports.reviews import ReviewState
from node.usecases.applying.review import PAGE, ReviewDesk

_MAX_PAGE = 500
_Id = Annotated[str, Field(min_length=1, max_length=200)]


class _Named(BaseModel):
    """Which review."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: _Id


class _Decided(_Named):
    """Which review, and why."""

    reason: Annotated[str, Field(max_length=1000)] = ""


class _Reviews:
    """The handlers."""

    def __init__(self, desk: ReviewDesk) -> None:
        self._desk = desk

    async def page(self, request: web.Request) -> web.Response:
        query = request.query
        limit = max(1, min(number(query, "limit", PAGE), _MAX_PAGE))
        state, after, consumer = (query.get(name, "") for name in ("state", "after", "consumer"))
        return web.json_response(self._desk.page(_state(state), after, limit, consumer))

    async def show(self, request: web.Request) -> web.Response:
        manager, body = manager_of(request), await read(request, _Named)
        return web.json_response(await self._desk.show(manager, body.id))

    async def accept(self, request: web.Request) -> web.Response:
        return await self._decide(request, ReviewState.PASSED)

    async def reject(self, request: web.Request) -> web.Response:
        return await self._decide(request, ReviewState.REJECTED)

    async def _decide(self, request: web.Request, state: ReviewState) -> web.Response:
        manager, body = manager_of(request), await read(request, _Decided)
        return web.json_response(await self._desk.decide(manager, body.id, state, body.reason))


def review_routes(desk: ReviewDesk) -> Iterable[web.RouteDef]:
    """The routes, over the node's desk."""
    reviews = _Reviews(desk)
    return (
        web.get(REVIEWS_PATH, reviews.page),
        web.post(f"{REVIEWS_PATH}/show", reviews.show),
        web.post(f"{REVIEWS_PATH}/pass", reviews.accept),
        web.post(f"{REVIEWS_PATH}/reject", reviews.reject),
    )


def _state(word: str) -> ReviewState | None:
    """Which reviews are asked for: "" those that wait, "all" all.

    Raises:
        RefusedError: BAD_PARAMETER.
    """
    if word == "all":
        return None
    if word.upper() not in ("", *ReviewState):
        raise RefusedError(Reason.BAD_PARAMETER, "state: waiting, passed, rejected or all")
    return ReviewState(word.upper() or ReviewState.WAITING)
