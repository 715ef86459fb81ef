"""`certmesh identity crl make|install|show`: the revocation list of a province's CA."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from node import identity_folder, keys
from node.cli.options import Json, KeysFolder, PassphraseEnv, PassphraseFile, print_json
from node.cli.second_opinion import SecondOpinion, second_opinion
from node.errors import ConfigError
from node.moment import utc_now
from trust.identity import Crl, ListState, Reason, Revocation, Usage

app = typer.Typer(no_args_is_help=True)
ListFile = Annotated[Path, typer.Argument(help="A revocation list, PEM or DER.", show_default=False)]


@app.command()
def make(
    key_folder: KeysFolder,
    *,
    revoke: Annotated[
        list[Path] | None, typer.Option(help="A certificate to revoke; may be given again.", show_default=False)
    ] = None,
    reason: Annotated[Reason, typer.Option(help="Why, for all of them.")] = Reason.UNSPECIFIED,
    since: Annotated[
        str | None, typer.Option(help="From when on, such as 2026-03-01T08:00:00Z; now by default.", show_default=False)
    ] = None,
    valid_days: Annotated[int, typer.Option(min=1, max=365, help="Days until the next list is due.")] = 7,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseEnv = None,
    as_json: Json = False,
) -> None:
    """Make this CA's first list, or the next one: it keeps every entry and takes the next number."""
    now = utc_now()
    at = now if since is None else _moment(since)
    certificates = [identity_folder.load_certificate(path) for path in revoke or ()]
    entries = [Revocation(serial=one.serial, at=at, reason=reason) for one in certificates]
    issuer = identity_folder.read_folder(key_folder).certificates[Usage.CA].subject
    if any(one.issuer != issuer for one in certificates):
        raise ConfigError("--revoke: this CA revokes only certificates that it has issued")
    passphrase = keys.read_passphrase(file=passphrase_file, environment=passphrase_env)
    made = identity_folder.renew_list(
        key_folder, entries, passphrase=passphrase, now=now, valid=timedelta(days=valid_days)
    )
    _print(made, now, as_json=as_json)


@app.command()
def install(key_folder: KeysFolder, file: ListFile, *, as_json: Json = False) -> None:
    """Keep a list that the CA made elsewhere, if it does not go back behind the one held."""
    now = utc_now()
    _print(identity_folder.take_list(key_folder, identity_folder.load_crl(file), now=now), now, as_json=as_json)


@app.command()
def show(
    file: ListFile,
    *,
    ca: Annotated[Path, typer.Option(help="The CA's certificate, PEM or DER.", show_default=False)],
    as_json: Json = False,
    second: SecondOpinion = None,
) -> None:
    """Show a list and how fresh it is. Exit code 1: not signed by this CA, or stale; 4: two libraries judge its signature differently."""
    now, listed = utc_now(), identity_folder.load_crl(file)
    with second_opinion(second, as_json=as_json):
        listed.verify(identity_folder.load_certificate(ca))
    _print(listed, now, as_json=as_json)
    if listed.freshness(now).state is not ListState.FRESH:
        raise typer.Exit(1)


def as_object(listed: Crl, now: datetime) -> dict[str, Any]:
    """A list as JSON shows it; times in UTC, ages in seconds."""
    freshness = listed.freshness(now)
    return {
        "number": listed.number,
        "state": freshness.state.value,
        "this_update": listed.this_update.isoformat(),
        "next_update": listed.next_update.isoformat(),
        "age_seconds": int(freshness.age.total_seconds()),
        "due_in_seconds": int(freshness.due_in.total_seconds()),
        "fingerprint": listed.fingerprint,
        "revoked": [
            {"serial": f"{one.serial:x}", "at": one.at.isoformat(), "reason": one.reason.value}
            for one in listed.entries.values()
        ],
    }


def summary(listed: Crl, now: datetime) -> str:
    """A list in one line."""
    freshness = listed.freshness(now)
    late = freshness.state is ListState.STALE
    word = "STALE, the next was due" if late else "the next is due"
    return (
        f"revocation list {listed.number} of {listed.this_update:%Y-%m-%d %H:%M}Z, {len(listed.entries)} revoked; "
        f"{word} {listed.next_update:%Y-%m-%d %H:%M}Z"
    )


def _print(listed: Crl, now: datetime, *, as_json: bool) -> None:
    if as_json:
        print_json(as_object(listed, now))
        return
    print(summary(listed, now))
    for one in listed.entries.values():
        print(f"  {one.serial:x} since {one.at:%Y-%m-%d %H:%M:%S}Z: {one.reason}")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError("--since: not a time such as 2026-03-01T08:00:00Z") from error
    if moment.tzinfo is None:
        raise ConfigError("--since: give the offset too, such as 2026-03-01T08:00:00Z or +08:00")
    return moment


def add_to(parent: typer.Typer) -> None:
    """Register the commands."""
    parent.add_typer(app, name="crl", help="The revocation list of the province's CA.")
