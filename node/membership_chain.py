"""The membership a node starts with: the configured document, and the versions that its store holds after it. DESIGN §4.

The configured file is the anchor; from the first start on its document stands in the store, and the versions adopted since follow it there.
At every start the whole chain is verified again, and the configured file must be one of its documents, or the next version.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from federation.directory import Directory
from node import membership_file
from node.errors import ConfigError
from node.ports.memberships import StoredMembership
from node.ports.store import Nouns
from node.usecases.membership import Version, entry, stored
from node.usecases.record import Recorder
from trust.errors import MembershipError
from trust.local import KeyRing, LocalIdentity
from trust.membership import (
    KeyUsage,
    Membership,
    SignedMembership,
    expired,
    key_id,
    parse,
    signed_from_json,
    verify_anchor,
    verify_next,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The believed documents in order; those behind the first `stored` are not in the store yet."""

    links: tuple[Version, ...]
    stored: int

    @property
    def newest(self) -> Version:
        """The version in force."""
        return self.links[-1]

    @property
    def fresh(self) -> tuple[Version, ...]:
        """What is still to be stored."""
        return self.links[self.stored :]


def resolve(file: Path, expected: str | None, held: Sequence[StoredMembership]) -> Chain:
    """Verify the chain held and set the configured document beside it; `expected` is the fingerprint that the operator compared.

    Raises:
        ConfigError: what does not fit, and what to do.
    """
    if not held:
        membership, _ = membership_file.load(file, expected=expected)
        return Chain(links=(Version(membership=membership, signed=membership_file.read_signed(file)),), stored=0)
    links = _verified(held)
    configured = membership_file.read_signed(file)
    if expected is not None and configured.fingerprint != expected:
        raise ConfigError(
            f"{file}: its fingerprint is not membership.fingerprint; compare both with the other provinces"
        )
    if configured.fingerprint in {one.head.digest for one in links}:
        return Chain(links=links, stored=len(links))
    return Chain(links=(*links, _next(file, configured, links)), stored=len(links))


def _next(file: Path, configured: SignedMembership, links: Sequence[Version]) -> Version:
    """The configured document as the version that follows the chain held.

    Raises:
        ConfigError: it does not follow.
    """
    last, began = links[-1], links[0].head.version
    try:
        version = parse(configured.payload).version
        if began <= version <= last.head.version:
            raise ConfigError(
                f"{file}: version {version} is another document than the version {version} this node began "
                "with or adopted; put that one back, or give a node of another mesh another data folder"
            )
        if version != last.head.version + 1:
            raise ConfigError(
                f"{file}: version {version} does not join the versions {began} to {last.head.version} that this node holds; put "
                "back one of those: the node takes what follows from its peers, or from `certmesh membership adopt`"
            )
        return Version(membership=verify_next(last.membership, last.head.digest, configured), signed=configured)
    except MembershipError as error:
        raise ConfigError(f"{file}: {error}; put back version {last.head.version}") from error


def _verified(held: Sequence[StoredMembership]) -> tuple[Version, ...]:
    """The stored documents, believed from the first on: the operator compared its fingerprint, or all its members had signed it.

    Raises:
        ConfigError: the store was changed.
    """
    links: list[Version] = []
    version = 0
    try:
        for one in held:
            version = one.version
            signed = signed_from_json(one.document)
            if not links:
                links.append(Version(membership=verify_anchor(signed, fingerprint=one.digest), signed=signed))
            else:
                last = links[-1]
                links.append(Version(membership=verify_next(last.membership, last.head.digest, signed), signed=signed))
    except MembershipError as error:
        raise ConfigError(
            f"the store's membership version {version} does not verify: {error}; put the database back from a backup"
        ) from error
    return tuple(links)


def extended(chain: Chain, documents: Sequence[bytes], now: datetime) -> Chain:
    """The chain with the documents that the operator brings, in order; those that stand in it already are passed over.

    Raises:
        ConfigError: the first rule that one breaks, or the last has expired.
    """
    links = list(chain.links)
    for document in documents:
        last = links[-1]
        try:
            signed = signed_from_json(document)
            if signed.fingerprint not in {one.head.digest for one in links}:
                membership = verify_next(last.membership, last.head.digest, signed)
                links.append(Version(membership=membership, signed=signed))
        except MembershipError as error:
            raise ConfigError(f"not adopted: {error}") from error
    if len(links) > len(chain.links) and expired(links[-1].membership, now):
        raise ConfigError(f"not adopted: expired at {links[-1].membership.expires}; bring a newer version with it")
    return Chain(links=tuple(links), stored=chain.stored)


def keep(chain: Chain, recorder: Recorder, now: datetime, carried_by: str, nouns: Nouns) -> None:
    """A unit of work: store what is not stored yet, the anchor at the first start and versions that follow, with their evidence."""
    for version in chain.fresh:
        if any(one.digest == version.head.digest for one in nouns.memberships.after(version.head.version - 1, 1)):
            continue  # another process was faster
        step = "adopted" if nouns.memberships.latest() else "anchored"
        nouns.memberships.put(stored(version, now))
        nouns.evidence.append(entry(recorder, step, version, carried_by=carried_by))


def directory(chain: Chain) -> Directory:
    """The members of the newest version, with the signing keys of all versions."""
    first, *later = chain.links
    made = Directory(first.membership)
    for version in later:
        made.adopt(version.membership)
    return made


def identity(ring: KeyRing, membership: Membership) -> LocalIdentity | None:
    """The identity that a membership wants this node to act with; None where it does not list the province.

    Raises:
        IdentityError: it lists the province with keys that are not held.
    """
    listed = _listed(ring, membership)
    if listed is None:
        return None
    signing, encryption, tls = listed
    return ring.identity(signing=signing, encryption=encryption, tls=tls)


def suffices(ring: KeyRing, membership: Membership) -> bool:
    """Whether the ring holds all keys that a membership lists for us, so that the keys folder need not be read again.

    Those announced count too: peers that hear of their promotion before we do seal to them, and what they seal tells us of it.
    """
    listed = _listed(ring, membership)
    if listed is None:
        return True
    held = [{one.label for one in pairs} for pairs in (ring.signing, ring.encryption, ring.tls)]
    return all(set(labels) <= have for labels, have in zip(listed, held, strict=True))


def _listed(ring: KeyRing, membership: Membership) -> tuple[Sequence[str], Sequence[str], Sequence[str]] | None:
    """The labels of our signing, encryption and TLS certificates, those in use first; None where we are no member."""
    member = membership.by_province.get(ring.province)
    if member is None or not member.active:
        return None
    signing, encryption = (
        [key_id(pem) for pem in member.listed(usage)] for usage in (KeyUsage.SIGNING, KeyUsage.ENCRYPTION)
    )
    return signing, encryption, member.tls_pins
