"""The folder of issued files: byte for byte, by digest, whole or not at all. DESIGN §2.6."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.model.retrieval import CHUNK_BYTES
from node.library.files import FileStore, write_all
from trust import gm

SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7]


def content(size: int) -> bytes:
    return bytes(range(256)) * (size // 256) + bytes(size % 256)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.mark.parametrize("size", SIZES)
def test_a_file_is_kept_byte_for_byte_under_its_digest(store: FileStore, size: int) -> None:
    data = content(size)
    stored = store.put(data)

    assert (stored.path.read_bytes(), stored.size, stored.sm3) == (data, size, gm.sm3(data).hex())
    assert stored == store.get(stored.sm3, size)


@pytest.mark.parametrize("size", SIZES)
def test_the_digest_of_every_prefix_is_kept(store: FileStore, size: int) -> None:
    data = content(size)
    stored = store.put(data)
    ends = [min(at + CHUNK_BYTES, size) for at in range(0, size, CHUNK_BYTES)] or [0]

    assert stored.prefixes(0) == [gm.sm3(data[:end]) for end in ends]
    assert stored.prefixes(CHUNK_BYTES) == stored.prefixes(0)[1:]


def test_a_file_that_is_here_already_is_left_as_it_is(store: FileStore) -> None:
    first = store.put(b"data").path.stat()
    second = store.put(b"data").path.stat()

    assert (first.st_ino, first.st_mtime_ns) == (second.st_ino, second.st_mtime_ns)


def test_a_kept_file_is_read_only_and_its_folders_are_the_nodes_alone(store: FileStore) -> None:
    path = store.put(b"data").path

    assert [one.stat().st_mode & 0o777 for one in (path, path.parent, path.parent.parent)] == [0o400, 0o700, 0o700]


def names(store: FileStore) -> list[str]:
    return sorted(path.name for path in store._root.rglob("*"))


def test_nothing_but_the_file_and_its_digests_stays(store: FileStore) -> None:
    sm3 = store.put(b"data").sm3

    assert names(store) == sorted([sm3[:2], sm3, f"{sm3}.prefixes"])


def test_a_removed_file_is_gone_with_its_digests(store: FileStore) -> None:
    kept, gone = store.put(b"kept"), store.put(b"gone")
    store.remove(gone.sm3)
    store.remove(gone.sm3)

    assert names(store) == sorted([kept.sm3[:2], gone.sm3[:2], kept.sm3, f"{kept.sm3}.prefixes"])


def test_a_sweep_takes_old_files_and_leaves_young_ones(store: FileStore) -> None:
    old, young = store.put(b"old"), store.put(b"young")
    for path in (old.path, old.path.with_name(f"{old.sm3}.prefixes")):
        os.utime(path, (1000, 1000))

    assert store.sweep(2000) == 1
    assert (old.path.exists(), young.path.exists(), young.prefixes(0)) == (False, True, [gm.sm3(b"young")])


@pytest.mark.parametrize(
    ("data", "fits"),
    [
        pytest.param(b"data", True, id="the same bytes"),
        pytest.param(b"dato", False, id="others of the same length"),
        pytest.param(b"data and more", False, id="more bytes"),
    ],
)
def test_a_file_knows_its_bytes(store: FileStore, data: bytes, *, fits: bool) -> None:
    assert store.put(b"data").fits(data) is fits


def test_what_a_crash_left_beside_a_file_does_not_disturb_it(store: FileStore) -> None:
    """A crash between digests and file leaves digests alone; between write and rename, a nameless copy."""
    data = content(2 * CHUNK_BYTES)
    sm3 = gm.sm3(data).hex()
    (store._root / sm3[:2]).mkdir()
    (store._root / sm3[:2] / f"{sm3}.prefixes").write_bytes(b"half")
    (store._root / sm3[:2] / f"{sm3}.prefixes.new").write_bytes(b"half")
    (store._root / "tmpabc").write_bytes(b"half")
    stored = store.put(data)

    assert stored.path.read_bytes() == data
    assert stored.prefixes(CHUNK_BYTES) == [gm.sm3(data)]


@given(pieces=st.lists(st.binary(max_size=50), max_size=5))
@settings(deadline=None, max_examples=20)
def test_every_byte_is_written_also_where_the_system_takes_few_at_a_time(pieces: list[bytes]) -> None:
    """A pipe that is read slowly takes part of a large write."""
    reading, writing = os.pipe()
    try:
        for piece in pieces:
            write_all(writing, piece)
        os.close(writing)
        writing = -1
        data = b"".join(iter(lambda: os.read(reading, 7), b""))
    finally:
        os.close(reading)
        if writing >= 0:
            os.close(writing)

    assert data == b"".join(pieces)


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file of this process may grow beyond 100,000 bytes: a write across that line is short."""
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, before)


def test_a_disk_that_is_full_at_the_end_of_a_file_keeps_nothing_of_it(
    store: FileStore, request: pytest.FixtureRequest
) -> None:
    """The last write comes back short instead of failing; the file must not be kept under the digest of the whole."""
    data = content(2 * CHUNK_BYTES)
    request.getfixturevalue("small_files")
    with pytest.raises(OSError, match="File too large"):
        store.put(data)

    assert names(store) == []
