"""The baselines of the retrieval benchmark: a bare grpc.aio stream, and one with nothing but SM4-GCM and one SM3 at the receiver.

The sender is a child program (role `sender`), the receivers are called by the benchmark. The same TLS and 64 KiB chunks as certmesh, raw
bytes, no protobuf, no evidence, no disk; of certmesh only the SM4 and SM3 engines (`trust.gm`). The file lies in the sender's memory.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import _tls
import grpc  # after _tls, which says how it speaks TLS
from _child import Spec, run_child, talk

from trust import gm

SERVICE = "bench.Streams"
CHUNK_BYTES = 64 * 1024
BATCH_CHUNKS = 16  # sealed or opened together in a thread
KEY = bytes(range(16))
RAW, INLINE, AHEAD = "Raw", "Inline", "Ahead"
"""What a sender does: nothing, seal each chunk on the event loop, or seal the next batch in a thread while the last one travels."""

Receive = Callable[[grpc.aio.Channel, str, int], Awaitable[None]]


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _seal(cipher: gm.Sm4Gcm, pieces: list[bytes], first: int) -> list[bytes]:
    return [cipher.seal(_nonce(number), piece, b"") for number, piece in enumerate(pieces, first)]


class _File:
    """Answers a request (the size, decimal) with that many bytes."""

    def __init__(self, sizes: list[int]) -> None:
        self._pieces = {
            size: [os.urandom(min(CHUNK_BYTES, size - at)) for at in range(0, size, CHUNK_BYTES)] for size in sizes
        }

    async def raw(self, request: bytes, _context: Any) -> AsyncIterator[bytes]:
        for piece in self._pieces[int(request)]:
            yield piece

    async def inline(self, request: bytes, _context: Any) -> AsyncIterator[bytes]:
        cipher = gm.Sm4Gcm(KEY)
        for number, piece in enumerate(self._pieces[int(request)]):
            yield cipher.seal(_nonce(number), piece, b"")

    async def ahead(self, request: bytes, _context: Any) -> AsyncIterator[bytes]:
        cipher, pieces = gm.Sm4Gcm(KEY), self._pieces[int(request)]
        starts = range(0, len(pieces), BATCH_CHUNKS)
        batches = (asyncio.to_thread(_seal, cipher, pieces[at : at + BATCH_CHUNKS], at) for at in starts)
        coming = asyncio.create_task(next(batches))
        for following in batches:
            batch, coming = await coming, asyncio.create_task(following)
            for frame in batch:
                yield frame
        for frame in await coming:
            yield frame


async def sender(spec: Spec) -> None:
    """Serve files. Spec: as `_tls.start_server`, sizes."""
    file = _File(spec["sizes"])
    handlers: dict[str, Any] = {
        name: grpc.unary_stream_rpc_method_handler(handle)
        for name, handle in ((RAW, file.raw), (INLINE, file.inline), (AHEAD, file.ahead))
    }
    server, port = await _tls.start_server(spec, SERVICE, handlers)
    await talk(port)
    await server.stop(None)


def _stream(channel: grpc.aio.Channel, method: str, size: int) -> AsyncIterator[bytes]:
    call: Any = channel.unary_stream(f"/{SERVICE}/{method}")
    frames: AsyncIterator[bytes] = call(b"%d" % size).__aiter__()
    return frames


async def count(channel: grpc.aio.Channel, method: str, size: int) -> None:
    """Receive and count."""
    received = 0
    async for frame in _stream(channel, method, size):
        received += len(frame)
    assert received == size


async def open_inline(channel: grpc.aio.Channel, method: str, size: int) -> None:
    """Open and hash each chunk on the event loop."""
    cipher, digest, number, received = gm.Sm4Gcm(KEY), gm.new_sm3(), 0, 0
    async for frame in _stream(channel, method, size):
        piece = cipher.open(_nonce(number), frame, b"")
        digest.update(piece)
        number, received = number + 1, received + len(piece)
    digest.digest()
    assert received == size


class _Opening:
    """Opens and hashes batches in a thread, one after another."""

    def __init__(self) -> None:
        self._cipher, self._digest, self._number = gm.Sm4Gcm(KEY), gm.new_sm3(), 0
        self.received = 0

    def take(self, frames: list[bytes]) -> None:
        for frame in frames:
            piece = self._cipher.open(_nonce(self._number), frame, b"")
            self._digest.update(piece)
            self._number += 1
            self.received += len(piece)


async def open_behind(channel: grpc.aio.Channel, method: str, size: int) -> None:
    """Open and hash each batch in a thread while the next one is received."""
    opening, batch, running = _Opening(), [], asyncio.create_task(asyncio.sleep(0))
    async for frame in _stream(channel, method, size):
        batch.append(frame)
        if len(batch) == BATCH_CHUNKS:
            await running
            running, batch = asyncio.create_task(asyncio.to_thread(opening.take, batch)), []
    await running
    await asyncio.to_thread(opening.take, batch)
    assert opening.received == size


SEALED: dict[str, tuple[str, Receive]] = {
    "sealed and opened inline": (INLINE, open_inline),
    "sealed inline, opened in a thread": (INLINE, open_behind),
    "sealed in a thread, opened inline": (AHEAD, open_inline),
    "sealed and opened in a thread": (AHEAD, open_behind),
}
"""Ways to run the second baseline; the fastest of a run is the baseline."""


if __name__ == "__main__":
    run_child({"sender": sender})
