"""How one membership document follows another: the root rules of TUF (specification §5.3), with k provinces in the place of k keys.

Version N+1 is believed when k of N's members (k: N's threshold) and k' of its own (k': its own threshold) have signed it, each with the
key in use there. Keys, chains and thresholds are all that decides; who carried the document does not. Expiry is not enforced here: a
node that slept must be able to walk through versions that have expired, and serves local functions while its newest has (`expired`).
"""

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from trust.errors import MembershipError
from trust.membership.document import instant, parse
from trust.membership.flaws import Flaw
from trust.membership.history import check_history
from trust.membership.records import Membership
from trust.membership.signed import SignedMembership, signers


@dataclass(frozen=True, slots=True, kw_only=True)
class Quorum:
    """Who of a document's members has signed, and how many must."""

    version: int
    needed: int
    signed_by: tuple[str, ...]
    unsigned: tuple[str, ...]

    @property
    def missing(self) -> int:
        """How many more must sign."""
        return max(0, self.needed - len(self.signed_by))


def quorum(
    signed: SignedMembership,
    by: Membership,
    *,
    everybody: bool = False,
    judged: MutableMapping[str, bool] | None = None,
) -> Quorum:
    """Count the signatures under a document by the members, keys and threshold of `by`; `everybody`: all must sign, as at founding.

    `judged`: as in `signers`.
    """
    names = signers(signed, by, judged)
    return Quorum(
        version=by.version,
        needed=len(by.provinces) if everybody else by.threshold,
        signed_by=names,
        unsigned=tuple(code for code in by.provinces if code not in names),
    )


def verify_anchor(signed: SignedMembership, *, fingerprint: str | None = None) -> Membership:
    """Believe a document that nothing held vouches for: the founding one because all its members signed it, or any one by fingerprint.

    `fingerprint` is what the operator compared with other provinces over another channel. A document later than the first needs it, and
    its own threshold of signatures.

    Raises:
        MembershipError: MALFORMED, UNFIT, UNTRUSTED or UNDER_SIGNED.
    """
    if fingerprint is not None and signed.fingerprint != fingerprint:
        raise MembershipError(Flaw.UNTRUSTED, "its fingerprint is not the one that was compared")
    membership = parse(signed.payload)
    if membership.version > 1 and fingerprint is None:
        raise MembershipError(
            Flaw.UNTRUSTED,
            f"version {membership.version} needs its fingerprint, compared with another province, or all versions from 1 on",
        )
    require(quorum(signed, membership, everybody=membership.version == 1))
    return membership


def verify_next(current: Membership, current_digest: str, signed: SignedMembership) -> Membership:
    """Believe the version that follows `current`, whose payload has the SM3 `current_digest` (hex).

    Raises:
        MembershipError: the first rule that is broken, in this order: MALFORMED, UNFIT · ALREADY_HELD, FORKED, ROLLED_BACK,
            VERSION_SKIPPED · UNDER_SIGNED · FORKED (it follows another document) · TIME_REVERSED · HISTORY_CHANGED, KEY_REUSED.
    """
    following = parse(signed.payload)
    check_version(current, current_digest, following, signed.fingerprint)
    judged: dict[str, bool] = {}
    for by in (current, following):
        require(quorum(signed, by, judged=judged))
    check_succession(current, current_digest, following)
    return following


def check_version(current: Membership, current_digest: str, following: Membership, digest: str) -> None:
    """Check that a document has the next version.

    Raises:
        MembershipError: ALREADY_HELD, FORKED, ROLLED_BACK or VERSION_SKIPPED.
    """
    held, offered = current.version, following.version
    if offered == held and digest == current_digest:
        raise MembershipError(Flaw.ALREADY_HELD, f"version {held} is held already")
    if offered == held:
        raise MembershipError(Flaw.FORKED, f"another document of version {held} than the one held")
    if offered < held:
        raise MembershipError(Flaw.ROLLED_BACK, f"version {offered} is older than version {held}, which is held")
    if offered > held + 1:
        raise MembershipError(
            Flaw.VERSION_SKIPPED, f"version {offered} cannot follow version {held}; what lies between is missing"
        )


def require(count: Quorum) -> None:
    """Check that enough have signed.

    Raises:
        MembershipError: UNDER_SIGNED; the sentence says who could still sign.
    """
    if count.missing:
        raise MembershipError(
            Flaw.UNDER_SIGNED,
            f"signed by {len(count.signed_by)} of the {count.needed} that the members of version {count.version} need; "
            f"not signed by {', '.join(count.unsigned)}; run `certmesh membership sign` there",
        )


def check_succession(current: Membership, current_digest: str, following: Membership) -> None:
    """Check what a next version may say, whoever signed it.

    Raises:
        MembershipError: FORKED, TIME_REVERSED, HISTORY_CHANGED or KEY_REUSED.
    """
    if following.previous != current_digest:
        raise MembershipError(
            Flaw.FORKED, f"it follows another document of version {current.version} than the one held"
        )
    if instant(following.issued) < instant(current.issued):
        raise MembershipError(Flaw.TIME_REVERSED, f"issued before version {current.version}, which it follows")
    check_history(current, following)


def founding_digest(documents: Sequence[SignedMembership], trusted: str) -> str:
    """The fingerprint of version 1 of the mesh, which names the mesh, proven backwards from a trusted later version by digests alone.

    `documents` hold all versions in any order; `trusted` is the fingerprint (hex) of one that is believed. No signature is needed: each
    version names the SM3 of the one before it.

    Raises:
        MembershipError: VERSION_SKIPPED: a version is missing; or one is malformed.
    """
    by_digest = {one.fingerprint: one for one in documents}
    digest = trusted
    for _ in range(len(documents)):
        if digest not in by_digest:
            break
        membership = parse(by_digest[digest].payload)
        if membership.version == 1:
            return digest
        digest = membership.previous
    raise MembershipError(Flaw.VERSION_SKIPPED, f"the version with the fingerprint {digest:.16}… is missing")


def expired(membership: Membership, now: datetime) -> bool:
    """Whether the document's time is over; a node then serves local functions only, until a newer version comes."""
    return now > instant(membership.expires)
