"""`certmesh membership add|remove|endpoint|threshold|witness-quorum|renew|rotate|recover|diff`: the next version, unsigned.

The rules are in `trust.membership`. Each command takes the current version and writes the next one, or with --dry-run says what it would
change. What succession refuses is refused here. Then enough provinces run `certmesh membership sign`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from node import membership_file
from node.cli.membership import print_counts, print_fingerprint, write
from node.cli.options import Json, print_json
from node.errors import ConfigError
from node.identity_folder import load_certificate
from node.membership_file import Link
from node.membership_signing import counts
from node.moment import utc_now
from trust.errors import MembershipError
from trust.membership import (
    Closed,
    Difference,
    KeyUsage,
    Membership,
    SignedMembership,
    cautions,
    changes,
    check_succession,
    check_version,
    differences,
    parse,
)

Current = Annotated[
    Path, typer.Option(help="The current version: a document, or a folder with the chain.", show_default=True)
]
Out = Annotated[
    Path | None,
    typer.Option(help="Where to write the unsigned next version; membership.N.json if not given.", show_default=False),
]
Onto = Annotated[
    Path | None,
    typer.Option(
        help="An unsigned next version to change further; it is replaced, if no --out is given.", show_default=False
    ),
]
ValidDays = Annotated[int, typer.Option(min=1, max=3650, help="Days until the next version expires.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")]
Threshold = Annotated[
    int | None,
    typer.Option(min=1, help="How many must sign from then on, if that is to change too.", show_default=False),
]
Province = Annotated[str, typer.Argument(help="The code of the province.", show_default=False)]
CardFile = Annotated[Path, typer.Argument(help="The province's identity card.", show_default=False)]
_HERE, _YEAR = Path("membership.json"), 365


@dataclass(frozen=True, slots=True)
class Order:
    """The options of a command that makes a next version."""

    current: Path
    onto: Path | None
    out: Path | None
    valid_days: int
    dry_run: bool
    as_json: bool


class Step(StrEnum):
    """The steps of a rotation."""

    ANNOUNCE = "announce"
    PROMOTE = "promote"
    DROP = "drop"
    REPLACE = "replace"


class Reason(StrEnum):
    """Why a key ends in a rotation."""

    ROTATED = "rotated"
    COMPROMISED = "compromised"


def add(
    card: CardFile,
    *,
    current: Current = _HERE,
    onto: Onto = None,
    threshold: Threshold = None,
    out: Out = None,
    valid_days: ValidDays = _YEAR,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take a province in, or back in with new keys."""
    newcomer = membership_file.introduction(membership_file.read_card(card))
    _next(
        Order(current, onto, out, valid_days, dry_run, as_json),
        lambda draft: _also(changes.add(draft, newcomer), threshold),
    )


def remove(
    province: Province,
    *,
    current: Current = _HERE,
    onto: Onto = None,
    threshold: Threshold = None,
    out: Out = None,
    valid_days: ValidDays = _YEAR,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let a province go; its entry stays in the document, with all its keys ended."""
    _next(
        Order(current, onto, out, valid_days, dry_run, as_json),
        lambda draft: changes.remove(_also(draft, threshold), province),
    )


def endpoint(
    province: Province,
    addresses: Annotated[list[str], typer.Argument(help="host:port, the first one preferred.", show_default=False)],
    *,
    current: Current = _HERE,
    onto: Onto = None,
    out: Out = None,
    valid_days: ValidDays = _YEAR,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let a province be reached elsewhere."""
    _next(
        Order(current, onto, out, valid_days, dry_run, as_json),
        lambda draft: changes.endpoints(draft, province, tuple(addresses)),
    )


def threshold(
    needed: Annotated[int, typer.Argument(min=1, help="How many provinces must sign from then on.")],
    *,
    current: Current = _HERE,
    onto: Onto = None,
    out: Out = None,
    valid_days: ValidDays = _YEAR,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let another number of provinces sign."""
    _next(Order(current, onto, out, valid_days, dry_run, as_json), lambda draft: changes.threshold(draft, needed))


def witness_quorum(
    needed: Annotated[int, typer.Argument(min=0, help="How many others must witness the head of a log; 0: no policy.")],
    *,
    current: Current = _HERE,
    onto: Onto = None,
    out: Out = None,
    valid_days: ValidDays = _YEAR,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let another number of provinces cosign a log's head before it counts as witnessed. A node without them goes on, and says so."""
    _next(Order(current, onto, out, valid_days, dry_run, as_json), lambda draft: changes.witness_quorum(draft, needed))


def renew(
    *,
    current: Current = _HERE,
    onto: Onto = None,
    out: Out = None,
    valid_days: ValidDays = _YEAR,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Let the document last longer; nothing else changes."""
    _next(Order(current, onto, out, valid_days, dry_run, as_json), lambda draft: draft)


def rotate(
    province: Province,
    step: Annotated[Step, typer.Argument(help="What to do.", show_default=False)],
    certificate: Annotated[
        Path | None, typer.Argument(help="The new certificate, for announce and replace.", show_default=False)
    ] = None,
    *,
    usage: Annotated[KeyUsage, typer.Option(help="Which key.", show_default=False)],
    reason: Annotated[Reason, typer.Option(help="Why the old key ends, for drop and replace.")] = Reason.ROTATED,
    current: Current = _HERE,
    onto: Onto = None,
    out: Out = None,
    valid_days: ValidDays = _YEAR,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Change a key: announce the next, promote it into use, drop the old one; or replace a compromised one at once."""
    if (certificate is None) == (step in {Step.ANNOUNCE, Step.REPLACE}):
        raise ConfigError("rotate: announce and replace take a certificate file; promote and drop take none")
    pem = "" if certificate is None else _pem(certificate, usage)
    closed = Closed(reason.value)
    turns: dict[Step, Callable[[Membership], Membership]] = {
        Step.ANNOUNCE: lambda draft: changes.announce(draft, province, usage, pem),
        Step.PROMOTE: lambda draft: changes.promote(draft, province, usage),
        Step.DROP: lambda draft: changes.drop(draft, province, usage, closed),
        Step.REPLACE: lambda draft: changes.substitute(draft, province, usage, pem, closed),
    }
    _next(Order(current, onto, out, valid_days, dry_run, as_json), turns[step])


def recover(
    province: Province,
    card: CardFile,
    *,
    current: Current = _HERE,
    onto: Onto = None,
    out: Out = None,
    valid_days: ValidDays = _YEAR,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Give a province that has lost its keys new ones, all at once; the others sign, it cannot. Compare the new card's keys first."""
    newcomer = membership_file.introduction(membership_file.read_card(card))
    if newcomer.province != province:
        raise ConfigError(f"{card}: the identity card of {newcomer.province}, not of {province}")
    _next(Order(current, onto, out, valid_days, dry_run, as_json), lambda draft: changes.recover(draft, newcomer))


def diff(
    before: Annotated[Path, typer.Argument(help="A version.", show_default=False)],
    after: Annotated[Path, typer.Argument(help="The version after it, signed or not.", show_default=False)],
    *,
    as_json: Json = False,
) -> None:
    """Say what one document changes in another, and whether it may follow it. Exit code 1: it may not, or too few have signed."""
    first, signed = membership_file.read_signed(before), membership_file.read_signed(after)
    old, new = parse(first.payload), parse(signed.payload)
    held = Link(membership=old, signed=first)
    found, flaw = differences(old, new), _flaw(held, new, signed)
    counted = counts(signed, new, held)
    complete = flaw is None and not any(count.missing for count in counted)
    if as_json:
        refused = None if flaw is None else {"reason": flaw.reason, "sentence": str(flaw)}
        print_json({"changes": _as_objects(found), "refused": refused, "complete": complete})
    else:
        _print(found)
        if flaw is not None:
            print(f"it may not follow: {flaw} ({flaw.reason})")
        print_counts(after, new, counted)
    if not complete:
        raise typer.Exit(1)


def _flaw(held: Link, new: Membership, signed: SignedMembership) -> MembershipError | None:
    """The rule that the second document breaks after the first, signatures apart."""
    try:
        check_version(held.membership, held.digest, new, signed.fingerprint)
        check_succession(held.membership, held.digest, new)
    except MembershipError as error:
        return error
    return None


def _also(draft: Membership, needed: int | None) -> Membership:
    return draft if needed is None else changes.threshold(draft, needed)


def _pem(path: Path, usage: KeyUsage) -> str:
    """A certificate file as PEM."""
    if usage is KeyUsage.TLS:
        return membership_file.read_tls(path)
    return load_certificate(path).pem


def _next(order: Order, change: Callable[[Membership], Membership]) -> None:
    """Make the next version with one change, and write it or say it."""
    held = membership_file.chain(order.current)[-1]
    draft = changes.settle(held.membership, held.digest, change(_base(order, held)))
    signed = SignedMembership(payload=draft.payload(), signatures={})
    path = order.out or order.onto or Path(f"membership.{draft.version}.json")
    if not order.dry_run:
        if path.exists() and path != order.onto:
            raise ConfigError(f"{path}: exists already; remove it or choose another --out")
        write(path, signed)
    found = differences(held.membership, draft)
    if order.as_json:
        print_json(_as_object(path, held, draft, signed, found, written=not order.dry_run))
        return
    print("would change:" if order.dry_run else f"{path}: version {draft.version}, not signed yet; it changes:")
    _print(found)
    for caution in cautions(draft):
        print(f"caution: {caution}")
    print_counts(path, draft, counts(signed, draft, held))
    if not order.dry_run:
        print_fingerprint(signed.fingerprint)


def _base(order: Order, held: Link) -> Membership:
    """The next version before the change: as the current one is, or as the draft has it."""
    now = utc_now()
    if order.onto is None:
        expires = now + timedelta(days=order.valid_days)
        return changes.following(held.membership, held.digest, now=now, expires=expires)
    draft = membership_file.read_signed(order.onto)
    if draft.signatures:
        raise ConfigError(
            f"{order.onto}: is signed already; whoever signed it would have to sign another document of its version"
        )
    return changes.resume(held.membership, held.digest, parse(draft.payload), now=now)


def _as_object(
    path: Path,
    held: Link,
    draft: Membership,
    signed: SignedMembership,
    found: tuple[Difference, ...],
    *,
    written: bool,
) -> dict[str, Any]:
    return {
        "file": str(path) if written else None,
        "version": draft.version,
        "previous": held.digest,
        "fingerprint": signed.fingerprint,
        "changes": _as_objects(found),
        "cautions": list(cautions(draft)),
        "needed": {"members_now": held.membership.threshold, "members_then": draft.threshold},
    }


def _as_objects(found: tuple[Difference, ...]) -> list[dict[str, str]]:
    return [{"what": one.what, "province": one.province, "sentence": one.sentence} for one in found]


def _print(found: tuple[Difference, ...]) -> None:
    for one in found:
        print(f"  {one.sentence}")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (add, remove, endpoint, threshold, witness_quorum, renew, rotate, recover, diff):
        app.command()(command)
