"""With which keys publications are signed and believed, as membership says at the moment of asking. DESIGN §5.

A new document counts with a key that is listed now. One that is in the store was believed when it came; a key that is given up later
does not undo that, so there every key counts that was ever listed.
"""

from collections.abc import Callable

from federation.directory import Directory
from federation.model import publication as publications_model
from federation.model.publication import Publication
from node.usecases.publication import Verify
from trust.local import Own


def signer(own: Own) -> Callable[[Publication], bytes]:
    """Signs with the key in use."""

    def sign(publication: Publication) -> bytes:
        identity = own.identity
        return publications_model.sign(
            publication, key_id=identity.signing_certificate.fingerprint, signer=identity.document_signer.sign
        )

    return sign


def verifier(directory: Directory) -> Verify:
    """Reads a new (document, kind, publisher)."""

    def verify(document: bytes, kind: str, publisher: str) -> Publication:
        peer = directory.peers.get(publisher)
        keys = peer.signing_keys if peer else {}
        return publications_model.read(document, kind=kind, publisher=publisher, keys=keys)

    return verify


def rereader(directory: Directory) -> Verify:
    """Reads a stored (document, kind, publisher)."""

    def reread(document: bytes, kind: str, publisher: str) -> Publication:
        keys = directory.signing_keys_ever(publisher)
        return publications_model.read(document, kind=kind, publisher=publisher, keys=keys)

    return reread


def listed(directory: Directory, me: str) -> Callable[[str], bool]:
    """Whether a fingerprint is one of our own signing keys that membership lists; all are, where it lists us no more: nobody asks."""

    def is_listed(key_id: str) -> bool:
        own = directory.peers.get(me)
        return own is None or key_id in own.signing_keys

    return is_listed
