"""Cosignatures: who else has seen a checkpoint, and when. C2SP tlog-cosignature (cosignature/v1) in the SM profile. DESIGN §7.

A cosignature is one more signature line on a checkpoint's note:

    — certmesh.cn/320000/witness base64(key id ‖ seconds ‖ r ‖ s)

`seconds` are 8 bytes, big-endian, POSIX time. The signature is SM2 with SM3 (raw r‖s, 64 bytes), by the province's signing key, over

    cosignature/v1
    time <seconds>
    <the checkpoint's text, its last newline included>

The key id is the first 4 bytes of SM3(name ‖ 0x0A ‖ 0xFF ‖ "sm2-sm3-cosignature-v1-1234567812345678" ‖ X‖Y): another than that of the same
key over checkpoints of its own log, so that neither signature can stand for the other. What a province says with it: of all checkpoints of
this log that I was given to cosign, this is the largest at that time, and all heads of it that I know fit together. The log's own province
cosigns, too; it says the same of its own log, and two such lines that go back convict it (`trust.fork`). It is no witness of itself.

A *witnessed* checkpoint has at least as many cosignatures as membership asks for (`witness_quorum`) of active members other than its owner.
Not here: who asks whom and what is checked before somebody cosigns (`node.usecases.witness`).
"""

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from trust.checkpoint import KEY_ID_BYTES, NoteSignature, parse_note
from trust.errors import EvidenceError
from trust.gm import PublicKey, sm3

SIGNATURE_TYPE = b"\xff" + b"sm2-sm3-cosignature-v1-1234567812345678"
MAX_SECONDS = 2**40  # the year 36812; keeps times representable
_TIME_BYTES, _SIGNATURE_BYTES = 8, 64
_ORIGIN = re.compile(r"certmesh\.cn/([0-9]{6})/evidence", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """A line that was verified: which province cosigned, when (POSIX seconds), and the line with its newline."""

    province: str
    seconds: int
    line: bytes


def witness(province: str) -> str:
    """The name under which a province cosigns."""
    return f"certmesh.cn/{province}/witness"


def owner(origin: str) -> str:
    """The province whose evidence log has this origin.

    Raises:
        EvidenceError: it is no evidence log of a province.
    """
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        raise EvidenceError("the checkpoint is not of a province's evidence log")
    return found[1]


def cosigner_id(province: str, public_key: PublicKey) -> bytes:
    """The 4 bytes that tell a province's cosigning keys apart."""
    return sm3(witness(province).encode() + b"\n" + SIGNATURE_TYPE + public_key.point)[:KEY_ID_BYTES]


def signed_bytes(text: bytes, seconds: int) -> bytes:
    """What a cosignature signs: `text` is the checkpoint's.

    Raises:
        EvidenceError: no time that a cosignature can state.
    """
    if not 0 <= seconds < MAX_SECONDS:
        raise EvidenceError("a cosignature's time is a number of POSIX seconds")
    return b"cosignature/v1\ntime %d\n" % seconds + text


def cosign(
    text: bytes, *, province: str, public_key: PublicKey, sign: Callable[[bytes], bytes], seconds: int
) -> Cosignature:
    """Cosign a checkpoint's text; `sign` makes raw r‖s with the private half of `public_key`, the province's signing key.

    Raises:
        EvidenceError: no time that a cosignature can state.
    """
    signature = sign(signed_bytes(text, seconds))
    raw = cosigner_id(province, public_key) + seconds.to_bytes(_TIME_BYTES, "big") + signature
    line = f"— {witness(province)} {base64.b64encode(raw).decode()}\n".encode()
    return Cosignature(province=province, seconds=seconds, line=line)


def cosigned(note: bytes, lines: Iterable[bytes]) -> bytes:
    """A note with further cosignature lines, each ending in its newline.

    Raises:
        EvidenceError: that would be no note: not a line, too many.
    """
    whole = note + b"".join(lines)
    parse_note(whole)
    return whole


def cosignatures(note: bytes, keys: Mapping[str, Iterable[PublicKey]]) -> dict[str, Cosignature]:
    """The cosignatures under a note, by province; `keys` are the signing keys of every province whose word counts. Other lines are ignored.

    Raises:
        EvidenceError: not a note, a line of a known key is wrong, or a key has more than one.
    """
    read = parse_note(note)
    known = {
        (witness(province), cosigner_id(province, key)): (province, key) for province in keys for key in keys[province]
    }
    found: dict[str, Cosignature] = {}
    for one in read.signatures:
        province, key = known.get((one.name, one.key_id), ("", None))
        if key is None:
            continue
        if province in found:
            raise EvidenceError(f"{province} has cosigned the checkpoint more than once")
        found[province] = _verified(read.text, one, province, key)
    return found


def witnesses(note: bytes, keys: Mapping[str, Iterable[PublicKey]]) -> dict[str, Cosignature]:
    """The same without the log's owner: those who count towards `witness_quorum`.

    Raises:
        EvidenceError: as `cosignatures`, or of no province's evidence log.
    """
    own = owner(parse_note(note).checkpoint.origin)
    return {province: one for province, one in cosignatures(note, keys).items() if province != own}


def _verified(text: bytes, one: NoteSignature, province: str, key: PublicKey) -> Cosignature:
    if len(one.signature) != _TIME_BYTES + _SIGNATURE_BYTES:
        raise EvidenceError(f"the cosignature of {province} has a wrong length")
    seconds = int.from_bytes(one.signature[:_TIME_BYTES], "big")
    if not key.verify(signed_bytes(text, seconds), one.signature[_TIME_BYTES:]):
        raise EvidenceError(f"the cosignature of {province} is wrong")
    line = f"— {one.name} {base64.b64encode(one.key_id + one.signature).decode()}\n".encode()
    return Cosignature(province=province, seconds=seconds, line=line)
