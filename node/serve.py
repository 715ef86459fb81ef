"""Running a node. The order is the promise; it is written here and nowhere else.

Start: keys, membership and self-test (`daemon.load_base`) · store, migrated · admin port, not ready · peer port · own lists published ·
REST port · background jobs · ready.
Stop (SIGTERM or SIGINT): not ready · REST stops taking requests and finishes those it has, within the grace · background jobs end ·
peer port the same as REST · admin port · channels, then the store, its last checkpoint signed.
"""

import asyncio
import contextlib
import gc
import secrets
import signal
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import structlog
from aiohttp import web

from federation.outbox import run_outbox
from federation.peers import Work
from federation.sync import run_sync
from node import lists_file
from node.admin.app import make_admin_app
from node.config import AppSection, Config, RestSection
from node.crl_fetch import run_crl_fetch
from node.daemon import Base, Node, build, new_id, utc_now
from node.errors import ConfigError
from node.jobs import Job, every, supervise
from node.ports.services import Caller
from node.ports.store import Kind
from node.rest.app import make_app
from node.rest.auth import App
from node.rpc.server import PeerServer, bind

ADMIN_TOKEN_FILE = "admin.token"  # noqa: S105 - the name of the file, not a token
PURGE_EVERY_S = 60.0
CLOCK_EVERY_S = 5.0
SPOOL_KEPT_S = 3600.0
GC_ALLOCATIONS = 10_000  # a search makes a few thousand objects, nearly all of them freed by reference count
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

    async def publish(self) -> Mapping[str, int]:
        """Read the list files again and publish what changed.

        Raises:
            ConfigError: a list file is wrong; nothing of it was published.
        """
        return await publish_lists(self._node)


async def publish_lists(node: Node) -> dict[str, int]:
    """Publish both lists from their files where they changed, and let the peers know.

    Raises:
        ConfigError: a list file is wrong; nothing was published.
    """
    lists = node.base.config.lists
    catalogue = lists_file.catalogue_entries(lists.catalogue, node.province)
    uselist = lists_file.uselist_lines(lists.uselist, node.province)
    versions = {
        Kind.CATALOGUE.value: await node.publications.publish(Kind.CATALOGUE, catalogue),
        Kind.USELIST.value: await node.publications.publish(Kind.USELIST, uselist),
    }
    for peer in node.peers.provinces:
        node.peers.wake(peer, Work.SYNC)
    return versions


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
            await publish_lists(node)
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
        applications=node.applications,
        search=node.search,
        retrieval=node.retrieval,
        verification=node.verification,
        clock=utc_now,
        new_id=new_id,
        observe=partial(node.metrics.request, "rest"),
    )


def _app(section: AppSection) -> App:
    caller = Caller(
        app_id=section.app_id,
        use_org_code=section.use_org_code,
        use_org_name=section.use_org_name,
        item_codes=frozenset(section.item_codes),
        operators=frozenset(section.operators),
    )
    return App(app_id=section.app_id, token_sm3_hex=section.token_sm3, caller=caller)


def _admin_app(node: Node, ready: asyncio.Event) -> web.Application:
    token = secrets.token_urlsafe(32)
    _write_token(node.base.config.node.data / ADMIN_TOKEN_FILE, token)
    return make_admin_app(administration=Administration(node), metrics=node.metrics, token=token, ready=ready.is_set)


def _write_token(path: Path, token: str) -> None:
    """A token for this run, readable by the node's user alone; it replaces the last run's at once."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(token)
    fresh.rename(path)


@asynccontextmanager
async def _jobs(node: Node) -> AsyncIterator[None]:
    task = asyncio.create_task(supervise(_job_table(node), failed=node.metrics.job_failed, random=_JITTER), name="jobs")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _job_table(node: Node) -> dict[str, Job]:
    random, interval = _JITTER, node.base.config.sync.interval
    identity = node.base.config.identity
    jobs: dict[str, Job] = {
        "purge": partial(every, PURGE_EVERY_S, partial(_purge, node)),
        "clock": partial(every, CLOCK_EVERY_S, partial(_watch_clock, node)),
    }
    if identity.crls:
        jobs["crls"] = partial(
            run_crl_fetch, node.watch.revocations, identity.crls, interval_s=identity.fetch_interval, random=random
        )
    for peer in node.peers.provinces:
        jobs[f"outbox {peer}"] = partial(run_outbox, peer, node.outbox, node.peers, random)
        jobs[f"sync {peer}"] = partial(
            run_sync, peer, node.publications, node.peers, interval_s=interval, random=random
        )
    return jobs


async def _purge(node: Node) -> None:
    """Forget expired nonces and answers, a bounded number at a time, files nobody fetched, and copies no retry can ask for."""
    now = utc_now()
    if node.watch.clock_watch.may_forget():
        while await node.store.transact(lambda nouns: nouns.exchanges.purge(now)):
            pass
    for folder in (node.spool, node.copies):
        await asyncio.to_thread(folder.sweep, now.timestamp() - SPOOL_KEPT_S)


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
