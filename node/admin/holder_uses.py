"""/admin/v1/holder: who used a holder's certificates, asked at the node's own desk; and what provinces left out. Clause 8.4.

The operator asks as a counter does: for a holder who is there and has signed; no other way is open here, and it is on record. The number
comes in the body and goes into no line of any log.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from federation.model.application import Holder
from federation.model.holder_uses import Place
from node.admin.list_bodies import number, read
from node.admin.paths import HOLDER_OMISSIONS_PATH, HOLDER_USES_PATH
from node.ports.holder_log import HolderLog
from node.ports.holder_uses import HolderUses, UsesForm
from node.ports.services import Caller
from node.usecases.holder_log.words import omission, told

DESK = Caller(app_id="admin", use_org_code="", use_org_name="节点管理台", uses=frozenset({Place.COUNTER}))
_MOST = 1000
_Word = Annotated[str, Field(min_length=1, max_length=128)]


class _Asked(BaseModel):
    """Whose uses, and who asks for whom."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type_code: Annotated[str, Field(pattern=r"^[0-9]{3}$")]
    code: _Word
    operator: _Word
    expression: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


def holder_routes(uses: HolderUses, log: HolderLog) -> Iterable[web.RouteDef]:
    """The routes, over the node's asking and what it kept of omissions."""

    async def ask(request: web.Request) -> web.Response:
        answer = await uses.ask(DESK, _form(await read(request, _Asked)))
        return web.json_response(told(answer) | {"receipt": answer.receipt.to_dict()})

    async def omissions(request: web.Request) -> web.Response:
        limit = max(1, min(number(request.query, "limit", _MOST), _MOST))
        return web.json_response({"omissions": [omission(one) for one in log.omissions(limit)]})

    return (web.post(HOLDER_USES_PATH, ask), web.get(HOLDER_OMISSIONS_PATH, omissions))


def _form(asked: _Asked) -> UsesForm:
    return UsesForm(
        holder=Holder(code=asked.code, type_code=asked.type_code),
        place=Place.COUNTER,
        since=_utc(asked.since),
        until=_utc(asked.until),
        operator=asked.operator,
        expression=asked.expression,
    )


def _utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)
