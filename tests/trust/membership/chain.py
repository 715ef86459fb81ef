"""A mesh of four whose membership goes from version to version, with every key ever made at hand."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from federation.sample_identities import make_identities, make_membership, new_identity
from tests.federation.samples import PROVINCES
from trust.local import LocalIdentity
from trust.membership import (
    Introduction,
    Membership,
    SignedMembership,
    add_signature,
    changes,
    instant,
    verify_anchor,
    verify_next,
)

DAY = timedelta(days=1)
Change = Callable[[Membership], Membership]


def introduction(identity: LocalIdentity) -> Introduction:
    """What a province with this identity hands to the others."""
    return Introduction.of(make_membership({identity.province: identity}).members[0])


def signed_by(membership: Membership, *identities: LocalIdentity) -> SignedMembership:
    """The document, signed with these keys."""
    signed = SignedMembership(payload=membership.payload(), signatures={})
    for one in identities:
        signed = add_signature(signed, key_id=one.signing_certificate.fingerprint, signer=one.signing_key.sign)
    return signed


@dataclass(slots=True)
class Chain:
    """The versions so far, each signed; `keys`: the identity that each province signs with."""

    documents: list[SignedMembership]
    current: Membership
    keys: dict[str, LocalIdentity] = field(default_factory=dict)

    @classmethod
    def found(cls, provinces: Iterable[str] = PROVINCES, *, threshold: int = 3) -> "Chain":
        keys = make_identities(provinces)
        membership = replace(make_membership(keys), threshold=threshold)
        signed = signed_by(membership, *keys.values())
        return cls(documents=[signed], current=verify_anchor(signed), keys=dict(keys))

    @property
    def digest(self) -> str:
        return self.documents[-1].fingerprint

    @property
    def now(self) -> datetime:
        """An hour after the last version."""
        return instant(self.current.issued) + timedelta(hours=1)

    def draft(self, *edits: Change) -> Membership:
        """The next version with these edits, unsigned and unjudged."""
        following = changes.following(self.current, self.digest, now=self.now, expires=self.now + 365 * DAY)
        for change in edits:
            following = change(following)
        return following

    def signed(self, following: Membership, *by: str | LocalIdentity) -> SignedMembership:
        """A draft signed by these provinces, with the keys they sign with, or by these identities."""
        return signed_by(following, *(self.keys[one] if isinstance(one, str) else one for one in by))

    def offer(self, signed: SignedMembership) -> Membership:
        """What a node that holds the current version makes of a document."""
        return verify_next(self.current, self.digest, signed)

    def adopt(self, signed: SignedMembership) -> Membership:
        """Believe a document and go on from it."""
        self.current = self.offer(signed)
        self.documents.append(signed)
        return self.current

    def change(self, *edits: Change, by: Iterable[str | LocalIdentity] = PROVINCES[:3]) -> Membership:
        """Make, sign and adopt the next version."""
        return self.adopt(self.signed(self.draft(*edits), *by))


def fresh(province: str) -> LocalIdentity:
    """New keys of a province, under the same CA."""
    return new_identity(province)
