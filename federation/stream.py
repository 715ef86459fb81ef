"""The crypto of a file stream: chunks sealed one by one, opened and hashed once. DESIGN §6.4, PERFORMANCE §2.

Each chunk is sealed with SM4-GCM under the stream's own key and bound to exchange and offset; `prefix_sm3` is the SM3 of the file up to
the chunk's end, so one hashing pass at the receiver checks every chunk and the whole file, and a resumed stream is checked from its start.
The sender hashes nothing: prefix digests are made when a file enters the library. Blocking work of up to 1 MiB: call it off the loop.
"""

import secrets
from collections.abc import Sequence

from federation.model.retrieval import Chunk
from trust import gm
from trust.errors import DecryptionError


def _aad(exchange_id: str, offset: int) -> bytes:
    return exchange_id.encode() + offset.to_bytes(8, "big")


class ChunkSealer:
    """Seals the chunks of one stream."""

    def __init__(self, key: bytes, exchange_id: str) -> None:
        """`key` is the stream's SM4 key."""
        self._cipher = gm.Sm4Gcm(key)
        self._exchange_id = exchange_id

    def seal(self, offset: int, piece: bytes, prefix_sm3: bytes) -> Chunk:
        """Seal the piece of at most a chunk's size that begins at `offset` of the file."""
        nonce = secrets.token_bytes(12)
        sealed = self._cipher.seal(nonce, piece, _aad(self._exchange_id, offset))
        return Chunk(offset=offset, nonce=nonce, sealed=sealed, prefix_sm3=prefix_sm3)


class ChunkOpener:
    """Opens and checks the chunks of one stream, in order. Owned by one receiver at a time."""

    def __init__(self, key: bytes, exchange_id: str) -> None:
        """`key` is the stream's SM4 key."""
        self._cipher = gm.Sm4Gcm(key)
        self._exchange_id = exchange_id
        self._hash = gm.new_sm3()
        self.offset = 0

    def skip(self, data: bytes) -> None:
        """Count bytes that are already here, from an earlier part of the same exchange."""
        self._hash.update(data)
        self.offset += len(data)

    def open(self, chunks: Sequence[Chunk]) -> list[bytes]:
        """The plain pieces of the next chunks.

        Raises:
            DecryptionError: out of order, tampered with, or not the file that was promised.
        """
        return [self._open_one(chunk) for chunk in chunks]

    def _open_one(self, chunk: Chunk) -> bytes:
        if chunk.offset != self.offset:
            raise DecryptionError("a chunk out of order")
        piece = self._cipher.open(chunk.nonce, chunk.sealed, _aad(self._exchange_id, chunk.offset))
        self._hash.update(piece)
        if self._hash.copy().digest() != chunk.prefix_sm3:
            raise DecryptionError("a chunk whose digest does not fit")
        self.offset += len(piece)
        return piece

    def digest(self) -> bytes:
        """SM3 of everything so far."""
        return self._hash.copy().digest()
