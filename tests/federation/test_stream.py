"""federation.stream: a file in chunks arrives byte for byte or not at all."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.model.retrieval import CHUNK_BYTES, Chunk
from federation.stream import ChunkOpener, ChunkSealer
from trust import gm
from trust.errors import DecryptionError

KEY = bytes(range(16))
PATTERN = bytes(range(251)) * (3 * CHUNK_BYTES // 251 + 1)


def sealed(data: bytes, start: int = 0, exchange_id: str = "e1") -> list[Chunk]:
    """The chunks of a file from `start`, which is a multiple of the chunk size."""
    sealer = ChunkSealer(KEY, exchange_id)
    return [
        sealer.seal(at, data[at : at + CHUNK_BYTES], gm.sm3(data[: at + CHUNK_BYTES]))
        for at in range(start, len(data), CHUNK_BYTES)
    ]


EDGES = [edge + by for edge in (0, CHUNK_BYTES, 2 * CHUNK_BYTES) for by in (-1, 0, 1) if edge + by >= 0]


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(EDGES) | st.integers(0, 3 * CHUNK_BYTES))
def test_a_file_of_any_size_arrives(size: int) -> None:
    data, opener = PATTERN[:size], ChunkOpener(KEY, "e1")
    chunks = sealed(data)

    assert b"".join(opener.open(chunks)) == data
    assert (opener.offset, opener.digest()) == (size, gm.sm3(data))
    assert len(chunks) == -(-size // CHUNK_BYTES)


@settings(deadline=None, max_examples=15)
@given(st.sampled_from(EDGES), st.integers(0, 2))
def test_a_stream_goes_on_where_an_earlier_one_ended(size: int, chunks_here: int) -> None:
    data, here = PATTERN[:size], min(chunks_here * CHUNK_BYTES, size // CHUNK_BYTES * CHUNK_BYTES)
    opener = ChunkOpener(KEY, "e1")
    opener.skip(data[:here])

    assert data[:here] + b"".join(opener.open(sealed(data, here))) == data
    assert (opener.offset, opener.digest()) == (size, gm.sm3(data))


def test_every_chunk_has_its_own_nonce() -> None:
    chunks = sealed(PATTERN[: 3 * CHUNK_BYTES])

    assert len({chunk.nonce for chunk in chunks}) == 3


FILE = PATTERN[: 2 * CHUNK_BYTES + 1]
CHUNKS = sealed(FILE)


def _changed(position: int, **change: object) -> list[Chunk]:
    return [
        replace(chunk, **change) if number == position else chunk  # type: ignore[arg-type]
        for number, chunk in enumerate(CHUNKS)
    ]


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param([CHUNKS[1], CHUNKS[0]], id="chunks out of order"),
        pytest.param([CHUNKS[0], CHUNKS[0]], id="a chunk twice"),
        pytest.param([CHUNKS[0], CHUNKS[2]], id="a chunk missing"),
        pytest.param(_changed(1, sealed=CHUNKS[1].sealed[:-1] + b"\0"), id="a changed tag"),
        pytest.param(_changed(1, sealed=b"\0" + CHUNKS[1].sealed[1:]), id="a changed ciphertext"),
        pytest.param(_changed(1, sealed=CHUNKS[1].sealed[1:]), id="a shortened chunk"),
        pytest.param(_changed(1, nonce=bytes(12)), id="a changed nonce"),
        pytest.param(_changed(1, prefix_sm3=CHUNKS[0].prefix_sm3), id="the digest of another chunk"),
        pytest.param(_changed(2, offset=CHUNK_BYTES), id="a chunk at another place"),
        pytest.param([replace(CHUNKS[1], offset=0)], id="a later chunk in the place of the first"),
        pytest.param(sealed(FILE, exchange_id="e2"), id="the chunks of another exchange"),
    ],
)
def test_chunks_that_are_not_the_file(chunks: Sequence[Chunk]) -> None:
    with pytest.raises(DecryptionError):
        ChunkOpener(KEY, "e1").open(chunks)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(DecryptionError):
        ChunkOpener(bytes(16), "e1").open(CHUNKS)


@pytest.mark.parametrize(
    "skipped",
    [
        pytest.param(lambda: PATTERN[1 : CHUNK_BYTES + 1], id="bytes that are not the file's"),
        pytest.param(lambda: FILE[: CHUNK_BYTES - 1], id="a byte too few"),
    ],
)
def test_a_stream_does_not_go_on_behind_something_else(skipped: Callable[[], bytes]) -> None:
    opener = ChunkOpener(KEY, "e1")
    opener.skip(skipped())

    with pytest.raises(DecryptionError):
        opener.open(CHUNKS[1:])


def test_a_chunk_out_of_order_leaves_the_opener_where_it_was() -> None:
    opener = ChunkOpener(KEY, "e1")
    with pytest.raises(DecryptionError):
        opener.open(CHUNKS[1:])

    assert b"".join(opener.open(CHUNKS)) == FILE
