"""The steps of one kind of list, by managers: drafting, importing, review, publishing, dropping; suspending, resuming, withdrawing."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from node.cli.lists_client import As, ListClient, client_for, telling
from node.cli.options import ConfigFile, Json, print_json
from node.errors import ConfigError
from node.ports.lists import Kind

Reason = Annotated[str, typer.Option("--reason", help="Why; without names or numbers of persons.", show_default=False)]
SomeIds = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Entries.", show_default=False)]
Content = Annotated[
    str,
    typer.Option(help="With one ID: the draft's content as show told it; a changed draft is refused.", metavar="SM3"),
]
All = Annotated[bool, typer.Option("--all", help="All drafts with which you may take this step.")]


def add_steps(app: typer.Typer, kind: Kind) -> None:
    """Add what is done with drafts of every kind."""

    @app.command()
    def submit(
        config: ConfigFile, ids: SomeIds = None, *, everything: All = False, as_file: As = None, as_json: Json = False
    ) -> None:
        """Hand drafts in for review."""
        with telling(as_json=as_json):
            told = client_for(config, kind, as_file).post("/submit", {"ids": chosen(ids, everything=everything)})
        say("handed in", told, as_json=as_json)

    @app.command()
    def review(
        config: ConfigFile,
        ids: SomeIds = None,
        *,
        everything: All = False,
        approve: Annotated[bool, typer.Option("--approve/--return", help="Approve, or return to the author.")],
        reason: Reason = "",
        content: Content = "",
        as_file: As = None,
        as_json: Json = False,
    ) -> None:
        """Approve what others handed in, or return it with a reason."""
        body = {**_seen(ids, content, everything=everything), "approve": approve, "reason": reason}
        with telling(as_json=as_json):
            told = client_for(config, kind, as_file).post("/review", body)
        say("approved" if approve else "returned", told, as_json=as_json)

    @app.command()
    def publish(
        config: ConfigFile,
        ids: SomeIds = None,
        *,
        everything: All = False,
        submitted: Annotated[
            bool, typer.Option("--submitted", help="Approve what is only handed in, by this very step.")
        ] = False,
        content: Content = "",
        as_file: As = None,
        as_json: Json = False,
    ) -> None:
        """Publish what others wrote, as one version."""
        body = {**_seen(ids, content, everything=everything), "submitted": submitted}
        with telling(as_json=as_json):
            told = client_for(config, kind, as_file).post("/publish", body)
        say(f"published as version {told['version']}", told, as_json=as_json)

    @app.command()
    def drop(
        config: ConfigFile,
        ids: Annotated[list[str], typer.Argument(metavar="ID...", show_default=False)],
        *,
        as_file: As = None,
        as_json: Json = False,
    ) -> None:
        """Forget drafts."""
        with telling(as_json=as_json):
            told = client_for(config, kind, as_file).post("/drop", {"ids": ids})
        say("dropped", told, as_json=as_json)


def add_marks(app: typer.Typer, kind: Kind) -> None:
    """Add what changes the status of published entries; lines are also found by a code."""
    lasting = " for good" if kind is Kind.USELIST else "; a type comes back only as a new version"
    for word, doc in (
        ("suspend", "Hand in that entries be suspended; a second person publishes it."),
        ("resume", "Hand in that suspended entries go on; a second person publishes it."),
        ("withdraw", f"Hand in that entries be withdrawn{lasting}; a second person publishes it."),
    ):
        app.command(word, help=doc)(_mark_lines(word) if kind is Kind.USELIST else _mark_entries(word, kind))


def _mark_entries(word: str, kind: Kind) -> Any:
    def mark(
        config: ConfigFile, ids: SomeIds = None, *, reason: Reason, as_file: As = None, as_json: Json = False
    ) -> None:
        _mark(client_for(config, kind, as_file), word, {"ids": ids or [], "reason": reason}, as_json=as_json)

    return mark


def _mark_lines(word: str) -> Any:
    def mark(
        config: ConfigFile,
        ids: SomeIds = None,
        *,
        reason: Reason,
        item: Annotated[str, typer.Option(help="All lines of this item code.")] = "",
        unit: Annotated[str, typer.Option(help="All lines of this using unit's code.")] = "",
        type_code: Annotated[str, typer.Option("--type", help="All lines that need this type and no other.")] = "",
        as_file: As = None,
        as_json: Json = False,
    ) -> None:
        body = {"ids": ids or [], "item": item, "unit": unit, "type_code": type_code, "reason": reason}
        _mark(client_for(config, Kind.USELIST, as_file), word, body, as_json=as_json)

    return mark


def _mark(client: ListClient, word: str, body: dict[str, Any], *, as_json: bool) -> None:
    with telling(as_json=as_json):
        told = client.post(f"/{word}", body)
    say("handed in, for a second person to publish", told, as_json=as_json)


def chosen(ids: Sequence[str] | None, *, everything: bool) -> list[str] | None:
    """The ids to send: None for all."""
    if bool(ids) == everything:
        raise ConfigError("name entries, or say --all")
    return None if everything else list(ids or ())


def _seen(ids: Sequence[str] | None, content: str, *, everything: bool) -> dict[str, Any]:
    """The ids to send, and the digest of the one that was read."""
    named = chosen(ids, everything=everything)
    if not content:
        return {"ids": named}
    if named is None or len(named) != 1:
        raise ConfigError("--content: name the one entry whose draft this is")
    return {"ids": named, "seen": {named[0]: content}}


def say(what: str, told: dict[str, Any], *, as_json: bool) -> None:
    """What was done with how many entries, and how many were left."""
    if as_json:
        print_json(told)
        return
    ids = told["ids"]
    named = f": {', '.join(ids)}" if len(ids) <= 5 else ""  # noqa: PLR2004 - what fits a line
    print(f"{len(ids)} {'entry' if len(ids) == 1 else 'entries'} {what}{named}")
    if told["left"]:
        print(f"{told['left']} left as they are")
