"""Holder codes against REQUIREMENTS §3.5 and python-stdnum (which is looser with future dates, and refuses leading letters)."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from node.library.holder import (
    HolderCodeError,
    check_holder_code,
    home_province,
    is_credit_code,
    make_citizen_id,
    make_credit_code,
)

TODAY = date(2026, 11, 1)
SAMPLE = "11010519491231002X"  # the worked sample of GB 11643, REQUIREMENTS §3.5
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.mark.parametrize(
    ("kind", "code", "normal"),
    [
        pytest.param("111", SAMPLE, SAMPLE, id="the sample of GB 11643 is accepted"),
        pytest.param("111", " 11010519491231002x ", SAMPLE, id="a small x and spaces are put right"),
        pytest.param("111", "１１０１０５１９４９１２３１００２X", SAMPLE, id="full-width digits are put right"),
        pytest.param("111", "110105491231002", SAMPLE, id="a 15-digit number is lengthened"),
        pytest.param("001", "11310000MB2F056267", "11310000MB2F056267", id="a public body's credit code is accepted"),
        pytest.param(
            "001", "11100000mb03271699", "11100000MB03271699", id="small letters of a credit code are put right"
        ),
        pytest.param("411", "de1234567", "DE1234567", id="a passport number is put in capitals"),
        pytest.param("114", "军字第2001988号", "军字第2001988号", id="an officer's number may hold Chinese characters"),
        pytest.param("999", "A-1/2", "A-1/2", id="other papers are taken as they are"),
    ],
)
def test_a_good_code_gets_its_normal_form(kind: str, code: str, normal: str) -> None:
    assert normal == check_holder_code(kind, code, today=TODAY)


@pytest.mark.parametrize(
    ("kind", "code", "rule"),
    [
        pytest.param(
            "111", "110105194912310021", "check character", id="a citizen number with a wrong check character"
        ),
        pytest.param("111", "1101051949123100", "18 characters", id="a citizen number of 16 digits"),
        pytest.param("111", "010105194912310023", "18 characters", id="a citizen number that begins with 0"),
        pytest.param("111", make_citizen_id("110105", date(2026, 11, 2), 2), "birth date", id="a birth tomorrow"),
        pytest.param("111", make_citizen_id("110105", date(1899, 12, 31), 2), "birth date", id="a birth before 1900"),
        pytest.param("111", "110105491331002", "birth date", id="a thirteenth month in the old form"),
        pytest.param("001", "11310000MB2F056268", "check character", id="a credit code with a wrong check character"),
        pytest.param("001", "1131000IMB2F056267", "18 characters", id="a credit code with a letter in the region"),
        pytest.param("414", "E12", "5 to 18", id="a passport number of three characters"),
        pytest.param("999", "A^B", "printable", id="a joiner in a code"),
        pytest.param("999", "", "printable", id="an empty code"),
        pytest.param("112", "12345678", "Annex A", id="a code type that the table has not"),
    ],
)
def test_a_bad_code_is_refused_by_rule_and_never_shown(kind: str, code: str, rule: str) -> None:
    with pytest.raises(HolderCodeError, match=rule) as refusal:
        check_holder_code(kind, code, today=TODAY)

    assert not code or code not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__context__ is None


def test_a_credit_code_may_begin_with_a_letter() -> None:
    code = make_credit_code("N2", "330100", "MF1234567")

    assert code == check_holder_code("001", code)
    assert not uscc.is_valid(code)  # the gap this test is for: data/codes/README.md


@given(
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
    st.sampled_from(["310000", "320000", "330000", "340000"]),
)
@settings(deadline=None, max_examples=60)
def test_made_citizen_numbers_pass_here_and_in_python_stdnum(birth: date, order: int, region: str) -> None:
    code = make_citizen_id(region, birth, order)

    assert code == check_holder_code("111", code, today=TODAY)
    assert code == ric.validate(code)


@given(st.text(CREDIT_ALPHABET, min_size=9, max_size=9), st.integers(0, 999_999))
@settings(deadline=None, max_examples=60)
def test_made_credit_codes_pass_here_and_in_python_stdnum(body: str, region: int) -> None:
    code = make_credit_code("91", f"{region:06}", body)

    assert is_credit_code(code)
    assert code == uscc.validate(code)


@pytest.mark.parametrize("place", range(17))
def test_one_changed_digit_is_always_noticed(place: int) -> None:
    changed = SAMPLE[:place] + str((int(SAMPLE[place]) + 1) % 10) + SAMPLE[place + 1 :]

    with pytest.raises(HolderCodeError, match=re.compile("check character|18 characters")):
        check_holder_code("111", changed, today=TODAY)


@pytest.mark.parametrize(
    ("kind", "code", "province"),
    [
        pytest.param(
            "111", make_citizen_id("320509", date(1980, 1, 1), 1), "320000", id="a citizen of Wujiang is Jiangsu's"
        ),
        pytest.param("001", "11310000MB2F056267", "310000", id="a Shanghai body is Shanghai's"),
        pytest.param("111", SAMPLE, None, id="Beijing is not in the region table"),
        pytest.param("411", "DE3101234", None, id="a passport says nothing"),
    ],
)
def test_the_home_province_is_read_from_the_code(kind: str, code: str, province: str | None) -> None:
    assert province == home_province(kind, code)


def test_impossible_parts_are_not_made_into_codes() -> None:
    with pytest.raises(ValueError, match="six digits"):
        make_citizen_id("32050", date(1980, 1, 1), 1)
    with pytest.raises(ValueError, match="GB 32100"):
        make_credit_code("91", "320000", "SAMPLE000")
