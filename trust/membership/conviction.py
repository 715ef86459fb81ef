"""What a refused membership document proves, and against whom: judged from the file and one trusted fingerprint, on any machine.

Guilty is only a province whose own signature proves the offence, made with a key that the trusted chain names as in use. Whoever merely
carried a document is never convicted: anybody can send bytes, and an honest node passes on what it was given. Nor is it an offence to
have signed a draft that too few others signed, or to sign no more than one of two documents. A signature by a key that the chain later
gives up as lost or compromised may be a thief's: it makes its province doubtful, not guilty. What a file says about itself (reason,
carrier, time) is shown and not believed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from trust.envelope import pae
from trust.errors import MembershipError
from trust.membership.document import instant, parse
from trust.membership.exhibit import Exhibit
from trust.membership.flaws import Flaw
from trust.membership.records import Membership
from trust.membership.signed import PAYLOAD_TYPE, SignedMembership, signed_from_json, signers
from trust.membership.succession import check_succession, expired, quorum, require, verify_anchor, verify_next


class Finding(StrEnum):
    """What the offered document is."""

    INNOCENT = "INNOCENT"
    """Valid after what was held, or the very document held."""
    FORK = "FORK"
    """Sufficiently signed beside another sufficiently signed document of one version."""
    BROKEN_RULE = "BROKEN_RULE"
    """Signed, although it breaks a rule that no tool of this product lets anybody sign; `flaw` says which."""
    UNDER_SIGNED = "UNDER_SIGNED"
    """Signed by members, but by too few: a draft, perhaps."""
    FORGED = "FORGED"
    """No member has signed it."""
    ROLLED_BACK = "ROLLED_BACK"
    """Genuine or not, older than what was held."""
    VERSION_SKIPPED = "VERSION_SKIPPED"
    """Too far ahead to be judged: what lies between is missing."""
    EXPIRED = "EXPIRED"
    """Valid, but its time was over when it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`signed_by`: provinces that have validly signed the offered document; `guilty`: those of them whom that convicts.

    `doubtful`: those whom it would convict, had the chain not given up the key as lost or compromised since.
    `flaw` is the rule it breaks, "" if none; `version` is what the document says, 0 if it cannot be read.
    """

    finding: Finding
    guilty: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()
    flaw: str = ""
    version: int = 0
    sentence: str = ""

    @property
    def bad(self) -> bool:
        """Whether the document was rightly refused."""
        return self.finding is not Finding.INNOCENT


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """One believed document of the chain."""

    membership: Membership
    signed: SignedMembership

    @property
    def digest(self) -> str:
        return self.signed.fingerprint


def convict(exhibit: bytes, fingerprint: str) -> Verdict:
    """Judge an exhibit by the fingerprint (hex) of any document of its chain that the judge trusts.

    Raises:
        MembershipError: MALFORMED: not an exhibit. UNTRUSTED: its chain does not hold the trusted document. Any other: its chain is
            itself broken. Such a file proves nothing against anybody.
    """
    kept = Exhibit.from_bytes(exhibit)
    chain = _believe(kept.chain, fingerprint)
    try:
        signed = signed_from_json(kept.offered)
    except MembershipError as error:
        return Verdict(finding=Finding.FORGED, flaw=error.reason, sentence=str(error))
    try:
        offered = parse(signed.payload)
    except MembershipError as error:
        by = tuple(sorted(_valid_keys(signed, chain)))
        finding = Finding.BROKEN_RULE if by else Finding.FORGED
        verdict = Verdict(finding=finding, guilty=by, signed_by=by, flaw=error.reason, sentence=str(error))
    else:
        verdict = replace(_judge(signed, offered, chain, kept.at), version=offered.version)
    return _weighed(verdict, signed, chain)


def _believe(chain: Sequence[SignedMembership], fingerprint: str) -> tuple[_Link, ...]:
    """The chain from the trusted document on, verified."""
    digests = [one.fingerprint for one in chain]
    if fingerprint not in digests:
        raise MembershipError(Flaw.UNTRUSTED, "the exhibit's chain does not hold the document with this fingerprint")
    anchor, *rest = chain[digests.index(fingerprint) :]
    links = [_Link(membership=verify_anchor(anchor, fingerprint=fingerprint), signed=anchor)]
    for one in rest:
        last = links[-1]
        links.append(_Link(membership=verify_next(last.membership, last.digest, one), signed=one))
    return tuple(links)


def _weighed(verdict: Verdict, signed: SignedMembership, chain: Sequence[_Link]) -> Verdict:
    """The verdict with those set apart who may have been robbed of the key."""
    if not verdict.guilty:
        return verdict
    burnt = {key.key_id for member in chain[-1].membership.members for key in member.keys if key.burnt}
    keys = _valid_keys(signed, chain)
    doubtful = tuple(code for code in verdict.guilty if keys[code] <= burnt)
    return replace(verdict, guilty=tuple(code for code in verdict.guilty if code not in doubtful), doubtful=doubtful)


def _valid_keys(signed: SignedMembership, chain: Sequence[_Link]) -> dict[str, set[str]]:
    """Who has validly signed, with which of the keys that any version names as in use."""
    keys = {
        member.signing_certificate.fingerprint: (member.province, member.signing_certificate.public_key)
        for link in chain
        for member in link.membership.members
        if member.active
    }
    message = pae(PAYLOAD_TYPE, signed.payload)
    found: dict[str, set[str]] = {}
    for name, signature in signed.signatures.items():
        if name in keys and keys[name][1].verify(message, signature):
            found.setdefault(keys[name][0], set()).add(name)
    return found


def _judge(signed: SignedMembership, offered: Membership, chain: Sequence[_Link], at: str) -> Verdict:
    """Find the place in the chain that the document claims, and judge it there."""
    first, held = chain[0].membership.version, chain[-1].membership.version
    if offered.version > held + 1:
        return Verdict(
            finding=Finding.VERSION_SKIPPED,
            signed_by=tuple(sorted(_valid_keys(signed, chain))),
            flaw=Flaw.VERSION_SKIPPED,
            sentence=f"version {offered.version} cannot be judged from version {held}; ask for what lies between",
        )
    place = offered.version - first
    if place < 0 or (offered.version < held and chain[place].digest == signed.fingerprint):
        return Verdict(
            finding=Finding.ROLLED_BACK,
            flaw=Flaw.ROLLED_BACK,
            sentence=f"version {offered.version} was offered to a node that held version {held}",
        )
    if offered.version == held + 1:
        return _judge_next(signed, offered, chain[-1], at)
    if chain[place].digest == signed.fingerprint:
        return Verdict(finding=Finding.INNOCENT, sentence=f"this is version {held}, which was held")
    return _judge_rival(signed, offered, chain[place], chain[place - 1] if place else None)


def _judge_next(signed: SignedMembership, offered: Membership, last: _Link, at: str) -> Verdict:
    """A document that claims to follow what was held."""
    by = signers(signed, last.membership)
    try:
        verify_next(last.membership, last.digest, signed)
    except MembershipError as error:
        return _flawed(signed, offered, last, error)
    if _over(offered, at):
        sentence = f"valid, but it had expired at {offered.expires}, before it came at {at}"
        return Verdict(finding=Finding.EXPIRED, signed_by=by, flaw=Flaw.EXPIRED, sentence=sentence)
    return Verdict(finding=Finding.INNOCENT, signed_by=by, sentence=f"valid after version {last.membership.version}")


def _judge_rival(signed: SignedMembership, offered: Membership, known: _Link, before: _Link | None) -> Verdict:
    """Another document of a version that the chain holds: a fork, if enough have signed both."""
    judges = known if before is None else before
    by = signers(signed, judges.membership)
    try:
        if before is not None:
            verify_next(before.membership, before.digest, signed)
        else:  # anybody can found a mesh of its own; it is a fork of this one if this one's members have signed it
            require(quorum(signed, known.membership))
            verify_anchor(signed, fingerprint=signed.fingerprint)
    except MembershipError as error:
        return _too_few(by, str(error)) if before is None else _flawed(signed, offered, before, error)
    both = tuple(code for code in by if code in signers(known.signed, judges.membership))
    return Verdict(
        finding=Finding.FORK,
        guilty=both,
        signed_by=by,
        flaw=Flaw.FORKED,
        sentence=f"two documents of version {offered.version} are sufficiently signed: {known.digest} and "
        f"{signed.fingerprint}; "
        + (f"both by {', '.join(both)}" if both else "by different provinces: k is not over half"),
    )


def _flawed(signed: SignedMembership, offered: Membership, last: _Link, error: MembershipError) -> Verdict:
    """A document that breaks a rule. Drafts are no offence; a rule that no draft may break is one for whoever signed."""
    by = signers(signed, last.membership)
    flaw, sentence = error.reason, str(error)
    if flaw == Flaw.UNDER_SIGNED:
        broken = _broken_rule(offered, last)
        if broken is None or not by:
            return _too_few(by, sentence)
        flaw, sentence = broken.reason, str(broken)
    if flaw == Flaw.FORKED:  # its signers may have been shown that other document only
        return Verdict(
            finding=Finding.FORK,
            signed_by=by,
            flaw=flaw,
            sentence=f"{sentence}; ask for that document: both together convict",
        )
    return Verdict(finding=Finding.BROKEN_RULE, guilty=by, signed_by=by, flaw=flaw, sentence=sentence)


def _broken_rule(offered: Membership, last: _Link) -> MembershipError | None:
    """The rule of succession, other than the number of signatures, that the document breaks; not that it follows another document."""
    try:
        check_succession(last.membership, last.digest, replace(offered, previous=last.digest))
    except MembershipError as error:
        return error
    return None


def _too_few(by: tuple[str, ...], sentence: str) -> Verdict:
    finding = Finding.UNDER_SIGNED if by else Finding.FORGED
    return Verdict(finding=finding, signed_by=by, flaw=Flaw.UNDER_SIGNED, sentence=sentence)


def _over(offered: Membership, at: str) -> bool:
    """Whether it had expired by the time the exhibit states; a statement that is no time states nothing."""
    try:
        return expired(offered, instant(at))
    except MembershipError:
        return False
