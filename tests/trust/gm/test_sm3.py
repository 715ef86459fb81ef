"""SM3 and HMAC-SM3."""

import pytest

from trust import gm
from trust.gm import _vectors as v


@pytest.mark.parametrize(("message", "digest"), v.SM3.items(), ids=["GB/T 32905 A.1", "GB/T 32905 A.2"])
def test_the_digests_of_the_standard(message: bytes, digest: str) -> None:
    assert gm.sm3(message).hex() == digest
    assert gm.new_sm3(message).hexdigest() == digest


def test_hashing_in_parts_is_hashing_at_once() -> None:
    state = gm.new_sm3()
    state.update(b"ab")
    fork = state.copy()
    state.update(b"c")

    assert state.digest() == gm.sm3(b"abc")
    assert fork.digest() == gm.sm3(b"ab")
    assert gm.new_sm3().digest() == gm.sm3(b"")


def test_hmac_follows_its_definition() -> None:
    """RFC 2104 clause 2 over SM3's 64-byte block, written out."""
    key, data = b"k" * 20, b"data"
    padded = key.ljust(64, b"\0")
    inner = gm.sm3(bytes(byte ^ 0x36 for byte in padded) + data)

    assert gm.hmac_sm3(key, data) == gm.sm3(bytes(byte ^ 0x5C for byte in padded) + inner)
