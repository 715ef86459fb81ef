"""What a running node makes of a newer membership document: one step for everything that knows members or keys. DESIGN §4.

`prepare` reads the keys folder, off the loop and only where a key is wanted that is not at hand, before the document is stored. What it
returns changes directory, keys, peers, trust and everybody who listens in one go on the event loop, so that no message sees half of it.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from federation.directory import Directory
from federation.gate import Gate
from federation.model.refusal import MEANINGS, Reason
from federation.peers import Peers
from federation.post import Post
from node import membership_chain
from node.errors import ConfigError
from node.library.documents import Documents
from node.usecases.membership import Memberships
from trust.errors import TrustError
from trust.local import KeyRing, LocalIdentity, Own
from trust.membership import Membership
from trust.ofd import Trust
from trust.ofd.signatures import Signer

_log = structlog.get_logger(__name__)


def members_trust(membership: Membership) -> Trust:
    """The members' CAs, as the trust list for what members sign."""
    return Trust.from_bytes(anchors=[membership.member(code).ca.encode() for code in membership.provinces])


def signer_of(identity: LocalIdentity) -> Signer:
    """Signs usage copies."""
    return Signer(certificate=identity.signing_certificate.der, key=identity.document_signer)


def membership_facts(directory: Directory, memberships: Memberships, gate: Gate) -> dict[str, Any]:
    """What the status says of membership."""
    membership, held = directory.membership, memberships.held
    return {
        "version": held.version,
        "fingerprint": held.digest,
        "expires": membership.expires,
        "expired": gate.expired,
        "members": list(membership.provinces),
        "held": [
            {"province": peer, "version": head.version, "fingerprint": head.digest}
            for peer, head in sorted(memberships.heads.items())
            if peer in directory.peers
        ],
    }


class Renewal:
    """Knows whom to tell. Owned by the event loop."""

    def __init__(
        self,
        *,
        own: Own,
        directory: Directory,
        post: Post,
        peers: Peers,
        documents: Documents,
        ring: KeyRing,
        load_ring: Callable[[], KeyRing],
    ) -> None:
        """`load_ring` reads the keys folder that `ring` came from again; blocking, and seconds of work."""
        self._ring = ring
        self._own = own
        self._directory = directory
        self._post = post
        self._peers = peers
        self._documents = documents
        self._load_ring = load_ring
        self.listeners: list[
            Callable[[LocalIdentity], None]
        ] = []  # channels, port and jobs, in the order they were opened

    async def prepare(self, membership: Membership, *, reread: bool = False) -> Callable[[], None]:
        """Get ready for a version; call what is returned when it is in force. Where our own keys fail us, the ones in use stay in use."""
        identity = await asyncio.to_thread(self._identity, membership, reread=reread)

        def apply() -> None:
            self._directory.adopt(membership)
            self._own.identity = identity
            self._post.use(identity)
            self._peers.adopt(self._directory.others(identity.province))
            self._documents.renew(members=members_trust(membership), signer=signer_of(identity))
            for listener in self.listeners:
                listener(identity)

        return apply

    def _identity(self, membership: Membership, *, reread: bool) -> LocalIdentity:
        """The identity that the version wants; blocking. One call at a time: adoptions are serial."""
        try:
            if reread or not membership_chain.suffices(self._ring, membership):
                self._ring = self._load_ring()
            found = membership_chain.identity(self._ring, membership)
        except (ConfigError, TrustError) as error:
            step = "put the keys that the document names into the keys folder, then: certmesh membership adopt FILE"
            _log.error("keys.not_usable", version=membership.version, detail=str(error), next_step=step)
            return self._own.identity
        if not membership_chain.suffices(self._ring, membership):
            step = (
                "put the announced key into the keys folder before it is promoted, then: certmesh membership adopt FILE"
            )
            _log.warning("keys.announced_missing", version=membership.version, next_step=step)
        if found is None:
            _log.error("membership.removed", version=membership.version, province=self._own.identity.province)
            return self._own.identity
        return found


class ExpiryWatch:
    """Says in the log when the membership document runs out, and when that ends."""

    def __init__(self, gate: Gate, directory: Directory) -> None:
        """Nothing was said yet."""
        self._gate = gate
        self._directory = directory
        self._said = False

    async def look(self) -> None:
        """Look once."""
        if self._gate.expired == self._said:
            return
        self._said = self._gate.expired
        version, expires = self._directory.version, self._directory.membership.expires
        if not self._said:
            _log.info("membership.in_force", version=version, expires=expires)
            return
        meaning = MEANINGS[Reason.MEMBERSHIP_EXPIRED]
        _log.error(
            "membership.expired",
            version=version,
            expires=expires,
            owner=meaning.owner.value,
            next_step=meaning.next_step,
        )
