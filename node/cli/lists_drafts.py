"""`draft` and `import`: entries from the command line, from files and from sheets become drafts. The rules are the node's."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, BinaryIO, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from node.admin.client import AdminError
from node.cli.lists_client import As, ListClient, client_for, telling
from node.cli.options import ConfigFile, Json, print_json
from node.errors import ConfigError
from node.ports.lists import Kind


def add_editing(app: typer.Typer, kind: Kind) -> None:
    """Add what makes drafts of own entries."""

    @app.command()
    def draft(
        config: ConfigFile,
        file: Annotated[
            Path | None, typer.Argument(help="A .json file with one entry, or a .toml file.", show_default=False)
        ] = None,
        *,
        base: Annotated[str, typer.Option("--id", help="With --set: begin with what is known of this entry.")] = "",
        sets: Annotated[list[str] | None, typer.Option("--set", help="member=value, as in a sheet; repeat it.")] = None,
        as_file: As = None,
        as_json: Json = False,
    ) -> None:
        """Write a new entry, or the next version of one that is published."""
        with telling(as_json=as_json):
            client = client_for(config, kind, as_file)
            entries = _entries(client, kind, file, base, sets or [])
            _refuse_any(client, entries)
            drafts = [client.post("/drafts", {"entry": one}) for one in entries]
        if as_json:
            print_json({"drafts": drafts})
        for one in () if as_json else drafts:
            print(f"{one['id']}: drafted; hand it in: certmesh {kind.value} submit {one['id']}")

    @app.command("import")
    def import_(
        config: ConfigFile,
        file: Annotated[Path, typer.Argument(help="A .csv, .xlsx or .toml file.", show_default=False)],
        *,
        as_file: As = None,
        as_json: Json = False,
    ) -> None:
        """Make drafts of all rows of a sheet that change something; a sheet with a fault changes nothing."""
        with telling(as_json=as_json):
            told = _upload(client_for(config, kind, as_file), file)
        if as_json:
            print_json(told)
        else:
            print(f"{told['new']} new, {told['changed']} changed, {told['skipped']} as published; all are drafts now")


def _refuse_any(client: ListClient, entries: Sequence[dict[str, Any]]) -> None:
    """Of several entries none is drafted where one breaks a rule."""
    several = entries if len(entries) > 1 else ()
    problems = [found for one in several for found in client.post("/validate", {"entry": one})["problems"]]
    if problems:
        raise AdminError("nothing was drafted", problems, "未生成草稿")


def _entries(client: ListClient, kind: Kind, file: Path | None, base: str, sets: Sequence[str]) -> list[dict[str, Any]]:
    if file is not None and not base:
        return [{**one, **_set(kind, sets)} for one in _file(kind, file)]
    if file is not None or not sets:
        raise ConfigError("name a file with the entry, or --id and --set, or --set for every member of a new one")
    known = client.get("/one", id=base) if base else {"versions": [], "draft": None}
    drafted = (known["draft"] or {}).get("entry")
    start = drafted or (known["versions"][-1] if known["versions"] else {})
    kept = {name: value for name, value in start.items() if name not in ("version", "status", "approvals")}
    return [{**kept, **_set(kind, sets)}]


def _file(kind: Kind, file: Path) -> list[dict[str, Any]]:
    from node.lists.sheet import UnreadableError  # noqa: PLC0415 - only this command reads entries itself
    from node.lists.toml_file import read_toml  # noqa: PLC0415

    try:
        data = file.read_bytes()
        if file.suffix.lower() == ".toml":
            return read_toml(data, kind)
        raw = json.loads(data)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from error
    except UnreadableError as error:
        raise ConfigError(f"{file}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{file}: not JSON; write one object") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{file}: one JSON object is one entry")
    return [raw]


def _set(kind: Kind, sets: Sequence[str]) -> dict[str, Any]:
    """member=value as a cell of a sheet would say it."""
    from node.library.codes import default_codes  # noqa: PLC0415
    from node.lists.cells import value_of  # noqa: PLC0415
    from node.lists.fields import FIELDS  # noqa: PLC0415
    from node.lists.problem import Problem  # noqa: PLC0415

    fields, values = {one.name: one for one in FIELDS[kind]}, {}
    for one in sets:
        name, sign, text = one.partition("=")
        if not sign or name not in fields:
            raise ConfigError(f"--set {name}: write member=value, with a member of the entry")
        value = value_of(fields[name], text, default_codes())
        if isinstance(value, Problem):
            raise ConfigError(f"--set {name}: {value.message}")
        values[name] = fields[name].empty if value is None else value
    return values


class _Counted:
    """A file that tells how much of it was read."""

    def __init__(self, file: BinaryIO, tell: Any) -> None:
        self._file = file
        self._tell = tell

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._tell(len(data))
        return data


def _upload(client: ListClient, file: Path) -> dict[str, Any]:
    """Send a file, with a bar while it goes and while the node works at it."""
    from node.lists.sheet import MAX_FILE_BYTES  # noqa: PLC0415

    try:
        size = file.stat().st_size
        opened = file.open("rb")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror})") from error
    if size > MAX_FILE_BYTES:
        raise ConfigError(f"{file}: larger than {MAX_FILE_BYTES >> 20} MiB; divide the sheet")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with opened, Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("导入", total=size)

        def tell(read: int) -> None:
            progress.advance(task, read)
            if progress.tasks[0].completed >= size:
                progress.update(task, description="校验", total=None)

        return client.upload("/import", cast("BinaryIO", _Counted(opened, tell)), name=file.name)
