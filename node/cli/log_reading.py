"""Reads a node's whole log for commands, page by page in flat memory, with a progress bar on stderr. The node may run meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from node.ports.evidence import Evidence, LogEntry
from node.ports.store import Nouns
from node.storage.sqlite import open_sqlite_read_only

PAGE = 5000


def entries(log: Evidence, size: int, progress: Callable[[int], None] = lambda _: None) -> Iterator[LogEntry]:
    """The first `size` entries: what is appended meanwhile is not looked at. `progress` is told how many are done."""
    start = 0
    while start < size and (page := log.entries(start, min(PAGE, size - start))):
        yield from page
        start += len(page)
        progress(start)


@contextmanager
def whole_log(database: Path, what: str) -> Iterator[tuple[Nouns, Iterator[LogEntry]]]:
    """The store's nouns and all entries of its log; `what` names the work in the progress bar."""
    reader = open_sqlite_read_only(database)
    try:
        with Progress(console=Console(stderr=True), transient=True) as bar:
            log = reader.read.evidence
            size = log.head().size
            task = bar.add_task(what, total=size)
            yield reader.read, entries(log, size, lambda done: bar.update(task, completed=done))
    finally:
        reader.close()
