"""`certmesh proof make|archive`: one file that proves a use to a stranger, by the running node. Clause 8.5. `certmesh verify` reads it."""

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, urlencode

import typer

from node.admin.paths import PROOFS_PATH
from node.cli.options import ConfigFile
from node.cli.running import client_of
from node.config import load
from node.errors import ConfigError

TIMEOUT_S = 180.0  # the node asks the other side, and waits for others to cosign what it seals
app = typer.Typer(no_args_is_help=True, help="Proofs of uses, each as one file.")


_Exchange = Annotated[str, typer.Argument(help="The exchange id that the retrieval told.")]
_Out = Annotated[Path, typer.Option("--out", "-o", help="Where the zip goes; it must not be there yet.")]
_File = Annotated[
    Path | None, typer.Option(help="The file that was retrieved; the node keeps none. Without it: its SM3 alone.")
]
_Bare = Annotated[bool, typer.Option("--without-contents", help="Digests alone: no application, no holder, no file.")]


@app.command()
def make(
    config: ConfigFile, exchange: _Exchange, *, out: _Out, file: _File = None, without_contents: _Bare = False
) -> None:
    """Have the node gather and seal the proof of a use. With contents the file holds personal data: it is readable by its owner alone."""
    _made(config, exchange, out, file, {"contents": "0"} if without_contents else {})


@app.command()
def archive(
    config: ConfigFile, exchange: _Exchange, *, out: _Out, file: _File = None, without_contents: _Bare = False
) -> None:
    """The same as a package for an e-archive: the proof, the file beside it, an index by GB/T 36903 (JSON and XML), and checksums."""
    _made(config, exchange, out, file, {"archive": "1"} | ({"contents": "0"} if without_contents else {}))


def _made(config: Path, exchange: str, out: Path, file: Path | None, query: dict[str, str]) -> None:
    if out.exists():
        raise ConfigError(f"{out}: is there already; name another file")
    if file is not None and "contents" in query:
        raise ConfigError("--file is a content: leave out one of --file and --without-contents")
    path = f"{PROOFS_PATH}/{quote(exchange, safe='')}" + (f"?{urlencode(query)}" if query else "")
    bundle = client_of(load(config), timeout_s=TIMEOUT_S).fetch(path, b"" if file is None else _read(file))
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
