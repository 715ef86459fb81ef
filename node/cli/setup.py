"""`certmesh init`: a province's keys and card, before it belongs to a mesh."""

from pathlib import Path
from typing import Annotated

import typer

from node import keys, membership_file
from node.cli.options import Json, PassphraseEnv, PassphraseFile, print_json
from node.errors import ConfigError
from node.moment import utc_now
from trust.membership import grouped, spoken


def init(
    province: Annotated[str, typer.Option(help="GB/T 2260 code, such as 310000.", show_default=False)],
    name: Annotated[str, typer.Option(help="Name of the province, such as 上海市.", show_default=False)],
    endpoint: Annotated[str, typer.Option(help="host:port at which peers reach this node.", show_default=False)],
    directory: Annotated[Path, typer.Option("--dir", help="Folder for keys and card.", show_default=False)],
    *,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseEnv = None,
    as_json: Json = False,
) -> None:
    """Make a province's keys (0600, encrypted), identity certificates and identity card."""
    if len(province) != 6 or not province.isdigit() or not province.endswith("0000"):  # noqa: PLR2004 - GB/T 2260
        raise ConfigError("--province: a province code has six digits and ends in 0000")
    passphrase = keys.read_passphrase(file=passphrase_file, environment=passphrase_env)
    folder = directory / "keys"
    keys.create(folder, province=province, name=name, passphrase=passphrase, now=utc_now())
    card = directory / f"{province}.card.json"
    written = membership_file.write_card(
        card, province=province, name=name, endpoint=endpoint, certificates=keys.load_certificates(folder)
    )
    digest = membership_file.introduction(written).fingerprint
    if as_json:
        print_json({"province": province, "keys": str(folder), "card": str(card), "fingerprint": digest})
    else:
        print(f"keys and certificates of {province}: {folder}")
        print(f"identity card to hand to the other provinces: {card}")
        print(f"its fingerprint, for them to compare: {grouped(digest)}\nwords {spoken(digest)}")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(init)
