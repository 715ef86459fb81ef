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


def source(folder: Path, data: bytes) -> Path:
    path = folder / "source"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("size", SIZES)
def test_a_file_is_kept_byte_for_byte_under_its_digest(store: FileStore, tmp_path: Path, size: int) -> None:
    data = content(size)
    stored = store.put(source(tmp_path, data))

    assert (stored.path.read_bytes(), stored.size, stored.sm3) == (data, size, gm.sm3(data).hex())
    assert stored == store.get(stored.sm3, size)


@pytest.mark.parametrize("size", SIZES)
def test_the_digest_of_every_prefix_is_kept(store: FileStore, tmp_path: Path, size: int) -> None:
    data = content(size)
    stored = store.put(source(tmp_path, data))
    ends = [min(at + CHUNK_BYTES, size) for at in range(0, size, CHUNK_BYTES)] or [0]

    assert stored.prefixes(0) == [gm.sm3(data[:end]) for end in ends]
    assert stored.prefixes(CHUNK_BYTES) == stored.prefixes(0)[1:]


def test_a_file_that_is_here_already_is_left_as_it_is(store: FileStore, tmp_path: Path) -> None:
    path = source(tmp_path, b"data")
    first = store.put(path).path.stat()
    second = store.put(path).path.stat()

    assert (first.st_ino, first.st_mtime_ns) == (second.st_ino, second.st_mtime_ns)


def test_a_kept_file_is_read_only_and_its_folders_are_the_nodes_alone(store: FileStore, tmp_path: Path) -> None:
    path = store.put(source(tmp_path, b"data")).path

    assert [one.stat().st_mode & 0o777 for one in (path, path.parent, path.parent.parent)] == [0o400, 0o700, 0o700]


def names(store: FileStore) -> list[str]:
    return sorted(path.name for path in store._root.rglob("*"))


def test_nothing_but_the_file_and_its_digests_stays(store: FileStore, tmp_path: Path) -> None:
    sm3 = store.put(source(tmp_path, b"data")).sm3

    assert names(store) == sorted([sm3[:2], sm3, f"{sm3}.prefixes"])


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the files of a process, not of a folder


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors as Linux shows them")
def test_a_source_that_cannot_be_read_leaves_nothing_and_no_open_file(store: FileStore, tmp_path: Path) -> None:
    before = open_descriptors()
    with pytest.raises(OSError, match="No such file"):
        store.put(tmp_path / "missing")

    assert (names(store), open_descriptors()) == ([], before)


def test_what_a_crash_left_beside_a_file_does_not_disturb_it(store: FileStore, tmp_path: Path) -> None:
    """A crash between digests and file leaves digests alone; between write and rename, a nameless copy."""
    data = content(2 * CHUNK_BYTES)
    sm3 = gm.sm3(data).hex()
    (store._root / sm3[:2]).mkdir()
    (store._root / sm3[:2] / f"{sm3}.prefixes").write_bytes(b"half")
    (store._root / sm3[:2] / f"{sm3}.prefixes.new").write_bytes(b"half")
    (store._root / "tmpabc").write_bytes(b"half")
    stored = store.put(source(tmp_path, data))

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
    store: FileStore, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The last write comes back short instead of failing; the file must not be kept under the digest of the whole."""
    path = source(tmp_path, content(2 * CHUNK_BYTES))
    request.getfixturevalue("small_files")
    with pytest.raises(OSError, match="File too large"):
        store.put(path)

    assert names(store) == []
