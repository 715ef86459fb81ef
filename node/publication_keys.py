"""With which keys publications are signed and believed, as membership says at the moment of asking. DESIGN §5.

A new head counts with a key that is listed now. One that is in the store was believed when it came; a key that is given up later does not
undo that.
"""

from collections.abc import Callable

from federation.directory import Directory
from federation.model import publication as publications_model
from federation.model.publication import Head, SignedHead
from node.ports.lists import Kind
from node.usecases.publication.exchanging import Sign, Verify
from trust.local import Own


def signer(own: Own) -> Sign:
    """Signs the payload of a head with the key in use."""

    def sign(payload: bytes, kind: Kind) -> SignedHead:
        identity = own.identity
        return publications_model.sign_payload(
            payload,
            kind=kind.value,
            key_id=identity.signing_certificate.fingerprint,
            signer=identity.document_signer.sign,
        )

    return sign


def verifier(directory: Directory) -> Verify:
    """Reads a new (head, kind, publisher)."""

    def verify(signed: SignedHead, kind: str, publisher: str) -> Head:
        peer = directory.peers.get(publisher)
        keys = peer.signing_keys if peer else {}
        return publications_model.read(signed, kind=kind, publisher=publisher, keys=keys)

    return verify


def listed(directory: Directory, me: str) -> Callable[[str], bool]:
    """Whether a fingerprint is one of our own signing keys that membership lists; all are, where it lists us no more: nobody asks."""

    def is_listed(key_id: str) -> bool:
        own = directory.peers.get(me)
        return own is None or key_id in own.signing_keys

    return is_listed
