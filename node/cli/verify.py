"""`certmesh verify BUNDLE --fingerprint F`: what a proof bundle proves, with no node, network or configuration. Clause 8.5, DESIGN §7.

Every signature is judged by two libraries. The reader trusts one thing: the fingerprint of a membership document, compared with a province
over another channel. The words are Chinese, for a clerk's file; programs read --json.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from federation.proof_archive import proof_in, verify_archive
from federation.proof_bundle import BundleVerdict, verify_bundle
from node import membership_file
from node.cli.options import Json, digest_of, print_json
from node.cli.paper import check_names, page_text, write_pages
from node.cli.second_opinion import SecondOpinion, second_opinion
from node.errors import ConfigError
from trust.bundle import MAX_BUNDLE_BYTES
from trust.errors import BundleError
from trust.identity.crl import MAX_CRL_BYTES


def verify(
    bundle: Annotated[Path, typer.Argument(help="The zip.", show_default=False)],
    *,
    fingerprint: Annotated[
        str,
        typer.Option(
            help="Of a membership document that you trust: one in the bundle, or one you name. Spaces do not matter."
        ),
    ],
    page: Annotated[
        list[Path] | None,
        typer.Option(help="Write the page to file, too: .txt, .html or .pdf by its ending. May be repeated."),
    ] = None,
    membership: Annotated[
        list[Path] | None,
        typer.Option(
            help="Membership documents that you hold, or folders of them: later ones tell of keys lost since."
        ),
    ] = None,
    crl: Annotated[
        list[Path] | None,
        typer.Option(
            help="Revocation lists that you hold of the members' CAs: they count where the file has none or an older one."
        ),
    ] = None,
    opinion: SecondOpinion = None,
    as_json: Json = False,
) -> None:
    """Check the proof of a use offline, or the archive package of one. Exit code 1: something in it does not hold; the part is named."""
    pages = page or []
    check_names(pages)
    digest = digest_of(fingerprint)
    data = _bounded(bundle, MAX_BUNDLE_BYTES)
    brought = [one.to_json() for one in membership_file.read_chain(membership)] if membership else []
    crls = [_bounded(path, 2 * MAX_CRL_BYTES) for path in crl or []]
    with second_opinion(opinion, as_json=as_json) as second:
        verdict = _verified(data, digest, brought, crls)
    if as_json:
        print_json(told(verdict) | {"second_opinion": second.as_dict()})
    else:
        print(page_text(verdict, second.zh()), end="")
    write_pages(verdict, pages, second.zh())
    if not verdict.ok:
        raise typer.Exit(1)


def _verified(data: bytes, digest: str, brought: Sequence[bytes], crls: Sequence[bytes]) -> BundleVerdict:
    """The verdict on a bundle, or on the archive package of one."""
    try:
        proof = proof_in(data)
    except BundleError:  # the verdict on it as a bundle says what is wrong
        proof = None
    if proof is None:
        return verify_bundle(data, digest, brought, crls)
    return verify_archive(data, proof, digest, brought, crls)


def told(verdict: BundleVerdict) -> dict[str, Any]:
    """The verdict as JSON values."""
    raw = asdict(verdict)
    if verdict.use is not None:
        raw["use"]["opened"] = sorted(verdict.use.opened)
    return {"ok": verdict.ok, **raw}


def _bounded(path: Path, most: int) -> bytes:
    """A file, or so much of it that it shows to be too large."""
    try:
        with path.open("rb") as reading:
            return reading.read(most + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(verify)
