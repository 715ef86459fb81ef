"""A peer whose packets are dropped, over real gRPC and TLS: it costs one deadline, then nothing, and is found again. Clause 8.2."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random

import pytest

from federation.errors import PeerError
from federation.methods import SEARCH
from federation.model.refusal import Reason
from federation.peers import PATIENCE_S, Work
from federation.ports import Reply
from federation.probing import Prober, run_probe
from federation.rested import RestedPeers
from tests.federation.links import IDENTITIES, Calling, Context, client, post, server
from tests.federation.samples import ANSWER, JIANGSU, QUERY, SHANGHAI, Clock

DEADLINE_S = PATIENCE_S + 0.1


async def answer(request: bytes, _context: Context) -> bytes:
    room = post(IDENTITIES[JIANGSU], Clock())
    opened = room.open_request(request, kind="SearchRequest", sender=SHANGHAI)
    return room.sign(room.draft_answer(room.encode(ANSWER), opened))


@dataclass
class Path:
    """The path to an endpoint: while it is `swallowing`, connections open and nothing that is sent arrives."""

    target: str
    swallowing: bool = False
    swallowed: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def connected(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        host, _, port = self.target.rpartition(":")
        far, forth = await asyncio.open_connection(host, int(port))
        pair = [asyncio.create_task(self._carry(near, forth)), asyncio.create_task(self._carry(far, back))]
        self.tasks.update(pair)
        await asyncio.wait(pair, return_when=asyncio.FIRST_COMPLETED)
        for writer in (forth, back):
            writer.close()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                if self.swallowing:
                    self.swallowed += len(data)
                    continue
                sink.write(data)
                await sink.drain()

    def mend(self) -> None:
        """Packets pass again; connections that lost some are dead."""
        self.swallowing = False
        for task in self.tasks:
            task.cancel()


@asynccontextmanager
async def path(target: str) -> AsyncIterator[tuple[str, Path]]:
    between = Path(target)
    listening = await asyncio.start_server(between.connected, "127.0.0.1", 0)
    yield f"127.0.0.1:{listening.sockets[0].getsockname()[1]}", between
    listening.close()
    between.mend()


@asynccontextmanager
async def deaf() -> AsyncIterator[str]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def rested(calling: Calling) -> RestedPeers:
    return RestedPeers(calling.client, calling.peers)


async def ask(calling: Calling, timeout_s: float = DEADLINE_S) -> Reply[object]:
    draft = calling.post.draft_request(QUERY, recipients=[JIANGSU], exchange_id="e1")
    return await rested(calling).ask(JIANGSU, SEARCH, draft, calling.post.sign(draft), timeout_s)


async def refused(calling: Calling, timeout_s: float = DEADLINE_S) -> Reason:
    with pytest.raises(PeerError) as caught:
        await ask(calling, timeout_s)
    return caught.value.refusal.reason


@asynccontextmanager
async def cut_off_in_mid_talk() -> AsyncIterator[tuple[str, Path]]:
    async with server(answer) as endpoint, path(endpoint) as (near, between):
        yield near, between


@asynccontextmanager
async def never_answering() -> AsyncIterator[tuple[str, None]]:
    async with deaf() as endpoint:
        yield endpoint, None


@pytest.mark.parametrize(
    "hole",
    [
        pytest.param(cut_off_in_mid_talk, id="cut off in mid-talk"),
        pytest.param(never_answering, id="never answered, not even the handshake"),
    ],
)
async def test_a_black_hole_is_waited_for_once(
    hole: Callable[[], AbstractAsyncContextManager[tuple[str, Path | None]]],
) -> None:
    async with hole() as (endpoint, between), client({JIANGSU: endpoint}) as calling:
        if between is not None:
            await ask(calling)
            between.swallowing = True
        first = await refused(calling)
        asked = list(calling.observed)
        later = [await refused(calling, 3600.0) for _ in range(3)]

    assert first in {Reason.PEER_TIMEOUT, Reason.PEER_UNREACHABLE}
    assert later == [Reason.PEER_DOWN] * 3
    assert calling.observed == asked, "nothing was called"


async def test_it_is_found_again_when_packets_pass() -> None:
    async with cut_off_in_mid_talk() as (endpoint, between), client({JIANGSU: endpoint}) as calling:
        prober = Prober(mail=calling.post, calls=rested(calling), peers=calling.peers, new_id=lambda: "probe")
        probing = asyncio.create_task(run_probe(JIANGSU, prober, Random(1)))
        await ask(calling)
        between.swallowing = True
        await refused(calling)
        between.mend()
        await calling.peers.waker(JIANGSU, Work.WITNESS).wait()

        assert (await ask(calling, 20.0)).message == ANSWER
        probing.cancel()
