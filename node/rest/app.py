"""The REST application of one node: the table of routes, and the order in which a request passes. Clause 12.

No socket is opened here (`node.daemon` does, with `access_log=None`: the canonical log line replaces the access log).
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from importlib.metadata import version

from aiohttp import web

from node.ports.services import Applications, Explaining, FileVerification, Retrieval, Search, Verdicts
from node.rest import application as apply_edge
from node.rest import explain as explain_edge
from node.rest import openapi
from node.rest import retrieval as retrieval_edge
from node.rest import search as search_edge
from node.rest import verification as verification_edge
from node.rest.answers import Responder
from node.rest.auth import App, Doorkeeper
from node.rest.call import Route, check_surface, read_call
from node.rest.limits import Gate, Limits
from node.rest.middleware import Observe, answering

_DEFAULT_LIMITS = Limits()


def _unobserved(route: str, code: str, seconds: float) -> None:
    """No metrics are kept."""


def _endpoint(
    route: Route, doorkeeper: Doorkeeper, gate: Gate, limits: Limits
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The way of one request: surface, turn, token, body, use-case."""

    async def endpoint(request: web.Request) -> web.StreamResponse:
        check_surface(request)
        async with gate.turn():
            call = await read_call(request, route, doorkeeper, limits)
            return await route.serve(request, call)

    return endpoint


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "alive"})


def make_app(
    *,
    province: str,
    apps: Sequence[App],
    applications: Applications,
    verdicts: Verdicts,
    search: Search,
    retrieval: Retrieval,
    verification: FileVerification,
    explaining: Explaining,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    limits: Limits = _DEFAULT_LIMITS,
    observe: Observe = _unobserved,
) -> web.Application:
    """The application for the node of `province`, serving the registered `apps`.

    Raises:
        ValueError: the token digest of an application is malformed.
    """
    responder = Responder(province=province, clock=clock)
    routes = (
        *apply_edge.routes(applications, verdicts, responder, limits),
        *search_edge.routes(search, responder, limits),
        *retrieval_edge.routes(retrieval, responder, limits),
        *verification_edge.routes(verification, responder, limits),
        *explain_edge.routes(explaining, responder, limits),
    )
    doorkeeper = Doorkeeper(apps)
    gate, large = Gate(limits, limits.concurrent), Gate(limits, limits.concurrent_large)
    described = openapi.document(routes, version("certmesh"))

    async def describe(_request: web.Request) -> web.Response:
        return web.Response(body=described, content_type="application/json", charset="utf-8")

    app = web.Application(middlewares=[answering(responder, new_id, observe)])
    for route in routes:
        way = gate if route.body_bytes is None else large
        app.add_routes([web.post(route.path, _endpoint(route, doorkeeper, way, limits))])
    app.add_routes([web.get(openapi.PATH, describe), web.get(openapi.HEALTH_PATH, _healthz)])
    return app
