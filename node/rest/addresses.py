"""GET /elc/v1/download/{token}: the file behind a one-time address. REQUIREMENTS P16; the rules: `node.usecases.retrieval.downloads`.

The token in the path is not enough: the caller shows its own bearer token, too, in the Authorization header. Whatever cannot be fetched is
answered with a status of its own and the refusal as JSON, before any byte of a file.
"""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from federation.model.refusal import Reason
from node.errors import RefusedError, UnknownDownloadError
from node.ports.retrieving import Downloads, ReceivedFile, Retrieval
from node.rest.answers import TRAIL
from node.rest.auth import Doorkeeper, header_token
from node.rest.download import send
from node.rest.errors import EdgeError
from node.rest.limits import Gate, Limits, bounded

FOLDER = "/elc/v1/download/"
PATH = FOLDER + "{token}"
SUMMARY = "一次性下载地址 · fetch a file by its one-time address"
_BAD_REQUEST, _UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _GONE = 400, 401, 403, 404, 410
STATUSES = {
    _FORBIDDEN: "What the address rests on was stopped or withdrawn.",
    _NOT_FOUND: "No such address, or another application's.",
    _GONE: "The address was used, or its time is over.",
}


def _statused(error: RefusedError) -> RefusedError:
    """A refusal of a download as HTTP says it; load and inner errors keep the status they have everywhere."""
    refusal = error.refusal
    if isinstance(error, EdgeError) or refusal.reason in {Reason.INTERNAL, Reason.OVERLOADED}:
        return error
    unknown, spent = isinstance(error, UnknownDownloadError), refusal.reason is Reason.DOWNLOAD_SPENT
    status = (_NOT_FOUND if unknown else _GONE) if spent else _FORBIDDEN
    return EdgeError(status, refusal.reason, refusal.detail, retry_after_s=refusal.retry_after_s)


def endpoint(
    downloads: Downloads, retrieval: Retrieval, *, doorkeeper: Doorkeeper, gate: Gate, limits: Limits
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler of `PATH`."""

    async def fetch(request: web.Request) -> web.StreamResponse:
        if request.query_string:
            raise EdgeError(_BAD_REQUEST, Reason.BAD_PARAMETER, "the query string must be empty")
        async with gate.turn():
            token = header_token(request)
            if token is None:
                raise EdgeError(_UNAUTHORISED, Reason.NOT_AUTHORISED, "no token in the Authorization header")
            app = doorkeeper.admit(token)
            structlog.contextvars.bind_contextvars(app_id=app.app_id)
            try:
                async with bounded(limits.answer_s):
                    received = await downloads.take(app.caller, request.match_info["token"])
            except RefusedError as error:
                raise _statused(error) from error
            return await _send(request, received)

    async def _send(request: web.Request, received: ReceivedFile) -> web.StreamResponse:
        request[TRAIL].exchange_id = received.exchange_id
        try:
            response, complete = await send(request, received, limit_s=limits.send_s)
            request[TRAIL].broken_off = not complete
            if not complete:
                await retrieval.cut(received)
            return response
        finally:
            await downloads.done(received)

    return fetch
