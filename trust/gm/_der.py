"""The two DER forms of SM2 (GB/T 35276): signature {r,s} and ciphertext {x,y,C3,C2}. Not a general ASN.1 reader.

One value has one encoding here: whatever does not re-encode to the same bytes is refused, so nobody can make a second
valid form of a signature or a ciphertext (BER lengths, padded integers, trailing bytes).
"""

# The order of the base point, GB/T 32918.5 clause 2 (recommended curve).
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
RAW_BYTES = 64
_SHORTEST, _LONGEST = 8, 72  # bytes of SEQUENCE{INTEGER, INTEGER} with 1 to 33 content bytes each
_SEQUENCE, _INTEGER, _OCTETS = 0x30, 0x02, 0x04
_SHORT_FORM = 0x80  # lengths from here on are written with a count of length bytes in front (X.690 clause 8.1.3)


def rs_to_der(raw: bytes) -> bytes:
    """Encode r‖s as DER.

    Raises:
        ValueError: not 64 bytes, or r or s is outside [1, n-1] (GB/T 32918.2 clause 7.1).
    """
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    if len(raw) != RAW_BYTES or not (0 < r < N and 0 < s < N):
        raise ValueError("an SM2 signature is 64 bytes r‖s with 1 <= r, s < n")
    return _element(_SEQUENCE, _integer(r) + _integer(s))


def der_to_rs(der: bytes) -> bytes:
    """Decode a DER signature to r‖s.

    Raises:
        ValueError: not the one DER encoding of a signature whose r and s are in range.
    """
    if not _SHORTEST <= len(der) <= _LONGEST:
        raise ValueError("a DER SM2 signature has 8 to 72 bytes")
    split = 4 + der[3]  # SEQUENCE, length, INTEGER, length of r
    r, s = int.from_bytes(der[4:split]), int.from_bytes(der[split + 2 :])
    if max(r, s) < N:
        raw = r.to_bytes(32) + s.to_bytes(32)
        if rs_to_der(raw) == der:
            return raw
    raise ValueError("not the DER encoding of an SM2 signature")


def is_ciphertext(der: bytes) -> bool:
    """Say whether these bytes are the DER of SEQUENCE{INTEGER x, INTEGER y, OCTET STRING C3, OCTET STRING C2}."""
    try:
        der_to_xy_c3_c2(der)
    except ValueError:
        return False
    return True


def der_to_xy_c3_c2(der: bytes) -> tuple[int, int, bytes, bytes]:
    """Take a DER ciphertext apart: the point's coordinates, C3 and C2.

    Raises:
        ValueError: not the one encoding of a ciphertext.
    """
    try:
        body, end = _content(der, 0, _SEQUENCE)
        x, at = _content(body, 0, _INTEGER)
        y, at = _content(body, at, _INTEGER)
        c3, at = _content(body, at, _OCTETS)
        c2, at = _content(body, at, _OCTETS)
    except IndexError as error:
        raise ValueError("not an SM2 ciphertext") from error
    again = _integer(int.from_bytes(x)) + _integer(int.from_bytes(y)) + _element(_OCTETS, c3) + _element(_OCTETS, c2)
    whole = end == len(der) and again == body and _element(_SEQUENCE, body) == der
    if len(c3) != 32 or not c2 or not whole:  # noqa: PLR2004 - C3 is an SM3
        raise ValueError("not an SM2 ciphertext")
    return int.from_bytes(x), int.from_bytes(y), c3, c2


def _content(der: bytes, at: int, tag: int) -> tuple[bytes, int]:
    """Return one element's content and the offset after it; encodings are judged by encoding again."""
    if der[at] != tag:
        raise ValueError("unexpected tag")
    length, start = der[at + 1], at + 2
    if length >= _SHORT_FORM:
        start += length - _SHORT_FORM
        length = int.from_bytes(der[at + 2 : start])
    return der[start : start + length], start + length


def _integer(value: int) -> bytes:
    return _element(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1))  # one more bit for the sign


def _element(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < _SHORT_FORM:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, _SHORT_FORM | size)) + length.to_bytes(size) + content
