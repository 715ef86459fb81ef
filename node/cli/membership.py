"""`certmesh membership create|sign|combine|show`: founding a mesh, signing any version, looking at one."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from node import keys, membership_file, membership_signing
from node.cli.options import Json, KeysFolder, PassphraseEnv, PassphraseFile, print_json
from node.cli.second_opinion import SecondOpinion, second_opinion
from node.errors import ConfigError
from node.membership_file import Link
from node.moment import utc_now
from trust.membership import Membership, Quorum, SignedMembership, cautions, expired, grouped, parse, signers, spoken

app = typer.Typer(no_args_is_help=True, help="Who belongs to the mesh: found it, change it, sign, look back, judge.")
DocumentFile = Annotated[Path, typer.Argument(help="The membership document.", show_default=False)]
Current = Annotated[
    Path | None,
    typer.Option(help="The version before: a document, or a folder with the chain.", show_default=False),
]


@app.command()
def create(
    cards: Annotated[list[Path], typer.Argument(help="The identity cards of all provinces.", show_default=False)],
    *,
    out: Annotated[Path, typer.Option(help="Where to write the unsigned document.")] = Path("membership.json"),
    threshold: Annotated[int, typer.Option(min=1, help="How many must sign the next version.")] = 3,
    witness_quorum: Annotated[
        int, typer.Option(min=0, help="How many others must witness the head of a log; 0: no such policy.")
    ] = 0,
    valid_days: Annotated[int, typer.Option(min=1, max=3650, help="Days until it expires.")] = 365,
    dry_run: Annotated[bool, typer.Option(help="Say what the document would be, and write nothing.")] = False,
) -> None:
    """Make the first membership document from the provinces' identity cards."""
    if out.exists() and not dry_run:
        raise ConfigError(f"{out}: exists already; remove it or choose another --out")
    read = [membership_file.read_card(path) for path in cards]
    signed = membership_file.found(
        read, threshold=threshold, now=utc_now(), valid_days=valid_days, witness_quorum=witness_quorum
    )
    for caution in cautions(parse(signed.payload)):
        print(f"caution: {caution}")
    if dry_run:
        print(f"would found a mesh of {len(read)} provinces, {threshold} of which sign the next version:")
        for card in sorted(read, key=lambda one: one.province):
            print(f"  {card.province} {card.name}, reached at {card.endpoint}")
        return
    write(out, signed)
    print(f"{out}: {len(read)} provinces, not signed yet")
    print_fingerprint(signed.fingerprint)


@app.command()
def sign(
    document: DocumentFile,
    key_folder: KeysFolder,
    *,
    current: Current = None,
    again: Annotated[
        bool, typer.Option(help="Sign although another document of this version was signed with these keys.")
    ] = False,
    passphrase_file: PassphraseFile = None,
    passphrase_env: PassphraseEnv = None,
    as_json: Json = False,
) -> None:
    """Add this province's signature to the document, with every key of the folder that has a voice there."""
    signed = membership_file.read_signed(document)
    before = None if current is None else _before(current, parse(signed.payload))
    passphrase = keys.read_passphrase(file=passphrase_file, environment=passphrase_env)
    done = membership_signing.sign(
        signed, before=before, folder=key_folder, passphrase=passphrase, now=utc_now(), again=again
    )
    write(document, done.signed)
    if as_json:
        counted = [counted_object(count) for count in done.counts]
        fingerprint = done.signed.fingerprint
        print_json({"fingerprint": fingerprint, "complete": done.complete, "signatures": counted})
        return
    if before is not None:
        print(f"it follows version {before.membership.version}, fingerprint {grouped(before.digest)}")
    print_counts(document, done.document, done.counts)
    print_fingerprint(done.signed.fingerprint)


@app.command()
def combine(
    documents: Annotated[list[Path], typer.Argument(help="Copies of one document, signed apart.", show_default=False)],
    *,
    out: Annotated[Path, typer.Option(help="Where to write it with all signatures.", show_default=False)],
    current: Current = None,
) -> None:
    """Put signatures that were made on copies of one document together."""
    if out.exists():
        raise ConfigError(f"{out}: exists already; remove it or choose another --out")
    found = membership_file.read_chain(documents)
    if len(found) > 1:
        raise ConfigError(f"{len(found)} different documents; signatures of one are put together")
    (signed,) = found
    membership = parse(signed.payload)
    before = None if current is None else _before(current, membership)
    write(out, signed)
    print_counts(out, membership, membership_signing.counts(signed, membership, before))
    print_fingerprint(signed.fingerprint)


@app.command()
def show(
    document: DocumentFile, *, current: Current = None, as_json: Json = False, second: SecondOpinion = None
) -> None:
    """Show who is in the document, who signed it, what is missing, and its fingerprint. Exit code 4: two libraries disagree."""
    signed = membership_file.read_signed(document)
    with second_opinion(second, as_json=as_json) as opinion:
        membership = parse(signed.payload)
        names = signers(signed, membership)
        before = None if current is None else _before(current, membership)
        counts = membership_signing.counts(signed, membership, before)
    if as_json:
        print_json({**_as_object(signed, membership, names, counts), "second_opinion": opinion.as_dict()})
        return
    table = Table(title=f"membership version {membership.version}, threshold {membership.threshold}")
    for column in ("province", "name", "endpoint", "status", "signed"):
        table.add_column(column)
    for one in membership.members:
        signed_word = "yes" if one.province in names else "no"
        table.add_row(one.province, one.name, ", ".join(one.endpoints), one.status.value, signed_word)
    Console().print(table)
    print(f"issued {membership.issued}\nexpires {membership.expires}\nwitness quorum {membership.witness_quorum}")
    if expired(membership, utc_now()):
        print("EXPIRED: nodes serve local functions only until a newer version comes; run `certmesh membership renew`")
    print_counts(document, membership, counts)
    for caution in cautions(membership):
        print(f"caution: {caution}")
    print_fingerprint(signed.fingerprint)
    print(opinion.line())


def _before(current: Path, document: Membership) -> Link | None:
    """The believed version that a document follows."""
    if document.version == 1:
        return None
    believed = membership_file.chain(current)
    for link in believed:
        if link.membership.version == document.version - 1:
            return link
    raise ConfigError(f"{current}: holds version {believed[-1].membership.version}, not {document.version - 1}")


def _as_object(
    signed: SignedMembership, membership: Membership, names: tuple[str, ...], counts: tuple[Quorum, ...]
) -> dict[str, Any]:
    members = [
        {"province": one.province, "name": one.name, "endpoints": list(one.endpoints), "status": one.status.value}
        for one in membership.members
    ]
    return {
        "version": membership.version,
        "fingerprint": signed.fingerprint,
        "issued": membership.issued,
        "expires": membership.expires,
        "expired": expired(membership, utc_now()),
        "previous": membership.previous,
        "threshold": membership.threshold,
        "witness_quorum": membership.witness_quorum,
        "members": members,
        "signed_by": list(names),
        "signatures": [counted_object(count) for count in counts],
        "cautions": list(cautions(membership)),
    }


def counted_object(count: Quorum) -> dict[str, Any]:
    """Who of a version's members has signed, as JSON."""
    return {
        "members_of_version": count.version,
        "needed": count.needed,
        "signed_by": list(count.signed_by),
        "missing": count.missing,
        "could_sign": list(count.unsigned),
    }


def print_counts(document: Path, membership: Membership, counts: tuple[Quorum, ...]) -> None:
    """Say for each threshold who has signed and what is missing."""
    for count in counts:
        whose = "" if membership.version == 1 else f" of version {count.version}'s members"
        names = ", ".join(count.signed_by) or "nobody"
        print(f"{document}: signed by {names}{whose} ({len(count.signed_by)} of {count.needed})")
        if count.missing:
            print(f"  missing: {count.missing} of {', '.join(count.unsigned)}")
    if not any(count.missing for count in counts):
        print("complete" if len(counts) > 1 or membership.version == 1 else "complete for its own members")
    elif membership.version > 1 and len(counts) == 1:
        print(f"  whether version {membership.version - 1}'s members have signed is seen with --current")


def print_fingerprint(fingerprint: str) -> None:
    """The fingerprint in digits and in words, to be compared with the other provinces over another channel."""
    print(f"fingerprint {grouped(fingerprint)}\nwords       {spoken(fingerprint)}")


def write(path: Path, signed: SignedMembership) -> None:
    """Replace the file whole."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(signed.to_json())
    fresh.replace(path)
