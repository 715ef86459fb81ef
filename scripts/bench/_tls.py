"""The channel of the bare baselines: the same P-256 mutual TLS 1.3 as certmesh. No certmesh code.

Keys travel as PEM through stdin, from the benchmark to its children, and are never written to disk.
"""

import os
from typing import Any

os.environ["GRPC_SSL_CIPHER_SUITES"] = (
    "ECDHE-RSA-AES256-GCM-SHA384"  # TLS 1.3 alone, as certmesh has it; before grpc is imported
)

import grpc
from _child import Spec


async def start_server(spec: Spec, service: str, methods: dict[str, Any]) -> tuple[grpc.aio.Server, int]:
    """A server that admits the holder of one certificate. Spec: key, certificate, client (its certificate). Returns it and its port."""
    credentials = grpc.ssl_server_credentials(
        [(spec["key"].encode(), spec["certificate"].encode())],
        root_certificates=spec["client"].encode(),
        require_client_auth=True,
    )
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, methods),))
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    return server, port


def open_channel(spec: Spec, peer: Spec) -> grpc.aio.Channel:
    """A channel to one peer. Spec: key, certificate; peer: port, host, certificate."""
    credentials = grpc.ssl_channel_credentials(
        peer["certificate"].encode(), spec["key"].encode(), spec["certificate"].encode()
    )
    options = (("grpc.ssl_target_name_override", peer["host"]), ("grpc.enable_http_proxy", 0))
    return grpc.aio.secure_channel(f"127.0.0.1:{peer['port']}", credentials, options=options)
