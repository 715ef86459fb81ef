"""Codes 0 to 7 of the verification of certificate data. REQUIREMENTS §3.6."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.model.info_verification import Claim, InfoQuery, InfoResult
from node.library.record import Status
from node.usecases.presented.comparison import BASIC, RIGHT, compared, normal
from tests.node.usecases.mesh import ZHEJIANG, record

RECORD = record(ZHEJIANG, valid_until=date(2030, 5, 1))
NAME = RECORD.holders[0].name
TODAY = date(2026, 1, 1)


def claims(**values: str) -> tuple[Claim, ...]:
    return tuple(Claim(name=name, value=value) for name, value in values.items())


def query(**changes: Any) -> InfoQuery:
    one = InfoQuery(
        apply_id="a",
        use_code="c",
        type_code=RECORD.type_code,
        number=RECORD.number,
        holder_name=NAME,
        basic=claims(issueDate="2024-05-01", certificateValidateEnd="2030-05-01"),
        surface=claims(KZ_NAME="面值甲乙丙"),
    )
    return replace(one, **changes)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        pytest.param(Status.VALID, 0, id="right and valid"),
        pytest.param(Status.NOT_ACTIVE, 1, id="right, not activated"),
        pytest.param(Status.SUSPENDED, 2, id="right, suspended"),
        pytest.param(Status.REVOKED, 3, id="right, revoked"),
        pytest.param(Status.CANCELLED, 3, id="right, cancelled"),
        pytest.param(Status.EXPIRED, 3, id="right, expired"),
        pytest.param(Status.TRANSFERRED, 3, id="right, transferred"),
        pytest.param(Status.SUPERSEDED, 3, id="right, superseded"),
        pytest.param(Status.OTHER, 4, id="right, in a state that says nothing"),
    ],
)
def test_right_data_tell_the_state(status: Status, code: int) -> None:
    assert compared(replace(RECORD, status=status), NAME, query(), TODAY).value == code


def test_every_state_has_its_code() -> None:
    assert RIGHT.keys() == {one.value for one in Status}


@pytest.mark.parametrize(
    ("today", "code"),
    [
        pytest.param(date(2030, 5, 1), InfoResult.VALID, id="its last day"),
        pytest.param(date(2030, 5, 2), InfoResult.NO_LONGER_VALID, id="the day after"),
        pytest.param(date(2024, 4, 30), InfoResult.NOT_ACTIVE, id="before its first"),
    ],
)
def test_days_count(today: date, code: InfoResult) -> None:
    assert compared(RECORD, NAME, query(), today) is code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"holder_name": "别人"}, InfoResult.PARTLY_WRONG, id="another name, the rest right"),
        pytest.param({"surface": claims(KZ_NAME="别的")}, InfoResult.PARTLY_WRONG, id="one face value wrong"),
        pytest.param({"surface": claims(NONE="x")}, InfoResult.PARTLY_WRONG, id="a face field it has not"),
        pytest.param(
            {"holder_name": "", "basic": (), "surface": claims(KZ_NAME="x")},
            InfoResult.MISMATCH,
            id="all that is said is wrong",
        ),
        pytest.param(
            {"holder_name": "", "basic": (), "surface": ()}, InfoResult.VALID, id="nothing but type and number"
        ),
        pytest.param({"basic": claims(issueDate="2024年5月1日")}, InfoResult.VALID, id="a day written another way"),
        pytest.param({"surface": claims(KZ_NAME=" 面值 甲乙丙 ")}, InfoResult.VALID, id="blanks do not count"),
    ],
)
def test_what_is_said_decides(changes: dict[str, Any], code: InfoResult) -> None:
    assert compared(RECORD, NAME, query(**changes), TODAY) is code


def test_wrong_data_of_a_revoked_certificate_are_wrong_first() -> None:
    revoked = replace(RECORD, status=Status.REVOKED)

    assert compared(revoked, NAME, query(holder_name="别人"), TODAY) is InfoResult.PARTLY_WRONG


def test_every_claim_on_list_metadata_can_be_compared() -> None:
    wrong = query(holder_name="", surface=(), basic=tuple(Claim(name=name, value="x") for name in sorted(BASIC)))

    assert compared(RECORD, NAME, wrong, TODAY) is InfoResult.MISMATCH


@given(st.text(max_size=50))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normal(normal(text)) == normal(text)
