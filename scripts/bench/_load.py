"""Load for the benchmarks: a closed loop, and the lightest HTTP client that can drive it. Standard library only.

Closed: each caller asks again as soon as it is answered, so N callers are N requests in flight. The client knows HTTP/1.1 keep-alive and
Content-Length and nothing else: on a machine of two cores, what the client costs is taken from the servers.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Self

Call = Callable[[], Awaitable[object]]


async def closed_loop(calls: Sequence[Call], seconds: float) -> tuple[list[float], float]:
    """One caller per call, for `seconds`; the latency of every call and the time of all, in seconds."""
    latencies: list[float] = []
    start = time.perf_counter()
    end = start + seconds

    async def caller(call: Call) -> None:
        while (started := time.perf_counter()) < end:
            await call()
            latencies.append(time.perf_counter() - started)

    await asyncio.gather(*(caller(call) for call in calls))
    return latencies, time.perf_counter() - start


class Connection:
    """One connection to an HTTP server of this machine; one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, address: str) -> Self:
        """Connect to "host:port"."""
        host, _, port = address.rpartition(":")
        return cls(*await asyncio.open_connection(host, int(port)))

    async def post(self, request: bytes) -> bytes:
        """Send a request made by `post_request`; returns the body of the answer.

        Raises:
            RuntimeError: any status but 200.
        """
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await self._reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            status, _, _ = head.decode().partition("\r\n")
            raise RuntimeError(f"{status}: {body.decode()}")
        return body

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        await self._writer.wait_closed()


def post_request(path: str, body: bytes, token: str = "") -> bytes:
    """The bytes of a POST of JSON."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(body)}", *([f"Authorization: Bearer {token}"] if token else []), "", ""]
    return "\r\n".join(lines).encode() + body
