"""`certmesh evidence export`: the whole log as static files that strangers' tools read (C2SP tlog-tiles), kept up by running it again."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from node.base import held_chain
from node.cli.options import ConfigFile, Json, print_json
from node.config import load
from node.log_folder import export_documents, export_log
from node.ports.store import Nouns
from node.storage.sqlite import open_sqlite_read_only
from node.usecases.shown import cosigned_head


def export(
    config: ConfigFile,
    folder: Annotated[Path, typer.Argument(help="A new folder, or that of the last export.", show_default=False)],
    *,
    again: Annotated[bool, typer.Option("--again", help="Compare and mend every file, not only what is new.")] = False,
    as_json: Json = False,
) -> None:
    """Write the log and the documents of membership into a folder, or what both have gained since. The node may run meanwhile.

    Interrupted, it goes on where it was when it is run again. `certmesh evidence verify FOLDER --fingerprint …` needs nothing else.
    """
    loaded, started = load(config), time.monotonic()
    documents = {one.version: one.document for one in held_chain(loaded)}
    export_documents(documents, folder)
    reader = open_sqlite_read_only(loaded.node.data / "certmesh.db")
    try:
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("export", total=reader.read.evidence.head().size)
            done = export_log(
                reader.read.evidence,
                folder,
                witnessed=_cosigned(reader.read),
                again=again,
                progress=lambda entries: progress.update(task, completed=entries),
            )
    finally:
        reader.close()
    if as_json:
        members = {"size": done.size, "since": done.since, "written": done.written, "removed": done.removed}
        print_json({**members, "membership_versions": len(documents), "folder": str(folder)})
        return
    took = f"{time.monotonic() - started:.1f} s"
    print(
        f"{done.size} entries ({done.size - done.since} new) in {took}: {done.written} files written, {done.removed} removed"
    )


def _cosigned(nouns: Nouns) -> bytes:
    head = cosigned_head(nouns, -1)
    return b"" if head is None else head[1]


def add_to(parent: typer.Typer) -> None:
    """Register the command."""
    parent.command()(export)
