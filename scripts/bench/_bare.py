"""The baseline `bare_mtls`: a grpc.aio fan-out over the same TLS with messages of the same sizes, and nothing else. A child program.

No certmesh code: raw bytes in and out, no serializers, no interceptors, one channel per peer. The aggregator drives itself, so that this
baseline pays for no client and no REST edge: it is as fast as grpc.aio is on this machine.
"""

import os
from typing import Any

import _tls
import grpc  # after _tls, which says how it speaks TLS
from _child import Spec, run_child, talk
from _load import closed_loop

SERVICE, METHOD = "bench.Bare", "Ask"


async def peer(spec: Spec) -> None:
    """Answer every request with the same bytes. Spec: as `_tls.start_server`, answer_bytes."""
    body = os.urandom(spec["answer_bytes"])

    async def answer(_request: bytes, _context: Any) -> bytes:
        return body

    server, port = await _tls.start_server(spec, SERVICE, {METHOD: grpc.unary_unary_rpc_method_handler(answer)})
    await talk(port)
    await server.stop(None)


async def aggregator(spec: Spec) -> None:
    """Ask all peers for each request. Spec: as `_tls.open_channel`, peers, request_bytes; a line: seconds, in_flight."""
    channels = [_tls.open_channel(spec, one) for one in spec["peers"]]
    asks: list[Any] = [one.unary_unary(f"/{SERVICE}/{METHOD}") for one in channels]
    request = os.urandom(spec["request_bytes"])

    async def fan_out() -> None:
        for call in [ask(request) for ask in asks]:
            await call

    async def measure(line: Spec) -> tuple[list[float], float]:
        return await closed_loop([fan_out] * line["in_flight"], line["seconds"])

    await talk(None, measure)
    for one in channels:
        await one.close()


if __name__ == "__main__":
    run_child({"peer": peer, "aggregator": aggregator})
