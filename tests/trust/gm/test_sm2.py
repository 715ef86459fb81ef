"""SM2: the answers of GB/T 32918.5, the forms that must be refused, keys and processes."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import gmssl_pyx
import pytest

from trust import gm
from trust.errors import DecryptionError, KeyMaterialError
from trust.gm import _vectors as v
from trust.gm._der import N

KEY = gm.PrivateKey.from_scalar(v.SM2_SCALAR)
PUBLIC = gm.PublicKey.from_point(v.SM2_POINT)
R, S = int.from_bytes(v.SM2_SIGNATURE[:32]), int.from_bytes(v.SM2_SIGNATURE[32:])


def raw(r: int, s: int) -> bytes:
    return r.to_bytes(32) + s.to_bytes(32)


def test_the_private_key_of_the_standard_has_the_public_key_of_the_standard() -> None:
    assert KEY.public == PUBLIC
    assert hash(KEY.public) == hash(PUBLIC)


def test_the_signature_of_the_standard_verifies_in_both_forms() -> None:
    assert PUBLIC.verify(v.SM2_MESSAGE, v.SM2_SIGNATURE)
    assert PUBLIC.verify_der(v.SM2_MESSAGE, gm.rs_to_der(v.SM2_SIGNATURE))


def test_the_ciphertext_of_the_standard_opens() -> None:
    assert KEY.decrypt(v.SM2_CIPHERTEXT) == v.SM2_PLAINTEXT


@pytest.mark.parametrize("user_id", [b"ALICE123@YAHOO.COM", None], ids=["another user ID", "no ZA at all"])
def test_a_signature_under_another_user_id_is_refused(user_id: bytes | None) -> None:
    signature = gmssl_pyx.sm2_sign(v.SM2_SCALAR, v.SM2_POINT, v.SM2_MESSAGE, user_id)

    assert not PUBLIC.verify_der(v.SM2_MESSAGE, signature)


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(raw(0, S), id="r is 0"),
        pytest.param(raw(R, 0), id="s is 0"),
        pytest.param(raw(N, S), id="r is n"),
        pytest.param(raw(R, N), id="s is n"),
        # These do not fit in 32 bytes for this signature; for one where they do, see the next test.
        pytest.param((R + N).to_bytes(33) + S.to_bytes(32), id="r is r+n"),
        pytest.param(R.to_bytes(32) + (S + N).to_bytes(33), id="s is s+n"),
        pytest.param(raw(R, N - R), id="r+s is n"),
        pytest.param(raw(2**256 - 1, 2**256 - 1), id="r and s are the largest numbers"),
        pytest.param(raw(S, R), id="r and s are exchanged"),
        pytest.param(v.SM2_SIGNATURE[:63], id="63 bytes"),
        pytest.param(v.SM2_SIGNATURE + b"\0", id="65 bytes"),
        pytest.param(b"", id="nothing"),
        pytest.param(gm.rs_to_der(v.SM2_SIGNATURE), id="DER where raw is due"),
    ],
)
def test_a_malformed_or_out_of_range_signature_is_not_a_signature(signature: bytes) -> None:
    assert not PUBLIC.verify(v.SM2_MESSAGE, signature)


def test_r_plus_n_that_fits_in_32_bytes_is_refused() -> None:
    """A small r or s has a second 32-byte form, plus n; it must not be a second form of the signature."""
    largest_small = 2**256 - 1 - N

    with pytest.raises(ValueError, match="< n"):
        gm.rs_to_der(raw(largest_small + N, S))
    with pytest.raises(ValueError, match="< n"):
        gm.rs_to_der(raw(R, largest_small + N))


def der_integer(value: int, padding: bytes = b"") -> bytes:
    content = padding + value.to_bytes(value.bit_length() // 8 + 1)
    return bytes((2, len(content))) + content


GOOD = gm.rs_to_der(v.SM2_SIGNATURE)


@pytest.mark.parametrize(
    "der",
    [
        pytest.param(GOOD + b"\0", id="a trailing byte"),
        pytest.param(b"\x30\x81" + GOOD[1:], id="a BER long length"),
        pytest.param(b"\x30\x80" + GOOD[2:] + b"\0\0", id="a BER indefinite length"),
        pytest.param(b"\x30\x47" + der_integer(R, b"\0") + der_integer(S), id="r padded with a zero byte"),
        pytest.param(b"\x30\x45" + der_integer(R)[:1] + b"\x20" + R.to_bytes(32) + der_integer(S), id="a negative r"),
        pytest.param(GOOD[:-1], id="a byte short"),
        pytest.param(GOOD[:1], id="one byte"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x31" + GOOD[1:], id="a SET"),
        pytest.param(b"\x30\x06\x02\x01\x00\x02\x01\x01", id="r is 0"),
        pytest.param(b"\x30\x26\x02\x21" + N.to_bytes(33) + b"\x02\x01\x01", id="r is n"),
        pytest.param(v.SM2_SIGNATURE, id="raw where DER is due"),
    ],
)
def test_only_the_one_der_encoding_of_a_signature_is_accepted(der: bytes) -> None:
    with pytest.raises(ValueError, match="SM2 signature"):
        gm.der_to_rs(der)
    assert not PUBLIC.verify_der(v.SM2_MESSAGE, der)


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(v.SM2_POINT[:63] + bytes([v.SM2_POINT[63] ^ 1]), id="off the curve"),
        pytest.param(bytes(64), id="zero"),
        pytest.param(b"\xff" * 64, id="coordinates above p"),
        pytest.param(v.SM2_POINT[:63], id="63 bytes"),
        pytest.param(b"\x04" + v.SM2_POINT, id="with the 04 prefix"),
    ],
)
def test_a_point_that_is_not_on_the_curve_is_no_key(point: bytes) -> None:
    with pytest.raises(KeyMaterialError):
        gm.PublicKey.from_point(point)


@pytest.mark.parametrize(
    "scalar",
    [
        pytest.param(bytes(32), id="0"),
        pytest.param((N - 1).to_bytes(32), id="n-1, for which 1+d has no inverse"),
        pytest.param(N.to_bytes(32), id="n"),
        pytest.param(b"\xff" * 32, id="2^256-1"),
        pytest.param(b"\x01" * 31, id="31 bytes"),
    ],
)
def test_a_scalar_out_of_range_is_no_key(scalar: bytes) -> None:
    with pytest.raises(KeyMaterialError):
        gm.PrivateKey.from_scalar(scalar)


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize(
    "ciphertext",
    [
        pytest.param(flipped(v.SM2_CIPHERTEXT, 20), id="C1 is off the curve"),
        pytest.param(flipped(v.SM2_CIPHERTEXT, 80), id="C3 has a flipped bit"),
        pytest.param(flipped(v.SM2_CIPHERTEXT, len(v.SM2_CIPHERTEXT) - 1), id="C2 has a flipped bit"),
        pytest.param(v.SM2_CIPHERTEXT + b"\0", id="a trailing byte"),
        pytest.param(b"\x30\x81" + v.SM2_CIPHERTEXT[1:], id="a BER long length"),
        pytest.param(v.SM2_CIPHERTEXT[:-1], id="a byte short"),
        pytest.param(b"\x30\x84\xff\xff\xff\xff" + v.SM2_CIPHERTEXT[2:], id="a length of four gigabytes"),
        pytest.param(v.SM2_C1 + v.SM2_C3 + v.SM2_C2, id="the raw form C1‖C3‖C2"),
        pytest.param(b"\x30", id="one byte"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_an_altered_ciphertext_does_not_open(ciphertext: bytes) -> None:
    with pytest.raises(DecryptionError):
        KEY.decrypt(ciphertext)


def test_a_ciphertext_does_not_open_with_another_key() -> None:
    with pytest.raises(DecryptionError):
        gm.PrivateKey.generate().decrypt(v.SM2_CIPHERTEXT)


@pytest.mark.parametrize("size", [1, 16, 127, 128, 300, 5000])
def test_what_is_encrypted_opens(size: int) -> None:
    plaintext = b"\x5a" * size

    assert KEY.decrypt(PUBLIC.encrypt(plaintext)) == plaintext


def test_an_empty_plaintext_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        PUBLIC.encrypt(b"")


def test_the_text_form_of_a_key_shows_no_secret() -> None:
    text = repr(KEY) + str(KEY)

    assert v.SM2_SCALAR.hex() not in text.lower()
    assert repr(v.SM2_SCALAR)[2:-1] not in text


def test_keys_work_in_several_threads_between_failing_calls() -> None:
    def work(number: int) -> bool:
        message = number.to_bytes(4)
        with pytest.raises(DecryptionError):
            KEY.decrypt(flipped(v.SM2_CIPHERTEXT, 100))
        return PUBLIC.verify(message, KEY.sign(message)) and KEY.decrypt(PUBLIC.encrypt(message)) == message

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(200)))


FORK = """
import os
from trust import gm
key = gm.PrivateKey.generate()
key.sign(b"warm up: the parent's generator has state before the fork")
def child():
    reader, writer = os.pipe()
    if os.fork() == 0:
        signature = key.sign(b"message")
        os.write(writer, signature if key.public.verify(b"message", signature) else b"")
        os._exit(0)
    os.wait()
    return os.read(reader, 64)
first, second = child(), child()
print(len(first), len(second), first[:32] != second[:32])
"""


def test_two_forked_children_sign_with_different_nonces() -> None:
    """The same r twice would give the private key away. A process of its own: this one may have threads."""
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["64", "64", "True"]
