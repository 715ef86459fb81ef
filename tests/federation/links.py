"""A real gRPC server and a real client of two provinces, over TLS on the loopback interface."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import grpc

from federation.channels import PortCredentials, open_channels
from federation.client import Client
from federation.clocks import Clocks
from federation.directory import Directory
from federation.peers import Peers
from federation.post import Post, Standing
from federation.sample_identities import make_identities, make_membership
from tests.federation.samples import JIANGSU, PROVINCES, SHANGHAI, Clock
from trust.local import LocalIdentity
from trust.tls import tls_pin

Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"
Answer = Callable[[bytes, Context], Awaitable[bytes]]
Frames = Callable[[bytes, Context], AsyncIterator[bytes]]
IDENTITIES: Mapping[str, LocalIdentity] = make_identities(PROVINCES)
NOBODY = "127.0.0.1:1"


def good(_province: str, _fingerprint: str) -> tuple[str, str]:
    """Nothing is known against anybody."""
    return "", ""


def directory(endpoints: Mapping[str, str]) -> Directory:
    """The four members, some of them at these endpoints, the others where nobody listens."""
    membership = make_membership(IDENTITIES)
    members = (replace(one, endpoints=(endpoints.get(one.province, NOBODY),)) for one in membership.members)
    return Directory(replace(membership, members=tuple(members)))


MEMBERS = directory({})


def post(identity: LocalIdentity, clock: Clock, standing: Standing = good) -> Post:
    return Post(identity, MEMBERS, clock=clock.utc, monotonic=clock.monotonic, standing=standing)


async def silence(_request: bytes, _context: Context) -> bytes:
    """Answers nothing, ever."""
    await asyncio.Event().wait()
    raise AssertionError


async def no_frames(_request: bytes, _context: Context) -> AsyncIterator[bytes]:
    """A stream that ends before it began."""
    empty: tuple[bytes, ...] = ()
    for frame in empty:
        yield frame


@asynccontextmanager
async def server(search: Answer = silence, file: Frames = no_frames) -> AsyncIterator[str]:
    """Jiangsu's peer port with these handlers; gives its endpoint."""
    made = grpc.aio.server()
    table: dict[str, dict[str, grpc.RpcMethodHandler[bytes, bytes]]] = {
        "Search": {"Local": grpc.unary_unary_rpc_method_handler(search)},
        "Retrieval": {"File": grpc.unary_stream_rpc_method_handler(file)},
    }
    for service, methods in table.items():
        made.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(f"certmesh.v1.{service}", methods),))
    port = made.add_secure_port("127.0.0.1:0", PortCredentials(IDENTITIES[JIANGSU], MEMBERS).credentials)
    await made.start()
    yield f"127.0.0.1:{port}"
    await made.stop(None)


@dataclass(slots=True)
class Calling:
    """A client, its post room, what it knows of its peers' health, and what it told its observer."""

    client: Client
    post: Post
    peers: Peers
    clocks: Clocks
    observed: list[tuple[str, str, str]] = field(default_factory=list)
    weighed: list[tuple[str, str, int, int]] = field(default_factory=list)


@asynccontextmanager
async def client(
    endpoints: Mapping[str, str], identity: LocalIdentity = IDENTITIES[SHANGHAI], standing: Standing = good
) -> AsyncIterator[Calling]:
    """A client that calls with this identity."""
    members, observed, weighed = directory(endpoints), list[tuple[str, str, str]](), list[tuple[str, str, int, int]]()
    clock, clocks, peers = Clock(), Clocks(), Peers(members.others(identity.province))
    room = post(identity, clock, standing)
    channels = open_channels(identity, members)
    calling = Client(
        channels,
        room,
        peers,
        observe=lambda *outcome: observed.append(outcome),
        weigh=lambda *sizes: weighed.append(sizes),
        clocks=clocks,
        clock=clock.utc,
    )
    yield Calling(client=calling, post=room, peers=peers, clocks=clocks, observed=observed, weighed=weighed)
    await channels.close()


def caller(context: Context) -> str | None:
    """The province whose TLS key the connection showed."""
    certificates = list(context.auth_context().get("x509_pem_cert", ()))
    return MEMBERS.province_of_pin(tls_pin(certificates[0]))
