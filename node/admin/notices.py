"""/admin/v1/notices: what became of the notices this node has to tell, sending them again, and deferrals. Clause 8.4.

Reading and sending again take the node's token or a manager's; to defer and to release, a manager with the role `review`. No personal data:
events name nobody. The rules: `node.usecases.telling`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from federation.model.refusal import Reason
from node.admin.list_bodies import number, read
from node.admin.lists import MANAGER, manager_of
from node.admin.paths import NOTICES_PATH
from node.errors import RefusedError
from node.ports.deferrals import Deferral, Subject
from node.ports.notices import OutboxState
from node.ports.store import Store
from node.usecases.telling.deferring import DeferralDesk, Wanted
from node.usecases.telling.letters import PAGE, Letters
from node.vault import Vault

_MAX_PAGE = 500
_Id = Annotated[str, Field(max_length=64)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Resend(_Body):
    """Dead letters of a notice, of a target, or both."""

    notice: _Id = ""
    target: Annotated[str, Field(max_length=64)] = ""


class Defer(_Body):
    """One application or one use, the ground, and until when (ISO 8601 with offset)."""

    application: _Id = ""
    exchange: _Id = ""
    law: Annotated[str, Field(max_length=200)]
    article: Annotated[str, Field(max_length=200)]
    until: Annotated[str, Field(max_length=40)]


class Release(_Body):
    """Which deferral."""

    id: Annotated[str, Field(min_length=1, max_length=64)]


class _Notices:
    """The handlers."""

    def __init__(self, letters: Letters, desk: DeferralDesk, store: Store, vault: Vault) -> None:
        self._letters = letters
        self._desk = desk
        self._store = store
        self._vault = vault

    async def page(self, request: web.Request) -> web.Response:
        query = request.query
        limit = max(1, min(number(query, "limit", PAGE), _MAX_PAGE))
        before = number(query, "before", 0) or None
        return web.json_response(
            self._letters.page(_state(query.get("state", "")), query.get("target", ""), before, limit)
        )

    async def show(self, request: web.Request) -> web.Response:
        return web.json_response(self._letters.show(request.query.get("id", "")))

    async def resend(self, request: web.Request) -> web.Response:
        body, manager = await read(request, Resend), request.get(MANAGER)
        by = self._vault.digest("manager", manager.account) if manager is not None else ""
        return web.json_response({"sent": dict(await self._letters.resend(body.notice, body.target, by))})

    async def deferrals(self, request: web.Request) -> web.Response:
        limit = max(1, min(number(request.query, "limit", PAGE), _MAX_PAGE))
        found = self._store.read.deferrals.page(_instant(request.query.get("before", ""), "before"), limit)
        following = found[-1].given_at.isoformat() if len(found) == limit else ""
        return web.json_response({"deferrals": [told(one) for one in found], "next": following})

    async def defer(self, request: web.Request) -> web.Response:
        manager, body = manager_of(request), await read(request, Defer)
        given, held = await self._desk.defer(manager, _wanted(body))
        return web.json_response({**told(given), "held": held})

    async def release(self, request: web.Request) -> web.Response:
        manager, body = manager_of(request), await read(request, Release)
        ended, sent = await self._desk.release(manager, body.id)
        return web.json_response({**told(ended), "sent": sent})


def notice_routes(letters: Letters, desk: DeferralDesk, store: Store, vault: Vault) -> Iterable[web.RouteDef]:
    """The routes."""
    notices = _Notices(letters, desk, store, vault)
    return (
        web.get(NOTICES_PATH, notices.page),
        web.get(f"{NOTICES_PATH}/one", notices.show),
        web.post(f"{NOTICES_PATH}/resend", notices.resend),
        web.get(f"{NOTICES_PATH}/deferrals", notices.deferrals),
        web.post(f"{NOTICES_PATH}/defer", notices.defer),
        web.post(f"{NOTICES_PATH}/release", notices.release),
    )


def told(one: Deferral) -> dict[str, Any]:
    """A deferral as JSON values."""
    return {
        "id": one.deferral_id,
        "province": one.province,
        "kind": one.kind.value,
        "subject": one.subject,
        "law": one.law,
        "article": one.article,
        "until": one.until.isoformat(timespec="seconds"),
        "manager": one.manager,
        "given_at": one.given_at.isoformat(timespec="seconds"),
        "ended_at": one.ended_at.isoformat(timespec="seconds") if one.ended_at else "",
        "ended_by": one.ended_by,
    }


def _wanted(body: Defer) -> Wanted:
    if bool(body.application) == bool(body.exchange):
        raise RefusedError(Reason.BAD_PARAMETER, "give application or exchange, one of the two")
    until = _instant(body.until, "until")
    if until is None:
        raise RefusedError(Reason.BAD_PARAMETER, "until: a time with an offset, such as 2026-12-31T00:00:00+08:00")
    return Wanted(
        kind=Subject.APPLICATION if body.application else Subject.EXCHANGE,
        subject=body.application or body.exchange,
        law=body.law.strip(),
        article=body.article.strip(),
        until=until,
    )


def _instant(text: str, name: str) -> datetime | None:
    """A time in UTC; None for "".

    Raises:
        RefusedError: BAD_PARAMETER.
    """
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        moment = at.astimezone(UTC)
    except (ValueError, OverflowError):
        at = moment = datetime.min  # noqa: DTZ901 - stands for none
    if at.tzinfo is None:
        raise RefusedError(Reason.BAD_PARAMETER, f"{name}: a time with an offset, such as 2026-12-31T00:00:00+08:00")
    return moment


def _state(word: str) -> OutboxState:
    """Which letters are asked for: "" those that are dead.

    Raises:
        RefusedError: BAD_PARAMETER.
    """
    if word.upper() not in ("", *OutboxState):
        raise RefusedError(Reason.BAD_PARAMETER, "state: pending, deferred, delivered or dead")
    return OutboxState(word.upper() or OutboxState.DEAD)
