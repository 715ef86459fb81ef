"""Dated tables: a word counts at its day, what is no more is told with its end, and what can be chosen is what holds today."""

import io
from dataclasses import replace
from datetime import date

import pytest
from openpyxl import load_workbook

from node.library.codes import Codes, ListWord, default_codes
from node.lists import files
from node.lists.rules import problems
from node.lists.tables import holding, word_problem, words
from node.ports.lists import Kind
from tests.node.lists.entries import GOOD, PROVINCE, TODAY

YESTERDAY, TOMORROW = date(2026, 10, 31), date(2026, 11, 2)
WORDS = {
    "甲": ListWord(),
    "乙": ListWord(valid_to=YESTERDAY),
    "丙": ListWord(valid_to=TODAY),
    "丁": ListWord(valid_from=TODAY),
    "戊": ListWord(valid_from=TOMORROW),
    "己": ListWord(valid_from=date(2000, 1, 1), valid_to=YESTERDAY, now="甲"),
}


@pytest.fixture(scope="module")
def codes() -> Codes:
    """The tables of the installation, with scene types that come and go."""
    whole = default_codes()
    return replace(whole, words={**whole.words, "scene_types": WORDS})


DATED = [
    pytest.param("甲", "", id="without days"),
    pytest.param("乙", "乙 is no longer valid since 2026-11-01; remove it", id="withdrawn since today"),
    pytest.param("丙", "", id="on its last day"),
    pytest.param("丁", "", id="on its first day"),
    pytest.param("戊", "戊 is not valid before 2026-11-02; write a code of today", id="not valid yet"),
    pytest.param("己", "己 is no longer valid since 2026-11-01; write 甲", id="withdrawn for another"),
    pytest.param("庚", "庚 is not a known code; write one of 甲, 丙, 丁", id="in no table"),
]


@pytest.mark.parametrize(("word", "expected"), DATED)
def test_a_word_is_judged_at_its_day(codes: Codes, word: str, expected: str) -> None:
    found = word_problem(codes, "scene_types", word, TODAY, "scene_type")

    assert (found.message if found else "") == expected


def test_a_line_with_a_withdrawn_code_says_since_when_in_both_languages(codes: Codes) -> None:
    raw = GOOD[Kind.USELIST] | {"scene_type": "己"}
    (found,) = problems(Kind.USELIST, raw, province=PROVINCE, codes=codes, today=TODAY)

    assert found.message == "己 is no longer valid since 2026-11-01; write 甲"
    assert found.zh == "己自2026-11-01起已停用，请改为甲"


def test_a_workbook_offers_the_words_of_the_day(codes: Codes) -> None:
    data = files.write(Kind.USELIST, [], "xlsx", codes=codes, today=TODAY)
    rules = load_workbook(io.BytesIO(data))["用证清单"].data_validations.dataValidation

    assert '"甲,丙,丁"' in {str(one.formula1) for one in rules}


def test_a_holder_code_type_may_be_withdrawn_too() -> None:
    whole = default_codes()
    types = {**whole.words["holder_types"], "999": ListWord(name="其他", valid_to=YESTERDAY)}
    codes = replace(whole, words={**whole.words, "holder_types": types})
    raw = GOOD[Kind.CATALOGUE] | {"holder_type_codes": ["111", "999"]}

    assert [one.message for one in problems(Kind.CATALOGUE, raw, province=PROVINCE, codes=codes, today=TODAY)] == [
        "item 2: 999 is no longer valid since 2026-11-01; remove it"
    ]


def test_a_former_region_goes_to_one_of_today() -> None:
    whole = default_codes()
    former = {code: one for code, one in words(whole, "regions").items() if one.valid_to is not None}

    assert former
    assert all(one.now in whole.regions and code not in whole.regions for code, one in former.items())
    assert set(whole.regions) < set(holding(whole, "regions", TODAY))


def test_the_provinces_begin_with_the_four_and_another_may_join() -> None:
    provinces = holding(default_codes(), "provinces", TODAY)

    assert provinces[:4] == ("310000", "320000", "330000", "340000")
    assert "350000" in provinces


@pytest.mark.parametrize(
    ("region", "good"),
    [
        pytest.param("320722", True, id="a county of a known city"),
        pytest.param("319922", False, id="a county of no city"),
        pytest.param("３２０７２２", False, id="full-width digits"),
        pytest.param("329900", False, id="a city that is none"),
    ],
)
def test_a_county_is_known_by_its_city(region: str, *, good: bool) -> None:
    assert (word_problem(default_codes(), "regions", region, TODAY, "issue_scope") is None) is good
