"""`certmesh identity next|promote|forget`: the next key of a purpose beside the one in use, on its way through a rotation.

next → `membership rotate … announce` → `membership rotate … promote`, adopted by this node → promote → `membership rotate … drop` → forget.
"""

from pathlib import Path
from typing import Annotated

import typer

from node import key_rotation, keys
from node.cli.options import Json, KeysFolder, PassphraseEnv, PassphraseFile, print_json
from node.errors import ConfigError
from node.identity_folder import load_certificate, read_folder
from node.key_rotation import NEXT, path_of
from node.moment import utc_now
from trust.membership import KeyUsage, grouped, key_id

Usage = Annotated[KeyUsage, typer.Option(help="Which key.", show_default=False)]


def next_key(
    key_folder: KeysFolder,
    usage: Usage,
    *,
    name: Annotated[
        str | None, typer.Option(help="The organization's name, for signing and encryption.", show_default=False)
    ] = None,
    csr: Annotated[
        Path | None, typer.Option(help="Write a request for another CA here, no certificate.", show_default=False)
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="The certificate that the CA issued for that request.", show_default=False)
    ] = None,
    valid_days: Annotated[int, typer.Option(min=1, max=3650, help="Days until the certificate ends.")] = 365,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseEnv = None,
    as_json: Json = False,
) -> None:
    """Make the next key of a purpose and its certificate; or the request for one (--csr), then take in what was issued (--certificate)."""
    if csr is not None and certificate is not None:
        raise ConfigError("identity next: --csr first; --certificate when the CA has issued it")
    passphrase, now = keys.read_passphrase(file=passphrase_file, environment=passphrase_env), utc_now()
    province = read_folder(key_folder).province
    if usage is not KeyUsage.TLS and certificate is None and not name:
        raise ConfigError("identity next: give --name, the organization's name")
    if csr is not None:
        _ask(key_folder, usage, csr, province=province, name=name or "", passphrase=passphrase, as_json=as_json)
        return
    if certificate is not None:
        offered = load_certificate(certificate)
        key_rotation.install_next(key_folder, usage, offered, passphrase=passphrase, now=now)
        pem = offered.pem
    else:
        pem = key_rotation.make_next(
            key_folder,
            usage,
            province=province,
            name=name or "",
            passphrase=passphrase,
            now=now,
            valid_days=valid_days,
        )
    path = path_of(key_folder, usage, "crt", NEXT)
    if as_json:
        print_json({"usage": usage.value, "certificate": str(path), "fingerprint": key_id(pem)})
        return
    print(f"{path}: fingerprint {grouped(key_id(pem))}")
    print(f"announce it: certmesh membership rotate {province} announce {path} --usage {usage}")


def _ask(
    folder: Path, usage: KeyUsage, csr: Path, *, province: str, name: str, passphrase: bytes, as_json: bool
) -> None:
    if csr.exists():
        raise ConfigError(f"{csr}: exists already; remove it or choose another --csr")
    request = key_rotation.ask_next(folder, usage, province=province, name=name, passphrase=passphrase)
    keys.write_private(csr, request.pem.encode(), mode=0o644)
    if as_json:
        print_json({"usage": usage.value, "request": str(csr), "fingerprint": request.fingerprint})
    else:
        print(f"{csr}: fingerprint {grouped(request.fingerprint)}")


def promote(
    key_folder: KeysFolder,
    usage: Usage,
    *,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseEnv = None,
    as_json: Json = False,
) -> None:
    """Put the next key into use and keep the one so far as old, once a membership document has promoted it. Safe to repeat."""
    passphrase = keys.read_passphrase(file=passphrase_file, environment=passphrase_env)
    changed = key_rotation.promote(key_folder, usage, passphrase=passphrase)
    if as_json:
        print_json({"usage": usage.value, "changed": changed})
    elif changed:
        print(f"{path_of(key_folder, usage, 'key')}: the next {usage} key is in use, the one so far is old")
    else:
        print(f"there is no next {usage} key; nothing to do")


def forget(key_folder: KeysFolder, usage: Usage, *, as_json: Json = False) -> None:
    """Destroy the old key of a purpose, once no membership document lists it any more."""
    gone = key_rotation.destroy_old(key_folder, usage)
    if as_json:
        print_json({"usage": usage.value, "destroyed": gone})
    else:
        print(f"the old {usage} key is gone" if gone else f"there is no old {usage} key; nothing to do")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(name="next")(next_key)
    app.command()(promote)
    app.command()(forget)
