"""The real peer port of Zhejiang (TLS and gRPC on an ephemeral port) over the use-cases of an in-process mesh, and its callers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

from federation import channels
from federation.client import Client
from federation.gate import Gate
from federation.methods import Method
from federation.peers import Peers
from federation.sample_identities import make_identities, new_identity
from node.metrics import Levels, Metrics
from node.rpc import services
from node.rpc.edge import Edge, RpcHandler
from node.rpc.server import PeerServer, bind
from node.usecases.applying.verification import ApplicationProvider
from node.usecases.explain.mishaps import Mishaps
from node.usecases.holder_mint import HolderProvider
from node.usecases.search.local import SearchProvider
from tests.node.usecases.cosigned import Cosigner
from tests.node.usecases.mesh import ZHEJIANG, Mesh, Province
from tests.node.usecases.objection.cases import bureau
from tests.node.usecases.reconcile.pair import Side
from trust.local import LocalIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A running peer port."""

    mesh: Mesh
    server: PeerServer
    metrics: Metrics
    mishaps: Mishaps

    @property
    def node(self) -> Province:
        """Whose port it is."""
        return self.mesh[ZHEJIANG]

    @asynccontextmanager
    async def channel(self, identity: LocalIdentity) -> AsyncIterator[grpc.aio.Channel]:
        """A connection with this TLS certificate."""
        peer = replace(self.node.directory.peers[ZHEJIANG], endpoint=f"127.0.0.1:{self.server.port}")
        channel = channels._channel(identity, peer)
        try:
            yield channel
        finally:
            await channel.close()

    @asynccontextmanager
    async def client(self, province: str) -> AsyncIterator[Client]:
        """The client of a member."""
        async with self.channel(make_identities([province])[province]) as channel:
            yield Client(channels.Channels({ZHEJIANG: channel}), self.mesh[province].post, Peers([ZHEJIANG]))


def edge_of(node: Province, metrics: Metrics, mishaps: Mishaps | None = None) -> Edge:
    """The edge of a province."""
    return Edge(
        post=node.post,
        directory=node.directory,
        gate=Gate(node.directory, node.code, node.clock),
        peers=node.health,
        exchange=node.exchange,
        metrics=metrics,
        mishaps=mishaps,
        bar=node.bar,
    )


def handlers_of(node: Province, edge: Edge) -> dict[str, RpcHandler]:
    """All methods, as the daemon registers them."""
    cosigner = Cosigner(node)
    return services.handlers(
        edge,
        application=ApplicationProvider(exchange=node.exchange, verifier=node.verifier),
        search=SearchProvider(
            exchange=node.exchange, library=node.library, verifier=node.verifier, recorder=node.recorder
        ),
        holders=HolderProvider(province=node.code, exchange=node.exchange, mint=node.mint),
        holder_uses=node.uses_provider,
        delivery=node.delivery,
        info=node.info_provider,
        notice=node.receiver,
        evidence=node.evidence,
        witness=cosigner.witness,
        accusations=cosigner.accusations,
        publications=node.publications,
        orders=node.order_exchange,
        memberships=node.memberships,
        objection=bureau(node).receiver,
        reconcile=Side(node).provider,
    )


@asynccontextmanager
async def open_port(mesh: Mesh, changes: Mapping[str, Any] | None = None) -> AsyncIterator[Port]:
    """Serve Zhejiang; `changes` are (edge) -> handler by method path."""
    node, metrics = mesh[ZHEJIANG], Metrics(Levels)
    mishaps = Mishaps(node.clock)
    edge = edge_of(node, metrics, mishaps)
    table = handlers_of(node, edge) | {path: make(edge) for path, make in (changes or {}).items()}
    server = bind(table, identity=node.identity, directory=node.directory, listen="127.0.0.1:0")
    await server.server.start()
    try:
        yield Port(mesh=mesh, server=server, metrics=metrics, mishaps=mishaps)
    finally:
        await server.server.stop(None)


async def call(channel: grpc.aio.Channel, method: Method, request: bytes) -> grpc.aio.AioRpcError:
    """Send bytes that must be refused."""
    unary: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method.full_path)
    try:
        await unary(request, timeout=5)
    except grpc.aio.AioRpcError as error:
        return error
    raise AssertionError("answered")


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what a handler does after its caller has the answer."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - a log line and a count give no event
            await asyncio.sleep(0.002)


def error_info(error: grpc.aio.AioRpcError) -> dict[str, str]:
    """The reason, and the metadata, of the google.rpc.ErrorInfo in a status."""
    raw = next(value for key, value in error.trailing_metadata() or () if key == "grpc-status-details-bin")
    info = error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(info) for detail in status_pb2.Status.FromString(raw).details)
    return {"reason": info.reason, **info.metadata}


def stranger() -> LocalIdentity:
    """An identity that no membership names."""
    return new_identity("990000")
