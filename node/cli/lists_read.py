"""`list`, `show`, `diff`, `history`, `export` and `validate` of one kind of list: what changes nothing. Offline is only `validate`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from node.cli.lists_client import As, client_for, tell_problems, telling
from node.cli.lists_tables import NAMES, diff_rows, list_rows, print_entry, print_moves, print_table
from node.cli.options import ConfigFile, Json, print_json
from node.config import parse
from node.errors import ConfigError
from node.ports.lists import Kind

EntryId = Annotated[str, typer.Argument(metavar="ID", help="The entry's id.", show_default=False)]
Province = Annotated[str, typer.Option(help="Whose list; without it our own.", show_default=False)]


def add_reading(app: typer.Typer, kind: Kind) -> None:
    """Add the commands that read."""
    app.command("list")(_list(kind))
    app.command()(_show(kind))
    app.command()(_history(kind))
    app.command()(_diff(kind))
    app.command()(_export(kind))


def _list(kind: Kind) -> Any:
    def list_(
        config: ConfigFile,
        *,
        province: Province = "",
        state: Annotated[str, typer.Option(help="Only entries in this state.")] = "",
        text: Annotated[str, typer.Option(help="Only entries that say this.")] = "",
        after: Annotated[str, typer.Option(help="Go on behind this id.")] = "",
        limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
        as_file: As = None,
        as_json: Json = False,
    ) -> None:
        """Entries, their states and drafts, page by page."""
        with telling(as_json=as_json):
            client = client_for(config, kind, as_file, reading=True)
            told = client.get(province=province, state=state, text=text, after=after, limit=limit)
        if as_json:
            print_json(told)
            return
        print_table(
            f"版本 {told['version']}",
            ("编号", NAMES[kind][0], "状态", "版本", "草稿"),
            list_rows(kind, told["entries"]),
        )
        if told["next"]:
            print(f"more: --after {told['next']}")

    return list_


def _show(kind: Kind) -> Any:
    def show(
        config: ConfigFile, entry_id: EntryId, *, province: Province = "", as_file: As = None, as_json: Json = False
    ) -> None:
        """One entry: what is published of it, its draft, its steps, and what the providers say."""
        with telling(as_json=as_json):
            told = client_for(config, kind, as_file, reading=True).get("/one", id=entry_id, province=province)
        if as_json:
            print_json(told)
            return
        print_entry(told)

    return show


def _history(kind: Kind) -> Any:
    def history(config: ConfigFile, entry_id: EntryId, *, as_file: As = None, as_json: Json = False) -> None:
        """Who took which step with an own entry, and when."""
        with telling(as_json=as_json):
            told = client_for(config, kind, as_file, reading=True).get("/one", id=entry_id)
        if as_json:
            print_json({"moves": told["moves"]})
            return
        print_moves(told["moves"])

    return history


def _diff(kind: Kind) -> Any:
    def diff(
        config: ConfigFile,
        since: Annotated[int, typer.Argument(metavar="FROM", min=0, help="A version; 0 is nothing.")],
        until: Annotated[int, typer.Argument(metavar="TO", min=1, help="A later version.")],
        *,
        province: Province = "",
        as_file: As = None,
        as_json: Json = False,
    ) -> None:
        """What changed between two versions of the publication, field by field."""
        told: dict[str, Any] = {"from": since, "to": until, "added": [], "removed": [], "changed": []}
        with telling(as_json=as_json):
            client, after = client_for(config, kind, as_file, reading=True), ""
            while True:
                page = client.get("/diff", **{"from": since, "to": until, "province": province, "after": after})
                for name in ("added", "removed", "changed"):
                    told[name] += page[name]
                if not (after := page["next"]):
                    break
        if as_json:
            print_json(told)
            return
        print_table(f"版本 {since} → {until}", ("编号", "变化", "字段", "原值", "新值"), diff_rows(told))

    return diff


def _export(kind: Kind) -> Any:
    def export(
        config: ConfigFile,
        out: Annotated[Path, typer.Argument(metavar="FILE", help="A new file: .csv or .xlsx.", show_default=False)],
        *,
        as_file: As = None,
    ) -> None:
        """Write our own list, drafts left out, as a sheet that `import` takes."""
        form = out.suffix.lower().removeprefix(".")
        if form not in {"csv", "xlsx"}:
            raise ConfigError(f"{out}: its name ends in neither .csv nor .xlsx; choose another name")
        if out.exists():
            raise ConfigError(f"{out}: exists already; choose another name")
        out.write_bytes(client_for(config, kind, as_file, reading=True).fetch("/export", format=form))
        print(f"{out}: written")

    return export


def add_validate(app: typer.Typer, kind: Kind) -> None:
    """Add the command that only looks at a file."""

    @app.command()
    def validate(
        file: Annotated[Path, typer.Argument(help="A .toml, .csv or .xlsx file.", show_default=False)],
        *,
        config: Annotated[Path | None, typer.Option("--config", "-c", help="The node's TOML file.")] = None,
        province: Annotated[str, typer.Option(help="Instead of --config: our province's code.")] = "",
        as_json: Json = False,
    ) -> None:
        """Check a file against the rules, without a node. Whether drafts stand in the way only `import` finds out."""
        from node.lists import files  # noqa: PLC0415 - reads spreadsheets; the other commands do not

        if (config is None) != bool(province):
            raise ConfigError("give either --config or --province")
        sheet = files.read(file, kind, province=province if config is None else parse(config).node.province)
        problems = [_problem(0, "", one) for one in sheet.problems]
        problems += [_problem(row.number, "", one) for row in sheet.rows for one in row.problems]
        if as_json:
            print_json({"rows": len(sheet.rows), "problems": problems})
        elif problems:
            tell_problems(problems)
        else:
            print(f"{file}: {len(sheet.rows)} rows, nothing wrong")
        if problems:
            raise typer.Exit(1)


def _problem(row: int, entry_id: str, one: Any) -> dict[str, Any]:
    return {"row": row, "id": entry_id, "field": one.field, "message": one.message, "zh": one.zh}
