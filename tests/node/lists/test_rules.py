"""The rules of good entries: every fault is told with its member and the remedy, in both languages, and all faults at once."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.library.codes import default_codes
from node.lists.problem import Problem
from node.lists.rules import problems
from node.ports.lists import Kind
from tests.node.lists.entries import GOOD, ORG_CODE, PROVINCE, TODAY, found, told

FACE = {"column_name": "KZ_A", "name": "甲"}

CATALOGUE = [
    pytest.param({"type_name": None}, ["type_name: is missing; add it"], id="a needed member is missing"),
    pytest.param({"type_name": ""}, ["type_name: is missing; add it"], id="a needed member is empty"),
    pytest.param({"share_modes": []}, ["share_modes: is missing; add it"], id="a needed list is empty"),
    pytest.param(
        {"typecode": "x"}, ["typecode: is not a known member; did you mean type_code?"], id="a member misspelt"
    ),
    pytest.param({"colour": "red"}, ["colour: is not a known member; remove it"], id="a member nobody knows"),
    pytest.param({"type_name": 7}, ["type_name: is not a text; correct it"], id="a number for a text"),
    pytest.param({"version": "1"}, ["version: is not a whole number; correct it"], id="a text for a number"),
    pytest.param({"version": True}, ["version: is not a whole number; correct it"], id="a truth value for a number"),
    pytest.param({"version": 0}, ["version: is not between 1 and 999; correct the number"], id="a number out of range"),
    pytest.param({"share_modes": "FILE"}, ["share_modes: is not a list of texts; correct it"], id="a text for a list"),
    pytest.param(
        {"type_name": "长" * 257}, ["type_name: has 257 characters, more than 256; shorten it"], id="a long text"
    ),
    pytest.param(
        {"type_name": " 采矿"}, ["type_name: begins or ends with a blank; remove it"], id="a blank before a text"
    ),
    pytest.param(
        {"type_name": "采\x00矿"},
        ["type_name: holds a character that cannot be shown; write it again"],
        id="a character that cannot be shown",
    ),
    pytest.param(
        {"related_item_names": ["甲"] * 2}, ["related_item_names: item 2: stands twice; remove one"], id="an item twice"
    ),
    pytest.param(
        {"related_item_names": ["甲^乙"]},
        ["related_item_names: item 1: holds ^ or a line break, which part items; remove it"],
        id="a separator within an item",
    ),
    pytest.param({"related_item_names": [""]}, ["related_item_names: item 1: is empty; remove it"], id="an empty item"),
    pytest.param(
        {"related_item_names": [str(number) for number in range(101)]},
        ["related_item_names: has 101 items, more than 100; divide the entry"],
        id="too many items",
    ),
    pytest.param(
        {"type_code": "11100000MB0327169990"},
        ["type_code: a certificate type code has 21 characters, not 20; correct the code"],
        id="a short type code",
    ),
    pytest.param(
        {"type_code": "11100000MB03271698901", "define_authority_code": "11100000MB03271698"},
        [
            "type_code: in the authority's 18 characters the check character is wrong (expected 9); correct the code",
            "define_authority_code: the check character is wrong (expected 9); correct the code",
        ],
        id="a wrong check character",
    ),
    pytest.param(
        {"type_code": "11100000MB0327169990l"},
        [
            "type_code: the last three characters of a certificate type code are digits or capitals; correct the code",
        ],
        id="a small letter at the end of a type code",
    ),
    pytest.param(
        {"define_authority_code": "11100000DEMA00005E"},
        ["define_authority_code: is not the first 18 characters of type_code; correct one of the two"],
        id="another authority than the type code's",
    ),
    pytest.param(
        {"define_authority_level": "省"},
        ["define_authority_level: 省 is not a known code; did you mean 省级?"],
        id="a level that is nearly one",
    ),
    pytest.param(
        {"holder_category": "动物"},
        ["holder_category: 动物 is not a known code; write one of 自然人, 法人, 混合"],
        id="a holder of no kind",
    ),
    pytest.param(
        {"holder_type_codes": ["001", "002"]},
        ["holder_type_codes: item 2: 002 is not a known code; did you mean 001?"],
        id="a holder code type that is in no table",
    ),
    pytest.param(
        {"validity_ranges": ["一年"]},
        ["validity_ranges: item 1: a span is written like 1年, 6月, 10天 or 长期; correct it"],
        id="a span in words",
    ),
    pytest.param(
        {"trust_level": "E"},
        ["trust_level: E is not a known code; write one of A, B, C, D"],
        id="a trust level beyond D",
    ),
    pytest.param(
        {"share_modes": ["FILE", "FAX"]},
        ["share_modes: item 2: FAX is not a known code; write one of FILE, DATA, VERIFY, IMAGE"],
        id="a mode nobody offers",
    ),
    pytest.param(
        {"share_modes": ["FILE", "ORIGINAL"]},
        ["share_modes: item 2: ORIGINAL is not a known code; write one of FILE, DATA, VERIFY, IMAGE"],
        id="originals, which a line decides on",
    ),
    pytest.param(
        {"file_formats": None},
        ["file_formats: is missing, but share_modes has FILE; add it or remove FILE"],
        id="files in no format",
    ),
    pytest.param(
        {"file_formats": ["DOC"]},
        ["file_formats: item 1: DOC is not a known code; write one of OFD, PDF, PNG, GIF, JPG"],
        id="an unknown format",
    ),
    pytest.param(
        {"surface_schema": []},
        ["surface_schema: is missing, but share_modes has DATA; add it or remove DATA"],
        id="data without face fields",
    ),
    pytest.param(
        {"surface_schema": [FACE, FACE]},
        ["surface_schema: item 2: this column stands twice; remove one"],
        id="a face field twice",
    ),
    pytest.param(
        {"surface_schema": [{"name": "甲"}]},
        ["surface_schema: item 1: column_name is missing; add it"],
        id="a face field without a column",
    ),
    pytest.param(
        {"surface_schema": [FACE | {"sensitive": "no"}]},
        ["surface_schema: item 1: sensitive is true or false; correct it"],
        id="a sensitivity in words",
    ),
    pytest.param(
        {"surface_schema": [FACE | {"value_type": "BLOB"}]},
        ["surface_schema: item 1: value_type BLOB is not a known code; write one of TEXT, NUMBER, DATE"],
        id="a face field of no type",
    ),
    pytest.param(
        {"surface_schema": [FACE | {"colour": "red"}]},
        ["surface_schema: item 1: colour is not a known member; remove it"],
        id="a face field that says more",
    ),
    pytest.param({"surface_schema": [7]}, ["surface_schema: is not a list of face fields; correct it"], id="no fields"),
    pytest.param(
        {"issue_scope": ["320000", "999999"]},
        ["issue_scope: item 2: 999999 is not a known code; write a code of the table"],
        id="a region nowhere",
    ),
    pytest.param(
        {"issue_scope": ["310108"]},
        ["issue_scope: item 1: 310108 is no longer valid since 2015-10-13; write 310106"],
        id="a region that is no more",
    ),
    pytest.param({"issue_scope": ["320722"]}, [], id="a county, known by its city"),
    pytest.param(
        {"history_from": "20150101"},
        ["history_from: is not a day such as 2026-01-31; correct it"],
        id="a day in another form",
    ),
    pytest.param(
        {"history_from": "2015-02-29"},
        ["history_from: is not a day such as 2026-01-31; correct it"],
        id="a day that does not exist",
    ),
    pytest.param(
        {"update_latency": "soon"},
        ["update_latency: a latency is written like 30m, 1h or 2d; correct it"],
        id="a latency in words",
    ),
    pytest.param(
        {"auth_required": "MAYBE"},
        ["auth_required: MAYBE is not a known code; write one of NONE, ITEM_DUTY, HOLDER_CONSENT"],
        id="an authorisation of no kind",
    ),
    pytest.param(
        {"effective": "2026-01-31 16:00:00"},
        ["effective: is not a time such as 2026-01-31T16:00:00Z; correct it"],
        id="a time in another form",
    ),
    pytest.param(
        {"effective": "2026-01-31T24:00:00Z"},
        ["effective: is not a time such as 2026-01-31T16:00:00Z; correct it"],
        id="a time that does not exist",
    ),
    pytest.param(
        {"valid_from": "2026-02-01", "valid_to": "2026-01-31"},
        ["valid_to: is before valid_from; correct one of the two"],
        id="an end before the beginning",
    ),
    pytest.param(
        {"province_code": "310000"},
        ["province_code: is not our own province; write 320000 or leave it out"],
        id="an entry of another province",
    ),
    pytest.param(
        {"status": "DRAFT"},
        ["status: DRAFT is not a known code; write one of PUBLISHED, SUSPENDED, WITHDRAWN"],
        id="a status that is never published",
    ),
    pytest.param({"approvals": "all"}, ["approvals: is not a list of steps; correct it"], id="approvals in words"),
    pytest.param(
        {"type_name": None, "version": 0, "trust_level": "E"},
        [
            "version: is not between 1 and 999; correct the number",
            "type_name: is missing; add it",
            "trust_level: E is not a known code; write one of A, B, C, D",
        ],
        id="several faults, all told in the order of the members",
    ),
]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_good_entry_has_no_problems(kind: Kind) -> None:
    assert told(kind) == []


@pytest.mark.parametrize(("changed", "expected"), CATALOGUE)
def test_what_is_wrong_with_a_catalogue_entry(changed: dict[str, Any], expected: list[str]) -> None:
    assert told(Kind.CATALOGUE, **changed) == expected


def test_a_clerk_reads_the_same_in_chinese() -> None:
    assert found(Kind.USELIST, use_org_code=ORG_CODE[:17] + "8") == [
        Problem(
            "use_org_code",
            "the check character is wrong (expected P); correct the code",
            "校验位错误（应为P），请更正代码",
        )
    ]


def test_an_account_is_never_repeated() -> None:
    said = repr(found(Kind.USELIST, operator_scope=["clerk-77", "clerk-77", "clerk 78"]))

    assert "77" not in said.replace("'operator_scope'", "")
    assert "78" not in said


def test_an_entry_that_is_too_large_as_a_whole_is_told_so() -> None:
    accounts = [f"{number:03}{'号' * 60}" for number in range(400)]

    assert told(Kind.USELIST, operator_scope=accounts) == [": the entry has 75182 bytes, more than 65536; divide it"]


def test_a_code_is_judged_at_its_day() -> None:
    """The old district was a good code until it was merged."""
    raw = GOOD[Kind.CATALOGUE] | {"issue_scope": ["310108"]}

    def at(day: date) -> list[Problem]:
        return problems(Kind.CATALOGUE, raw, province=PROVINCE, codes=default_codes(), today=day)

    assert at(date(2015, 10, 12)) == []
    assert [one.message for one in at(date(2015, 10, 13))] == [
        "item 1: 310108 is no longer valid since 2015-10-13; write 310106"
    ]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@given(kind=st.sampled_from(list(Kind)), data=st.data())
def test_whatever_stands_in_an_entry_it_is_judged_and_never_fails(kind: Kind, data: st.DataObject) -> None:
    names = st.sampled_from(sorted(GOOD[kind])) | st.text(max_size=12)
    changed = data.draw(st.dictionaries(names, ANYTHING, max_size=4))
    for one in problems(kind, GOOD[kind] | changed, province=PROVINCE, codes=default_codes(), today=TODAY):
        assert one.message
        assert one.zh
