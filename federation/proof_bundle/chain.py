"""The membership documents of a bundle, believed from the one fingerprint that the reader trusts. DESIGN §4.

From that version on every next one needs its signatures; what lies before it is bound by the digests that each version names. No clock: a
document that has run out still tells whose keys counted while it held. What the keys are worth is `members`' matter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from federation.proof_bundle.flaw import FlawError
from trust.errors import MembershipError
from trust.membership import (
    Membership,
    SignedMembership,
    instant,
    parse,
    signed_from_json,
    verify_anchor,
    verify_next,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The believed versions in order, and which of them has the trusted fingerprint."""

    links: tuple[Membership, ...]
    trusted: Membership

    @property
    def newest(self) -> Membership:
        """The last."""
        return self.links[-1]

    def between(self, begin: datetime, end: datetime) -> tuple[Membership, ...]:
        """The versions that were in force at some time from `begin` to `end`, by the times that they state; the first also before it."""
        begun = [one for one in self.links[1:] if instant(one.issued) <= end]
        ended = sum(1 for one in self.links[1:] if instant(one.issued) <= begin)
        return (self.links[0], *begun)[ended:]


def believe(documents: Mapping[str, bytes], fingerprint: str, brought: Iterable[bytes] = ()) -> Chain:
    """The chain of these documents (by their part's name), believed because one has the fingerprint.

    `brought` are documents that the reader holds: later ones, which may tell of keys that were lost since, or the trusted one itself.

    Raises:
        FlawError: none has it, a version is missing, or breaks a rule.
    """
    held = _ordered(documents, brought)
    at = next((place for place, one in enumerate(held) if one.signed.fingerprint == fingerprint), None)
    if at is None:
        raise FlawError(
            "", "没有任何一版成员文件与所给指纹相符", "no membership document here has the trusted fingerprint"
        )
    links = [_anchored(held[at], fingerprint)]
    for one in reversed(held[:at]):
        links.insert(0, _before(one, links[0]))
    for before, one in pairwise(held[at:]):
        links.append(_next(one, links[-1], before.signed.fingerprint))
    return Chain(links=tuple(links), trusted=links[at])


@dataclass(frozen=True, slots=True)
class _Held:
    """A document, and its part in the zip; "" for one that the reader brought."""

    part: str
    signed: SignedMembership


def _ordered(documents: Mapping[str, bytes], brought: Iterable[bytes]) -> list[_Held]:
    """Each document once, in the order of the versions that they say they are; a bundle's own copy goes before."""
    found: dict[str, tuple[int, _Held]] = {}
    for part, document in [*documents.items(), *(("", one) for one in brought)]:
        signed = _read(part, document)
        try:
            found.setdefault(signed.fingerprint, (parse(signed.payload).version, _Held(part, signed)))
        except MembershipError as error:
            raise _flaw(part, error) from error
    return [one for _, one in sorted(found.values(), key=lambda pair: pair[0])]


def _read(part: str, document: bytes) -> SignedMembership:
    try:
        return signed_from_json(document)
    except MembershipError as error:
        raise _flaw(part, error) from error


def _anchored(held: _Held, fingerprint: str) -> Membership:
    try:
        return verify_anchor(held.signed, fingerprint=fingerprint)
    except MembershipError as error:
        raise _flaw(held.part, error) from error


def _before(held: _Held, later: Membership) -> Membership:
    """The version that a later one names by its digest."""
    if held.signed.fingerprint != later.previous:
        raise FlawError(held.part, "成员文件与后一版所记摘要不符", f"it is not what version {later.version} follows")
    return parse(held.signed.payload)


def _next(held: _Held, current: Membership, digest: str) -> Membership:
    try:
        return verify_next(current, digest, held.signed)
    except MembershipError as error:
        raise _flaw(held.part, error) from error


def _flaw(part: str, error: MembershipError) -> FlawError:
    return FlawError(part, "成员文件未通过校验", str(error))
