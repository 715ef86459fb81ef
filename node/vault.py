"""What protects personal data at rest: keyed digests to find by, and a storage key to seal with. REQUIREMENTS 11.2, DESIGN §2.8.

All keys come from one 32-byte master (`node.keys` keeps it). Digests are HMAC-SM3 under keys of this node, so equal values in two
provinces' stores cannot be matched; only `handle`
and `operator` are the same in every province of one mesh: a notice has to find its holder, a stop order its operator.
"""

import re
import secrets

from trust import gm

MASTER_BYTES = 32
_NONCE_BYTES = 12
_CITIZEN = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")  # GB 11643


def holds_number(text: str) -> bool:
    """Whether a text holds what looks like a citizen's number: then it may not stand in evidence as it is."""
    return _CITIZEN.search(text) is not None


class Vault:
    """Digests and seals for one node."""

    def __init__(self, master: bytes, mesh_fingerprint: str) -> None:
        """`master` is secret and this node's own; `mesh_fingerprint` is the SM3 (hex) of the founding membership document."""
        self._index_key = gm.hmac_sm3(master, b"certmesh index v1")
        self._cipher = gm.Sm4Gcm(gm.hmac_sm3(master, b"certmesh storage v1")[:16])
        self._holder_log_key = gm.hmac_sm3(master, b"certmesh holder log v1")
        self._handle_key = gm.hmac_sm3(bytes.fromhex(mesh_fingerprint), b"certmesh holder handle v1")

    def digest(self, label: str, *values: str) -> str:
        """A keyed digest (hex) of values under a label, for indexes and evidence of this node."""
        return gm.hmac_sm3(self._index_key, "\x1f".join((label, *values)).encode()).hex()

    def holder_digest(self, type_code: str, code: str) -> str:
        """The keyed digest by which this node finds a holder's certificates."""
        return self.digest("holder", type_code, code)

    def handle(self, type_code: str, code: str) -> str:
        """The holder's handle in notices and consents, the same in every province of this mesh.

        A pseudonym, no secret: its key is made of the fingerprint that operators compare aloud, so who has that can try every number.
        So no row holds one, nor a plain digest of what it stands in (`node.usecases.sealed`).
        """
        return gm.hmac_sm3(self._handle_key, f"{type_code}\x1f{code}".encode()).hex()

    def holder_log(self, handle: str) -> str:
        """The key (hex) of a holder's rows in the holder's log, made of the handle; no other index can be joined to it.

        Nobody can make it of a number, or of the handle, who does not have this node's master.
        """
        return gm.hmac_sm3(self._holder_log_key, handle.encode()).hex()

    def reference(self, identifier: str) -> str:
        """A certificate identifier as it may stand in evidence and notices: as it is, unless it holds what looks like a citizen's number.

        Some issuers use the holder's number as the serial (REQUIREMENTS §3.4). Then it is a digest that is the same in every province.
        """
        if not holds_number(identifier):
            return identifier
        return "hmac-sm3:" + gm.hmac_sm3(self._handle_key, b"certificate\x1f" + identifier.encode()).hex()

    def operator(self, province: str, account: str) -> str:
        """An operator as stop orders name them, the same in every province of this mesh: a digest, because an account can name a person."""
        return gm.hmac_sm3(self._handle_key, f"operator\x1f{province}\x1f{account}".encode()).hex()

    def seal(self, plain: bytes, label: bytes) -> bytes:
        """Seal for storage; `label` binds the ciphertext to its place."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.seal(nonce, plain, label)

    def open(self, sealed: bytes, label: bytes) -> bytes:
        """Open what `seal` made.

        Raises:
            DecryptionError: changed, moved, or sealed by another node.
        """
        return self._cipher.open(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], label)
