"""`certmesh managers token`: a new token for a list manager, shown once, and what to write into the configuration. Nothing is stored."""

import json
import secrets
from pathlib import Path
from typing import Annotated

import typer

from node.cli.options import Json, print_json
from node.errors import ConfigError
from node.usecases.workshop.managers import Role
from trust import gm

app = typer.Typer(no_args_is_help=True, help="List managers: tokens for the lists' commands.")


@app.callback()
def _managers() -> None:
    """Who may keep the lists stands in the configuration, as [[managers]]."""


@app.command()
def token(
    account: Annotated[str, typer.Option(help="The manager's account, at most 64 characters.", show_default=False)],
    *,
    name: Annotated[str, typer.Option(help="The manager's name, for people.")] = "",
    role: Annotated[list[Role] | None, typer.Option(help="What the manager may do; repeat it.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the token to this new file (0600), not to stdout.")] = None,
    as_json: Json = False,
) -> None:
    """Make a token. It is shown once; the node keeps only its digest, in the lines to copy into the configuration."""
    fresh = secrets.token_urlsafe(32)
    digest = gm.sm3(fresh.encode()).hex()
    roles = [one.value for one in role or (Role.EDIT,)]
    if out is not None:
        _write(out, fresh)
    shown = {} if out is not None else {"token": fresh}
    if as_json:
        print_json({**shown, "account": account, "name": name, "roles": roles, "token_sm3": digest})
        return
    for one in shown.values():
        print(f"token, shown this once: {one}\n")
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in (("account", account), ("name", name))}
    print(f"[[managers]]\naccount = {quoted['account']}\nname = {quoted['name']}")
    print(f'token_sm3 = "{digest}"\nroles = {json.dumps(roles)}')


def _write(path: Path, fresh: str) -> None:
    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(fresh)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror}); name a new file") from error
