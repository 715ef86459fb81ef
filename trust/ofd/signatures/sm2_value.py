"""SM2 signature values in the forms real files hold, brought to the one raw form r‖s (PARTS, "What real OFD files do", item 1).

DER SEQUENCE{r, s}; the same with fixed 32-byte integers that lack their leading 00; raw r‖s of 64 bytes; and each of them with the one
trailing zero byte lost that a maker's BIT STRING trimmed. Whether the value verifies is not decided here.
"""

from trust.errors import DocumentError
from trust.gm import PublicKey, sm3
from trust.ofd.signatures.der import INTEGER, SEQUENCE, read

RAW = 64
_HALF = 32
_HEADER = 2
_MAX_SHORT = 0x7F

SM2_OIDS = frozenset({"1.2.156.10197.1.501", "1.2.156.10197.1.301", "1.2.156.10197.1.301.1"})
"""SM2-with-SM3, SM2, and SM2 signing (GM/T 0006): what real files name as the algorithm of an SM2 signature."""


def to_raw(value: bytes) -> bytes:
    """The raw r‖s of a signature value.

    Raises:
        DocumentError: in none of the known forms.
    """
    if value[:1] == bytes((SEQUENCE,)) and len(value) > _HEADER and value[1] <= _MAX_SHORT:
        lost = _HEADER + value[1] - len(value)
        try:
            return b"".join(_halves(value + bytes(1) if lost == 1 else value))
        except DocumentError:
            if len(value) not in {RAW - 1, RAW}:
                raise
    if len(value) not in {RAW - 1, RAW}:
        raise DocumentError("a signature value that is neither DER nor r‖s")
    return value.ljust(RAW, b"\0")


def _halves(der: bytes) -> tuple[bytes, bytes]:
    """Both integers, read without a sign: some makers leave out the 00 that would make them positive."""
    parts = [node.expect(INTEGER).content.removeprefix(b"\0").rjust(_HALF, b"\0") for node in read(der).children()]
    if len(parts) != 2 or max(map(len, parts)) > _HALF:  # noqa: PLR2004 - r and s
        raise DocumentError("a signature value that is not SEQUENCE{r, s}")
    return parts[0], parts[1]


def verifies(key: PublicKey, message: bytes, value: bytes) -> bool:
    """Whether the value, in any of the forms, is this key's SM2-with-SM3 signature of the message."""
    try:
        return key.verify(message, to_raw(value))
    except DocumentError:
        return False


def restored(value: bytes, length: int) -> bytes:
    """A digest whose one trailing zero byte a BIT STRING trimmed, whole again."""
    return value + b"\0" if len(value) == length - 1 else value


def is_twice(digest: bytes, data: bytes) -> bool:
    """Whether the digest is SM3(SM3(data)), a known maker's mistake."""
    return digest == sm3(sm3(data))
