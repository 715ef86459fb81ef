"""`certmesh contents`: what the evidence log binds and does not show: looked at, held, released, erased. Clauses 8.5, 11.2.

Through the running node, by a manager with the role `erase`. What was done is found by `certmesh evidence find --type ERASE`.
"""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

import typer

from node.admin.paths import CONTENTS_PATH
from node.cli.lists_client import As, admin_for, post
from node.cli.options import ConfigFile, Json, print_json

app = typer.Typer(no_args_is_help=True, help="Contents behind the evidence log: held, released, erased.")

_Subject = Annotated[str, typer.Argument(help="The id of an application, else of an exchange.", show_default=False)]
_Reference = Annotated[str, typer.Option(help="The number of the case or letter. No names, no persons' numbers.")]
_HOLDS = "LITIGATION, OBJECTION or AUDIT."
_GROUNDS = "WITHDRAWN, REQUESTED, UNLAWFUL or ORDERED."


@app.command()
def show(config: ConfigFile, subject: _Subject, *, as_file: As = None, as_json: Json = False) -> None:
    """Show what is behind an application or exchange, and what of it is erased. Contents are not shown."""
    query = urlencode({"subject": subject})
    told = admin_for(config, as_file, reading=True).ask("GET", f"{CONTENTS_PATH}?{query}")
    if as_json:
        print_json(told)
        return
    for one in told["contents"]:
        print(f"{one['commitment']}  {one['label']}  {one['kept_at']}  {'已删除' if one['erased'] else '留存'}")
    if told["hold"] is not None:
        print(f"保全 {told['hold']['ground']}  自 {told['hold']['since']}")


@app.command()
def holds(
    config: ConfigFile,
    *,
    after: Annotated[str, typer.Option(help="Go on behind this subject.")] = "",
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """List the holds in force."""
    query = urlencode({"after": after})
    told = admin_for(config, as_file, reading=True).ask("GET", f"{CONTENTS_PATH}/holds?{query}")
    if as_json:
        print_json(told)
        return
    for one in told["holds"]:
        print(f"{one['subject']}  {one['ground']}  自 {one['since']}")
    if not told["holds"]:
        print("没有留存保全")
    if told["next"]:
        print(f"more: --after {told['next']}")


@app.command()
def hold(
    config: ConfigFile,
    subject: _Subject,
    *,
    ground: Annotated[str, typer.Option(help=_HOLDS, show_default=False)],
    reference: _Reference = "",
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Keep the contents of a subject beyond their time."""
    body = {"subject": subject, "ground": ground, "reference": reference}
    _told(config, as_file, "hold", body, "留存保全", as_json=as_json)


@app.command()
def release(
    config: ConfigFile, subject: _Subject, *, reference: _Reference = "", as_file: As = None, as_json: Json = False
) -> None:
    """End a hold."""
    _told(config, as_file, "release", {"subject": subject, "reference": reference}, "解除保全", as_json=as_json)


@app.command()
def erase(
    config: ConfigFile,
    subject: _Subject,
    *,
    ground: Annotated[str, typer.Option(help=_GROUNDS, show_default=False)],
    reference: _Reference = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; it cannot be undone.")] = False,
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Erase salts and contents of a subject for good, and what else this node keeps of an application: itself, verdicts, review, answers.

    The log verifies as before; that and why it was done stays in it.
    """
    if not yes:
        typer.confirm(f"erase all contents of {subject}? This cannot be undone", abort=True, err=True)
    body = {"subject": subject, "ground": ground, "reference": reference}
    _told(config, as_file, "erase", body, "已删除", as_json=as_json)


def _told(config: Path, as_file: Path | None, step: str, body: dict[str, str], done: str, *, as_json: bool) -> None:
    told = post(admin_for(config, as_file), f"{CONTENTS_PATH}/{step}", body)
    if as_json:
        print_json(told)
        return
    print(f"{told['subject']}: {done} {told.get('erased', '')}".rstrip())
    for kind, number in told.get("kinds", {}).items():
        print(f"  {kind} {number}")
