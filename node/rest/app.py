"""The REST application of one node: the table of routes, and the order in which a request passes. Clause 12.

No socket is opened here (`node.daemon` does, with `access_log=None`: the canonical log line replaces the access log).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from importlib.metadata import version

from aiohttp import web

from node.ports.consenting import Consents, Holders
from node.ports.explaining import Explaining
from node.ports.holder_uses import HolderUses
from node.ports.objecting import Objecting
from node.ports.proving import Proofs
from node.ports.retrieving import Downloads, Retrieval
from node.ports.services import Applications, Search, SearchReceipts, Uses, Verdicts
from node.ports.timeline import Timelines
from node.ports.verifying import FileVerification, InfoVerification
from node.rest import addresses, batch, openapi, search_batch
from node.rest import application as apply_edge
from node.rest import consent as consent_edge
from node.rest import explain as explain_edge
from node.rest import holder_uses as uses_edge
from node.rest import holders as holders_edge
from node.rest import info_verification as info_edge
from node.rest import objection as objection_edge
from node.rest import proof as proof_edge
from node.rest import receipt as receipt_edge
from node.rest import retrieval as retrieval_edge
from node.rest import search as search_edge
from node.rest import timeline as timeline_edge
from node.rest import use as use_edge
from node.rest import verification as verification_edge
from node.rest.answers import Responder
from node.rest.auth import App, Doorkeeper
from node.rest.call import Route, check_surface, read_call
from node.rest.delivering import Delivery
from node.rest.holders import filled
from node.rest.limits import Gate, Limits
from node.rest.middleware import Note, Observe, answering
from node.usecases.explain.mishaps import Mishap

_DEFAULT_LIMITS = Limits()


def _unobserved(route: str, code: str, seconds: float) -> None:
    """No metrics are kept."""


def _unnoted(_mishap: Mishap) -> None:
    """Nothing is remembered."""


def _endpoint(
    route: Route, doorkeeper: Doorkeeper, gate: Gate, limits: Limits, holders: Holders
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The way of one request: surface, turn, token, body, holder in the place of a handle, use-case."""

    async def endpoint(request: web.Request) -> web.StreamResponse:
        check_surface(request)
        async with gate.turn():
            call = await read_call(request, route, doorkeeper, limits)
            data = await filled(call.data, partial(holders.holder, call.caller))
            return await route.serve(request, replace(call, data=data))

    return endpoint


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "alive"})


def make_app(
    *,
    province: str,
    apps: Sequence[App],
    applications: Applications,
    verdicts: Verdicts,
    consents: Consents,
    holders: Holders,
    holder_uses: HolderUses,
    objecting: Objecting,
    search: Search,
    receipts: SearchReceipts,
    proofs: Proofs,
    uses: Uses,
    retrieval: Retrieval,
    downloads: Downloads,
    verification: FileVerification,
    info_verification: InfoVerification,
    explaining: Explaining,
    timelines: Timelines,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
    limits: Limits = _DEFAULT_LIMITS,
    observe: Observe = _unobserved,
    url_base: str = "",
    note: Note = _unnoted,
) -> web.Application:
    """The application for the node of `province`, serving the registered `apps`.

    `url_base` stands before one-time addresses; `note` remembers what is refused.

    Raises:
        ValueError: the token digest of an application is malformed.
    """
    responder = Responder(province=province, clock=clock)
    delivery = Delivery(downloads=downloads, url_base=url_base)
    routes = (
        *apply_edge.routes(applications, verdicts, responder, limits),
        *consent_edge.routes(consents, responder, limits),
        *holders_edge.routes(holders, responder, limits),
        *uses_edge.routes(holder_uses, responder, limits),
        *objection_edge.routes(objecting, responder, limits),
        *search_edge.routes(search, responder, limits),
        *search_batch.routes(search, responder, limits),
        *use_edge.routes(uses, batch.Batch(retrieval, delivery, responder, limits), responder, limits),
        *receipt_edge.routes(receipts, responder, limits),
        *proof_edge.routes(proofs, responder, limits),
        *retrieval_edge.routes(retrieval, delivery, responder, limits),
        *batch.routes(retrieval, delivery, responder, limits),
        *verification_edge.routes(verification, responder, limits),
        *info_edge.routes(info_verification, responder, limits),
        *explain_edge.routes(explaining, responder, limits),
        *timeline_edge.routes(timelines, responder),
    )
    doorkeeper = Doorkeeper(apps)
    gate, large = Gate(limits, limits.concurrent), Gate(limits, limits.concurrent_large)
    described = openapi.document(routes, version("certmesh"))

    async def describe(_request: web.Request) -> web.Response:
        return web.Response(body=described, content_type="application/json", charset="utf-8")

    app = web.Application(middlewares=[answering(responder, new_id, observe, note)])
    for route in routes:
        way = gate if route.body_bytes is None else large
        app.add_routes([web.post(route.path, _endpoint(route, doorkeeper, way, limits, holders))])
    fetch = addresses.endpoint(downloads, retrieval, doorkeeper=doorkeeper, gate=gate, limits=limits)
    app.add_routes([web.get(addresses.PATH, fetch, allow_head=False)])  # a look at the head would use the address up
    app.add_routes([web.get(openapi.PATH, describe), web.get(openapi.HEALTH_PATH, _healthz)])
    return app
