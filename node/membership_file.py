"""The membership document as files: identity cards in, a document out, read alone or as a chain. The rules are in `trust.membership`.

A card (`<province>.card.json`) is what one province hands to the others to found a mesh: code, name, endpoint and certificates, nothing
secret.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from node.errors import ConfigError
from node.keys import Certificates
from trust.errors import IdentityError, MembershipError, TrustError
from trust.membership import (
    MAX_DOCUMENT_BYTES,
    MAX_EXHIBIT_BYTES,
    Flaw,
    Introduction,
    Member,
    Membership,
    SignedMembership,
    check,
    combined,
    parse,
    signed_from_json,
    verify_anchor,
    verify_next,
)
from trust.membership.changes import entry
from trust.membership.exhibit import MAX_CHAIN
from trust.tls import tls_pin


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One province, as it introduces itself."""

    province: str
    name: str
    endpoint: str
    ca: str
    signing: str
    encryption: str
    tls: str


def write_card(path: Path, *, province: str, name: str, endpoint: str, certificates: Certificates) -> Card:
    """Write this province's card; returns it."""
    card = Card(province=province, name=name, endpoint=endpoint, **asdict(certificates))
    path.write_text(json.dumps(asdict(card), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return card


def read_card(path: Path) -> Card:
    """Read a province's card.

    Raises:
        ConfigError: unreadable or not a card.
    """
    try:
        card = Card(**json.loads(_read(path)))
    except (ValueError, TypeError, RecursionError) as error:
        raise ConfigError(f"{path}: not an identity card; make one with `certmesh init`") from error
    if not all(isinstance(value, str) for value in asdict(card).values()):
        raise ConfigError(f"{path}: not an identity card; make one with `certmesh init`")
    return card


def _read(path: Path, max_bytes: int = MAX_DOCUMENT_BYTES) -> bytes:
    try:
        with path.open("rb") as reading:
            data = reading.read(max_bytes + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > max_bytes:
        raise ConfigError(f"{path}: larger than {max_bytes >> 20} MiB")
    return data


def read_exhibit(path: Path) -> bytes:
    """A file for `convict`.

    Raises:
        ConfigError: unreadable, or larger than an exhibit.
    """
    return _read(path, MAX_EXHIBIT_BYTES)


def read_tls(path: Path) -> str:
    """A channel certificate's PEM.

    Raises:
        ConfigError: unreadable, or not a P-256 certificate.
    """
    try:
        text = _read(path).decode()
        tls_pin(text.encode())
    except (UnicodeDecodeError, IdentityError) as error:
        raise ConfigError(f"{path}: not a channel certificate in PEM") from error
    return text


def found(
    cards: list[Card], *, threshold: int, now: datetime, valid_days: int, witness_quorum: int = 0
) -> SignedMembership:
    """The first membership document over these cards, unsigned.

    Raises:
        ConfigError: the cards do not make a valid document.
    """
    membership = Membership(
        version=1,
        issued=now.isoformat(timespec="seconds"),
        expires=(now + timedelta(days=valid_days)).isoformat(timespec="seconds"),
        previous="",
        threshold=threshold,
        members=tuple(_member(card, now) for card in sorted(cards, key=lambda one: one.province)),
        witness_quorum=witness_quorum,
    )
    try:
        check(membership)
    except TrustError as error:
        raise ConfigError(f"membership: {error}") from error
    return SignedMembership(payload=membership.payload(), signatures={})


def _member(card: Card, now: datetime) -> Member:
    try:
        return entry(introduction(card), now.isoformat(timespec="seconds"))
    except TrustError as error:
        raise ConfigError(f"card of {card.province}: {error}") from error


def introduction(card: Card) -> Introduction:
    """What a card says, for a membership document."""
    return Introduction(
        province=card.province,
        name=card.name,
        endpoints=(card.endpoint,),
        ca=card.ca,
        signing=card.signing,
        encryption=card.encryption,
        tls=card.tls,
    )


def read_signed(path: Path) -> SignedMembership:
    """A membership document with whatever signatures it has.

    Raises:
        ConfigError: unreadable or malformed.
    """
    try:
        return signed_from_json(_read(path))
    except MembershipError as error:
        raise ConfigError(f"{path}: {error}") from error


def load(path: Path, *, expected: str | None) -> tuple[Membership, str]:
    """The membership and its fingerprint, verified as an anchor; whether it has expired is for the caller to ask.

    Raises:
        ConfigError: unreadable, not valid, not sufficiently signed, or not the document the operator compared.
    """
    signed = read_signed(path)
    if expected is not None and signed.fingerprint != expected:
        raise ConfigError(
            f"{path}: its fingerprint is not membership.fingerprint; compare both with the other provinces"
        )
    try:
        return verify_anchor(signed, fingerprint=expected), signed.fingerprint
    except MembershipError as error:
        raise ConfigError(f"{path}: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One believed version with the document that says it."""

    membership: Membership
    signed: SignedMembership

    @property
    def digest(self) -> str:
        """The fingerprint."""
        return self.signed.fingerprint


def read_chain(paths: Iterable[Path]) -> list[SignedMembership]:
    """The documents in these files, and in the `membership*.json` files of these folders, by version.

    Signatures of equal documents are put together.

    Raises:
        ConfigError: unreadable, not a membership document, or none at all.
    """
    found: dict[str, SignedMembership] = {}
    versions: dict[str, int] = {}
    for path in _documents(paths):
        signed = read_signed(path)
        try:
            membership = parse(signed.payload)
        except MembershipError as error:
            raise ConfigError(f"{path}: {error}") from error
        versions[signed.fingerprint] = membership.version
        known = found.get(signed.fingerprint, signed)
        found[signed.fingerprint] = combined(known, signed, membership)
    if not found:
        raise ConfigError("no membership document is there")
    return sorted(found.values(), key=lambda one: (versions[one.fingerprint], one.fingerprint))


def _documents(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(path.glob("membership*.json"))
        if len(inside) > MAX_CHAIN:
            raise ConfigError(f"{path}: more than {MAX_CHAIN} membership documents")
        yield from inside


def believe(
    documents: Sequence[SignedMembership], *, fingerprint: str | None = None, drafts: bool = False
) -> list[Link]:
    """Walk from an anchor through all that follow it, in the order of `read_chain`.

    The anchor is the document with this fingerprint; without one it is the first, which must be version 1. `drafts`: what too few have
    signed is passed over.

    Raises:
        MembershipError: the anchor is not there or not believed, or a document does not follow the one before it.
    """
    start = 0
    if fingerprint is not None:
        digests = [one.fingerprint for one in documents]
        if fingerprint not in digests:
            raise MembershipError(Flaw.UNTRUSTED, "no document has the fingerprint that was compared")
        start = digests.index(fingerprint)
    links = [Link(membership=verify_anchor(documents[start], fingerprint=fingerprint), signed=documents[start])]
    for one in documents[start + 1 :]:
        try:
            links.append(_follow(links, one))
        except MembershipError as error:
            if not (drafts and error.reason == Flaw.UNDER_SIGNED):
                raise
    return links


def _follow(links: Sequence[Link], signed: SignedMembership) -> Link:
    """The link after the last. What claims the last one's own version is a fork only if it could have followed the one before."""
    last = links[-1]
    if len(links) > 1 and parse(signed.payload).version == last.membership.version:
        before = links[-2]
        verify_next(before.membership, before.digest, signed)
    return Link(membership=verify_next(last.membership, last.digest, signed), signed=signed)


def chain(path: Path, *, fingerprint: str | None = None) -> list[Link]:
    """What a folder's chain holds, drafts left out; or one document that its own members have sufficiently signed.

    For one document of a later version than the first, the operator vouches: its fingerprint is what the caller should show.

    Raises:
        ConfigError: unreadable, or not to be believed.
    """
    documents = read_chain([path])
    alone = documents[0].fingerprint if len(documents) == 1 and fingerprint is None else fingerprint
    try:
        return believe(documents, fingerprint=alone, drafts=True)
    except MembershipError as error:
        raise ConfigError(f"{path}: {error}") from error
