"""node.log_folder: an export verifies from its files alone, grows, survives being killed, and shows whatever is changed in it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from node.log_folder import WITNESSED, LogFolderError, check_folder, export_documents, export_log
from node.ports.evidence import Evidence, LogEntry, LogHead
from node.ports.store import Nouns, StoreError
from node.storage.memory import MemoryStore
from trust.checkpoint import Checkpoint, evidence_log, sign_note, verify_note
from trust.gm import PrivateKey
from trust.merkle import Frontier, leaf_hash
from trust.tiles import tiles_of

KEY, OTHER = PrivateKey.generate(), PrivateKey.generate()
NAME = evidence_log("310000")


def sign(size: int, root: bytes, name: str = NAME) -> bytes:
    return sign_note(Checkpoint(origin=name, size=size, root=root), KEY.public, KEY.sign)


opened = partial(verify_note, name=NAME, public_key=KEY.public)


@pytest.fixture
async def store() -> AsyncIterator[MemoryStore]:
    made = MemoryStore(sign_checkpoint=sign)
    yield made
    await made.close()


async def grow(store: MemoryStore, size: int, mark: str = "") -> Evidence:
    """Append up to this size."""

    def unit(nouns: Nouns) -> None:
        for number in range(nouns.evidence.head().size, size):
            nouns.evidence.append({"exchange": f"e{number}", "mark": mark})

    await store.transact(unit)
    return store.read.evidence


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 1000])
async def test_an_export_holds_the_layout_and_verifies(store: MemoryStore, tmp_path: Path, size: int) -> None:
    log = await grow(store, size)
    if not size:
        await store.checkpoint()
        with pytest.raises(LogFolderError, match="no signed checkpoint"):
            export_log(log, tmp_path)
        return

    done = export_log(log, tmp_path)
    report = check_folder(tmp_path, open_note=opened)

    assert set(files(tmp_path)) == {"checkpoint", *(tile.path for tile in tiles_of(size))}
    assert (done.since, done.size, done.written, done.removed) == (0, size, len(files(tmp_path)) - 1, 0)
    assert (report.ok, report.size, report.root) == (True, size, log.head().root), report.first_bad


async def test_an_export_that_grew_is_the_one_made_at_once_and_the_partial_tiles_it_still_owes(
    store: MemoryStore, tmp_path: Path
) -> None:
    removed = 0
    for size in (1, 200, 255, 256, 300, 511, 513, 900):
        removed += export_log(await grow(store, size), tmp_path / "grown").removed
        assert check_folder(tmp_path / "grown", open_note=opened).ok
    export_log(store.read.evidence, tmp_path / "whole")
    grown, whole = files(tmp_path / "grown"), files(tmp_path / "whole")

    assert whole.items() <= grown.items()
    assert all(".p/" in path for path in set(grown) - set(whole))
    assert not any(path.startswith(("tile/0/000.p", "tile/entries/001.p")) for path in grown)
    assert removed == 2 * (
        3 + 2 + 1
    )  # of tiles and bundles: 1, 200, 255 of the first, 44, 255 of the second, 1 of the third
    assert export_log(store.read.evidence, tmp_path / "grown").written == 0


class Failing:
    """A log whose store is gone after so many reads."""

    def __init__(self, log: Evidence, after: int) -> None:
        self._log = log
        self._left = after

    def _read(self) -> Evidence:
        self._left -= 1
        if self._left < 0:
            raise StoreError("the disk is gone")
        return self._log

    def append(self, entry: Mapping[str, Any]) -> int:
        return self._log.append(entry)

    def head(self) -> LogHead:
        return self._log.head()

    def entries(self, start: int, limit: int) -> Sequence[LogEntry]:
        return self._read().entries(start, limit)

    def of_exchange(self, exchange_id: str, *, of_peer: bool = False, limit: int | None = None) -> Sequence[LogEntry]:
        return self._read().of_exchange(exchange_id, of_peer=of_peer, limit=limit)

    def node_hash(self, level: int, index: int) -> bytes:
        return self._read().node_hash(level, index)

    def node_hashes(self, level: int, start: int, count: int) -> bytes:
        return self._read().node_hashes(level, start, count)

    def checkpoints(self, start_size: int, limit: int) -> Sequence[bytes]:
        return self._read().checkpoints(start_size, limit)


@pytest.mark.parametrize("reads", [0, 66, 85])
async def test_a_run_that_ends_anywhere_leaves_the_last_export_whole_and_the_next_one_ends_it(
    store: MemoryStore, tmp_path: Path, reads: int
) -> None:
    export_log(await grow(store, 300), tmp_path / "cut")
    log = await grow(store, 11_000)

    with pytest.raises(StoreError, match="gone"):
        export_log(Failing(log, reads), tmp_path / "cut")
    (tmp_path / "cut" / "tile" / "0" / "099.new").write_bytes(b"half a ti")
    before = check_folder(tmp_path / "cut", open_note=opened)
    export_log(log, tmp_path / "cut")
    export_log(log, tmp_path / "whole")

    cut, whole = files(tmp_path / "cut"), files(tmp_path / "whole")

    assert (before.ok, before.size) == (True, 300)
    assert whole.items() <= cut.items()
    assert set(cut) - set(whole) == {"tile/1/000.p/1"}  # of the size 300: no full tile replaces it yet


async def test_a_long_way_is_gone_in_steps_and_a_killed_run_costs_one(store: MemoryStore, tmp_path: Path) -> None:
    for size in range(300, 3_001, 300):
        await grow(store, size)
    log = store.read.evidence

    with pytest.raises(StoreError, match="gone"):
        export_log(Failing(log, 22), tmp_path / "cut", step=600)
    cut = check_folder(tmp_path / "cut", open_note=opened)
    done = export_log(log, tmp_path / "cut", step=600)

    assert (cut.ok, cut.size, done.since, done.size) == (True, 1_200, 1_200, 3_000)
    assert check_folder(tmp_path / "cut", open_note=opened).size == 3_000


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        pytest.param(
            lambda f: flip(f / "tile/entries/001"), "tile/0/001: the entries do not make", id="an entry changed"
        ),
        pytest.param(lambda f: flip(f / "tile/0/002"), "tile/0/002: the entries do not make", id="a hash changed"),
        pytest.param(lambda f: flip(f / "tile/1/000.p/3"), "tile/1/000.p/3: the entries", id="a hash above changed"),
        pytest.param(lambda f: (f / "tile/entries/002").unlink(), "tile/entries/002: is missing", id="a bundle lost"),
        pytest.param(lambda f: (f / "tile/0/000").unlink(), "tile/0/000: is missing", id="a tile lost"),
        pytest.param(
            lambda f: (f / "tile/entries/001").write_bytes((f / "tile/entries/001").read_bytes()[:-9]),
            "tile/entries/001: not a bundle of 256 entries",
            id="a bundle cut",
        ),
        pytest.param(
            lambda f: (f / "tile/0/001").write_bytes(bytes(1 << 20)), "longer than 8192 bytes", id="a tile too long"
        ),
        pytest.param(
            lambda f: [
                (f / f"tile/{kind}/000").write_bytes((f / f"tile/{kind}/001").read_bytes()) for kind in ("0", "entries")
            ],
            "do not make",
            id="a bundle and its tile in place of another",
        ),
        pytest.param(
            lambda f: (f / "checkpoint").write_bytes(
                sign_note(Checkpoint(origin=NAME, size=900, root=bytes(32)), KEY.public, KEY.sign)
            ),
            "root",
            id="another head",
        ),
        pytest.param(
            lambda f: (f / "checkpoint").write_bytes(
                sign_note(Checkpoint(origin=NAME, size=900, root=bytes(32)), OTHER.public, OTHER.sign)
            ),
            "not signed with the known key",
            id="a head that somebody else signed",
        ),
    ],
)
async def test_whatever_is_changed_is_named(
    store: MemoryStore, tmp_path: Path, harm: Callable[[Path], object], told: str
) -> None:
    export_log(await grow(store, 900), tmp_path)
    harm(tmp_path)

    report = check_folder(tmp_path, open_note=opened)

    assert not report.ok
    assert told in report.first_bad


async def test_what_was_lost_is_mended_when_all_is_compared_again(store: MemoryStore, tmp_path: Path) -> None:
    log = await grow(store, 900)
    export_log(log, tmp_path)
    flip(tmp_path / "tile/0/001")

    assert export_log(log, tmp_path).written == 0
    assert export_log(log, tmp_path, again=True).written == 1
    assert check_folder(tmp_path, open_note=opened).ok


@pytest.mark.parametrize(
    ("size", "mark"),
    [
        pytest.param(400, "", id="a log that lost its end"),
        pytest.param(500, "x", id="a log of the same size with other entries"),
        pytest.param(700, "x", id="a longer log with another beginning"),
    ],
)
async def test_another_history_is_not_written_over_an_export(
    store: MemoryStore, tmp_path: Path, size: int, mark: str
) -> None:
    export_log(await grow(store, 500), tmp_path)
    other = MemoryStore(sign_checkpoint=sign)
    before = files(tmp_path)

    with pytest.raises(LogFolderError, match="signed head of size 500"):
        export_log(await grow(other, size, mark), tmp_path)

    assert files(tmp_path) == before


async def test_another_provinces_log_is_not_written_over_an_export(store: MemoryStore, tmp_path: Path) -> None:
    export_log(await grow(store, 5), tmp_path)
    other = MemoryStore(sign_checkpoint=partial(sign, name=evidence_log("320000")))

    with pytest.raises(LogFolderError, match=r"holds the log certmesh\.cn/310000/evidence"):
        export_log(await grow(other, 9), tmp_path)


async def test_two_runs_at_once_are_one_too_many(store: MemoryStore, tmp_path: Path) -> None:
    log = await grow(store, 5)
    refused = []

    def beside(_: int) -> None:
        with pytest.raises(LogFolderError, match="at work"):
            export_log(log, tmp_path)
        refused.append(True)

    export_log(log, tmp_path, progress=beside)

    assert refused


def test_documents_of_membership_stand_beside_the_log(tmp_path: Path) -> None:
    export_documents({1: b"one", 12: b"twelve"}, tmp_path)

    assert files(tmp_path) == {"membership/membership.0001.json": b"one", "membership/membership.0012.json": b"twelve"}


def test_a_folder_without_an_export_is_neither_good_nor_bad(tmp_path: Path) -> None:
    with pytest.raises(LogFolderError, match="no checkpoint"):
        check_folder(tmp_path, open_note=opened)


def head_of(log: Evidence, size: int) -> bytes:
    frontier = Frontier()
    for one in log.entries(0, size):
        frontier.append(leaf_hash(one.entry))
    return sign(size, frontier.root())


@pytest.mark.parametrize("size", [1, 255, 256, 300, 512, 900])
async def test_the_head_that_others_cosigned_is_met_on_the_way(store: MemoryStore, tmp_path: Path, size: int) -> None:
    log = await grow(store, 900)
    export_log(log, tmp_path, witnessed=head_of(log, size))

    report = check_folder(tmp_path, open_note=opened)

    assert (tmp_path / WITNESSED).exists()
    assert (report.ok, report.checkpoint_size) == (True, 900), report.first_bad


@pytest.mark.parametrize(
    ("witnessed", "told"),
    [
        pytest.param(sign(300, bytes(32)), "signed at size 300", id="of other entries"),
        pytest.param(sign(901, bytes(32)), "not of the beginning", id="of a longer log"),
        pytest.param(sign(300, bytes(32), "certmesh.cn/320000/evidence"), "not of the log", id="of another log"),
        pytest.param(b"something", "a note has", id="no note"),
    ],
)
async def test_a_cosigned_head_that_does_not_fit_is_named(
    store: MemoryStore, tmp_path: Path, witnessed: bytes, told: str
) -> None:
    export_log(await grow(store, 900), tmp_path)
    (tmp_path / WITNESSED).write_bytes(witnessed)

    report = check_folder(tmp_path, open_note=opened)

    assert not report.ok
    assert told in report.first_bad


async def test_a_cosigned_head_beyond_the_exported_log_waits_for_the_next_run(
    store: MemoryStore, tmp_path: Path
) -> None:
    export_log(await grow(store, 5), tmp_path, witnessed=sign(6, bytes(32)))

    assert not (tmp_path / WITNESSED).exists()


async def test_what_lies_in_a_folder_and_is_no_export_stays(store: MemoryStore, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "draft.new").write_text("mine")

    with pytest.raises(LogFolderError, match="holds letters and no exported log"):
        export_log(await grow(store, 5), tmp_path)
    assert (tmp_path / "letters" / "draft.new").read_text() == "mine"


async def test_what_was_put_beside_an_export_stays(store: MemoryStore, tmp_path: Path) -> None:
    export_log(await grow(store, 5), tmp_path)
    for name in ("notes.new", "checkpoint.new"):
        (tmp_path / name).write_text("x")
    export_log(await grow(store, 5), tmp_path)

    assert ((tmp_path / "notes.new").exists(), (tmp_path / "checkpoint.new").exists()) == (True, False)
