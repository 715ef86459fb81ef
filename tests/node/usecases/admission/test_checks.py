"""The ordered checks of clause 7.3 over a case: each refusal has its code and detail, and the first failing check wins."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from federation.model.application import AuthMode, Holder, Operator, Output
from federation.model.refusal import Reason, Refusal
from node.errors import RefusedError
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.ports.lists import Kind
from node.storage.memory import MemoryStore
from node.usecases.admission.case import MAX_TYPES, Case, case_of, china_day
from node.usecases.admission.checks import FORM, MAX_CAUSE, check_still, first_refusal, normal_holder
from node.usecases.admission.checks import LINE as LINE_CHECKS
from node.usecases.lists import Lists
from tests.node.usecases.listed import (
    APP,
    HOLDER,
    JIANGSU,
    LINE,
    NOW,
    OPERATOR,
    SHANGHAI,
    ZHEJIANG,
    application,
    decision,
    entry,
    line,
    lists_of,
    standard,
)

Told = tuple[str, int, str]
TOMORROW = "2026-07-01T00:00:00Z"


def told(refusal: Refusal | None) -> Told | None:
    return None if refusal is None else (refusal.reason.value, refusal.code, refusal.detail)


async def case(
    asked: dict[str, Any] | None = None,
    listed: list[dict[str, Any]] | None = None,
    *,
    provider: str = ZHEJIANG,
    here: str = ZHEJIANG,
    **lists: Any,
) -> Case:
    """The standard application with changes, over lines with changes, at a province."""
    lines = None if listed is None else [line(**one) for one in listed]
    held = await standard(lines, **lists)
    return case_of(held, application(**(asked or {})), consumer=JIANGSU, provider=provider, here=here, now=NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"use_list_id": ""}, "useListId", id="without a line"),
        pytest.param({"item_code": ""}, "itemCode", id="without an item"),
        pytest.param({"use_org_code": ""}, "useOrgCode", id="without a unit"),
        pytest.param({"operator": Operator(account="", name="x")}, "operator.account", id="without an account"),
        pytest.param({"operator": Operator(account="x", name="")}, "operator.name", id="without the operator's name"),
        pytest.param({"use_cause": ""}, "useCause", id="without a cause"),
        pytest.param({"type_codes": ()}, "certificateTypeCodes", id="without types"),
        pytest.param({"outputs": ()}, "wantedOutputs", id="without outputs"),
        pytest.param({"holder": Holder(code="", type_code="001")}, "holderCode", id="without a holder"),
        pytest.param({"holder": replace(HOLDER, type_code="")}, "holderTypeCode", id="without the holder's kind"),
    ],
)
async def test_a_form_without_a_mandatory_field_is_refused_with_its_name(changes: dict[str, Any], field: str) -> None:
    assert told(first_refusal(FORM, await case(changes))) == ("MISSING_PARAMETER", 5, field)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"type_codes": tuple(map(str, range(MAX_TYPES + 1)))}, 4, id="51 types"),
        pytest.param({"use_cause": "用" * (MAX_CAUSE + 1)}, 4, id="a cause of 201 characters"),
        pytest.param({"holder": replace(HOLDER, code=HOLDER.code[:-1] + "0")}, 103, id="a wrong check character"),
        pytest.param({"holder": replace(HOLDER, type_code="000")}, 103, id="a kind of holder that does not exist"),
    ],
)
async def test_a_form_with_a_bad_value_is_refused_with_its_code(changes: dict[str, Any], code: int) -> None:
    refusal = first_refusal(FORM, await case(changes))

    assert refusal is not None
    assert refusal.code == code
    assert HOLDER.code not in refusal.detail


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="the standard one"),
        pytest.param({"type_codes": tuple(map(str, range(MAX_TYPES)))}, id="50 types"),
        pytest.param({"use_cause": "用" * MAX_CAUSE}, id="a cause of 200 characters"),
        pytest.param({"biz_num": ""}, id="before the case has a number"),
    ],
)
async def test_a_whole_form_passes(changes: dict[str, Any]) -> None:
    assert first_refusal(FORM, await case(changes)) is None


NOT_IN_FORCE, MISMATCH, SCOPE = "USE_LIST_NOT_IN_FORCE", "MATTER_MISMATCH", "OUT_OF_SCOPE"
NONE_ACCEPTED = "the province accepts none of them for this line"
OUTPUT = "OUTPUT_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("asked", "listed", "expected"),
    [
        pytest.param({}, [{}], None, id="the standard application passes the standard line"),
        pytest.param({}, [], ("USE_LIST_MISSING", 201, LINE), id="no such line"),
        pytest.param(
            {}, [{"provider_provinces": (SHANGHAI,)}], ("USE_LIST_MISSING", 201, LINE), id="not for this province"
        ),
        pytest.param(
            {},
            [{"effective": TOMORROW}],
            (NOT_IN_FORCE, 202, f"{LINE}: effective from {TOMORROW}"),
            id="no version is effective yet",
        ),
        pytest.param(
            {"use_list_version": 1},
            [{"version": 2}],
            ("USE_LIST_SUPERSEDED", 210, f"{LINE}: version 2 is in force"),
            id="an older version is quoted",
        ),
        pytest.param(
            {"use_list_version": 3},
            [{}],
            ("USE_LIST_UNKNOWN_VERSION", 210, f"{LINE}: version 1 is the newest known here"),
            id="a version is quoted that did not come here yet",
        ),
        pytest.param(
            {"use_list_version": 2},
            [{}, {"version": 2, "effective": TOMORROW}],
            (NOT_IN_FORCE, 202, f"{LINE}: version 2 is effective from {TOMORROW}"),
            id="a version is quoted before its time",
        ),
        pytest.param({}, [{}, {"version": 2, "effective": TOMORROW}], None, id="the old version holds until then"),
        pytest.param(
            {},
            [{"valid_from": "2026-07-01"}],
            (NOT_IN_FORCE, 202, f"{LINE}: valid from 2026-07-01 to 2099-12-31"),
            id="begins tomorrow",
        ),
        pytest.param(
            {},
            [{"valid_to": "2026-06-29"}],
            (NOT_IN_FORCE, 202, f"{LINE}: valid from 2020-01-01 to 2026-06-29"),
            id="ended yesterday",
        ),
        pytest.param({}, [{"valid_from": "2026-06-30", "valid_to": "2026-06-30"}], None, id="both days count"),
        pytest.param({}, [{"status": "SUSPENDED"}], ("USE_LIST_SUSPENDED", 202, LINE), id="suspended"),
        pytest.param({}, [{"status": "WITHDRAWN"}], (NOT_IN_FORCE, 202, f"{LINE}: withdrawn"), id="withdrawn"),
        pytest.param({}, [{"status": "MOON"}], (NOT_IN_FORCE, 202, f"{LINE}: moon"), id="a status of a later version"),
        pytest.param({"use_org_code": "X"}, [{}], (SCOPE, 17, "useOrgCode"), id="another unit"),
        pytest.param({}, [{"app_ids": ("other",)}], (SCOPE, 17, "appId"), id="another line system"),
        pytest.param({}, [{"app_ids": ("other", APP)}], None, id="one of several line systems"),
        pytest.param({}, [{"operator_scope": ("x",)}], (SCOPE, 17, "operator.account"), id="another operator"),
        pytest.param({}, [{"operator_scope": (OPERATOR.account,)}], None, id="an operator of the line"),
        pytest.param({"item_code": "I2"}, [{}], (MISMATCH, 204, "itemCode or businessCode"), id="another item"),
        pytest.param({"business_code": "B2"}, [{}], (MISMATCH, 204, "itemCode or businessCode"), id="another business"),
        pytest.param(
            {"type_codes": (MINING_TYPE, "T")}, [{}], (MISMATCH, 204, "certificateTypeCodes"), id="a type too many"
        ),
        pytest.param({"auth_mode": AuthMode.HOLDER}, [{}], (MISMATCH, 204, "authMode"), id="another ground"),
        pytest.param(
            {"outputs": (Output.FILE, Output.VERIFY)}, [{}], (OUTPUT, 205, "wantedOutputs"), id="an output too many"
        ),
        pytest.param({"fields": ("KZ_SCALE",)}, [{}], (OUTPUT, 205, "wantedFields"), id="a field too many"),
        pytest.param({"fields": ("KZ_NAME",)}, [{}], None, id="a field of the line"),
    ],
)
async def test_an_application_is_held_against_its_line(
    asked: dict[str, Any], listed: list[dict[str, Any]], expected: Told | None
) -> None:
    assert told(first_refusal(LINE_CHECKS, await case(asked, listed))) == expected


WANTED = {"type_codes": (MINING_TYPE, LAND_TYPE), "outputs": (Output.FILE, Output.DATA), "fields": ("KZ_NAME",)}


@pytest.mark.parametrize(
    ("asked", "decided", "expected"),
    [
        pytest.param({}, None, ("USE_LIST_UNDECIDED", 201, LINE), id="nothing was decided"),
        pytest.param({}, {"line_digest": "0" * 64}, ("USE_LIST_UNDECIDED", 201, LINE), id="on a line that said else"),
        pytest.param({}, {"status": "MOON"}, ("USE_LIST_UNDECIDED", 201, LINE), id="a ruling of a later version"),
        pytest.param(
            {},
            {"status": "REJECTED", "reasons": ("purpose", "fields")},
            ("USE_LIST_REJECTED", 201, f"{LINE}: purpose; fields"),
            id="rejected with reasons",
        ),
        pytest.param({}, {"status": "SUSPENDED"}, ("LINE_SUSPENDED_THERE", 202, LINE), id="suspended there"),
        pytest.param({}, {"valid_to": "2026-06-30"}, None, id="accepted until today"),
        pytest.param(
            {},
            {"valid_to": "2026-06-29"},
            (NOT_IN_FORCE, 202, f"{LINE}: accepted by {ZHEJIANG} until 2026-06-29"),
            id="accepted until yesterday",
        ),
        pytest.param(WANTED, {"status": "LIMITED", "type_codes": (MINING_TYPE,)}, None, id="one of two types"),
        pytest.param(
            {},
            {"status": "LIMITED", "type_codes": (LAND_TYPE,)},
            (MISMATCH, 204, f"certificateTypeCodes: {NONE_ACCEPTED}"),
            id="none of the types",
        ),
        pytest.param(WANTED, {"status": "LIMITED", "output_modes": ("DATA",)}, None, id="one of two outputs"),
        pytest.param(
            {},
            {"status": "LIMITED", "output_modes": ("DATA",)},
            (OUTPUT, 205, f"wantedOutputs: {NONE_ACCEPTED}"),
            id="none of the outputs",
        ),
        pytest.param(
            WANTED,
            {"status": "LIMITED", "allowed_fields": ("KZ_KIND",)},
            (OUTPUT, 205, f"wantedFields: {NONE_ACCEPTED}"),
            id="none of the fields",
        ),
    ],
)
async def test_a_line_admits_what_the_provider_accepted(
    asked: dict[str, Any], decided: dict[str, Any] | None, expected: Told | None
) -> None:
    decisions = [] if decided is None else [decision(line(), **decided)]

    assert told(first_refusal(LINE_CHECKS, await case(asked, decisions=decisions))) == expected


@pytest.mark.parametrize(
    ("provider", "here", "known", "asked"),
    [
        pytest.param(
            ZHEJIANG, JIANGSU, True, False, id="a consumer asks nobody who has decisions, but none on this line"
        ),
        pytest.param(ZHEJIANG, JIANGSU, False, True, id="a consumer asks a province of whose decisions nothing came"),
        pytest.param(ZHEJIANG, ZHEJIANG, False, False, id="a provider without decisions has decided nothing"),
        pytest.param(JIANGSU, JIANGSU, False, True, id="a province's own line needs no decision at home"),
        pytest.param("", JIANGSU, False, True, id="the consumer's own checks ask for none"),
    ],
)
async def test_who_needs_a_decision(provider: str, here: str, *, known: bool, asked: bool) -> None:
    other = [decision(line(use_list_id="JS-0009"))] if known else None
    held = await standard(decisions=other) if known else await _undecided()
    made = case_of(held, application(), consumer=JIANGSU, provider=provider, here=here, now=NOW)

    assert (first_refusal(LINE_CHECKS, made) is None) is asked


async def _undecided() -> Lists:
    """Lists in which nobody ever published decisions."""
    catalogues = [(Kind.CATALOGUE, code, (entry(code),)) for code in (ZHEJIANG, JIANGSU)]
    return await lists_of(MemoryStore(), (Kind.USELIST, JIANGSU, (line(),)), *catalogues)


FAILURES: list[tuple[dict[str, Any], dict[str, Any], Reason]] = [
    ({}, {"provider_provinces": (SHANGHAI,)}, Reason.USE_LIST_MISSING),
    ({"use_list_version": 0}, {}, Reason.USE_LIST_SUPERSEDED),
    ({}, {"status": "WITHDRAWN"}, Reason.USE_LIST_NOT_IN_FORCE),
    ({"use_org_code": "X"}, {}, Reason.OUT_OF_SCOPE),
    ({"item_code": "I2"}, {}, Reason.MATTER_MISMATCH),
    ({"outputs": (Output.VERIFY,)}, {}, Reason.OUTPUT_NOT_ALLOWED),
]


@pytest.mark.parametrize("first", range(len(FAILURES)), ids=[f"{one[2].value} first" for one in FAILURES])
async def test_of_several_failing_checks_the_first_in_order_is_named(first: int) -> None:
    asked: dict[str, Any] = {}
    listed: dict[str, Any] = {}
    for changes, line_changes, _ in FAILURES[first:]:
        asked |= changes
        listed |= line_changes
    refusal = first_refusal(LINE_CHECKS, await case(asked, [listed]))

    assert refusal is not None
    assert refusal.reason is FAILURES[first][2]


async def test_a_version_that_is_still_to_come_says_how_long() -> None:
    refusal = first_refusal(LINE_CHECKS, await case({}, [{"effective": "2026-06-30T05:00:00Z"}]))

    assert refusal is not None
    assert refusal.retry_after_s == 3600


@pytest.mark.parametrize(
    ("listed", "decided", "reason"),
    [
        pytest.param([{}], {}, None, id="all stands"),
        pytest.param([{"version": 2}], {}, None, id="a new version stands beside the running case"),
        pytest.param([{}], {"line_digest": "0" * 64}, None, id="a decision that is still to come leaves it"),
        pytest.param([], {}, Reason.USE_LIST_MISSING, id="the line is gone"),
        pytest.param([{"status": "SUSPENDED"}], {}, Reason.USE_LIST_SUSPENDED, id="suspended since"),
        pytest.param([{"status": "WITHDRAWN"}], {}, Reason.USE_LIST_NOT_IN_FORCE, id="withdrawn since"),
        pytest.param([{}], {"status": "SUSPENDED"}, Reason.LINE_SUSPENDED_THERE, id="the provider suspended it since"),
        pytest.param([{}], {"status": "REJECTED"}, Reason.USE_LIST_REJECTED, id="the provider rejected it since"),
    ],
)
async def test_what_ends_a_running_case_at_once(
    listed: list[dict[str, Any]], decided: dict[str, Any], reason: Reason | None
) -> None:
    made = await case({}, listed, decisions=[decision(line(**one), **decided) for one in listed])
    refusal = check_still(made)

    assert (refusal.reason if refusal else None) is reason


def test_one_person_has_one_normal_code() -> None:
    """The 15-digit number, full-width digits and a small x are the same holder. GB 11643."""
    forms = ("320000800101123", "３２００００８００１０１１２３", " 320000800101123 ")
    codes = {normal_holder(Holder(code=one, type_code="111")).code for one in forms}

    assert len(codes) == 1
    assert len(codes.pop()) == 18


def test_a_malformed_holder_is_refused_without_being_shown() -> None:
    with pytest.raises(RefusedError) as caught:
        normal_holder(Holder(code="32000080010112X", type_code="111"))

    assert caught.value.refusal.code == 103
    assert "32000080" not in str(caught.value)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        pytest.param("2026-06-30T15:59:59+00:00", date(2026, 6, 30), id="a second before midnight in China"),
        pytest.param("2026-06-30T16:00:00+00:00", date(2026, 7, 1), id="midnight in China, afternoon in UTC"),
    ],
)
def test_days_are_chinese_days(moment: str, day: date) -> None:
    assert china_day(datetime.fromisoformat(moment)) == day
