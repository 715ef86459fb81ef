"""The terms of a usage copy: their bounds, and the custom data that carry them. REQUIREMENTS §3.2."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trust.ofd.usage_copy.makers import MADE, TERMS
from trust.errors import DocumentError
from trust.ofd import UsageCopy, UsageTerms
from trust.ofd.usage_copy.terms import NAMES, read_custom_data, write_custom_data

COPY = UsageCopy(terms=TERMS, original_sm3="0f" * 32)
FIELDS = write_custom_data(COPY)
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp", "Cs", "Cn")), min_size=1, max_size=128
)


def test_the_four_fields_of_the_standard_are_in_chinas_time() -> None:
    terms = replace(
        TERMS, created=datetime(2024, 4, 30, 16, 5, 9, tzinfo=UTC), expires=datetime(2024, 12, 31, 16, tzinfo=UTC)
    )
    fields = write_custom_data(UsageCopy(terms=terms, original_sm3="0f" * 32))

    assert fields["JZJZZSJ"] == "20240501000509"
    assert fields["JZJYXQJZSJ"] == "20250101000000"
    assert (fields["JZJZZZ"], fields["JZJZZSY"]) == (TERMS.creator, TERMS.cause)
    assert fields.keys() == NAMES


@given(st.builds(lambda text: text.strip(), TEXT).filter(bool), st.integers(1, 10**9))
def test_terms_come_back_from_custom_data(text: str, seconds: int) -> None:
    try:
        terms = UsageTerms(
            creator=text,
            cause=text,
            using_unit=text,
            exchange_id=text,
            created=MADE,
            expires=MADE + timedelta(seconds=seconds, microseconds=7),
        )
    except DocumentError:
        assert "\ufffe" in text or "\uffff" in text or not text.isprintable()
        return
    copy = UsageCopy(terms=terms, original_sm3="ab" * 32)

    assert copy == read_custom_data(write_custom_data(copy))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"cause": "因" * 201}, id="a cause of more than 200 characters"),
        pytest.param({"creator": "x" * 257}, id="a creator of more than 256"),
        pytest.param({"using_unit": ""}, id="no using unit"),
        pytest.param({"exchange_id": "x" * 129}, id="an exchange of more than 128"),
        pytest.param({"cause": " 办理"}, id="blanks around"),
        pytest.param({"cause": "办理\n许可"}, id="a second line"),
        pytest.param({"cause": "办理\x00"}, id="a control character"),
        pytest.param({"cause": "办理\ufffe"}, id="what XML cannot carry"),
        pytest.param({"created": datetime(2024, 1, 1)}, id="a moment without a zone"),  # noqa: DTZ001
        pytest.param({"created": datetime(1999, 1, 1, tzinfo=UTC)}, id="a moment before all copies"),
        pytest.param({"expires": datetime(9999, 12, 31, 23, tzinfo=UTC)}, id="a moment after all calendars"),
        pytest.param({"expires": MADE}, id="an end that is not after the making"),
    ],
)
def test_terms_out_of_bounds_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(DocumentError, match="usage copy"):
        replace(TERMS, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_copy_without_one_of_its_fields_is_refused(name: str) -> None:
    with pytest.raises(DocumentError, match=f"lack {name}"):
        read_custom_data({key: value for key, value in FIELDS.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JZJZZSJ", "2024-05-01"),
        ("JZJZZSJ", "20241301000000"),
        ("JZJYXQJZSJ", "２０２４０５０１００００００"),
        ("JZJYXQJZSJ", "00010101000000"),
        ("certmesh.originalSM3", "0F" * 32),
        ("certmesh.originalSM3", "0f" * 31),
        ("JZJZZSY", "因" * 201),
    ],
)
def test_a_copy_with_a_field_out_of_bounds_is_refused(name: str, value: str) -> None:
    with pytest.raises(DocumentError, match="usage copy"):
        read_custom_data({**FIELDS, name: value})


def test_a_copy_of_another_maker_is_not_ours() -> None:
    assert read_custom_data({name: value for name, value in FIELDS.items() if not name.startswith("certmesh.")}) is None


def test_the_last_second_still_counts() -> None:
    end = TERMS.expires

    assert not COPY.expired(end + timedelta(microseconds=999_999))
    assert COPY.expired(end + timedelta(seconds=1))
    assert not COPY.expired(end - timedelta(days=1))
