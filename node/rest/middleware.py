"""Around every request: errors become answers, and one log line and one measurement are written. Never a body, never a query string."""

import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import hdrs, web

from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.store import SigningRefusedError
from node.rest.answers import TRAIL, Responder, Trail
from node.rest.errors import EdgeError
from node.usecases.explain.mishaps import Door, Mishap

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# (route, canonical code, seconds)
Observe = Callable[[str, str, float], None]
Note = Callable[[Mishap], None]

_CUT_OFF = 499  # in the log only: the request ended without an answer, at the stop of the node (nginx's habit)
_log = structlog.get_logger("node.rest")
_QUIET = frozenset({"/healthz"})  # asked every few seconds by machines


def route_of(request: web.Request) -> str:
    """The path as it stands in the table of routes: a caller's own path may hold anything, and must not reach a log or a label."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unmatched"


async def _answer(request: web.Request, handler: Handler, responder: Responder) -> web.StreamResponse:
    """The handler's answer, or its error as an answer. A cancellation (shutdown) passes."""
    try:
        return await handler(request)
    except RefusedError as error:
        return responder.refused(request, error)
    except SigningRefusedError:
        return responder.refused(request, RefusedError(Reason.LOG_LOST))
    except web.HTTPException as error:  # the router's: no such path, no such method
        detail = f"{error.status} {error.reason}"
        response = responder.refused(
            request, EdgeError(error.status, Reason.BAD_PARAMETER, detail, next_step="see /elc/v1/openapi.json")
        )
        if hdrs.ALLOW in error.headers:
            response.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
        return response
    except Exception as error:  # noqa: BLE001 - the last door: whatever it was, the caller gets an answer in our shape
        _log.exception("rest.failed", route=route_of(request))
        request[TRAIL].error = type(error).__name__
        exchange_id = str(structlog.contextvars.get_contextvars().get("exchange_id", ""))
        return responder.refused(request, RefusedError(Reason.INTERNAL, exchange_id=exchange_id))


def _record(request: web.Request, status: int, elapsed_s: float, observe: Observe, note: Note) -> None:
    trail, route = request[TRAIL], route_of(request)
    observe(route, trail.code, elapsed_s)
    if trail.reason in Reason.__members__:
        note(_mishap(trail, route))
    write = _log.debug if route in _QUIET else _log.info
    noted = {"broken_off": True} if trail.broken_off else {}
    write(
        "rest.answered",
        route=route,
        status=status,
        code=trail.code,
        reason=trail.reason,
        exchange_id=trail.exchange_id,
        elapsed_ms=round(elapsed_s * 1000, 1),
        **noted,
    )


def _mishap(trail: Trail, route: str) -> Mishap:
    """A request that was refused, so that its id leads to the reason; where it has an exchange, that tells the rest."""
    return Mishap(
        door=Door.REST,
        what=route,
        reason=Reason(trail.reason),
        request_id=trail.request_id,
        exchange_id=trail.exchange_id,
        app_id=trail.app_id,
        error=trail.error,
    )


def answering(
    responder: Responder, new_id: Callable[[], str], observe: Observe, note: Note
) -> Callable[..., Awaitable[web.StreamResponse]]:
    """The one middleware of the REST application."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        request[TRAIL] = trail = Trail(request_id=new_id())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=trail.request_id, app_id="")
        status = _CUT_OFF
        try:
            response = await _answer(request, handler, responder)
            status = response.status
        finally:
            _record(request, status, time.perf_counter() - started, observe, note)
        return response

    return middleware
