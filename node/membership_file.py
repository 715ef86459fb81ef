"""The membership document as files: identity cards in, a document out, signed by hand, read at start. The rules are in `trust.membership`.

A card (`<province>.card.json`) is what one province hands to the others to found a mesh: code, name, endpoint and certificates, nothing
secret.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from node.errors import ConfigError
from node.keys import Certificates
from trust.errors import MembershipError, TrustError
from trust.membership import (
    MAX_DOCUMENT_BYTES,
    Key,
    KeyUsage,
    Member,
    Membership,
    MemberStatus,
    SignedMembership,
    check,
    key_id,
    signed_from_json,
    verify_anchor,
)
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


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > MAX_DOCUMENT_BYTES:
        raise ConfigError(f"{path}: larger than 1 MiB")
    return data


def found(cards: list[Card], *, threshold: int, now: datetime, valid_days: int) -> SignedMembership:
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
    )
    try:
        check(membership)
    except TrustError as error:
        raise ConfigError(f"membership: {error}") from error
    return SignedMembership(payload=membership.payload(), signatures={})


def _member(card: Card, now: datetime) -> Member:
    since = now.isoformat(timespec="seconds")
    try:
        keys = tuple(
            Key(key_id=key_id(pem), usage=usage.value, since=since)
            for pem, usage in (
                (card.signing, KeyUsage.SIGNING),
                (card.encryption, KeyUsage.ENCRYPTION),
                (card.tls, KeyUsage.TLS),
            )
        )
        pin = tls_pin(card.tls.encode())
    except TrustError as error:
        raise ConfigError(f"card of {card.province}: {error}") from error
    return Member(
        province=card.province,
        name=card.name,
        endpoints=(card.endpoint,),
        ca=card.ca,
        signing=card.signing,
        encryption=card.encryption,
        tls=card.tls,
        tls_pins=(pin,),
        status=MemberStatus.ACTIVE,
        keys=keys,
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
