"""Keys that change while calls run, over real TLS: Shanghai asks Jiangsu, and either of them gets another channel certificate.

Both sides follow the versions of a real chain: announced [old, new], promoted [new, old], dropped [new].
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import grpc
import pytest

from federation.channels import Channels, PortCredentials, open_channels
from federation.directory import Directory
from federation.errors import PeerError
from federation.methods import FILE, SEARCH
from federation.model.refusal import Reason
from tests.federation.links import IDENTITIES, Context
from tests.federation.samples import ANHUI, JIANGSU, SHANGHAI, ZHEJIANG
from tests.trust.membership.chain import Chain, fresh, introduction
from trust.local import LocalIdentity
from trust.membership import Closed, KeyUsage, Membership, changes
from trust.tls import tls_pin

SIGNERS = (ZHEJIANG, ANHUI, SHANGHAI)


@dataclass(slots=True)
class Link:
    """Shanghai's channels and Jiangsu's port, each with its own directory and the keys it has at the moment."""

    chain: Chain
    tls: PortCredentials
    directory: Directory
    channels: Channels
    theirs: Directory
    keys: dict[str, LocalIdentity]
    ports: list[str]
    gates: list[asyncio.Event] = field(default_factory=list)

    def follow(self, change: Callable[[Membership], Membership]) -> None:
        """Both adopt the next version, the server first, as the province whose key changes does."""
        self.adopt_at_server(self.chain.change(change, by=SIGNERS))
        self.adopt_at_client()

    def adopt_at_server(self, membership: Membership) -> None:
        self.theirs.adopt(_placed(membership, self.ports[0]))
        self.tls.adopt(self.keys[JIANGSU], self.theirs)

    def adopt_at_client(self) -> None:
        self.directory.adopt(_placed(self.chain.current, self.ports[0]))
        self.channels.adopt(self.keys[SHANGHAI], self.directory)

    async def ask(self) -> str:
        """One call; the pin of the key that the server saw."""
        return await asked(self.channels)


async def asked(channels: Channels, *, wait: bool = False) -> str:
    """One call; the pin of the key that the server saw."""
    with channels.using(JIANGSU) as link:
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = link.channel.unary_unary(SEARCH.full_path)
        return (await link.watch(call(b"", timeout=10, wait_for_ready=wait))).decode()


@asynccontextmanager
async def streaming(channels: Channels) -> AsyncIterator[AsyncIterator[bytes]]:
    """A stream that has begun."""
    with channels.using(JIANGSU) as link:
        call: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = link.channel.unary_stream(FILE.full_path)
        frames = link.watch(call(b"", timeout=60)).__aiter__()
        assert await anext(frames) == b"first"
        yield frames


def with_channel_key(identity: LocalIdentity, new: LocalIdentity) -> LocalIdentity:
    return replace(identity, tls_key_pem=new.tls_key_pem, tls_certificate_pem=new.tls_certificate_pem)


def _placed(membership: Membership, endpoint: str) -> Membership:
    members = [replace(one, endpoints=(endpoint,)) if one.province == JIANGSU else one for one in membership.members]
    return replace(membership, members=tuple(members))


@asynccontextmanager
async def link() -> AsyncIterator[Link]:
    chain = Chain.found()
    directory, theirs, keys = Directory(chain.current), Directory(chain.current), dict(IDENTITIES)
    tls = PortCredentials(keys[JIANGSU], theirs)
    gates: list[asyncio.Event] = []

    async def answer(_request: bytes, context: Context) -> bytes:
        return tls_pin(next(iter(context.auth_context()["x509_pem_cert"]))).encode()

    async def stream(_request: bytes, context: Context) -> AsyncIterator[bytes]:
        yield b"first"
        for gate in gates:
            await gate.wait()
            yield b"more"

    server = grpc.aio.server()
    table: dict[str, dict[str, grpc.RpcMethodHandler[bytes, bytes]]] = {
        "Search": {"Local": grpc.unary_unary_rpc_method_handler(answer)},
        "Retrieval": {"File": grpc.unary_stream_rpc_method_handler(stream)},
    }
    for service, methods in table.items():
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(f"certmesh.v1.{service}", methods),))
    port = server.add_secure_port("127.0.0.1:0", tls.credentials)
    await server.start()
    endpoint = f"127.0.0.1:{port}"
    directory.adopt(_placed(chain.current, endpoint))
    channels = open_channels(keys[SHANGHAI], directory)
    try:
        yield Link(chain, tls, directory, channels, theirs, keys, [endpoint], gates)
    finally:
        await channels.close()
        await server.stop(None)


def announce(province: str, new: LocalIdentity) -> Callable[[Membership], Membership]:
    pem = new.tls_certificate_pem.decode()
    return lambda one: changes.announce(one, province, KeyUsage.TLS, pem)


def promote(province: str) -> Callable[[Membership], Membership]:
    return lambda one: changes.promote(one, province, KeyUsage.TLS)


def drop(province: str) -> Callable[[Membership], Membership]:
    return lambda one: changes.drop(one, province, KeyUsage.TLS, Closed.ROTATED)


@pytest.mark.parametrize("province", [JIANGSU, SHANGHAI], ids=["the server's key", "the client's key"])
async def test_a_channel_key_changes_under_load_and_no_call_fails(province: str) -> None:
    """Eight callers never pause; every failure would raise. At the end only the new key is shown and believed."""
    new, stop, answered = fresh(province), asyncio.Event(), asyncio.Semaphore(0)

    async def keep_asking() -> None:
        while not stop.is_set():
            await one.ask()
            answered.release()

    async def more(count: int) -> None:
        """Wait for so many answers from now on: those that came before do not count."""
        while not answered.locked():
            await answered.acquire()
        async with asyncio.timeout(20):
            for _ in range(count):
                await answered.acquire()

    async with link() as one, asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(keep_asking())
        await more(20)
        one.follow(announce(province, new))
        await more(20)
        one.keys[province] = with_channel_key(one.keys[province], new)
        one.follow(promote(province))
        await more(20)
        one.follow(drop(province))
        await more(20)
        stop.set()
        seen = await one.ask()

        assert seen == tls_pin(one.keys[SHANGHAI].tls_certificate_pem)
        assert len(one.directory.peers[province].tls_pins) == 1


async def test_an_old_channel_key_is_worth_nothing_once_it_is_dropped() -> None:
    """A client that still shows it gets no handshake; one that still trusts it alone does not believe the server."""
    async with link() as one:
        assert await one.ask()
        stale = open_channels(IDENTITIES[SHANGHAI], one.directory)
        for province in (SHANGHAI, JIANGSU):
            new = fresh(province)
            one.follow(announce(province, new))
            one.keys[province] = with_channel_key(one.keys[province], new)
            one.follow(promote(province))
            one.follow(drop(province))
        assert await one.ask()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await asked(stale)
        await stale.close()

    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_stream_that_runs_when_the_key_changes_ends_on_the_channel_it_began_on() -> None:
    new = fresh(SHANGHAI)
    async with link() as one:
        one.gates.append(asyncio.Event())
        before = one.channels._links[JIANGSU]
        async with streaming(one.channels) as frames:
            one.follow(announce(SHANGHAI, new))
            one.keys[SHANGHAI] = with_channel_key(one.keys[SHANGHAI], new)
            one.follow(promote(SHANGHAI))
            on_the_new_one = await one.ask()
            one.gates[0].set()
            rest = [frame async for frame in frames]

        assert rest == [b"more"]
        assert on_the_new_one == tls_pin(new.tls_certificate_pem)
        assert one.channels._links[JIANGSU] is not before
        async with asyncio.timeout(10):
            await asyncio.gather(*one.channels._closing)


async def one_more(link: Link, running: asyncio.Event) -> bytes:
    async with streaming(link.channels) as frames:
        running.set()
        return await anext(frames)


async def test_calls_that_never_end_do_not_keep_an_old_channel_for_ever() -> None:
    new = fresh(SHANGHAI)
    async with link() as one:
        one.gates.append(asyncio.Event())
        one.channels.last_calls_s = 0.05
        running = asyncio.Event()
        task = asyncio.create_task(one_more(one, running))
        await running.wait()
        one.follow(announce(SHANGHAI, new))
        one.keys[SHANGHAI] = with_channel_key(one.keys[SHANGHAI], new)
        one.follow(promote(SHANGHAI))
        with pytest.raises(PeerError) as caught:
            await task

    assert caught.value.refusal.reason is Reason.PEER_TIMEOUT


async def test_a_province_that_is_removed_is_not_called_any_more_and_its_running_call_ends() -> None:
    async with link() as one:
        one.gates.append(asyncio.Event())
        running = asyncio.Event()
        task = asyncio.create_task(one_more(one, running))
        await running.wait()
        one.chain.change(lambda draft: changes.remove(draft, JIANGSU), by=SIGNERS)
        one.adopt_at_client()
        with pytest.raises(PeerError) as caught:
            await task
        with pytest.raises(PeerError) as again:
            await one.ask()

    assert [one.value.refusal.reason for one in (caught, again)] == [Reason.NOT_A_MEMBER] * 2


async def test_a_province_that_joins_is_let_in_by_a_port_that_runs() -> None:
    newcomer = fresh("370000")
    async with link() as one:
        membership = one.chain.change(lambda draft: changes.add(draft, introduction(newcomer)), by=SIGNERS)
        theirs = Directory(_placed(membership, one.ports[0]))
        before = open_channels(newcomer, theirs)
        with pytest.raises(grpc.aio.AioRpcError):
            await asked(before)
        await before.close()
        one.adopt_at_server(membership)
        after = open_channels(newcomer, theirs)
        seen = await asked(after, wait=True)
        await after.close()

    assert seen == tls_pin(newcomer.tls_certificate_pem)
