"""GET /admin/v1/alarms: which operators were paused, and why. Clause 7.3, check 7. Operators are digests, as in stop orders.

POST with an operator's account finds those of one of our own: an account has no place in a URL.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from federation.model.refusal import Reason
from node.admin.list_bodies import read
from node.admin.paths import ALARMS_PATH
from node.errors import RefusedError
from node.ports.alarms import StoredAlarm
from node.ports.store import Store

PAGE = 100


class _Asked(BaseModel):
    """Whose alarms: an account of ours, or a digest; neither: everybody's. `before` is the `place` of the last one seen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: Annotated[str, Field(max_length=64)] = ""
    operator: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?\z")] = ""
    before: Annotated[str, Field(max_length=128)] = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = PAGE


def alarm_routes(store: Store, operator_of: Callable[[str], str]) -> Iterable[web.RouteDef]:
    """The routes; `operator_of` makes the digest of an account of ours."""

    def found(asked: _Asked) -> web.Response:
        operator = operator_of(asked.account) if asked.account else asked.operator
        alarms = store.read.alarms.page(operator, _place(asked.before), asked.limit)
        last = place_of(alarms[-1]) if len(alarms) == asked.limit else ""
        return web.json_response({"alarms": [told(one) for one in alarms], "next": last})

    async def newest(_request: web.Request) -> web.Response:
        return found(_Asked())

    async def search(request: web.Request) -> web.Response:
        return found(await read(request, _Asked))

    return web.get(ALARMS_PATH, newest), web.post(ALARMS_PATH, search)


def place_of(alarm: StoredAlarm) -> str:
    """Where an alarm stands in the order of all."""
    return f"{alarm.raised_at.isoformat()} {alarm.alarm_id}"


def told(one: StoredAlarm) -> dict[str, Any]:
    """An alarm as JSON values."""
    return {
        "alarm": one.alarm_id,
        "side": one.side,
        "consumer": one.consumer,
        "operator": one.operator,
        "kind": one.kind,
        "limit": one.limit,
        "application": one.apply_id,
        "app": one.app_id,
        "line": one.use_list_id,
        "raised_at": one.raised_at.isoformat(timespec="seconds"),
        "until": one.until.isoformat(timespec="seconds"),
    }


def _place(text: str) -> tuple[datetime, str] | None:
    if not text:
        return None
    at, _, alarm_id = text.partition(" ")
    try:
        return datetime.fromisoformat(at).astimezone(UTC), alarm_id
    except (ValueError, OverflowError) as error:
        raise RefusedError(Reason.BAD_PARAMETER, "before: what `next` of the page before says") from error
