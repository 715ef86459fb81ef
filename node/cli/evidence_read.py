"""`certmesh evidence tail|show`: entries as they stand in the log, one JSON object each. Reads the store; the node may run meanwhile."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from node.cli.options import ConfigFile, print_json
from node.config import load
from node.ports.evidence import Evidence, LogEntry
from node.ports.store import Nouns
from node.storage.sqlite import open_sqlite_read_only

PAGE = 1000
LOOK_EVERY_S = 0.5
_INDEX_DIGITS = 16  # an exchange id of digits alone that is shorter is taken for an index

What = Annotated[str, typer.Argument(help="An exchange id, or the index of an entry.", show_default=False)]


def tail(
    config: ConfigFile,
    *,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last entries.")] = 10,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is appended, until Ctrl-C.")] = False,
) -> None:
    """Show the last entries, one line each, oldest first."""
    with opened(config) as nouns, suppress(KeyboardInterrupt, BrokenPipeError):
        wait = (lambda: time.sleep(LOOK_EVERY_S)) if follow else None
        for entry in from_the_end(nouns.evidence, lines, wait):
            print(json.dumps({"index": entry.index, **json.loads(entry.entry)}, ensure_ascii=False))
            sys.stdout.flush()


def from_the_end(log: Evidence, lines: int, wait: Callable[[], None] | None) -> Iterator[LogEntry]:
    """The last entries; with `wait`, called whenever there is nothing new, all that follow as well."""
    start = max(0, log.head().size - lines)
    while True:
        while page := log.entries(start, PAGE):
            yield from page
            start += len(page)
        if wait is None:
            return
        wait()


def show(config: ConfigFile, what: What) -> None:
    """Show this node's entries of one exchange, or one entry, as they stand in the log.

    Exit code 1: there is none.
    """
    with opened(config) as nouns:
        entries = named(nouns.evidence, what)
    for entry in entries:
        print_json({"index": entry.index, **json.loads(entry.entry)})
    if not entries:
        raise typer.Exit(1)


def named(log: Evidence, what: str) -> list[LogEntry]:
    """The entries of an exchange, in order, or the one at an index."""
    if what.isascii() and what.isdigit() and len(what) < _INDEX_DIGITS:
        return list(log.entries(int(what), 1))
    found = (one for of_peer in (False, True) for one in log.of_exchange(what, of_peer=of_peer))
    return sorted(found, key=lambda one: one.index)


@contextmanager
def opened(config: Path) -> Iterator[Nouns]:
    """The store of the node with this configuration, to be read beside it."""
    reader = open_sqlite_read_only(load(config).node.data / "certmesh.db")
    try:
        yield reader.read
    finally:
        reader.close()


def add_to(parent: typer.Typer) -> None:
    """Register the commands."""
    parent.command()(tail)
    parent.command()(show)
