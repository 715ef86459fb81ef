"""A consumer's node inside this process, with its peer port and its loops, and what it fetches: one certificate's file after another.

Node to node: no REST edge. Everything else is on: application, use code, evidence on both sides, spool, notices.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from _stand import CONSUMER, Stand

from federation.model.application import AuthMode, Operator, Output
from federation.outbox import run_outbox
from federation.sync import run_sync
from node import logs
from node.daemon import Node, build
from node.library.invented import STORY_HOLDER
from node.lists import files
from node.ports.lists import Kind
from node.ports.retrieving import RetrieveForm
from node.ports.services import ApplicationForm, Caller
from node.rpc.server import bind
from node.serve import publish_lists
from scripts._mesh.mesh import acknowledged
from scripts._mesh.story import ARCHIVE_LINE

WAIT_S = 60.0
_POLL_S = 0.1


@asynccontextmanager
async def own_node(stand: Stand, peers: Sequence[str], *, founding: bool = True) -> AsyncIterator[Node]:
    """The node, with its peer port and its loops towards these peers; `founding` publishes the lists of its files."""
    node = await build(stand.bases[CONSUMER])
    node.base.gate.release()
    listen = node.base.config.peer.listen
    server = bind(node.handlers, identity=node.base.identity, directory=node.directory, listen=listen)
    await server.server.start()
    log = stand.mesh.folder.of(CONSUMER).joinpath("log.jsonl").open("a", encoding="utf-8")
    logs.configure(stream=log)
    loops = [asyncio.create_task(loop) for peer in peers for loop in _loops(node, peer)]
    try:
        if founding:
            await publish_lists(node)
        yield node
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await server.server.stop(1.0)
        await node.close()
        logs.configure()
        log.close()


def _loops(node: Node, peer: str) -> Iterator[Coroutine[Any, Any, None]]:
    random = Random()  # noqa: S311 - spreads retries in time
    yield run_sync(peer, node.publications, node.peers, interval_s=5.0, random=random)
    yield run_outbox(peer, node.outbox, node.peers, random)


@asynccontextmanager
async def consumer(stand: Stand, provider: str) -> AsyncIterator[Node]:
    """The node, when it and the provider hold each other's publications, and the provider has decided on the node's lines.

    Raises:
        TimeoutError: not in time.
    """
    async with own_node(stand, [provider]) as node:
        async with asyncio.timeout(WAIT_S):
            while not await _ready(stand, node, provider):  # noqa: ASYNC110 - the provider is another process
                await asyncio.sleep(_POLL_S)
        yield node


async def _ready(stand: Stand, node: Node, provider: str) -> bool:
    theirs = await asyncio.to_thread(stand.mesh.status, provider)
    undecided = await asyncio.to_thread(stand.mesh.undecided, provider)
    return not undecided and acknowledged({CONSUMER: node.status.read(), provider: theirs})


class Fetcher:
    """Fetches one certificate's file under a fresh application each time: the original, or a usage copy."""

    def __init__(self, node: Node, provider: str, identifier: str, size: int, *, original: bool) -> None:
        """The original must have `size` bytes."""
        self._node = node
        self._provider = provider
        self._identifier = identifier
        self._size = size
        app = node.base.config.apps[0]
        self._caller = Caller(app_id=app.app_id, use_org_code=app.use_org_code, use_org_name=app.use_org_name)
        self._original = original
        uselist = node.base.config.lists.uselist
        assert uselist is not None  # the demonstration mesh has one
        self._line = files.founding(uselist, Kind.USELIST, node.province)[ARCHIVE_LINE if original else 0]

    async def fetch(self) -> float:
        """One fetch, verified and on record; the seconds it took. Application before and clean-up behind it are not counted."""
        submitted = await self._node.applications.submit(self._caller, self._form())
        wish = RetrieveForm(
            apply_id=submitted.application.apply_id,
            identifier=self._identifier,
            province=self._provider,
            original=self._original,
        )
        start = time.perf_counter()
        received = await self._node.retrieval.file(self._caller, wish)
        elapsed = time.perf_counter() - start
        self._node.retrieval.release(received)
        assert received.size == self._size or not self._original
        return elapsed

    def _form(self) -> ApplicationForm:
        line = self._line
        return ApplicationForm(
            use_list_id=line["use_list_id"],
            operator=Operator(account="bench", name="样例"),
            use_cause=line["purpose"],
            item_code=line["item_code"],
            item_name=line["item_name"],
            business_code=line["business_code"],
            biz_num="",
            holder=STORY_HOLDER,
            type_codes=tuple(line["type_codes"]),
            auth_mode=AuthMode(line["auth_mode"]),
            outputs=(Output.ORIGINAL if self._original else Output.FILE,),
        )
