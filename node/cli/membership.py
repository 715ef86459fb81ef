"""`certmesh membership create|sign|show`: founding a mesh. What comes after the first document is a later issue."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from node import keys, membership_file
from node.cli.options import Json, KeysFolder, PassphraseEnv, PassphraseFile, print_json
from node.cli.second_opinion import SecondOpinion, second_opinion
from node.daemon import utc_now
from node.errors import ConfigError
from trust import gm
from trust.membership import SignedMembership, add_signature, parse, signers

app = typer.Typer(no_args_is_help=True)
DocumentFile = Annotated[Path, typer.Argument(help="The membership document.", show_default=False)]


@app.command()
def create(
    cards: Annotated[list[Path], typer.Argument(help="The identity cards of all provinces.", show_default=False)],
    *,
    out: Annotated[Path, typer.Option(help="Where to write the unsigned document.")] = Path("membership.json"),
    threshold: Annotated[int, typer.Option(min=1, help="How many must sign the next version.")] = 3,
    valid_days: Annotated[int, typer.Option(min=1, max=3650, help="Days until it expires.")] = 365,
) -> None:
    """Make the first membership document from the provinces' identity cards."""
    if out.exists():
        raise ConfigError(f"{out}: exists already; remove it or choose another --out")
    read = [membership_file.read_card(path) for path in cards]
    signed = membership_file.found(read, threshold=threshold, now=utc_now(), valid_days=valid_days)
    _write(out, signed)
    print(f"{out}: {len(read)} provinces, not signed yet\nfingerprint {grouped(signed.fingerprint)}")


@app.command()
def sign(
    document: DocumentFile,
    key_folder: KeysFolder,
    *,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseEnv = None,
) -> None:
    """Add this province's signature to the document."""
    signed = membership_file.read_signed(document)
    membership = parse(signed.payload)
    passphrase = keys.read_passphrase(file=passphrase_file, environment=passphrase_env)
    key, certificate = keys.load_signing(key_folder, passphrase)
    if certificate not in [membership.member(code).signing_certificate for code in membership.provinces]:
        raise ConfigError(f"{key_folder}: this signing certificate is not in {document}")
    signed = add_signature(signed, key_id=certificate.fingerprint, signer=gm.Checked(key).sign)
    _write(document, signed)
    names = signers(signed, membership)
    print(f"{document}: signed by {', '.join(names)} ({len(names)} of {len(membership.provinces)})")
    print(f"fingerprint {grouped(signed.fingerprint)}")


@app.command()
def show(document: DocumentFile, *, as_json: Json = False, second: SecondOpinion = None) -> None:
    """Show who is in the document, who signed it, and its fingerprint. Exit code 4: two libraries judge a signature differently."""
    signed = membership_file.read_signed(document)
    with second_opinion(second, as_json=as_json) as opinion:
        membership = parse(signed.payload)
        names = signers(signed, membership)
    if as_json:
        members = [
            {"province": one.province, "name": one.name, "endpoints": list(one.endpoints), "status": one.status.value}
            for one in membership.members
        ]
        print_json(
            {
                "version": membership.version,
                "fingerprint": signed.fingerprint,
                "expires": membership.expires,
                "threshold": membership.threshold,
                "members": members,
                "signed_by": list(names),
                "second_opinion": opinion.as_dict(),
            }
        )
        return
    table = Table(title=f"membership version {membership.version}, threshold {membership.threshold}")
    for column in ("province", "name", "endpoint", "status", "signed"):
        table.add_column(column)
    for one in membership.members:
        signed_word = "yes" if one.province in names else "no"
        table.add_row(one.province, one.name, ", ".join(one.endpoints), one.status.value, signed_word)
    console = Console()
    console.print(table)
    console.print(f"expires {membership.expires}\nfingerprint {grouped(signed.fingerprint)}", highlight=False)
    console.print(opinion.line(), highlight=False)


def grouped(fingerprint: str) -> str:
    """A fingerprint in groups of eight digits, to be read aloud."""
    return " ".join(fingerprint[at : at + 8] for at in range(0, len(fingerprint), 8))


def _write(path: Path, signed: SignedMembership) -> None:
    """Replace the file whole."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(signed.to_json())
    fresh.replace(path)
