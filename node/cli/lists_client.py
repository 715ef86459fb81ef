"""What the commands of the lists share: who asks, and how a refusal is told. Blocking; the daemon is not imported."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.table import Table

from node.admin.client import AdminClient, AdminError, Content
from node.admin.paths import LISTS_PREFIX, TOKEN_FILE
from node.cli.options import print_json
from node.config import load
from node.errors import ConfigError
from node.ports.lists import Kind
from node.secret_files import private_problem, read_text

TOKEN_ENV = "CERTMESH_MANAGER_TOKEN"  # noqa: S105 - the name of the variable, not a token
TIMEOUT_S = 900.0  # a sheet of 60,000 rows is read, checked and staged
SHOWN = 50  # problems in a table; --json shows what the node tells
As = Annotated[
    Path | None,
    typer.Option(
        "--as", help=f"A file (0600) with the manager's token; or set {TOKEN_ENV}.", metavar="FILE", show_default=False
    ),
]


class ListClient:
    """Speaks about one kind of list with one running node."""

    def __init__(self, client: AdminClient, kind: Kind) -> None:
        """Over the admin port."""
        self._client = client
        self._base = f"{LISTS_PREFIX}{kind.value}"

    def get(self, path: str = "", **query: object) -> dict[str, Any]:
        """Read."""
        return self._client.ask("GET", self._path(path, query))

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Take a step."""
        return post(self._client, self._path(path, {}), body)

    def upload(self, path: str, content: Content, **query: object) -> dict[str, Any]:
        """Hand over a file."""
        return self._client.ask("POST", self._path(path, query), content)

    def fetch(self, path: str, **query: object) -> bytes:
        """Get a file."""
        return self._client.fetch(self._path(path, query))

    def _path(self, path: str, query: Mapping[str, object]) -> str:
        asked = urlencode({name: value for name, value in query.items() if value not in (None, "")})
        return f"{self._base}{path}{'?' if asked else ''}{asked}"


def client_for(config: Path, kind: Kind, as_file: Path | None, *, reading: bool = False) -> ListClient:
    """A client for one kind of list; see `admin_for`.

    Raises:
        ConfigError: there is no token, or its file is not its owner's alone.
    """
    return ListClient(admin_for(config, as_file, reading=reading), kind)


def post(client: AdminClient, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Take a step.

    Raises:
        AdminError: no answer, or a refusal.
    """
    return client.ask("POST", path, json.dumps(body).encode())


def admin_for(config: Path, as_file: Path | None, *, reading: bool = False) -> AdminClient:
    """A client with the manager's token; to read, the node's own will do.

    Raises:
        ConfigError: there is no token, or its file is not its owner's alone.
    """
    loaded = load(config)
    token = _manager_token(as_file)
    if not token and reading:
        token = _node_token(loaded.node.data / TOKEN_FILE)
    if not token:
        raise ConfigError(f"--as: name the file with your token, or set {TOKEN_ENV}; certmesh managers token makes one")
    return AdminClient(f"http://{loaded.admin.listen}", token, timeout_s=TIMEOUT_S)


def _manager_token(as_file: Path | None) -> str:
    if as_file is None:
        return os.environ.get(TOKEN_ENV, "").strip()
    if problem := private_problem(as_file):
        raise ConfigError(problem)
    return read_text(as_file).strip()


def _node_token(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); is the node running?") from error


@contextmanager
def telling(*, as_json: bool) -> Iterator[None]:
    """Say everything that is wrong, as a table or as JSON, and end with 1."""
    try:
        yield
    except AdminError as error:
        if as_json:
            told = {"error": str(error), "message": error.zh, "problems": list(error.problems), "more": error.more}
            print_json(told)
        elif error.problems:
            tell_problems(error.problems, error.more)
            print(f"certmesh: {error}", file=sys.stderr)
        else:
            raise
        raise typer.Exit(1) from error


def tell_problems(problems: Sequence[Mapping[str, Any]], more: int = 0) -> None:
    """The problems as a table on stderr; `more` are known by number only."""
    table = Table(title=f"{len(problems) + more} 个问题")
    for heading in ("行", "条目", "字段", "问题", "problem"):
        table.add_column(heading, overflow="fold")
    for one in problems[:SHOWN]:
        table.add_row(str(one["row"] or ""), one["id"], one["field"], one["zh"], one["message"])
    Console(stderr=True).print(table)
    if rest := len(problems) - len(problems[:SHOWN]) + more:
        longer = f": --json shows {len(problems)}" if len(problems) > SHOWN else ""
        print(f"and {rest} more{longer}", file=sys.stderr)
