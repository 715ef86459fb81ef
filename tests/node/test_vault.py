"""The vault: digests that find within one node, handles that fit between nodes of one mesh, seals bound to their place. DESIGN §2.8."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.vault import MASTER_BYTES, Vault
from trust import gm
from trust.errors import DecryptionError

MASTER, MESH = bytes(range(MASTER_BYTES)), "5a" * 32
VAULT = Vault(MASTER, MESH)
OTHER = Vault(bytes(MASTER_BYTES), MESH)
ELSEWHERE = Vault(MASTER, "5b" * 32)
texts = st.text(st.characters(exclude_characters="\x1f", codec="utf-8"), max_size=40)


@given(plain=st.binary(max_size=200), label=st.binary(max_size=40))
@settings(deadline=None, max_examples=50)
def test_what_was_sealed_opens_under_its_label(plain: bytes, label: bytes) -> None:
    assert VAULT.open(VAULT.seal(plain, label), label) == plain


def test_sealing_twice_looks_different() -> None:
    assert VAULT.seal(b"plain", b"label") != VAULT.seal(b"plain", b"label")


@pytest.mark.parametrize(
    "open_it",
    [
        pytest.param(lambda sealed: VAULT.open(sealed, b"another"), id="in another place"),
        pytest.param(lambda sealed: OTHER.open(sealed, b"label"), id="by another node"),
        pytest.param(
            lambda sealed: VAULT.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), b"label"), id="with a bit flipped"
        ),
        pytest.param(lambda sealed: VAULT.open(bytes([sealed[0] ^ 1]) + sealed[1:], b"label"), id="with another nonce"),
        pytest.param(lambda sealed: VAULT.open(sealed[:20], b"label"), id="cut short"),
        pytest.param(lambda _: VAULT.open(b"", b"label"), id="as nothing"),
    ],
)
def test_a_seal_does_not_open(open_it: object) -> None:
    with pytest.raises(DecryptionError):
        open_it(VAULT.seal(b"plain", b"label"))  # type: ignore[operator]


@given(one=st.tuples(texts, texts), other=st.tuples(texts, texts))
@settings(deadline=None, max_examples=50)
def test_digests_are_equal_for_equal_values_only(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (VAULT.digest("x", *one) == VAULT.digest("x", *other)) == (one == other)


def test_a_digest_depends_on_its_label_and_its_node() -> None:
    digests = {VAULT.digest("a", "v"), VAULT.digest("b", "v"), OTHER.digest("a", "v"), VAULT.digest("a", "v", "")}

    assert len(digests) == 4


def test_values_cannot_be_matched_between_the_stores_of_two_provinces() -> None:
    assert VAULT.holder_digest("001", "code") != OTHER.holder_digest("001", "code")


def test_a_handle_is_the_same_in_every_province_of_one_mesh_and_no_other() -> None:
    assert VAULT.handle("001", "code") == OTHER.handle("001", "code") != ELSEWHERE.handle("001", "code")


def test_a_handle_is_no_plain_digest_of_the_number() -> None:
    assert VAULT.handle("001", "code") != gm.sm3(b"001\x1fcode").hex()


def test_the_keys_of_index_and_storage_are_not_the_master() -> None:
    cipher = gm.Sm4Gcm(MASTER[:16])
    sealed = VAULT.seal(b"plain", b"label")
    with pytest.raises(DecryptionError):
        cipher.open(sealed[:12], sealed[12:], b"label")


@pytest.mark.parametrize(
    "identifier",
    [
        pytest.param("1.2.156.3005.2.11100000MB03271699901.11330000DEMA0011X9.2024050100000001.001.Z", id="16 digits"),
        pytest.param(
            "1.2.156.3005.2.11100000MB03271699022.11310000MB2F056267.20240501000000000001.001.4", id="20 digits"
        ),
    ],
)
def test_an_identifier_without_a_citizens_number_stands_as_it_is(identifier: str) -> None:
    assert VAULT.reference(identifier) == identifier


@pytest.mark.parametrize("number", ["11010519491231002X", "110105194912310021"])
def test_an_identifier_with_a_citizens_number_becomes_a_digest_that_is_the_same_in_every_province(number: str) -> None:
    identifier = f"1.2.156.3005.2.11100000DEMA00005E901.11330000DEMA0011X9.{number}.001.Z"

    assert number not in VAULT.reference(identifier)
    assert VAULT.reference(identifier) == OTHER.reference(identifier) != ELSEWHERE.reference(identifier)
