"""The gRPC server of the peer port: all services on one port, mutual TLS, health per service, bounded. DESIGN §9."""

from collections.abc import Mapping
from dataclasses import dataclass

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio

from federation.channels import OPTIONS, PortCredentials
from federation.directory import Directory
from federation.methods import SERVICES
from node.rpc.edge import RpcHandler
from trust.local import LocalIdentity

MAX_CONCURRENT_RPCS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerServer:
    """A server that has been bound. `port` is the one it listens on, `tls` what it shows and whom it lets in."""

    server: grpc.aio.Server
    health: health_aio.HealthServicer
    port: int
    tls: PortCredentials

    async def serving(self, *, ready: bool) -> None:
        """Tell health checkers whether the services answer."""
        status = health_pb2.HealthCheckResponse.SERVING if ready else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in ("", *(f"certmesh.v1.{service}" for service in SERVICES)):
            await self.health.set(name, status)


def bind(
    handlers: Mapping[str, RpcHandler],
    *,
    identity: LocalIdentity,
    directory: Directory,
    listen: str,
) -> PeerServer:
    """Make the server and take its port; `handlers` are by method path ("Service/Rpc"). It is not started yet.

    Raises:
        RuntimeError: the port cannot be taken.
    """
    server = grpc.aio.server(
        options=(*OPTIONS, ("grpc.so_reuseport", 0), ("grpc.max_concurrent_streams", MAX_CONCURRENT_RPCS)),
        maximum_concurrent_rpcs=MAX_CONCURRENT_RPCS,
    )
    services: dict[str, dict[str, RpcHandler]] = {}
    for path, handler in handlers.items():
        service, name = path.split("/")
        services.setdefault(service, {})[name] = handler
    for service, methods in services.items():
        generic = grpc.method_handlers_generic_handler(f"certmesh.v1.{service}", methods)
        server.add_generic_rpc_handlers((generic,))
    health = health_aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    tls = PortCredentials(identity, directory)
    port = server.add_secure_port(listen, tls.credentials)
    return PeerServer(server=server, health=health, port=port, tls=tls)
