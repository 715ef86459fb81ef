"""Running a node. The order is the promise; it is written here and nowhere else.

Start: keys, membership and self-test (`daemon.load_base`) · store, migrated · admin port and peer port, not ready · own log compared with
what peers hold of it · own lists published · REST port · background jobs · ready. Until the log is compared no head of it is signed or
given away; what needs one is put off, and peers that start at the same time are answered what this node holds of their logs.
Stop (SIGTERM or SIGINT): not ready · REST stops taking requests and finishes those it has, within the grace · background jobs end ·
peer port the same as REST · admin port · channels, then the store, its last checkpoint signed.
"""

import asyncio
import gc
import re
import secrets
import signal
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import structlog
from aiohttp import web

from federation.model.refusal import Reason
from federation.objecting import run_objections
from federation.order_spread import run_orders
from federation.outbox import run_outbox
from federation.probing import run_probe
from federation.sync import run_membership, run_sync
from federation.witness import run_cosigning, run_proof_check, run_witness
from node.admin.alarms import alarm_routes
from node.admin.app import make_admin_app
from node.admin.contents import content_routes
from node.admin.evidence import evidence_routes
from node.admin.exchanges import exchange_routes
from node.admin.explain import explain_routes
from node.admin.holder_uses import holder_routes
from node.admin.lists import list_routes
from node.admin.notices import notice_routes
from node.admin.objections import objection_routes
from node.admin.paths import TOKEN_FILE
from node.admin.proofs import proof_routes
from node.admin.quality import quality_routes
from node.admin.receipts import receipt_routes
from node.admin.reconcile import reconcile_routes
from node.admin.reviews import review_routes
from node.admin.statistics import statistics_routes
from node.config import AppSection, Config, ManagerSection, RestSection
from node.crl_fetch import run_crl_fetch
from node.daemon import Base, Node, build, caller_of
from node.errors import ConfigError, RefusedError
from node.jobs import Crew, Job, every
from node.lists import files
from node.moment import new_id, utc_now
from node.ports.lists import Kind
from node.renewal import ExpiryWatch
from node.rest.app import make_app
from node.rest.auth import App
from node.rpc.server import PeerServer, bind
from node.usecases.forgetting import forget
from node.usecases.order_overview import described, overview
from node.usecases.telling.hook_loop import run_hook
from node.usecases.workshop.managers import Manager, Role
from trust.orders import Action, SignedOrder
from trust.orders import Kind as OrderKind

PURGE_EVERY_S = 60.0
CLOCK_EVERY_S = 5.0
COUNT_LINES_EVERY_S = 3600.0
WATCH_EVERY_S = 60.0
DECIDE_EVERY_S = 1.0
OBJECTIONS_EVERY_S = 5.0  # a withdrawal is closed within seconds; a day ends once
SAVE_HEADS_EVERY_S = 1.0
LOOK_EVERY_S = 1.0
SPOOL_KEPT_S = 3600.0
SURVEY_EVERY_S = (
    86_400.0  # of entries that this software cannot read: at start, and with what later versions count for themselves
)
GC_ALLOCATIONS = 10_000  # a search makes a few thousand objects, nearly all of them freed by reference count
_DIGEST = re.compile(r"[0-9a-f]{64}")  # how orders name operators
_IN_USE = "this node uses the key: peers refuse it from now on; put another into use (certmesh membership), then lift or leave the stop"
_JITTER = Random()  # noqa: S311 - spreads retries in time, protects nothing
_log = structlog.get_logger(__name__)


class Administration:
    """Implements `services.Administration` for a running node."""

    def __init__(self, node: Node) -> None:
        """Over one node."""
        self._node = node

    def status(self) -> Mapping[str, Any]:
        """See `Status.read`."""
        return self._node.status.read()

    def orders(self) -> Mapping[str, Any]:
        """See `order_overview.overview`."""
        node = self._node
        listed = overview(node.orders, node.order_exchange, node.stops, node.directory.membership, node.peers.provinces)
        return {
            "threshold": node.directory.membership.threshold,
            "in_force": sum(node.stops.counts().values()),
            "waiting_to_be_pushed": dict(node.order_exchange.waiting()),
            "orders": listed,
        }

    async def give_order(self, kind: str, subject: str, action: str, reason: str) -> Mapping[str, Any]:
        """Give an order; an operator's account becomes the digest that orders name operators by.

        Raises:
            RefusedError: ORDER_REFUSED.
        """
        try:
            what, do = OrderKind(kind), Action(action)
        except ValueError as error:
            raise RefusedError(Reason.ORDER_REFUSED, "kind or action is not a known word") from error
        if what is OrderKind.OPERATOR and not _DIGEST.fullmatch(subject):
            subject = self._node.base.vault.operator(self._node.province, subject)
        told = self._described(await self._node.orders.give(what, subject, do, reason))
        return {**told, "warning": _IN_USE} if self._is_in_use(what, subject, do) else told

    def _is_in_use(self, kind: OrderKind, subject: str, action: Action) -> bool:
        return kind is OrderKind.KEY and action is Action.STOP and subject in self._node.base.keys_in_use()

    async def sign_order(self, order_id: str) -> Mapping[str, Any]:
        """Sign another province's order.

        Raises:
            RefusedError: ORDER_REFUSED.
        """
        return self._described(await self._node.orders.countersign(order_id))

    def _described(self, signed: SignedOrder) -> Mapping[str, Any]:
        node = self._node
        return described(signed, node.orders, node.order_exchange, node.stops, node.directory.membership)

    async def adopt(self, documents: Sequence[bytes]) -> Mapping[str, Any]:
        """Take newer membership documents; returns version and fingerprint of the one then held.

        Raises:
            RefusedError: one breaks a rule.
        """
        held = await self._node.memberships.adopt(documents)
        return {"version": held.version, "fingerprint": held.digest}


async def publish_lists(node: Node) -> dict[str, int]:
    """Publish the founding lists from their files, where nothing was ever published; returns the versions in force.

    Later changes go the way of drafts.

    Raises:
        ConfigError: a list file is wrong; nothing of it was published.
    """
    section, publications = node.base.config.lists, node.publications
    for kind, path in ((Kind.CATALOGUE, section.catalogue), (Kind.USELIST, section.uselist)):
        if path is not None and publications.versions()[kind] == 0:
            entries = await asyncio.to_thread(files.founding, path, kind, node.province)
            await publications.publish(kind, entries, founding=True)
    return {kind.value: version for kind, version in publications.versions().items()}


async def serve(base: Base, stop: asyncio.Event) -> None:
    """Run a node until `stop` is set.

    Raises:
        ConfigError: a port is taken or a list file is wrong.
        StoreError: the store cannot be opened.
    """
    node = await build(base)
    ready = asyncio.Event()
    config = base.config
    try:
        async with (
            _site(_admin_app(node, ready), config.admin.listen, 1.0, "admin"),
            _peer_port(node, config) as server,
        ):
            await node.witnessing.disowned.look()
            await node.witnessing.greet()
            await node.witnessing.accusations.load()
            await publish_lists(node)
            await node.workshop.settling.settle()
            await node.orders.renew()
            async with _jobs(node), _site(_rest_app(node), config.rest.listen, config.drain.grace, "rest", config.rest):
                await server.serving(ready=True)
                _settle_memory()
                ready.set()
                _log.info("node.ready", province=node.province, peer_port=config.peer.listen)
                await stop.wait()
                ready.clear()
                await server.serving(ready=False)
                _log.info("node.draining", province=node.province)
    finally:
        await node.close()
    _log.info("node.stopped", province=node.province)


def _settle_memory() -> None:
    """Keep the garbage collector off what stays for good, and let it run less often over the short-lived rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS, 20, 20)


@asynccontextmanager
async def _peer_port(node: Node, config: Config) -> AsyncIterator[PeerServer]:
    try:
        server = bind(node.handlers, identity=node.base.identity, directory=node.directory, listen=config.peer.listen)
    except RuntimeError as error:
        raise ConfigError(
            f"peer.listen: {config.peer.listen} cannot be taken; is another node running there?"
        ) from error
    await server.server.start()
    node.renewal.listeners.append(lambda identity: server.tls.adopt(identity, node.directory))
    try:
        yield server
    finally:
        await server.server.stop(config.drain.grace)


@asynccontextmanager
async def _site(
    app: web.Application, listen: str, grace_s: float, name: str, rest: RestSection | None = None
) -> AsyncIterator[None]:
    """Serve an aiohttp application; on leaving it takes no more and finishes what it has within the grace."""
    host, _, port = listen.rpartition(":")
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=grace_s)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host.strip("[]"), int(port), ssl_context=_tls(rest))
        try:
            await site.start()
        except OSError as error:
            raise ConfigError(f"{name}.listen: {listen} cannot be taken ({error.strerror})") from error
        yield
    finally:
        await runner.cleanup()


def _tls(rest: RestSection | None) -> ssl.SSLContext | None:
    if rest is None or rest.tls_certificate is None or rest.tls_key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(rest.tls_certificate, rest.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"rest.tls_certificate: cannot be used ({error}); check it and rest.tls_key") from error
    return context


def _rest_app(node: Node) -> web.Application:
    return make_app(
        province=node.province,
        apps=[_app(section) for section in node.base.config.apps],
        applications=node.submissions,
        verdicts=node.verdicts,
        consents=node.consents,
        objecting=node.objecting.office,
        holders=node.holders,
        holder_uses=node.holder_uses,
        search=node.search,
        receipts=node.receipts,
        proofs=node.proofs,
        uses=node.uses,
        retrieval=node.retrieval,
        downloads=node.downloads,
        url_base=node.base.config.retrieval.url_base,
        verification=node.verification,
        info_verification=node.info_verification,
        explaining=node.explainer,
        timelines=node.timelines,
        clock=utc_now,
        new_id=new_id,
        observe=partial(node.metrics.request, "rest"),
        note=node.mishaps.note,
    )


def _app(section: AppSection) -> App:
    return App(app_id=section.app_id, token_sm3_hex=section.token_sm3, caller=caller_of(section))


def _admin_app(node: Node, ready: asyncio.Event) -> web.Application:
    token = secrets.token_urlsafe(32)
    _write_token(node.base.config.node.data / TOKEN_FILE, token)
    return make_admin_app(
        administration=Administration(node),
        metrics=node.metrics,
        token=token,
        ready=ready.is_set,
        managers=[(section.token_sm3, _manager(section)) for section in node.base.config.managers],
        lists=(
            *statistics_routes(node.line_report),
            *explain_routes(node.explainer),
            *exchange_routes(node.timelines),
            *quality_routes(node.quality),
            *receipt_routes(node.receipts, node.shown),
            *holder_routes(node.holder_uses, node.store.read.holder_log),
            *proof_routes(node.proofs),
            *evidence_routes(node.store),
            *reconcile_routes(node.store, node.reconciliation, lambda: node.directory.others(node.province)),
            *list_routes(node.workshop),
            *review_routes(node.reviews),
            *objection_routes(node.objecting.desk),
            *content_routes(node.erasure),
            *notice_routes(node.telling.letters, node.telling.deferrals, node.store, node.base.vault),
            *alarm_routes(node.store, partial(node.base.vault.operator, node.province)),
        ),
    )


def _manager(section: ManagerSection) -> Manager:
    return Manager(account=section.account, name=section.name, roles=frozenset(map(Role, section.roles)))


def _write_token(path: Path, token: str) -> None:
    """A token for this run, readable by the node's user alone; it replaces the last run's at once."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(token)
    fresh.rename(path)


@asynccontextmanager
async def _jobs(node: Node) -> AsyncIterator[None]:
    """The background jobs; those for peers come and go with membership."""
    crew = Crew(failed=node.metrics.job_failed, random=_JITTER)
    crew.set(_job_table(node))
    node.renewal.listeners.append(lambda _: crew.set(_job_table(node)))
    try:
        yield
    finally:
        await crew.stop()


def _job_table(node: Node) -> dict[str, Job]:
    random, interval = _JITTER, node.base.config.sync.interval
    identity = node.base.config.identity
    watch = ExpiryWatch(node.gate, node.directory)
    jobs: dict[str, Job] = {
        "line statistics": partial(every, COUNT_LINES_EVERY_S, partial(_count_lines, node)),
        "purge": partial(every, PURGE_EVERY_S, partial(_purge, node)),
        "clock": partial(every, CLOCK_EVERY_S, partial(_watch_clock, node)),
        "disowned heads": partial(every, LOOK_EVERY_S, node.witnessing.disowned.look),
        "witness": partial(every, LOOK_EVERY_S, node.witnessing.cosigning.look),
        "heads": partial(every, SAVE_HEADS_EVERY_S, lambda: node.witness.save(node.peers.provinces)),
        "reconciliation": node.reconciliation.every_night,
        "membership expiry": partial(every, WATCH_EVERY_S, watch.look),
        "decisions": partial(every, DECIDE_EVERY_S, partial(_decide, node)),
        "objections": partial(every, OBJECTIONS_EVERY_S, node.objecting.watch.look),
        "deferrals": partial(every, WATCH_EVERY_S, node.telling.deferrals.end_due),
        "survey": partial(every, SURVEY_EVERY_S, lambda: node.publications.readable.survey(_provinces(node))),
    }
    if identity.crls:
        jobs["crls"] = partial(
            run_crl_fetch, node.watch.revocations, identity.crls, interval_s=identity.fetch_interval, random=random
        )
    for hook in node.telling.routes.hooks:
        jobs[f"webhook {hook.name}"] = partial(run_hook, hook.name, node.telling.hooks, node.telling.bells, random)
    for peer in node.peers.provinces:
        jobs[f"probe {peer}"] = partial(run_probe, peer, node.prober, random)
        jobs[f"orders {peer}"] = partial(run_orders, peer, node.order_exchange, node.peers, random)
        jobs[f"outbox {peer}"] = partial(run_outbox, peer, node.outbox, node.peers, random)
        jobs[f"objections {peer}"] = partial(run_objections, peer, node.objecting.teller, node.peers, random)
        jobs[f"sync {peer}"] = partial(
            run_sync, peer, node.publications, node.peers, interval_s=interval, random=random
        )
        jobs[f"membership {peer}"] = partial(
            run_membership, peer, node.memberships, node.peers, interval_s=interval, random=random
        )
        jobs[f"witness {peer}"] = partial(
            run_witness, peer, node.witness, node.peers, interval_s=interval, random=random
        )
        jobs[f"cosigning {peer}"] = partial(
            run_cosigning,
            peer,
            node.witnessing,
            node.peers,
            interval_s=node.base.config.evidence.witness_interval,
            random=random,
        )
        jobs[f"proofs {peer}"] = partial(
            run_proof_check, peer, node.proof_links, node.peers, interval_s=interval, random=random
        )
    return jobs


def _provinces(node: Node) -> tuple[str, ...]:
    return (node.province, *node.peers.provinces)


async def _purge(node: Node) -> None:
    """Forget what has ended (`usecases.forgetting`), files nobody fetched, and copies no retry can ask for: by a clock one can trust."""
    steady, now = node.watch.clock_watch.may_forget(), utc_now()
    await node.downloads.sweep(expired=steady)
    if not steady:
        return
    await forget(node.store, now)
    await node.erasure.aged()
    await node.orders.forget()
    for folder in (node.spool, node.copies):
        await asyncio.to_thread(folder.sweep, now.timestamp() - SPOOL_KEPT_S)


async def _decide(node: Node) -> None:
    """By the policy, where a list has changed; where none has, that is found out in a few look-ups in memory."""
    await node.workshop.conforming.decide_conforming(node.directory.provinces)


async def _count_lines(node: Node) -> None:
    """For the metrics page, which must not read whole lists."""
    levels = await node.line_report.levels()
    node.metrics.lines(levels.states, levels.unused)


async def _watch_clock(node: Node) -> None:
    """Look; the watch says what it sees."""
    node.watch.clock_watch.look()


async def run(base: Base) -> None:
    """Run a node until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(base, stop)
