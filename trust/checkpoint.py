"""Signed tree heads: C2SP tlog-checkpoint in a C2SP signed-note, with SM2 and SM3: "the SM profile" (DESIGN §7).

A note is UTF-8 text and signature lines:

    certmesh.cn/310000/evidence          the origin: which log
    20852163                             its size, decimal, no leading zeros
    GrIdg1XPoX+OYRlIMegajyK+yMco/vt0ftA161CCqis=   the SM3 Merkle root, base64

    — certmesh.cn/310000/evidence base64(key id ‖ signature)

The signature is SM2 with SM3 (raw r‖s, 64 bytes) over the text before the blank line, its last newline included. The key id is the
first 4 bytes of SM3(name ‖ 0x0A ‖ 0xFF ‖ "sm2-sm3-1234567812345678" ‖ X‖Y): 0xFF is signed-note's byte for a type it does not
assign, the name after it says the scheme and the user ID, and X‖Y is the 64-byte public key. A log signs under its origin's name.
Narrower than C2SP: no extension lines, one base64 form, the size below 2**63. Not conformance: C2SP knows neither SM2 nor SM3.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass

from trust.errors import EvidenceError, UnknownSignerError
from trust.gm import PublicKey, sm3
from trust.merkle import HASH_BYTES

MAX_NOTE_BYTES = 16 * 1024
MAX_SIGNATURES = (
    66  # the log, and a cosignature of every member (trust.membership.MAX_MEMBERS); signed-note asks for at least 16
)
MAX_OWN = 4  # lines of one key: each costs a verification
SIGNATURE_TYPE = b"\xff" + b"sm2-sm3-1234567812345678"
KEY_ID_BYTES = 4
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) (\S+)")


def evidence_log(province: str) -> str:
    """The name of a province's evidence log: the origin of its checkpoints, and the name of the key that signs them."""
    return f"certmesh.cn/{province}/evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The head of one log: which log, how many entries, and the SM3 Merkle root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        """The exact bytes that are signed.

        Raises:
            EvidenceError: the origin, size or root has no place in a checkpoint.
        """
        if (
            not re.fullmatch(r"[^\s+\x00-\x1f]+", self.origin)
            or not 0 <= self.size < 2**63
            or len(self.root) != HASH_BYTES
        ):
            raise EvidenceError(
                "a checkpoint has an origin without spaces or plus, a size from 0, and a root of 32 bytes"
            )
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line of a note: who says so, with which key, and the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note as read, nothing of it believed yet."""

    text: bytes
    checkpoint: Checkpoint
    signatures: tuple[NoteSignature, ...]


def key_id(name: str, public_key: PublicKey) -> bytes:
    """The 4 bytes that tell keys of one name apart; an identifier, not a fingerprint."""
    return sm3(name.encode() + b"\n" + SIGNATURE_TYPE + public_key.point)[:KEY_ID_BYTES]


def sign_note(checkpoint: Checkpoint, public_key: PublicKey, sign: Callable[[bytes], bytes]) -> bytes:
    """Sign a checkpoint under its origin's name; `sign` makes raw r‖s with the private half of `public_key`.

    Raises:
        EvidenceError: the checkpoint cannot be written.
    """
    text = checkpoint.text()
    signature = base64.b64encode(key_id(checkpoint.origin, public_key) + sign(text)).decode()
    return text + f"\n— {checkpoint.origin} {signature}\n".encode()


def parse_note(data: bytes) -> Note:
    """Read a note strictly, without believing it.

    Raises:
        EvidenceError: too large, or not exactly in this form.
    """
    if len(data) > MAX_NOTE_BYTES:
        raise EvidenceError(f"a note has at most {MAX_NOTE_BYTES} bytes")
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError as error:
        raise EvidenceError("a note is UTF-8") from error
    match lines:
        case [origin, size, root, "", *signatures, ""] if 1 <= len(signatures) <= MAX_SIGNATURES:
            checkpoint = _checkpoint(origin, size, root)
            return Note(
                text=checkpoint.text(), checkpoint=checkpoint, signatures=tuple(_signature(line) for line in signatures)
            )
    raise EvidenceError(f"a note has three lines, a blank line, and 1 to {MAX_SIGNATURES} signature lines")


def verify_note(data: bytes, name: str, public_key: PublicKey) -> Checkpoint:
    """Read a note and return its checkpoint, if the log `name` signed it with this key. Lines of other keys are ignored.

    Raises:
        EvidenceError: not in form, of another log, not signed with this key, or the signature is wrong.
    """
    note = parse_note(data)
    if note.checkpoint.origin != name:
        raise EvidenceError(f"the checkpoint is not of the log {name}")
    wanted = key_id(name, public_key)
    signatures = [line.signature for line in note.signatures if (line.name, line.key_id) == (name, wanted)]
    if len(signatures) > MAX_OWN:
        raise EvidenceError(f"the checkpoint has more than {MAX_OWN} lines of one key")
    if not signatures:
        raise UnknownSignerError(f"the checkpoint is not signed with the known key of {name}")
    if not all(public_key.verify(note.text, signature) for signature in signatures):
        raise EvidenceError(f"the signature of {name} under the checkpoint is wrong")
    return note.checkpoint


def _checkpoint(origin: str, size: str, root: str) -> Checkpoint:
    if not _SIZE.fullmatch(size):
        raise EvidenceError("a checkpoint's size is a decimal number without leading zeros")
    return Checkpoint(origin=origin, size=int(size), root=unbase64(root))


def _signature(line: str) -> NoteSignature:
    found = _SIGNATURE_LINE.fullmatch(line)
    if found is None:
        raise EvidenceError("a signature line is a dash, a name without spaces or plus, and base64")
    raw = unbase64(found[2])
    if len(raw) <= KEY_ID_BYTES:
        raise EvidenceError("a signature line holds a key id and a signature")
    return NoteSignature(name=found[1], key_id=raw[:KEY_ID_BYTES], signature=raw[KEY_ID_BYTES:])


def unbase64(text: str) -> bytes:
    """Standard base64 in its one canonical form (RFC 4648 §4, §3.5): so it stands in notes and in proofs.

    Raises:
        EvidenceError: not base64, or not in that form.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise EvidenceError("hashes, roots and signatures are base64") from error
    if base64.b64encode(raw).decode() != text:
        raise EvidenceError("base64 has one form only here")
    return raw
