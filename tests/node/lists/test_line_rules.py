"""The rules of use-list lines and of decisions: every fault is told with its member and the remedy."""

from typing import Any

import pytest

from node.ports.lists import Kind
from tests.node.lists.entries import ORG_CODE, TYPE_CODE, told

ALPHABET = (
    "a unified social credit code has digits and capitals but no I, O, S, V, Z, "
    "and digits in places 3 to 8; correct the code"
)
USELIST = [
    pytest.param(
        {"use_list_id": "a/b"},
        ["use_list_id: has letters, digits, '.', '_' and '-' only, and begins with a letter or digit; correct it"],
        id="an id with a stroke",
    ),
    pytest.param(
        {"use_list_id": "L" * 65}, ["use_list_id: has 65 characters, more than 64; shorten it"], id="a long id"
    ),
    pytest.param(
        {"provider_provinces": ["310000", "310001"]},
        ["provider_provinces: item 2: 310001 is not a known code; did you mean 310000?"],
        id="a province that is no member",
    ),
    pytest.param(
        {"provider_provinces": ["310000", "310000"]},
        ["provider_provinces: item 2: stands twice; remove one"],
        id="a province twice",
    ),
    pytest.param(
        {"scene_type": "窗口"}, ["scene_type: 窗口 is not a known code; did you mean 服务窗口?"], id="a scene in short"
    ),
    pytest.param(
        {"item_code": "事项1"},
        ["item_code: an item code has letters, digits, '.', '_' and '-' only; correct it"],
        id="an item code in Chinese",
    ),
    pytest.param(
        {"use_org_code": ORG_CODE[:17] + "8"},
        ["use_org_code: the check character is wrong (expected P); correct the code"],
        id="a using unit with a wrong check character",
    ),
    pytest.param(
        {"use_org_code": "1132070ODEMA00216P"},
        [
            f"use_org_code: {ALPHABET}",
        ],
        id="an O for a zero",
    ),
    pytest.param({"type_codes": []}, ["type_codes: is missing; add it"], id="no types"),
    pytest.param(
        {"type_codes": [TYPE_CODE, TYPE_CODE]}, ["type_codes: item 2: stands twice; remove one"], id="a type twice"
    ),
    pytest.param(
        {"purpose": "因" * 201}, ["purpose: has 201 characters, more than 200; shorten it"], id="a long purpose"
    ),
    pytest.param(
        {"legal_basis": "法" * 501}, ["legal_basis: has 501 characters, more than 500; shorten it"], id="a long ground"
    ),
    pytest.param(
        {"auth_mode": "WHIM"},
        ["auth_mode: WHIM is not a known code; write one of DUTY, HOLDER, ENTRUST"],
        id="a ground that is none",
    ),
    pytest.param(
        {"output_modes": ["IMAGE"], "allowed_fields": None},
        ["output_modes: item 1: IMAGE is not a known code; write one of FILE, ORIGINAL, DATA, VERIFY"],
        id="an output nobody hands out",
    ),
    pytest.param(
        {"allowed_fields": None},
        ["allowed_fields: is missing, but output_modes has DATA; add it or remove DATA"],
        id="data without fields",
    ),
    pytest.param({"allowed_fields": None, "output_modes": ["FILE"]}, [], id="files need no fields"),
    pytest.param(
        {"daily_limit": -1}, ["daily_limit: is not between 0 and 1000000000; correct the number"], id="a limit below 0"
    ),
    pytest.param(
        {"operator_scope": ["clerk one"]},
        ["operator_scope: item 1: an account has no blanks and neither ^ nor |; correct it"],
        id="an account with a blank, which is not repeated",
    ),
    pytest.param(
        {"consumer_province": "310000"},
        ["consumer_province: is not our own province; write 320000 or leave it out"],
        id="a line of another province",
    ),
    pytest.param(
        {"valid_to": "2025-12-31"},
        ["valid_to: is before valid_from; correct one of the two"],
        id="ends before it begins",
    ),
    pytest.param({"valid_to": ""}, ["valid_to: is missing; add it"], id="no end"),
]
DECISIONS = [
    pytest.param(
        {"decision_id": "x"},
        ["decision_id: is not consumer/use_list_id/line_version; correct one of them"],
        id="an id that does not follow from the line",
    ),
    pytest.param(
        {"daily_limit": 0}, ["status: is LIMITED, but no limit is given; add one or accept"], id="limited by nothing"
    ),
    pytest.param(
        {"status": "REJECTED", "reasons": None},
        ["reasons: are missing for a rejection; add one"],
        id="a rejection without reasons",
    ),
    pytest.param(
        {"line_digest": "AB" * 32},
        ["line_digest: is the SM3 of the line's content, 64 hex digits in small letters; copy it from the line"],
        id="a digest in capitals",
    ),
]


@pytest.mark.parametrize(("changed", "expected"), USELIST)
def test_what_is_wrong_with_a_line(changed: dict[str, Any], expected: list[str]) -> None:
    assert told(Kind.USELIST, **changed) == expected


@pytest.mark.parametrize(("changed", "expected"), DECISIONS)
def test_what_is_wrong_with_a_decision(changed: dict[str, Any], expected: list[str]) -> None:
    assert told(Kind.DECISIONS, **changed) == expected
