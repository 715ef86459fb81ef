"""Fingerprints for people: the table of characters, digits and words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust import gm
from trust.membership.fingerprint import CHARACTERS, SYLLABLES, grouped, spoken, words

DIGEST = gm.sm3(b"").hex()


def test_the_table_has_256_distinct_characters_each_with_a_syllable_of_its_own() -> None:
    assert len(CHARACTERS) == len(set(CHARACTERS)) == 256
    assert len(SYLLABLES) == len(set(SYLLABLES)) == 256
    assert all("\u4e00" <= one <= "\u9fff" for one in CHARACTERS)


def test_the_table_is_fixed() -> None:
    """Provinces with different releases compare words: no release may change the table."""
    assert (
        gm.sm3("".join(CHARACTERS).encode()).hex() == "f52c7b29679f3adb88bffc09674566949f0e767fdacde49270289dbaf450c3e1"
    )


@given(st.binary(min_size=32, max_size=32), st.integers(8, 32))
def test_words_say_exactly_the_first_bytes(digest: bytes, count: int) -> None:
    said = words(digest.hex(), count).replace(" ", "")

    assert bytes(CHARACTERS.index(one) for one in said) == digest[:count]


@pytest.mark.parametrize("count", [0, 7, 33])
def test_too_few_words_or_more_than_there_are_bytes(count: int) -> None:
    with pytest.raises(ValueError, match="between 8 and 32"):
        words(DIGEST, count)


def test_digits_and_words_are_grouped_and_say_how_much_they_carry() -> None:
    assert grouped("0011223344556677") == "00112233 44556677"
    assert spoken(DIGEST).endswith("(128 of 256 bits)")
    assert spoken(DIGEST, 32).endswith("(256 of 256 bits)")
    assert [len(group) for group in words(DIGEST, 10).split()] == [4, 4, 2]
