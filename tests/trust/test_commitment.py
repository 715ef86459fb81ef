"""Commitments bind a content, hide it, and keep labels apart. trust.commitment."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.commitment import SALT_BYTES, Opening, commit, new_salt
from trust.errors import EvidenceError

SALTS = st.binary(min_size=SALT_BYTES, max_size=SALT_BYTES)


@given(salt=SALTS, content=st.binary(max_size=200))
def test_it_is_the_digest_of_prefix_label_salt_and_content(salt: bytes, content: bytes) -> None:
    expected = hashlib.new("sm3", b"\x02application\x00" + salt + content).hexdigest()

    assert commit("application", salt, content) == expected


@given(salt=SALTS, content=st.binary(max_size=50), change=st.sampled_from(["label", "salt", "content"]))
def test_whatever_changes_opens_it_no_more(salt: bytes, content: bytes, change: str) -> None:
    opening = Opening(label="verdict", salt=salt, content=content)
    other = {
        "label": Opening(label="consent", salt=salt, content=content),
        "salt": Opening(label="verdict", salt=bytes([salt[0] ^ 1]) + salt[1:], content=content),
        "content": Opening(label="verdict", salt=salt, content=content + b"\x00"),
    }[change]

    assert opening.opens(opening.commitment)
    assert not other.opens(opening.commitment)


@pytest.mark.parametrize(
    ("label", "salt"),
    [
        pytest.param("", bytes(32), id="no label"),
        pytest.param("a\x00b", bytes(32), id="a label with the byte that ends labels"),
        pytest.param("Application", bytes(32), id="capital letters"),
        pytest.param("a" * 65, bytes(32), id="a label that is too long"),
        pytest.param("data", bytes(31), id="a salt that is too short"),
        pytest.param("data", bytes(33), id="a salt that is too long"),
    ],
)
def test_what_is_no_label_or_no_salt_is_refused(label: str, salt: bytes) -> None:
    with pytest.raises(EvidenceError):
        commit(label, salt, b"")


@pytest.mark.parametrize("said", [None, 7, "", "é" * 64, ["a"]])
def test_what_an_entry_says_may_be_anything(said: object) -> None:
    assert not Opening(label="data", salt=new_salt(), content=b"x").opens(said)


def test_an_opening_shows_nothing_of_itself() -> None:
    assert "secret" not in repr(Opening(label="data", salt=new_salt(), content=b"secret"))
