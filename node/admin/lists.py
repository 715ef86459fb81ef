"""The lists in the admin application: `/admin/v1/catalogue`, `/uselist`, `/decisions`, for managers and the console to come. Clauses 6, 9.

Reading takes the node's own token or a manager's; every change takes a manager's, whose role and person the rules ask for. Ids stand in
queries and bodies, because those of decisions hold slashes.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from aiohttp import web

from federation.model.refusal import Reason
from node.admin import list_bodies as bodies
from node.admin import openapi
from node.admin.list_bodies import number, read
from node.admin.list_files import ListFiles
from node.admin.paths import LISTS_PREFIX
from node.errors import RefusedError
from node.ports.lists import Action, Kind, StoredDraft
from node.usecases.lists import PublishedLine
from node.usecases.workshop.assembled import Workshop
from node.usecases.workshop.deciding import key_of
from node.usecases.workshop.difference import difference
from node.usecases.workshop.editing import Taken
from node.usecases.workshop.managers import Manager
from node.usecases.workshop.views import MAX_LIMIT, PAGE, Filter

MANAGER = web.RequestKey("manager", Manager)
_MARKS = {"suspend": Action.SUSPEND, "resume": Action.RESUME, "withdraw": Action.WITHDRAW}
_log = structlog.get_logger(__name__)

Answer = Mapping[str, Any] | web.StreamResponse
Handle = Callable[[web.Request, Kind], Awaitable[Answer]]


def manager_of(request: web.Request) -> Manager:
    """The manager who asks.

    Raises:
        RefusedError: NOT_AUTHORISED; it is the operator.
    """
    manager: Manager | None = request.get(MANAGER)
    if manager is None:
        raise RefusedError(
            Reason.NOT_AUTHORISED, "this needs a list manager's token ([[managers]] in the configuration)"
        )
    return manager


class _Lists:
    """The handlers."""

    def __init__(self, workshop: Workshop) -> None:
        """Over one workshop."""
        self._shop = workshop
        self._files = ListFiles(workshop)

    def routes(self) -> list[web.RouteDef]:
        """All paths."""
        table: list[web.RouteDef] = []
        for kind in Kind:
            table += [
                web.get(f"{LISTS_PREFIX}{kind.value}{path}", _bound(call, kind)) for path, call in self._reading(kind)
            ]
            table += [
                web.post(f"{LISTS_PREFIX}{kind.value}{path}", _bound(call, kind)) for path, call in self._writing(kind)
            ]
        return table

    def _reading(self, kind: Kind) -> list[tuple[str, Handle]]:
        table: list[tuple[str, Handle]] = [
            ("", self.page),
            ("/one", self.one),
            ("/diff", self.diff),
            ("/export", self._files.exported),
        ]
        return [*table, ("/waiting", self.waiting)] if kind is Kind.DECISIONS else table

    def _writing(self, kind: Kind) -> list[tuple[str, Handle]]:
        steps: list[tuple[str, Handle]] = [
            ("/submit", self.submit),
            ("/review", self.review),
            ("/publish", self.publish),
            ("/drop", self.drop),
        ]
        if kind is Kind.DECISIONS:
            return [*steps, ("/decide", self.decide)]
        marks: list[tuple[str, Handle]] = [(f"/{word}", self._marking(action)) for word, action in _MARKS.items()]
        return [*steps, ("/validate", self.validate), ("/drafts", self.draft), ("/import", self.imported), *marks]

    async def page(self, request: web.Request, kind: Kind) -> Answer:
        query = request.query
        wanted = Filter(state=query.get("state", ""), text=query.get("text", ""), provider=query.get("provider", ""))
        after = query.get("after", "")
        return await self._shop.views.page(kind, self._province(request), wanted, after=after, limit=_limit(query))

    async def one(self, request: web.Request, kind: Kind) -> Answer:
        return self._shop.views.one(kind, self._province(request), request.query.get("id", ""))

    async def diff(self, request: web.Request, kind: Kind) -> Answer:
        query, store = request.query, self._shop.desk.store
        return await difference(
            lambda: store.read.publications,
            kind,
            self._province(request),
            number(query, "from"),
            number(query, "to"),
            after=query.get("after", ""),
        )

    async def waiting(self, request: web.Request, _kind: Kind) -> Answer:
        query = request.query
        limit = _limit(query)
        found = await self._shop.deciding.waiting(query.get("consumer") or None, query.get("after", ""), limit)
        return {"lines": [_line(one) for one in found], "next": key_of(found[-1]) if len(found) == limit else ""}

    async def validate(self, request: web.Request, kind: Kind) -> Answer:
        _, faults = self._shop.editing.checked(kind, (await read(request, bodies.Entry)).entry)
        return {"good": not faults, "problems": [one.to_dict() for one in faults]}

    async def draft(self, request: web.Request, kind: Kind) -> Answer:
        manager = manager_of(request)
        return _draft(await self._shop.editing.draft(kind, (await read(request, bodies.Entry)).entry, manager))

    async def submit(self, request: web.Request, kind: Kind) -> Answer:
        manager = manager_of(request)
        return _taken(await self._shop.editing.submit(kind, (await read(request, bodies.Ids)).ids, manager))

    async def review(self, request: web.Request, kind: Kind) -> Answer:
        manager, body = manager_of(request), await read(request, bodies.Review)
        editing, approve = self._shop.editing, body.approve
        return _taken(
            await editing.review(kind, body.ids, manager, approve=approve, reason=body.reason, seen=body.seen)
        )

    async def publish(self, request: web.Request, kind: Kind) -> Answer:
        manager, body = manager_of(request), await read(request, bodies.Publish)
        done = await self._shop.publishing.publish(kind, body.ids, manager, submitted=body.submitted, seen=body.seen)
        _log.info("lists.published", kind=kind.value, version=done.version, entries=len(done.ids))
        return {"version": done.version, "ids": list(done.ids), "left": done.left}

    async def drop(self, request: web.Request, kind: Kind) -> Answer:
        manager = manager_of(request)
        return _taken(await self._shop.editing.drop(kind, (await read(request, bodies.Drop)).ids, manager))

    def _marking(self, action: Action) -> Handle:
        async def mark(request: web.Request, kind: Kind) -> Answer:
            manager, body = manager_of(request), await read(request, bodies.Mark)
            return _taken(await self._shop.ending.mark(kind, action, body.which(), manager, body.reason))

        return mark

    async def decide(self, request: web.Request, _kind: Kind) -> Answer:
        manager, body = manager_of(request), await read(request, bodies.Decide)
        deciding = self._shop.deciding
        if not body.use_list_id:
            return _taken(await deciding.decide_all(manager, body.consumer, body.verdict()))
        draft = await deciding.decide(
            manager, body.consumer, body.use_list_id, body.verdict(), line_version=body.line_version
        )
        return _draft(draft)

    async def imported(self, request: web.Request, kind: Kind) -> Answer:
        done = await self._files.imported(request, kind, manager_of(request))
        _log.info("lists.imported", kind=kind.value, new=done.new, changed=done.changed, skipped=done.skipped)
        return {"new": done.new, "changed": done.changed, "skipped": done.skipped}

    def _province(self, request: web.Request) -> str:
        return request.query.get("province") or self._shop.desk.province


def list_routes(workshop: Workshop) -> list[web.RouteDef]:
    """All paths of the lists."""
    return [web.get(openapi.PATH, _described), *_Lists(workshop).routes()]


async def _described(_request: web.Request) -> web.Response:
    return web.Response(body=openapi.document(), content_type="application/json")


def _bound(handle: Handle, kind: Kind) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handler(request: web.Request) -> web.StreamResponse:
        answer = await handle(request, kind)
        return answer if isinstance(answer, web.StreamResponse) else web.json_response(dict(answer))

    return handler


def _limit(query: Mapping[str, str]) -> int:
    """How many rows a page has."""
    return max(1, min(number(query, "limit", PAGE), MAX_LIMIT))


def _draft(draft: StoredDraft) -> dict[str, Any]:
    return {"id": draft.id, "action": draft.action.value, "state": draft.state.value}


def _taken(taken: Taken) -> dict[str, Any]:
    return {"ids": list(taken.ids), "left": taken.left}


def _line(published: PublishedLine) -> dict[str, Any]:
    return {"decision_id": key_of(published), "digest": published.digest, "line": published.line.to_dict()}
