"""The gRPC side of the noun `retrieval`: face data as one answer, files as a stream of sealed chunks made off the loop."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterator

from federation.codec.retrieval import chunk_frame, head_frame
from federation.methods import DATA, FILE
from federation.model.retrieval import BATCH_CHUNKS, CHUNK_BYTES, FileQuery
from federation.ports import Incoming
from federation.stream import ChunkSealer
from node.errors import refused
from node.library.files import StoredFile
from node.rpc.edge import Edge, RpcHandler
from node.usecases.exchange import Answered
from node.usecases.retrieval.provider import FileAnswer, RetrievalProvider


def handlers(edge: Edge, provider: RetrievalProvider) -> dict[str, RpcHandler]:
    """The methods of certmesh.v1.Retrieval."""

    async def file(incoming: Incoming[FileQuery]) -> tuple[Answered, Frames]:
        answer = await provider.file(incoming)
        return answer.answered, Frames(answer, incoming.exchange_id)

    return {DATA.path: edge.unary(DATA, provider.data), FILE.path: edge.stream(FILE, file, head_frame)}


class Frames:
    """The chunks of a file as wire frames. Close it, also where no batch was taken: that has the notices of the use delivered."""

    def __init__(self, answer: FileAnswer, exchange_id: str) -> None:
        """Nothing is read before the first batch is taken."""
        self._answer = answer
        self._batches = _batches(answer, exchange_id)

    def __aiter__(self) -> AsyncIterator[list[bytes]]:
        return self

    async def __anext__(self) -> list[bytes]:
        """The next batch.

        Raises:
            RefusedError: a stop order ended it.
        """
        return await anext(self._batches)

    async def aclose(self) -> None:
        """No more is taken. A generator that never began runs no `finally`, so it is not there that the notices are thought of."""
        try:
            await self._batches.aclose()
        finally:
            self._answer.delivered()


async def _batches(answer: FileAnswer, exchange_id: str) -> AsyncGenerator[list[bytes], None]:
    """The chunks of a file as wire frames, a batch of up to 1 MiB at a time; one batch is made while the last one travels.

    Raises:
        RefusedError: a stop order ended it.
    """
    if answer.file is None:
        return
    sealer = ChunkSealer(answer.chunk_key, exchange_id)
    reader = _Reader(answer.file, answer.offset)
    coming = asyncio.create_task(asyncio.to_thread(reader.batch, sealer), name="retrieval batch")
    try:
        while batch := await coming:
            await _check(answer)
            coming = asyncio.create_task(asyncio.to_thread(reader.batch, sealer), name="retrieval batch")
            yield batch
    finally:
        await asyncio.wait([coming])
        reader.close()


async def _check(answer: FileAnswer) -> None:
    """End a stream whose line, unit, type, application, key or peer was stopped meanwhile.

    Raises:
        RefusedError: it was; that is on record.
    """
    refusal = answer.stopped()
    if refusal is not None:
        await answer.cut(refusal)
        raise refused(refusal)


class _Reader:
    """Reads and seals one file, batch by batch. Blocking; one thread at a time."""

    def __init__(self, file: StoredFile, offset: int) -> None:
        """`offset` is where the receiver goes on, cut back to a whole chunk."""
        self._file = file
        self._offset = min(offset, file.size) // CHUNK_BYTES * CHUNK_BYTES
        self._descriptor = -1
        self._prefixes: Iterator[bytes] = iter(())

    def batch(self, sealer: ChunkSealer) -> list[bytes]:
        """The next frames; empty at the end of the file."""
        if self._descriptor < 0:
            self._descriptor = os.open(self._file.path, os.O_RDONLY)
            self._prefixes = iter(self._file.prefixes(self._offset))
        frames: list[bytes] = []
        while len(frames) < BATCH_CHUNKS and (piece := os.pread(self._descriptor, CHUNK_BYTES, self._offset)):
            frames.append(chunk_frame(sealer.seal(self._offset, piece, next(self._prefixes))))
            self._offset += len(piece)
        return frames

    def close(self) -> None:
        """Give the descriptor back."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
