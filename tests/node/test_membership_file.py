"""The membership document as files: cards in, a document out, verified at start. Its rules are tested in tests/trust."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from federation.sample_identities import make_identities, make_membership
from node.errors import ConfigError
from node.keys import Certificates
from node.membership_file import Card, found, load, read_card, read_signed, write_card
from trust.membership import Membership, SignedMembership, add_signature, expired

PROVINCES = ("320000", "330000")
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def members() -> Membership:
    return make_membership(make_identities(PROVINCES))


@pytest.fixture
def cards(members: Membership, tmp_path: Path) -> list[Card]:
    return [_card(members, code, tmp_path / f"{code}.card.json") for code in PROVINCES]


def _card(members: Membership, province: str, path: Path) -> Card:
    one = members.member(province)
    certificates = Certificates(ca=one.ca, signing=one.signing, encryption=one.encryption, tls=one.tls)
    return write_card(path, province=province, name="某省", endpoint="127.0.0.1:7001", certificates=certificates)


def signed_by(signed: SignedMembership, *provinces: str) -> SignedMembership:
    for identity in make_identities(provinces).values():
        key_id = identity.signing_certificate.fingerprint
        signed = add_signature(signed, key_id=key_id, signer=identity.signing_key.sign)
    return signed


@pytest.fixture
def signed(cards: list[Card]) -> SignedMembership:
    """Founded over both cards and signed by both."""
    return signed_by(found(cards, threshold=2, now=NOW, valid_days=30), *PROVINCES)


def write(folder: Path, signed: SignedMembership) -> Path:
    path = folder / "membership.json"
    path.write_bytes(signed.to_json())
    return path


def test_a_card_reads_as_it_was_written(cards: list[Card], tmp_path: Path) -> None:
    assert [read_card(tmp_path / f"{code}.card.json") for code in PROVINCES] == cards


def test_a_card_holds_nothing_secret(cards: list[Card], tmp_path: Path) -> None:
    text = "".join(path.read_text() for path in tmp_path.glob("*.card.json"))

    assert "PRIVATE" not in text


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"7", id="a number"),
        pytest.param(b"{}", id="no members"),
        pytest.param(b'{"x": 1}', id="other members"),
        pytest.param(b"[" * 100_000, id="JSON without end"),
        pytest.param(json.dumps(dict.fromkeys(Card.__dataclass_fields__, 7)).encode(), id="numbers for texts"),
    ],
)
def test_what_is_no_card_is_refused_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "card.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="not an identity card; make one with `certmesh init`"):
        read_card(path)


def test_a_document_over_the_cards_names_all_of_them(
    cards: list[Card], signed: SignedMembership, tmp_path: Path
) -> None:
    membership, fingerprint = load(write(tmp_path, signed), expected=signed.fingerprint)

    assert (membership.provinces, fingerprint) == (PROVINCES, signed.fingerprint)
    assert [one.signing for one in membership.members] == [card.signing for card in cards]


def test_the_order_of_the_cards_does_not_matter(cards: list[Card]) -> None:
    one, other = (found(order, threshold=2, now=NOW, valid_days=30) for order in (cards, cards[::-1]))

    assert one.payload == other.payload


BROKEN: list[Any] = [
    pytest.param(lambda cards: [cards[0], cards[0]], 1, "each province once", id="a card twice"),
    pytest.param(lambda _: [], 1, "between 1 and", id="no card"),
    pytest.param(lambda cards: cards, 3, "threshold", id="a threshold beyond the members"),
    pytest.param(lambda cards: cards, 0, "threshold", id="no threshold"),
    pytest.param(lambda cards: [replace(cards[0], signing="x")], 1, "card of 320000", id="no certificate"),
    pytest.param(lambda cards: [replace(cards[0], tls="x")], 1, "card of 320000", id="no TLS certificate"),
    pytest.param(
        lambda cards: [replace(cards[0], signing=cards[1].signing)], 1, "membership: ", id="a stranger's certificate"
    ),
    pytest.param(lambda cards: [replace(cards[0], ca=cards[1].ca)], 1, "membership: ", id="a stranger's CA"),
    pytest.param(lambda cards: [replace(cards[0], signing=cards[0].encryption)], 1, "membership: ", id="keys mixed up"),
]


@pytest.mark.parametrize(("change", "threshold", "words"), BROKEN)
def test_cards_that_make_no_document_are_refused(
    cards: list[Card], change: Callable[[list[Card]], list[Card]], threshold: int, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        found(change(cards), threshold=threshold, now=NOW, valid_days=30)


def test_a_document_that_not_all_signed_is_refused_and_says_who_is_missing(cards: list[Card], tmp_path: Path) -> None:
    half = signed_by(found(cards, threshold=2, now=NOW, valid_days=30), "320000")
    with pytest.raises(ConfigError, match="not signed by 330000"):
        load(write(tmp_path, half), expected=None)


def test_a_signature_by_a_stranger_counts_for_nothing(cards: list[Card], tmp_path: Path) -> None:
    odd = signed_by(found(cards, threshold=2, now=NOW, valid_days=30), "320000", "340000")
    with pytest.raises(ConfigError, match="not signed by 330000"):
        load(write(tmp_path, odd), expected=None)


def test_a_document_loads_after_its_time_and_says_that_it_is_over(signed: SignedMembership, tmp_path: Path) -> None:
    membership, _ = load(write(tmp_path, signed), expected=None)

    assert not expired(membership, NOW + timedelta(days=29))
    assert expired(membership, NOW + timedelta(days=31))


def test_another_document_than_the_operator_compared_is_refused(signed: SignedMembership, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"its fingerprint is not membership\.fingerprint"):
        load(write(tmp_path, signed), expected="ab" * 32)


def test_a_changed_payload_is_refused(signed: SignedMembership, tmp_path: Path) -> None:
    changed = replace(signed, payload=signed.payload.replace(b"7001", b"7002"))
    with pytest.raises(ConfigError, match="not signed by 320000, 330000"):
        load(write(tmp_path, changed), expected=None)


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b"{}", b"[" * 100_000, bytes((1 << 20) + 1)], ids=lambda c: f"{len(c)} bytes"
)
def test_what_is_no_document_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "membership.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"membership\.json"):
        read_signed(path)


def test_a_document_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.json: cannot be read"):
        read_signed(tmp_path / "none.json")
