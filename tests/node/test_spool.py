"""Files on their way in: kept to the last whole chunk, checked before they are kept, swept when nobody comes back."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.model.retrieval import CHUNK_BYTES, Chunk
from federation.stream import ChunkOpener, ChunkSealer
from node.library.spool import Part, Spool
from trust import gm
from trust.errors import DecryptionError

KEY, EXCHANGE = bytes(range(16)), "e1"
DATA = bytes(range(256)) * (CHUNK_BYTES * 3 // 256) + b"the end"


def chunks(data: bytes = DATA, start: int = 0) -> list[Chunk]:
    """The sealed chunks of a file from an offset on."""
    sealer = ChunkSealer(KEY, EXCHANGE)
    return [
        sealer.seal(at, data[at : at + CHUNK_BYTES], gm.sm3(data[: at + CHUNK_BYTES]))
        for at in range(start, len(data), CHUNK_BYTES)
    ]


def opener() -> ChunkOpener:
    return ChunkOpener(KEY, EXCHANGE)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def part(spool: Spool) -> Part:
    return spool.part(EXCHANGE)


def test_a_part_has_one_name_per_exchange_that_does_not_show_it(spool: Spool) -> None:
    assert spool.part("../../etc/passwd").path.parent == spool._root
    assert spool.part("a").path == spool.part("a").path != spool.part("b").path


def test_a_part_that_does_not_exist_is_empty(part: Part) -> None:
    one = opener()
    part.replay(one)

    assert (part.size, part.resume(), one.offset) == (0, 0, 0)
    assert not part.path.exists()


def test_chunks_are_kept_as_the_file(part: Part) -> None:
    one = opener()
    for chunk in chunks():
        part.append(one, [chunk], len(DATA))

    assert part.path.read_bytes() == DATA
    assert (one.offset, one.digest()) == (len(DATA), gm.sm3(DATA))


def test_a_part_is_the_nodes_alone(spool: Spool, part: Part) -> None:
    part.append(opener(), chunks(), len(DATA))

    assert [path.stat().st_mode & 0o777 for path in (part.path, spool._root)] == [0o600, 0o700]


@given(cut=st.integers(min_value=0, max_value=len(DATA)))
@settings(deadline=None, max_examples=15)
def test_a_part_cut_anywhere_is_resumed_to_the_whole_file(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """Whatever a crash left of it: whole chunks stay, the rest comes again."""
    part = Spool(tmp_path_factory.mktemp("spool")).part(EXCHANGE)
    part.path.write_bytes(DATA[:cut])
    offset, one = part.resume(), opener()
    part.replay(one)
    part.append(one, chunks(start=offset), len(DATA))

    assert offset == cut // CHUNK_BYTES * CHUNK_BYTES
    assert (part.path.read_bytes(), one.digest()) == (DATA, gm.sm3(DATA))


def spoiled(chunk: Chunk) -> Chunk:
    flipped = chunk.sealed[:-1] + bytes([chunk.sealed[-1] ^ 1])
    return Chunk(offset=chunk.offset, nonce=chunk.nonce, sealed=flipped, prefix_sm3=chunk.prefix_sm3)


@pytest.mark.parametrize(
    "batch",
    [
        pytest.param([*chunks()[:2], spoiled(chunks()[2])], id="with a spoiled chunk at its end"),
        pytest.param([chunks()[1]], id="that begins later"),
        pytest.param([chunks()[0], chunks()[0]], id="with a chunk twice"),
        pytest.param([chunks()[0], chunks(bytes(len(DATA)))[1]], id="with a chunk of another file"),
    ],
)
def test_nothing_of_a_bad_batch_is_kept(part: Part, batch: list[Chunk]) -> None:
    with pytest.raises(DecryptionError):
        part.append(opener(), batch, len(DATA))

    assert part.size == 0


def test_nothing_is_kept_beyond_the_size_that_was_promised(part: Part) -> None:
    one = opener()
    part.append(one, chunks()[:1], CHUNK_BYTES)
    with pytest.raises(DecryptionError):
        part.append(one, chunks()[1:], CHUNK_BYTES)

    assert part.size == CHUNK_BYTES


def test_what_was_changed_meanwhile_is_found_at_the_next_chunk(part: Part) -> None:
    part.path.write_bytes(bytes(CHUNK_BYTES))
    one = opener()
    part.replay(one)
    with pytest.raises(DecryptionError):
        part.append(one, chunks(start=CHUNK_BYTES), len(DATA))


def test_a_discarded_part_is_gone_and_may_be_discarded_again(part: Part) -> None:
    part.append(opener(), chunks(), len(DATA))
    part.discard()
    part.discard()

    assert not part.path.exists()


def test_parts_that_nobody_came_back_for_are_swept(spool: Spool) -> None:
    for name, age in (("old", 100.0), ("new", 200.0)):
        path = spool.part(name).path
        path.touch()
        os.utime(path, (age, age))

    assert spool.sweep(150.0) == 1
    assert [path.name for path in spool._root.iterdir()] == [spool.part("new").path.name]


def test_a_part_that_goes_while_others_are_swept_does_not_stop_the_sweep(spool: Spool) -> None:
    """A dangling name stands for a part that was handed on between the listing and the look."""
    spool.part("gone").path.symlink_to(spool._root / "nowhere")
    old = spool.part("old").path
    old.touch()
    os.utime(old, (100.0, 100.0))

    assert spool.sweep(150.0) == 1
