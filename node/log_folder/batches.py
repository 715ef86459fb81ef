"""Tiles and bundles on their way from the store into a folder: a bounded number at a time, written by threads that wait for the disk."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from node.log_folder.files import put, sync
from node.ports.evidence import Evidence
from node.ports.store import StoreError
from node.usecases.evidence_tiles import read_tile
from trust.tiles import ENTRIES, tiles_of

_WRITERS = 8  # threads that wait for the disk together: their syncs share its journal
_BATCH_FILES = 64
_BATCH_BYTES = 16 << 20


def write_tiles(log: Evidence, folder: Path, gained: range, progress: Callable[[int], None]) -> int:
    """Write what a log gains with these entries, names and all on disk; how many files were not there.

    Raises:
        LogFolderError: the disk refuses.
        StoreError: the store cannot be read.
    """
    written, touched = 0, {folder}
    with ThreadPoolExecutor(_WRITERS, thread_name_prefix="export") as pool:
        for batch, done in _batches(log, gained):
            paths = [folder / name for name, _ in batch]
            written += sum(pool.map(put, paths, [data for _, data in batch]))
            touched.update(parent for path in paths for parent in path.relative_to(folder).parents)
            progress(done)
    for name in touched:
        sync(folder / name)
    return written


def _batches(log: Evidence, gained: range) -> Iterator[tuple[Sequence[tuple[str, bytes]], int]]:
    """Files to write, a bounded number at a time, and how many entries are done with them."""
    batch: list[tuple[str, bytes]] = []
    held, done = 0, gained.start
    for tile in tiles_of(gained.stop, since=gained.start):
        data = read_tile(log, tile)
        if data is None:
            raise StoreError(f"the log has no {tile.path}: verify it")
        batch.append((tile.path, data))
        held += len(data)
        if tile.level == ENTRIES:
            done = tile.start + tile.width
        if len(batch) >= _BATCH_FILES or held >= _BATCH_BYTES:
            yield batch, done
            batch, held = [], 0
    yield batch, done
