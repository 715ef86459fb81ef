"""SM4-GCM: RFC 8998, both engines against each other, and what must not open."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from trust import gm
from trust.errors import CryptoUnavailableError, DecryptionError, KeyMaterialError
from trust.gm import _vectors as v
from trust.gm._gcrypt import GcryptGcm, library
from trust.gm._sm4 import CryptographyGcm, GcmEngine, gives_known_answers

KEY, NONCE, AAD = b"K" * 16, b"N" * 12, b"header"


def engines() -> list[type[GcmEngine]]:
    try:
        library()
    except CryptoUnavailableError:
        return [CryptographyGcm]
    return [CryptographyGcm, GcryptGcm]


@pytest.mark.parametrize("engine", engines())
def test_each_engine_gives_the_answer_of_rfc_8998(engine: type[GcmEngine]) -> None:
    assert engine(v.GCM_KEY).seal(v.GCM_NONCE, v.GCM_PLAINTEXT, v.GCM_AAD) == v.GCM_SEALED
    assert gives_known_answers(engine)


class Wrong(CryptographyGcm):
    """An engine that forgets the header, as a broken library might."""

    @override
    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        return super().seal(nonce, plaintext, b"")


def test_an_engine_with_a_wrong_answer_is_not_taken() -> None:
    assert not gives_known_answers(Wrong)


@settings(deadline=None, max_examples=60)
@given(plaintext=st.binary(max_size=5000), aad=st.binary(max_size=200), nonce=st.binary(min_size=12, max_size=12))
def test_the_engines_agree(plaintext: bytes, aad: bytes, nonce: bytes) -> None:
    (sealed,) = {engine(KEY).seal(nonce, plaintext, aad) for engine in engines()}

    assert {engine(KEY).open(nonce, sealed, aad) for engine in engines()} == {plaintext}


SEALED = CryptographyGcm(KEY).seal(NONCE, b"plaintext", AAD)


@pytest.mark.parametrize("engine", engines())
@pytest.mark.parametrize(
    ("nonce", "sealed", "aad"),
    [
        pytest.param(NONCE, SEALED[:-1] + bytes([SEALED[-1] ^ 1]), AAD, id="the tag is altered"),
        pytest.param(NONCE, bytes([SEALED[0] ^ 1]) + SEALED[1:], AAD, id="the ciphertext is altered"),
        pytest.param(NONCE, SEALED[1:], AAD, id="the ciphertext is shorter"),
        pytest.param(NONCE, SEALED, b"Header", id="the header is another"),
        pytest.param(b"n" * 12, SEALED, AAD, id="the nonce is another"),
    ],
)
def test_nothing_altered_opens_and_the_engine_works_afterwards(
    engine: type[GcmEngine], nonce: bytes, sealed: bytes, aad: bytes
) -> None:
    cipher = engine(KEY)
    with pytest.raises(DecryptionError):
        cipher.open(nonce, sealed, aad)

    assert cipher.open(NONCE, SEALED, AAD) == b"plaintext"


@pytest.mark.parametrize(
    ("nonce", "sealed"),
    [
        pytest.param(NONCE[:11], SEALED, id="a nonce of 11 bytes"),
        pytest.param(NONCE, SEALED[:15], id="shorter than a tag"),
        pytest.param(NONCE, b"", id="nothing"),
    ],
)
def test_a_message_of_wrong_lengths_does_not_open(nonce: bytes, sealed: bytes) -> None:
    with pytest.raises(DecryptionError):
        gm.Sm4Gcm(KEY).open(nonce, sealed, AAD)


def test_wrong_lengths_are_refused_before_anything_is_sealed() -> None:
    with pytest.raises(KeyMaterialError):
        gm.Sm4Gcm(KEY + b"K")
    with pytest.raises(ValueError, match="12 bytes"):
        gm.Sm4Gcm(KEY).seal(b"N" * 16, b"", AAD)


def test_threads_share_one_key() -> None:
    cipher, chunk = gm.Sm4Gcm(KEY), b"\x42" * 65536

    def work(number: int) -> bool:
        nonce = number.to_bytes(12)
        return cipher.open(nonce, cipher.seal(nonce, chunk, AAD), AAD) == chunk

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(100)))
