"""`certmesh identity request|issue|install`: certificates of a node's keys, from its own CA or from another."""

from pathlib import Path
from typing import Annotated

import typer

from node import identity_folder, keys, membership_file
from node.cli.options import Json, KeysFolder, PassphraseEnv, PassphraseFile, print_json
from node.errors import ConfigError
from node.moment import utc_now
from trust.membership import grouped

app = typer.Typer(no_args_is_help=True, help="The node's identity certificates: ask for, issue, install, revoke, show.")


@app.command()
def request(
    key_folder: KeysFolder,
    name: Annotated[str, typer.Option(help="The organization's name, such as 上海市大数据中心.", show_default=False)],
    *,
    out: Annotated[Path, typer.Option(help="Folder for signing.csr and encryption.csr.")] = Path(),
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseEnv = None,
    as_json: Json = False,
) -> None:
    """Write certification requests (PKCS#10) for the signing and the encryption key. The fingerprint is told to the CA another way."""
    passphrase = keys.read_passphrase(file=passphrase_file, environment=passphrase_env)
    asked = identity_folder.ask(key_folder, name=name, passphrase=passphrase)
    paths = {usage: out / f"{usage}.csr" for usage in asked}
    for path in paths.values():
        if path.exists():
            raise ConfigError(f"{path}: exists already; remove it or choose another --out")
    for usage, one in asked.items():
        keys.write_private(paths[usage], one.pem.encode(), mode=0o644)
    if as_json:
        print_json({usage: {"file": str(paths[usage]), "fingerprint": one.fingerprint} for usage, one in asked.items()})
        return
    for usage, one in asked.items():
        print(f"{paths[usage]}: fingerprint {grouped(one.fingerprint)}")


@app.command()
def issue(
    key_folder: KeysFolder,
    request_file: Annotated[Path, typer.Argument(help="A certification request, PEM or DER.", show_default=False)],
    *,
    out: Annotated[Path, typer.Option(help="Where to write the certificate.", show_default=False)],
    valid_days: Annotated[
        int, typer.Option(min=1, max=3650, help="Days until it ends; at the latest with the CA.")
    ] = 365,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseEnv = None,
    as_json: Json = False,
) -> None:
    """Let this folder's CA issue what a request asks for. Compare the fingerprint with the asker first."""
    asked = identity_folder.load_request(request_file)
    passphrase = keys.read_passphrase(file=passphrase_file, environment=passphrase_env)
    issued = identity_folder.issue(key_folder, asked, passphrase=passphrase, now=utc_now(), valid_days=valid_days)
    keys.write_private(out, issued.pem.encode(), mode=0o644)
    if as_json:
        print_json({"file": str(out), "usage": asked.usage.value, "name": asked.name, "request": asked.fingerprint})
        return
    print(f"request of {asked.name} ({asked.province}, {asked.usage}): fingerprint {grouped(asked.fingerprint)}")
    print(f"{out}: valid until {issued.not_after:%Y-%m-%d}, serial {issued.serial:x}")


@app.command()
def install(
    key_folder: KeysFolder,
    certificates: Annotated[
        list[Path], typer.Argument(help="Certificates in any order: signing, encryption, CA.", show_default=False)
    ],
    *,
    card: Annotated[Path | None, typer.Option(help="The identity card to renew with them.", show_default=False)] = None,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseEnv = None,
    as_json: Json = False,
) -> None:
    """Put issued certificates into the keys folder, if they fit its keys, its province and one another."""
    passphrase = keys.read_passphrase(file=passphrase_file, environment=passphrase_env)
    shown = None if card is None else membership_file.read_card(card)
    if shown is not None and shown.province != identity_folder.read_folder(key_folder).province:
        raise ConfigError(f"{card}: the identity card of {shown.province}, not of this folder's province")
    offered = [identity_folder.load_certificate(path) for path in certificates]
    put = identity_folder.install(key_folder, offered, passphrase=passphrase, now=utc_now())
    if card is not None and shown is not None:
        fresh = keys.load_certificates(key_folder)
        membership_file.write_card(
            card, province=shown.province, name=shown.name, endpoint=shown.endpoint, certificates=fresh
        )
    if as_json:
        print_json({usage.value: one.fingerprint for usage, one in put.items()})
        return
    for usage, one in put.items():
        print(f"{key_folder / usage.value}.crt: until {one.not_after:%Y-%m-%d}, fingerprint {grouped(one.fingerprint)}")
    print("The other provinces believe them once a membership document names them.")
