"""The rules that one membership document must keep by itself, whoever signed it and whatever came before it."""

import re
from collections.abc import Iterable
from datetime import datetime

from trust import canonical
from trust.errors import IdentityError, MembershipError
from trust.identity import ChainCache, Usage
from trust.membership.certificates import parsed
from trust.membership.flaws import Flaw
from trust.membership.records import (
    MAX_MEMBERS,
    Closed,
    Key,
    KeyUsage,
    Member,
    Membership,
)
from trust.tls import tls_pin

_DIGEST = re.compile(r"[0-9a-f]{64}")
_PROVINCE = re.compile(r"[0-9]{6}")  # GB/T 2260
_ENDPOINT = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")
_YEARS = range(2000, 2200)  # sums of times stay representable
_SHOWN = 200  # characters of a parser's complaint, which may quote what it was given
_CHAINS = ChainCache(1024)  # every version lists most of the certificates of the one before it


def parse(payload: bytes) -> Membership:
    """Read the payload and check that it is whole; signatures are `trust.membership.succession`'s matter.

    Raises:
        MembershipError: MALFORMED, or UNFIT: a member whose certificates, pins or codes do not fit together.
    """
    try:
        membership = Membership.from_dict(canonical.loads(payload))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MembershipError(Flaw.MALFORMED, f"the membership payload is malformed: {str(error)[:_SHOWN]}") from error
    check(membership)
    return membership


def check(membership: Membership) -> None:
    """Check what can be checked without signatures: counts, codes, times, chains, pins and history.

    A certificate must have been valid when it was listed. One that runs out later is a matter of warnings, not of this check: otherwise
    one sleeping province could keep all others from changing anything.

    Raises:
        MembershipError: UNFIT; the sentence says which rule is broken, and for which province.
    """
    _check_counts(membership)
    issued = _check_times(membership)
    _check_unique(membership)
    for member in membership.members:
        try:
            _check_member(member, issued)
        except IdentityError as error:
            raise MembershipError(Flaw.UNFIT, f"{member.province}: {error}") from error
    _check_signing_keys(membership)


def instant(text: str) -> datetime:
    """A time of the document.

    Raises:
        MembershipError: UNFIT: not a time with an offset.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise MembershipError(Flaw.UNFIT, f"not a time: {text!r}") from error
    if moment.year not in _YEARS:
        raise MembershipError(Flaw.UNFIT, f"not a time of this product: {text!r}")
    if moment.tzinfo is None:
        raise MembershipError(Flaw.UNFIT, f"not a time with an offset: {text!r}")
    return moment


def _check_counts(membership: Membership) -> None:
    codes = [one.province for one in membership.members]
    chained = _DIGEST.fullmatch(membership.previous) is not None
    for wrong, sentence in (
        (
            not 1 <= len(codes) <= MAX_MEMBERS or len(set(codes)) != len(codes),
            f"between 1 and {MAX_MEMBERS} members, each province once",
        ),
        (membership.version < 1, "versions count from 1"),
        (membership.version == 1 and membership.previous != "", "version 1 has no previous version"),
        (membership.version > 1 and not chained, "every version but the first names the SM3 of the one before it"),
        (
            not 1 <= membership.threshold <= len(membership.provinces),
            "the threshold is not between 1 and the number of active members",
        ),
        (
            not 0 <= membership.witness_quorum < max(1, len(membership.provinces)),
            "the witness quorum is not between 0 and the number of active members other than a log's owner",
        ),
    ):
        if wrong:
            raise MembershipError(Flaw.UNFIT, sentence)


def _check_times(membership: Membership) -> datetime:
    issued = instant(membership.issued)
    if instant(membership.expires) <= issued:
        raise MembershipError(Flaw.UNFIT, "issued and expires are times with an offset, in this order")
    return issued


def _check_unique(membership: Membership) -> None:
    """No certificate, no pin and no line of history stands for two."""
    pins = [pin for member in membership.members for pin in set(member.tls_pins)]
    if len(set(pins)) != len(pins):
        raise MembershipError(Flaw.UNFIT, "a TLS key serves one member")
    ids = [key.key_id for member in membership.members for key in member.keys]
    if len(set(ids)) != len(ids):
        raise MembershipError(Flaw.UNFIT, "a certificate has one line in one member's key history")


def _check_signing_keys(membership: Membership) -> None:
    """One key under two provinces' certificates would have two voices."""
    owners: dict[bytes, str] = {}
    for member in membership.members:
        for certificate in member.signing_certificates if member.active else ():
            owner = owners.setdefault(certificate.public_key.point, member.province)
            if owner != member.province:
                raise MembershipError(Flaw.UNFIT, f"{owner} and {member.province} have the same signing key")


def _check_member(member: Member, issued: datetime) -> None:
    """A member's code, endpoints, history, chains and pins fit together."""
    if not _PROVINCE.fullmatch(member.province):
        raise MembershipError(Flaw.UNFIT, "a province code has six digits")
    if not member.name.isprintable():
        raise MembershipError(Flaw.UNFIT, f"{member.province}: its name has characters that cannot be shown")
    if not member.endpoints:
        raise MembershipError(Flaw.UNFIT, f"{member.province}: no endpoint")
    for endpoint in member.endpoints:
        if not _ENDPOINT.fullmatch(endpoint):
            raise MembershipError(Flaw.UNFIT, f"{member.province}: an endpoint is host:port")
    since = _check_history(member, issued)
    ca = parsed(member.ca)
    for usage, certificates in (
        (Usage.SIGNING, member.signing_certificates),
        (Usage.ENCRYPTION, member.encryption_certificates),
    ):
        for certificate in certificates:
            _CHAINS.verify(certificate, ca, usage=usage, at=since[certificate.fingerprint])
            if certificate.province != member.province:
                raise MembershipError(Flaw.UNFIT, f"{member.province}: the {usage} certificate is of another province")
    if tuple(tls_pin(pem) for pem in member.tls_certificates) != member.tls_pins:
        raise MembershipError(Flaw.UNFIT, f"{member.province}: the TLS certificates do not match the pins")


def _check_history(member: Member, issued: datetime) -> dict[str, datetime]:
    """Every listed certificate has its line, open while the member is active; returns since when each is listed."""
    for key in member.keys:
        _check_line(member, key, issued)
    lines = {(key.key_id, key.usage): key for key in member.keys}
    listed = member.listed_ids()
    opened = {line for line, key in lines.items() if key.open}
    if len(set(listed)) != len(listed) or not set(listed) <= set(lines):
        raise MembershipError(
            Flaw.UNFIT, f"{member.province}: a certificate is listed twice, or not in the key history"
        )
    if opened != (set(listed) if member.active else set()):
        raise MembershipError(
            Flaw.UNFIT,
            f"{member.province}: the open lines of the key history are not those of the certificates listed",
        )
    return {name: instant(lines[name, usage].since) for name, usage in listed}


def _check_line(member: Member, key: Key, issued: datetime) -> None:
    since = instant(key.since)
    until = instant(key.until) if key.until else None
    for wrong in (
        not _DIGEST.fullmatch(key.key_id),
        key.usage not in _values(KeyUsage),
        since > issued,
        until is None and key.reason != "",
        until is not None and (key.reason not in _values(Closed) or not since <= until <= issued),
    ):
        if wrong:
            raise MembershipError(
                Flaw.UNFIT, f"{member.province}: a line of the key history has a wrong id, usage, time or reason"
            )


def _values(words: Iterable[KeyUsage] | Iterable[Closed]) -> set[str]:
    return {word.value for word in words}
