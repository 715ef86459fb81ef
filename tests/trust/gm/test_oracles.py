"""SM2, SM3 and SM4 against implementations by other authors: gmssl, gmssl_pyx and the openssl command line, in both directions."""

import gmssl_pyx
import pytest
from gmssl import func, sm3

from tests.trust.gm import oracles
from trust import gm
from trust.gm import _vectors as v

MESSAGE = "电子证照 message".encode()
# X starting with 0 or 4 is what gmssl's own constructor breaks on; the rest is whatever comes.
DRAWS = ["0", "4"] * 3 + ["0123456789abcdef"] * 14


def test_gmssl_with_the_nonce_of_the_standard_gives_the_signature_of_the_standard() -> None:
    signature = oracles.gmssl_sign(v.SM2_SCALAR, v.SM2_POINT, v.SM2_MESSAGE, int.from_bytes(v.SM2_NONCE))

    assert signature == v.SM2_SIGNATURE


@pytest.mark.parametrize("digits", DRAWS)
def test_gmssl_and_the_door_accept_each_others_signatures(digits: str) -> None:
    scalar, key = oracles.draw_key(digits)
    theirs = oracles.gmssl_sign(scalar, key.public.point, MESSAGE)

    assert key.public.verify(MESSAGE, theirs)
    assert not key.public.verify(MESSAGE + b".", theirs)
    assert oracles.gmssl_verify(key.public.point, MESSAGE, key.sign(MESSAGE))
    assert not oracles.gmssl_verify(key.public.point, MESSAGE + b".", key.sign(MESSAGE))


@pytest.mark.parametrize("half", [0, 32], ids=["r begins with a zero byte", "s begins with a zero byte"])
def test_a_short_half_of_a_signature_is_the_same_to_everybody(half: int) -> None:
    key = gm.PrivateKey.generate()
    signature = key.sign(MESSAGE)
    while signature[half]:
        signature = key.sign(MESSAGE)

    assert key.public.verify(MESSAGE, signature)
    assert gm.der_to_rs(gm.rs_to_der(signature)) == signature
    assert oracles.gmssl_verify(key.public.point, MESSAGE, signature)
    assert gmssl_pyx.sm2_verify(key.public.point, MESSAGE, gm.rs_to_der(signature))


def test_gmssl_pyx_and_the_door_accept_each_others_signatures() -> None:
    scalar, key = oracles.draw_key("0123456789abcdef")
    theirs = gmssl_pyx.sm2_sign(scalar, key.public.point, MESSAGE)

    assert key.public.verify_der(MESSAGE, theirs)
    assert gmssl_pyx.sm2_verify(key.public.point, MESSAGE, key.sign_der(MESSAGE))


def test_gmssl_pyx_and_the_door_open_each_others_ciphertexts() -> None:
    scalar, key = oracles.draw_key("0123456789abcdef")

    assert key.decrypt(gmssl_pyx.sm2_encrypt(key.public.point, MESSAGE)) == MESSAGE
    assert gmssl_pyx.sm2_decrypt(scalar, key.public.encrypt(MESSAGE)) == MESSAGE


@pytest.mark.parametrize("size", [0, 1, 55, 56, 64, 1000])
def test_sm3_and_its_hmac_are_the_same_in_three_libraries(size: int) -> None:
    data = bytes(range(256)) * 4
    data = data[:size]

    assert sm3.sm3_hash(func.bytes_to_list(data)) == gm.sm3(data).hex()
    assert gmssl_pyx.sm3_hash(data) == gm.sm3(data)
    assert gmssl_pyx.sm3_hmac(b"k" * 32, data) == gm.hmac_sm3(b"k" * 32, data)


@pytest.mark.parametrize("size", [1, 15, 16, 17, 300, 70_000])
def test_gmssl_pyx_and_the_door_open_each_others_sm4_gcm(size: int) -> None:
    key, nonce, aad, plaintext = b"K" * 16, b"N" * 12, b"header", b"\xa5" * size
    ciphertext, tag = gmssl_pyx.sm4_gcm_encrypt(key, nonce, aad, plaintext)

    assert ciphertext + tag == gm.Sm4Gcm(key).seal(nonce, plaintext, aad)
    assert gm.Sm4Gcm(key).open(nonce, ciphertext + tag, aad) == plaintext
