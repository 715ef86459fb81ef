"""`certmesh proof make`: one file that proves a use to a stranger, out of the running node. Clause 8.5. `certmesh verify` reads it."""

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from node.admin.paths import PROOFS_PATH
from node.cli.options import ConfigFile
from node.cli.running import client_of
from node.config import load
from node.errors import ConfigError

app = typer.Typer(no_args_is_help=True, help="Proofs of uses, each as one file.")


@app.command()
def make(
    config: ConfigFile,
    exchange: Annotated[str, typer.Argument(help="The exchange id that the retrieval told.")],
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the zip goes; it must not be there yet.")],
    file: Annotated[
        Path | None, typer.Option(help="The file that was retrieved; the node keeps none. Without it: its SM3 alone.")
    ] = None,
    without_contents: Annotated[
        bool, typer.Option("--without-contents", help="Digests alone: no application, no holder, no file.")
    ] = False,
) -> None:
    """Have the node gather and seal the proof of a use. With contents the file holds personal data: it is readable by its owner alone."""
    if out.exists():
        raise ConfigError(f"{out}: is there already; name another file")
    if file is not None and without_contents:
        raise ConfigError("--file is a content: leave out one of --file and --without-contents")
    path = f"{PROOFS_PATH}/{quote(exchange, safe='')}" + ("?contents=0" if without_contents else "")
    bundle = client_of(load(config)).fetch(path, b"" if file is None else _read(file))
    _write(out, bundle)
    print(f"{out}: {len(bundle)} bytes; check it anywhere with `certmesh verify {out} --fingerprint F`")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error


def _write(path: Path, data: bytes) -> None:
    """A new file, readable by its owner alone."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as writing:
            writing.write(data)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror})") from error


def add_to(_: typer.Typer) -> None:
    """Nothing to add: the group itself is registered."""
