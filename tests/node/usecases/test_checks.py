"""The ordered checks of clause 7.3 as pure functions: each refusal has its code, and the first failing check wins."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from federation.model import catalogue, uselist
from federation.model.application import Application, AuthMode, Holder, Operator, Output
from federation.model.refusal import Reason, Refusal
from node.errors import RefusedError
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.usecases.checks import MAX_CAUSE, MAX_TYPES, check_form, check_line, china_day, normal_holder, offered_types
from node.usecases.lists import Catalogue
from tests.node.usecases.mesh import APP, HOLDER, ITEM, JIANGSU, LINE, OPERATOR, ORG, SHANGHAI, ZHEJIANG, entry, line

TODAY = date(2026, 6, 30)


def application(**changes: Any) -> Application:
    one = Application(
        apply_id="a1",
        use_list_id=LINE,
        use_list_version=1,
        use_org_code=ORG,
        use_org_name="单位",
        operator=OPERATOR,
        use_cause="样例用途",
        item_code=ITEM,
        item_name="样例事项",
        business_code="B1",
        biz_num="",
        app_id=APP,
        holder=HOLDER,
        type_codes=(MINING_TYPE,),
        auth_mode=AuthMode.DUTY,
        outputs=(Output.FILE,),
        fields=(),
        requested_at=datetime(2026, 6, 30, tzinfo=UTC),
    )
    return replace(one, **changes)


def reason(refusal: Refusal | None) -> tuple[str, int, str] | None:
    return None if refusal is None else (refusal.reason.value, refusal.code, refusal.detail)


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
def test_a_form_without_a_mandatory_field_is_refused_with_its_name(changes: dict[str, Any], field: str) -> None:
    refusal = check_form(application(**changes), TODAY)

    assert reason(refusal) == ("MISSING_PARAMETER", 5, field)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"type_codes": tuple(map(str, range(MAX_TYPES + 1)))}, 4, id="51 types"),
        pytest.param({"use_cause": "用" * (MAX_CAUSE + 1)}, 4, id="a cause of 201 characters"),
        pytest.param({"holder": replace(HOLDER, code=HOLDER.code[:-1] + "0")}, 103, id="a wrong check character"),
        pytest.param({"holder": replace(HOLDER, type_code="000")}, 103, id="a kind of holder that does not exist"),
    ],
)
def test_a_form_with_a_bad_value_is_refused_with_its_code(changes: dict[str, Any], code: int) -> None:
    refusal = check_form(application(**changes), TODAY)

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
def test_a_whole_form_passes(changes: dict[str, Any]) -> None:
    assert check_form(application(**changes), TODAY) is None


@pytest.mark.parametrize(
    ("asked", "listed", "expected"),
    [
        pytest.param({}, {}, None, id="the standard application passes the standard line"),
        pytest.param({}, None, ("USE_LIST_MISSING", 201, LINE), id="no such line"),
        pytest.param(
            {}, {"provider_provinces": (SHANGHAI,)}, ("USE_LIST_MISSING", 201, LINE), id="not for this province"
        ),
        pytest.param({}, {"valid_from": "2026-07-01"}, ("USE_LIST_NOT_IN_FORCE", 202, LINE), id="begins tomorrow"),
        pytest.param({}, {"valid_to": "2026-06-29"}, ("USE_LIST_NOT_IN_FORCE", 202, LINE), id="ended yesterday"),
        pytest.param({}, {"valid_from": "2026-06-30", "valid_to": "2026-06-30"}, None, id="both days count"),
        pytest.param({}, {"status": "SUSPENDED"}, ("USE_LIST_NOT_IN_FORCE", 202, LINE), id="suspended"),
        pytest.param({"use_org_code": "X"}, {}, ("OUT_OF_SCOPE", 17, "useOrgCode"), id="another unit"),
        pytest.param({}, {"app_ids": ("other",)}, ("OUT_OF_SCOPE", 17, "appId"), id="another line system"),
        pytest.param({}, {"app_ids": ("other", APP)}, None, id="one of several line systems"),
        pytest.param({}, {"operator_scope": ("x",)}, ("OUT_OF_SCOPE", 17, "operator.account"), id="another operator"),
        pytest.param({}, {"operator_scope": (OPERATOR.account,)}, None, id="an operator of the line"),
        pytest.param({"item_code": "I2"}, {}, ("MATTER_MISMATCH", 204, "itemCode or businessCode"), id="another item"),
        pytest.param(
            {"business_code": "B2"}, {}, ("MATTER_MISMATCH", 204, "itemCode or businessCode"), id="another business"
        ),
        pytest.param(
            {"type_codes": (MINING_TYPE, "T")},
            {},
            ("MATTER_MISMATCH", 204, "certificateTypeCodes"),
            id="a type too many",
        ),
        pytest.param({"auth_mode": AuthMode.HOLDER}, {}, ("MATTER_MISMATCH", 204, "authMode"), id="another ground"),
        pytest.param(
            {"outputs": (Output.FILE, Output.VERIFY)},
            {},
            ("OUTPUT_NOT_ALLOWED", 205, "wantedOutputs"),
            id="an output too many",
        ),
        pytest.param({"fields": ("KZ_SCALE",)}, {}, ("OUTPUT_NOT_ALLOWED", 205, "wantedFields"), id="a field too many"),
        pytest.param({"fields": ("KZ_NAME",)}, {}, None, id="a field of the line"),
    ],
)
def test_an_application_is_held_against_its_line(
    asked: dict[str, Any], listed: dict[str, Any] | None, expected: tuple[str, int, str] | None
) -> None:
    one = None if listed is None else uselist.from_dict(line(**listed))

    assert reason(check_line(application(**asked), one, ZHEJIANG, TODAY)) == expected


FAILURES: list[tuple[dict[str, Any], dict[str, Any], Reason]] = [
    ({}, {"provider_provinces": (SHANGHAI,)}, Reason.USE_LIST_MISSING),
    ({}, {"status": "WITHDRAWN"}, Reason.USE_LIST_NOT_IN_FORCE),
    ({"use_org_code": "X"}, {}, Reason.OUT_OF_SCOPE),
    ({"item_code": "I2"}, {}, Reason.MATTER_MISMATCH),
    ({"outputs": (Output.VERIFY,)}, {}, Reason.OUTPUT_NOT_ALLOWED),
]


@pytest.mark.parametrize("first", range(len(FAILURES)), ids=[f"{one[2].value} first" for one in FAILURES])
def test_of_several_failing_checks_the_first_in_order_is_named(first: int) -> None:
    asked: dict[str, Any] = {}
    listed: dict[str, Any] = {}
    for changes, line_changes, _ in FAILURES[first:]:
        asked |= changes
        listed |= line_changes
    refusal = check_line(application(**asked), uselist.from_dict(line(**listed)), ZHEJIANG, TODAY)

    assert refusal is not None
    assert refusal.reason is FAILURES[first][2]


@pytest.mark.parametrize(
    ("modes", "outputs", "offered"),
    [
        pytest.param(("FILE", "DATA"), (Output.FILE,), True, id="the output is offered"),
        pytest.param(("FILE", "DATA"), (Output.FILE, Output.DATA), True, id="both are offered"),
        pytest.param(("DATA",), (Output.FILE, Output.DATA), False, id="one of the two is not"),
        pytest.param((), (Output.FILE,), False, id="the type is listed but not shared"),
    ],
)
def test_a_type_is_offered_in_every_output_wanted_or_not_at_all(
    modes: tuple[str, ...], outputs: tuple[Output, ...], *, offered: bool
) -> None:
    entries = {MINING_TYPE: catalogue.from_dict(entry(ZHEJIANG, MINING_TYPE, share_modes=modes))}
    types = offered_types(
        application(type_codes=(LAND_TYPE, MINING_TYPE), outputs=outputs), Catalogue(version=1, entries=entries)
    )

    assert types == ((MINING_TYPE,) if offered else ())


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


def test_the_consumer_checks_without_a_provider() -> None:
    one = uselist.from_dict(line(provider_provinces=(SHANGHAI, JIANGSU)))

    assert check_line(application(), one, "", TODAY) is None
