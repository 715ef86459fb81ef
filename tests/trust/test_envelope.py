"""trust.envelope: what a signature covers, and every reason not to believe a header."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trust import gm
from trust.envelope import (
    MAX_LIFETIME,
    MAX_SKEW,
    DirectProof,
    Envelope,
    Header,
    check_header,
    nonce_deadline,
    pae,
    sign,
    verify,
)
from trust.errors import ClockSkewError, EnvelopeError

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
TICK = timedelta(milliseconds=1)
KEY, OTHER = gm.PrivateKey.generate(), gm.PrivateKey.generate()
TYPE = "application/vnd.certmesh.v1.SearchRequest+protobuf"
DIGEST = gm.sm3(b"the request")
HEADER = Header(
    exchange_id="e1",
    sender="310000",
    recipients=("320000", "330000"),
    issued_at=NOW,
    expires_at=NOW + timedelta(minutes=2),
    nonce=bytes(16),
    request_digest=DIGEST,
)


def believe(header: Header, now: datetime = NOW) -> None:
    check_header(header, sender="310000", me="320000", now=now, request_digest=DIGEST)


def test_pae_gives_the_test_vector_of_dsse() -> None:
    """DSSE protocol.md, section "Test Vectors" (github.com/secure-systems-lab/dsse)."""
    assert (
        pae("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_pae_counts_bytes_not_characters() -> None:
    assert pae("证", "照".encode()) == b"DSSEv1 3 \xe8\xaf\x81 3 \xe7\x85\xa7"


@settings(deadline=None, max_examples=50)
@given(st.tuples(st.text(), st.binary()), st.tuples(st.text(), st.binary()))
def test_no_two_messages_share_an_encoding(one: tuple[str, bytes], two: tuple[str, bytes]) -> None:
    assert (pae(*one) == pae(*two)) == (one == two)


def test_what_is_signed_verifies() -> None:
    envelope = sign(TYPE, b"payload", key_id="k", signer=KEY.sign)

    assert envelope.payload == b"payload"
    verify(envelope, payload_type=TYPE, key_id="k", public_key=KEY.public)


SIGNED = sign(TYPE, b"payload", key_id="k", signer=KEY.sign)
DIRECT = DirectProof(key_id="k", signature=KEY.sign(pae(TYPE, b"payload")))


@pytest.mark.parametrize(
    ("envelope", "key"),
    [
        pytest.param(replace(SIGNED, payload=b"Payload"), KEY, id="a payload with one letter changed is refused"),
        pytest.param(replace(SIGNED, payload_type=TYPE + "x"), KEY, id="an envelope of another type is refused"),
        pytest.param(
            replace(SIGNED, proof=replace(DIRECT, key_id="l")), KEY, id="a signature by another key id is refused"
        ),
        pytest.param(SIGNED, OTHER, id="a signature by another key is refused"),
        pytest.param(
            replace(SIGNED, proof=DirectProof(key_id="k", signature=DIRECT.signature[:-1])),
            KEY,
            id="a signature of 63 bytes is refused",
        ),
        pytest.param(
            replace(SIGNED, proof=DirectProof(key_id="k", signature=bytes(64))), KEY, id="r = s = 0 is refused"
        ),
        pytest.param(replace(SIGNED, proof=DirectProof(key_id="k", signature=b"")), KEY, id="no signature is refused"),
        pytest.param(
            replace(SIGNED, proof=DirectProof(key_id="k", signature=KEY.sign(b"payload"))),
            KEY,
            id="a signature over the bare payload is refused",
        ),
    ],
)
def test_an_envelope_that_must_not_be_believed(envelope: Envelope, key: gm.PrivateKey) -> None:
    with pytest.raises(EnvelopeError) as caught:
        verify(envelope, payload_type=TYPE, key_id="k", public_key=key.public)

    assert caught.value.reason == "SIGNATURE_INVALID"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"protocol": 2}, "BAD_PARAMETER", id="another protocol version is refused"),
        pytest.param({"protocol": 0}, "BAD_PARAMETER", id="a header without a protocol version is refused"),
        pytest.param({"nonce": bytes(15)}, "BAD_PARAMETER", id="a nonce of 15 bytes is refused"),
        pytest.param({"nonce": bytes(17)}, "BAD_PARAMETER", id="a nonce of 17 bytes is refused"),
        pytest.param({"exchange_id": ""}, "BAD_PARAMETER", id="an empty exchange id is refused"),
        pytest.param({"exchange_id": "e" * 65}, "BAD_PARAMETER", id="an exchange id of 65 characters is refused"),
        pytest.param({"sender": "330000"}, "SIGNATURE_INVALID", id="another sender than the connection's is refused"),
        pytest.param({"recipients": ("330000",)}, "NOT_FOR_US", id="a message to others is refused"),
        pytest.param({"recipients": ()}, "NOT_FOR_US", id="a message to nobody is refused"),
        pytest.param({"request_digest": bytes(32)}, "REPLAYED", id="the answer to another request is refused"),
        pytest.param({"request_digest": b""}, "REPLAYED", id="a request in place of an answer is refused"),
        pytest.param({"issued_at": NOW - MAX_SKEW - TICK}, "CLOCK_SKEW", id="issued over five minutes ago is refused"),
        pytest.param(
            {"issued_at": NOW + MAX_SKEW + TICK, "expires_at": NOW + 2 * MAX_SKEW},
            "CLOCK_SKEW",
            id="issued over five minutes ahead is refused",
        ),
        pytest.param({"expires_at": NOW}, "BAD_PARAMETER", id="expiring when issued is refused"),
        pytest.param({"expires_at": NOW - TICK}, "BAD_PARAMETER", id="expiring before it is issued is refused"),
        pytest.param(
            {"expires_at": NOW + MAX_LIFETIME + TICK}, "BAD_PARAMETER", id="living over ten minutes is refused"
        ),
    ],
)
def test_a_header_that_must_not_be_believed(change: dict[str, object], reason: str) -> None:
    with pytest.raises(EnvelopeError) as caught:
        believe(replace(HEADER, **change))  # type: ignore[arg-type]

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(HEADER, id="issued now"),
        pytest.param(replace(HEADER, issued_at=NOW - MAX_SKEW), id="issued five minutes ago"),
        pytest.param(
            replace(HEADER, issued_at=NOW - MAX_SKEW, expires_at=NOW - MAX_SKEW + TICK), id="expired within the skew"
        ),
        pytest.param(
            replace(HEADER, issued_at=NOW + MAX_SKEW, expires_at=NOW + MAX_SKEW + TICK), id="issued five minutes ahead"
        ),
        pytest.param(replace(HEADER, expires_at=NOW + MAX_LIFETIME), id="living ten minutes"),
        pytest.param(replace(HEADER, exchange_id="e" * 64), id="an exchange id of 64 characters"),
    ],
)
def test_a_header_at_the_bounds_is_believed(header: Header) -> None:
    believe(header)


MINUTES = st.integers(-30 * 60_000, 30 * 60_000).map(lambda ms: timedelta(milliseconds=ms))


@settings(deadline=None)
@given(MINUTES, MINUTES)
def test_a_nonce_is_remembered_for_as_long_as_its_header_is_believed(issued: timedelta, lifetime: timedelta) -> None:
    header = replace(HEADER, issued_at=NOW + issued, expires_at=NOW + issued + lifetime)

    assert not _believed(header, NOW) or NOW <= nonce_deadline(header) <= NOW + MAX_SKEW + MAX_LIFETIME + MAX_SKEW


def _believed(header: Header, now: datetime) -> bool:
    try:
        believe(header, now)
    except EnvelopeError:
        return False
    return True


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        pytest.param(-7, "420 s behind it", id="a sender whose clock is behind"),
        pytest.param(6.5, "390 s ahead of it", id="a sender whose clock is ahead"),
    ],
)
def test_a_refusal_for_skew_names_both_clocks_and_who_looks_first(minutes: float, words: str) -> None:
    issued = NOW + timedelta(minutes=minutes)
    with pytest.raises(ClockSkewError) as caught:
        believe(replace(HEADER, issued_at=issued, expires_at=issued + timedelta(minutes=1)))

    assert f"clock of 310000 {issued:%Y-%m-%dT%H:%M:%SZ}, clock of 320000 2026-03-01T12:00:00Z" in caught.value.detail
    assert words in caught.value.detail
    assert caught.value.detail.endswith("310000 compares with the time service first, then 320000")
    assert len(caught.value.detail) <= 200, "so much of it reaches the peer"
    assert (caught.value.stamped, caught.value.now) == (issued, NOW)
