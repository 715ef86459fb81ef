"""trust.sealing: who can open what, and how long a wrapped key lives."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trust import gm
from trust.errors import DecryptionError
from trust.sealing import (
    CACHED_KEYS,
    KEY_LIFETIME_S,
    MAX_WRAPS,
    OPENED_KEY_LIFETIME_S,
    Opener,
    Recipient,
    Sealed,
    Sealer,
    Wrap,
)

KEYS = {province: gm.PrivateKey.generate() for province in ("320000", "330000", "340000")}
RECIPIENTS = {code: Recipient(province=code, key_id=f"k{code}", public_key=key.public) for code, key in KEYS.items()}
AAD = b"header"


@dataclass(slots=True)
class Clock:
    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


def to(*provinces: str) -> Mapping[str, Recipient]:
    return {province: RECIPIENTS[province] for province in provinces}


def opener(province: str) -> Opener:
    return Opener(province, {f"k{province}": KEYS[province]})


SEALED = Sealer(Clock()).seal(b"plain", AAD, to("320000", "330000"))


@settings(deadline=None, max_examples=20)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_every_recipient_opens_what_was_sealed(plaintext: bytes, aad: bytes) -> None:
    sealed = Sealer(Clock()).seal(plaintext, aad, to("320000", "330000"))

    assert [opener(one).open(sealed, aad) for one in ("320000", "330000")] == [plaintext, plaintext]


def test_nobody_else_opens_it() -> None:
    with pytest.raises(DecryptionError, match="no wrapped key"):
        opener("340000").open(SEALED, AAD)


def test_the_plaintext_does_not_stand_in_the_ciphertext() -> None:
    sealed = Sealer(Clock()).seal(b"91310000MA1FL00001", AAD, to("320000"))

    assert b"91310000MA1FL00001" not in sealed.ciphertext
    assert len(sealed.ciphertext) == len(b"91310000MA1FL00001") + 16


def _flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _wrapped(wrapped: bytes) -> Sealed:
    return replace(SEALED, wraps=(Wrap(recipient="320000", key_id="k320000", wrapped=wrapped),))


PUBLIC = KEYS["320000"].public
WRAP = SEALED.wraps[0]


@pytest.mark.parametrize(
    "sealed",
    [
        pytest.param(replace(SEALED, ciphertext=_flip(SEALED.ciphertext, 0)), id="a changed ciphertext does not open"),
        pytest.param(replace(SEALED, ciphertext=_flip(SEALED.ciphertext, 20)), id="a changed tag does not open"),
        pytest.param(replace(SEALED, ciphertext=SEALED.ciphertext[:-1]), id="a shortened tag does not open"),
        pytest.param(replace(SEALED, ciphertext=b""), id="nothing does not open"),
        pytest.param(replace(SEALED, nonce=_flip(SEALED.nonce, 0)), id="a changed nonce does not open"),
        pytest.param(replace(SEALED, nonce=bytes(11)), id="a nonce of 11 bytes does not open"),
        pytest.param(replace(SEALED, wraps=()), id="a message without wrapped keys does not open"),
        pytest.param(_wrapped(_flip(WRAP.wrapped, -1 % len(WRAP.wrapped))), id="a changed wrap does not open"),
        pytest.param(_wrapped(b""), id="an empty wrap does not open"),
        pytest.param(_wrapped(b"\x30\x80" + bytes(200)), id="a wrap that is not DER does not open"),
        pytest.param(_wrapped(SEALED.wraps[1].wrapped), id="another recipient's wrap does not open"),
        pytest.param(_wrapped(PUBLIC.encrypt(bytes(15))), id="a wrapped key of 15 bytes is refused"),
        pytest.param(_wrapped(PUBLIC.encrypt(bytes(32))), id="a wrapped key of 32 bytes is refused"),
        pytest.param(_wrapped(PUBLIC.encrypt(bytes(16))), id="a wrap of another message's key does not open"),
        pytest.param(
            replace(SEALED, wraps=(replace(WRAP, key_id="k0"),)), id="a wrap for a former encryption key is refused"
        ),
        pytest.param(
            replace(SEALED, wraps=(replace(WRAP, recipient="330000"),)), id="a wrap for another province is refused"
        ),
        pytest.param(
            replace(SEALED, wraps=(*[replace(WRAP, key_id="k0")] * MAX_WRAPS, WRAP)), id="over 64 wraps are refused"
        ),
    ],
)
def test_a_message_that_does_not_open(sealed: Sealed) -> None:
    with pytest.raises(DecryptionError):
        opener("320000").open(sealed, AAD)


def test_another_header_does_not_open_it() -> None:
    with pytest.raises(DecryptionError):
        opener("320000").open(SEALED, b"Header")


def test_sixty_four_wraps_are_accepted() -> None:
    wraps = (*[replace(WRAP, key_id="k0")] * (MAX_WRAPS - 1), WRAP)

    assert opener("320000").open(replace(SEALED, wraps=wraps), AAD) == b"plain"


def test_a_busy_pair_uses_one_wrapped_key_and_fresh_nonces() -> None:
    sealer = Sealer(Clock())
    one, two = (sealer.seal(b"plain", AAD, to("320000")) for _ in range(2))

    assert one.wraps == two.wraps
    assert one.nonce != two.nonce


def test_the_same_recipients_in_another_order_share_the_key() -> None:
    sealer = Sealer(Clock())

    assert sealer.seal(b"", AAD, to("320000", "330000")).wraps == sealer.seal(b"", AAD, to("330000", "320000")).wraps


def test_other_recipients_get_another_key() -> None:
    sealer = Sealer(Clock())

    assert sealer.seal(b"", AAD, to("320000")).wraps != sealer.seal(b"", AAD, to("320000", "330000")).wraps[:1]


def test_a_renewed_encryption_key_is_used_at_once() -> None:
    sealer = Sealer(Clock())
    renewed = gm.PrivateKey.generate()
    sealer.seal(b"", AAD, to("320000"))
    sealed = sealer.seal(
        b"plain", AAD, {"320000": replace(RECIPIENTS["320000"], key_id="k2", public_key=renewed.public)}
    )

    assert Opener("320000", {"k2": renewed}).open(sealed, AAD) == b"plain"


def test_a_node_opens_what_was_sealed_to_any_of_its_keys() -> None:
    """During a rotation some peers seal to the old key and some to the new one; each wrap is opened with the key it names."""
    renewed = gm.PrivateKey.generate()
    both = Opener("320000", {"k320000": KEYS["320000"], "k2": renewed})
    to_new = Sealer(Clock()).seal(
        b"new", AAD, {"320000": replace(RECIPIENTS["320000"], key_id="k2", public_key=renewed.public)}
    )

    assert [both.open(SEALED, AAD), both.open(to_new, AAD)] == [b"plain", b"new"]
    with pytest.raises(DecryptionError, match="no wrapped key"):
        Opener("320000", {"k2": renewed}).open(SEALED, AAD)


def test_a_key_lives_a_minute() -> None:
    clock = Clock()
    sealer = Sealer(clock)
    first = sealer.seal(b"", AAD, to("320000")).wraps
    clock.seconds += KEY_LIFETIME_S - 0.001
    second = sealer.seal(b"", AAD, to("320000")).wraps
    clock.seconds += 0.001
    third = sealer.seal(b"", AAD, to("320000")).wraps

    assert first == second
    assert second != third


def test_a_key_seals_a_bounded_number_of_messages() -> None:
    sealer = Sealer(Clock())
    first = sealer.seal(b"", AAD, to("320000")).wraps
    for current in sealer._current.values():
        current.left = 1  # a million messages later
    second, third = (sealer.seal(b"", AAD, to("320000")).wraps for _ in range(2))

    assert first == second
    assert second != third


def test_the_sealer_keeps_a_bounded_number_of_keys() -> None:
    sealer, recipient = Sealer(Clock()), RECIPIENTS["320000"]
    for number in range(CACHED_KEYS + 3):
        sealer.seal(b"", AAD, {"320000": replace(recipient, key_id=f"k{number}")})

    assert len(sealer._current) == CACHED_KEYS
    assert ("k2",) not in sealer._current


def test_the_opener_keeps_a_bounded_number_of_keys_and_still_opens_the_oldest() -> None:
    opening, messages = opener("320000"), []
    for _ in range(CACHED_KEYS + 3):
        messages.append(Sealer(Clock()).seal(b"plain", AAD, to("320000")))
        opening.open(messages[-1], AAD)

    assert len(opening._ciphers) == CACHED_KEYS
    assert opening.open(messages[0], AAD) == b"plain"


def test_the_opener_forgets_keys_after_two_minutes_and_opens_what_comes_late_all_the_same() -> None:
    clock = Clock()
    opening = Opener("320000", {RECIPIENTS["320000"].key_id: KEYS["320000"]}, clock)
    early, late = (Sealer(Clock()).seal(b"plain", AAD, to("320000")) for _ in range(2))
    opening.open(early, AAD)
    clock.seconds += OPENED_KEY_LIFETIME_S - 0.001
    opening.open(late, AAD)
    held = set(opening._ciphers)
    clock.seconds += 0.001
    assert opening.open(late, AAD) == b"plain"
    other = Sealer(Clock()).seal(b"plain", AAD, to("320000"))
    opening.open(other, AAD)

    assert held == {early.wraps[0].wrapped, late.wraps[0].wrapped}
    assert set(opening._ciphers) == {late.wraps[0].wrapped, other.wraps[0].wrapped}
    assert opening.open(early, AAD) == b"plain"
