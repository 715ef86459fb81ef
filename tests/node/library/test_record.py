"""Certificate records: their JSON form, their status on a day, and holders written into one text."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.model.application import Holder
from node.library.demo import SealCa, SealMaker, demo_certificates
from node.library.record import CertificateRecord, FaceField, Status, split_holders

RECORD = next(one.record for one in demo_certificates("330000", SealMaker(SealCa.new()), per_type=1))
LAST = date(2030, 1, 1)

texts = st.text(max_size=20)
days = st.dates(date(1950, 1, 1), date(2100, 1, 1))
holders = st.builds(Holder, code=texts, type_code=texts, name=texts)
records = st.builds(
    replace,
    st.just(RECORD),
    name=texts,
    number=texts,
    issued=days,
    valid_from=days,
    valid_until=st.none() | days,
    holders=st.lists(holders, min_size=1, max_size=3).map(tuple),
    status=st.sampled_from(Status),
    status_time=st.datetimes(timezones=st.just(UTC), min_value=datetime(1950, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
    superseded_by=st.none() | texts,
    face=st.lists(st.builds(FaceField, name=texts, column=texts, value=texts), max_size=3).map(tuple),
    file_sm3=st.none() | texts,
    data_quality=st.lists(texts, max_size=2).map(tuple),
)


@given(records)
@settings(deadline=None, max_examples=60)
def test_a_record_survives_json(record: CertificateRecord) -> None:
    assert record == CertificateRecord.from_dict(json.loads(json.dumps(record.to_dict())))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"status": "GONE"}, id="an unknown status"),
        pytest.param({"issued": "yesterday"}, id="a day that is none"),
        pytest.param({"colour": "red"}, id="an unknown key"),
        pytest.param({"holders": [{"code": "secret"}]}, id="an incomplete holder"),
        pytest.param({"issued": 5}, id="a number for a day"),
    ],
)
def test_a_broken_dictionary_is_refused_without_its_values(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a certificate record") as refusal:
        CertificateRecord.from_dict(RECORD.to_dict() | change)

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("status", "day", "expected"),
    [
        pytest.param(Status.VALID, LAST, Status.VALID, id="valid on its last day"),
        pytest.param(Status.VALID, LAST + timedelta(days=1), Status.EXPIRED, id="expired the day after"),
        pytest.param(Status.VALID, date(2000, 1, 1), Status.NOT_ACTIVE, id="not active before its first day"),
        pytest.param(Status.REVOKED, LAST, Status.REVOKED, id="revoked stays revoked"),
    ],
)
def test_the_status_counts_by_the_day(status: Status, day: date, expected: Status) -> None:
    assert expected is replace(RECORD, status=status, valid_until=LAST).status_on(day)


def test_without_an_end_a_record_does_not_expire() -> None:
    assert Status.VALID is replace(RECORD, valid_until=None).status_on(date(2999, 1, 1))


def test_a_repr_shows_no_holder_and_no_face() -> None:
    shown = repr(RECORD) + repr(RECORD.face)

    assert not any(one.name in shown or one.code in shown for one in RECORD.holders)
    assert not any(field.value in shown for field in RECORD.face)


@pytest.mark.parametrize(
    ("names", "codes", "kinds", "expected"),
    [
        pytest.param(
            "甲^乙", "A1^B2", "999^114", [("甲", "A1", "999"), ("乙", "B2", "114")], id="joined with a circumflex"
        ),
        pytest.param(
            "甲,乙",
            "A1,B2",
            "999",
            [("甲", "A1", "999"), ("乙", "B2", "999")],
            id="joined with a comma, one type for all",
        ),
        pytest.param(
            "甲，乙", "A1 ， B2", "999", [("甲", "A1", "999"), ("乙", "B2", "999")], id="joined with a Chinese comma"
        ),
        pytest.param(
            "Smith, John", "E12345", "414", [("Smith, John", "E12345", "414")], id="one holder with a comma in the name"
        ),
        pytest.param(
            "Li, A^Wu, B",
            "E1^E2",
            "414",
            [("Li, A", "E1", "414"), ("Wu, B", "E2", "414")],
            id="commas inside joined names",
        ),
    ],
)
def test_holders_in_one_text_are_split(
    names: str, codes: str, kinds: str, expected: list[tuple[str, str, str]]
) -> None:
    assert expected == [(one.name, one.code, one.type_code) for one in split_holders(names, codes, kinds)]


def test_unequal_numbers_of_names_and_codes_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in number"):
        split_holders("甲", "A1^B2", "999")
