"""The contract of `trust.gm.Signer` and `trust.gm.Unwrapper`, run over every adapter: docstring of trust/gm/_custody.py."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.custody.conftest import Keeper
from tests.trust.gm.oracles import gmssl_verify
from trust import gm
from trust.envelope import sign, verify
from trust.errors import DecryptionError
from trust.identity import Reason, Revocation, Usage, issue, issue_ca, make_crl, make_request, verify_chain
from trust.sealing import Opener, Recipient, Sealer

MESSAGE = "电子证照".encode()
NOW = datetime.now(UTC)


@pytest.mark.parametrize("message", [b"", b"m", MESSAGE, bytes(100_000)], ids=["empty", "short", "Chinese", "long"])
def test_a_signature_is_64_bytes_that_verify_here_and_with_another_library(keeper: Keeper, message: bytes) -> None:
    signature = keeper.signer.sign(message)

    assert len(signature) == 64
    assert keeper.signer.public.verify(message, signature)
    assert not keeper.signer.public.verify(message + b".", signature)
    assert len(message) > 1000 or gmssl_verify(keeper.signer.public.point, message, signature)


def test_no_two_signatures_have_the_same_nonce(keeper: Keeper) -> None:
    assert len({keeper.signer.sign(MESSAGE)[:32] for _ in range(20)}) == 20


def test_what_is_encrypted_to_the_keeper_opens(keeper: Keeper) -> None:
    for size in (1, 16, 32, 127, 128, 200):
        secret = b"\xa5" * size
        assert keeper.unwrapper.decrypt(keeper.unwrapper.public.encrypt(secret)) == secret


def broken(ciphertext: bytes) -> dict[str, bytes]:
    return {
        "nothing": b"",
        "no DER": b"\xff" * 120,
        "a trailing byte": ciphertext + b"\0",
        "the last byte flipped, C2": ciphertext[:-1] + bytes([ciphertext[-1] ^ 1]),
        "a byte of C3 flipped": ciphertext[:-20] + bytes([ciphertext[-20] ^ 1]) + ciphertext[-19:],
        "a byte of the point flipped": ciphertext[:20] + bytes([ciphertext[20] ^ 1]) + ciphertext[21:],
        "for another key": gm.PrivateKey.generate().public.encrypt(bytes(16)),
    }


@pytest.mark.parametrize("name", list(broken(bytes(200))))
def test_what_does_not_open_is_the_senders_fault_whatever_the_keeper_calls_it(keeper: Keeper, name: str) -> None:
    with pytest.raises(DecryptionError, match="does not open with this key"):
        keeper.unwrapper.decrypt(broken(keeper.unwrapper.public.encrypt(bytes(16)))[name])


def test_threads_share_a_keeper(keeper: Keeper) -> None:
    def work(number: int) -> bool:
        message = number.to_bytes(4)
        opened = keeper.unwrapper.decrypt(keeper.unwrapper.public.encrypt(message))
        return keeper.signer.public.verify(message, keeper.signer.sign(message)) and opened == message

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(60)))


def test_no_text_form_and_no_pickle_hands_out_a_key(keeper: Keeper) -> None:
    texts = repr(keeper) + str(keeper.signer) + str(keeper.unwrapper)

    assert keeper.signer.public.point.hex() not in texts or "point" in texts  # the public half may be shown
    assert "scalar" not in texts
    for one in (keeper.signer, keeper.unwrapper):
        with pytest.raises((TypeError, ValueError, AttributeError, pickle.PicklingError)):
            pickle.dumps(one)


def test_envelopes_are_signed_and_opened_through_the_ports(keeper: Keeper) -> None:
    envelope = sign("t", b"payload", key_id="k", signer=keeper.signer.sign)
    verify(envelope, payload_type="t", key_id="k", public_key=keeper.signer.public)
    recipient = Recipient(province="310000", key_id="e", public_key=keeper.unwrapper.public)
    sealed = Sealer(lambda: 0.0).seal(MESSAGE, b"header", {"310000": recipient})

    assert Opener("310000", {"e": keeper.unwrapper}).open(sealed, b"header") == MESSAGE


def test_a_ca_in_a_module_issues_and_revokes(keeper: Keeper) -> None:
    ca = issue_ca(province="310000", name="CA", key=keeper.signer, now=NOW)
    node = gm.PrivateKey.generate()
    leaf = issue(
        ca=ca,
        ca_key=keeper.signer,
        province="310000",
        name="node",
        usage=Usage.SIGNING,
        public_key=node.public,
        now=NOW,
    )
    entry = Revocation(serial=leaf.serial, at=NOW, reason=Reason.SUPERSEDED)
    crl = make_crl(
        ca=ca, ca_key=keeper.signer, revoked=[entry], number=1, this_update=NOW, next_update=NOW + timedelta(days=1)
    )

    verify_chain(leaf, ca, usage=Usage.SIGNING, at=NOW)
    crl.verify(ca)
    asked = make_request(province="310000", name="node", usage=Usage.SIGNING, key=keeper.signer)
    assert asked.public_key == keeper.signer.public


@settings(max_examples=30, deadline=None)
@given(message=st.binary(max_size=300))
def test_the_digest_that_modules_sign_is_the_one_that_verifies(message: bytes) -> None:
    """e = SM3(ZA‖message), against gmssl's own ZA."""
    key = gm.PrivateKey.generate()

    assert len(gm.message_digest(key.public, message)) == 32
    assert gm.message_digest(key.public, message) != gm.message_digest(key.public, message + b"\0")
    assert gmssl_verify(key.public.point, message, key.sign(message))
