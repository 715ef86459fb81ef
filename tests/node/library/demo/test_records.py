"""The invented records: deterministic, valid by every rule, and holding what the story needs; and metadata for files that bring none."""

from pathlib import Path, PurePath

import pytest
from stdnum.cn import ric, uscc

from node.library.demo import STORY_PROVINCES, count_records, invent_for_file
from node.library.demo.records import demo_records
from node.library.holder import check_holder_code, home_province
from node.library.identifier import parse
from node.library.invented import (
    BUSINESS_LICENCE_TYPE,
    GENERIC_TYPE,
    LAND_TYPE,
    MINING_TYPE,
    PROVINCES,
    STORY_HOLDER,
    issuer_of,
    organisation_code,
)
from node.library.record import CertificateRecord, Status
from trust.errors import DocumentError
from trust.gm import sm3
from trust.ofd import CertificateFace, write_certificate

OFD = Path(__file__).parents[5] / "shared" / "data" / "ofd"
SEED = 310018
ALL = {province: list(demo_records(province, per_type=3, seed=SEED)) for province in PROVINCES}
RECORDS = [record for records in ALL.values() for record in records]


def test_equal_arguments_give_equal_records() -> None:
    assert ALL["330000"] == list(demo_records("330000", per_type=3, seed=SEED))


def test_another_seed_gives_other_holders() -> None:
    assert ALL["330000"] != list(demo_records("330000", per_type=3, seed=1))


@pytest.mark.parametrize("per_type", [1, 3, 10])
@pytest.mark.parametrize("province", PROVINCES)
def test_their_number_is_known_beforehand(province: str, per_type: int) -> None:
    assert len(list(demo_records(province, per_type=per_type, seed=SEED))) == count_records(province, per_type=per_type)


def test_records_are_made_as_they_are_asked_for() -> None:
    many = demo_records("330000", per_type=10**9, seed=SEED)

    assert next(many) == ALL["330000"][0]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.identifier)
def test_every_code_is_valid(record: CertificateRecord) -> None:
    parsed = parse(record.identifier)

    assert ((), record.version, record.type_code) == (
        parsed.warnings,
        parsed.identifier.version,
        parsed.identifier.type_code,
    )
    for holder in record.holders:
        assert holder.code == check_holder_code(holder.type_code, holder.code)
        assert (uscc if holder.type_code == "001" else ric).is_valid(holder.code)


def test_identifiers_are_unique() -> None:
    assert len(RECORDS) == len({record.identifier for record in RECORDS})


def test_the_story_holder_has_one_certificate_in_each_of_three_provinces() -> None:
    held = {
        (province, record.type_code)
        for province, records in ALL.items()
        for record in records
        if STORY_HOLDER in record.holders
    }

    assert {("330000", MINING_TYPE), ("340000", LAND_TYPE), ("320000", BUSINESS_LICENCE_TYPE)} == held
    assert home_province(STORY_HOLDER.type_code, STORY_HOLDER.code) == "320000"
    assert held == {(province, type_code) for type_code, province in STORY_PROVINCES.items()}


@pytest.mark.parametrize("province", PROVINCES)
def test_every_province_has_the_awkward_cases(province: str) -> None:
    records = ALL[province]
    superseded = [record for record in records if record.status is Status.SUPERSEDED]
    successors = {record.identifier: record for record in records if record.version == 2}

    assert {Status.VALID, Status.EXPIRED, Status.REVOKED, Status.SUPERSEDED} == {record.status for record in records}
    assert any(len(record.holders) > 1 for record in records)
    assert superseded
    for record in superseded:
        assert record.superseded_by is not None
        assert record.holders == successors[record.superseded_by].holders
    assert all(record.area_code == province for record in records)


def test_a_house_is_shared_by_several_holders_and_not_by_one() -> None:
    told = {
        (len(record.holders) > 1, field.value)
        for record in RECORDS
        for field in record.face
        if field.name == "共有情况"
    }

    assert told == {(True, "共同共有"), (False, "单独所有")}


def test_organisation_codes_hold_their_check_character() -> None:
    # GB 11714: C9 = 11 - (sum of value x weight mod 11); D2143569X is that standard's worked example, reproduced with its weights.
    values = [int(char, 36) for char in "D2143569"]
    total = sum(value * weight for value, weight in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))

    assert -total % 11 == 10
    assert {"DEMA0001", "DEMA9999"} == {organisation_code(1)[:8], organisation_code(9999)[:8]}
    for number in (1, 42, 9999):
        code = organisation_code(number)
        values = [int(char, 36) for char in code[:8]]
        check = 10 if code[8] == "X" else int(code[8])
        total = sum(value * weight for value, weight in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))

        assert (total + check) % 11 == 0


@pytest.mark.parametrize(
    ("name", "province", "type_code"),
    [
        pytest.param("zz-caikuang-xukezheng.ofd", "330000", MINING_TYPE, id="the real mining licence"),
        pytest.param("zz-yongdi-yushen-xuanzhi-yijianshu.ofd", "340000", LAND_TYPE, id="the real land-use opinion"),
        pytest.param("acc-rail-eticket-sample.ofd", "310000", GENERIC_TYPE, id="a rail ticket"),
    ],
)
def test_a_real_file_gets_invented_metadata(name: str, province: str, type_code: str) -> None:
    if not OFD.is_dir():
        pytest.skip("../shared/data/ofd is not here")
    data = (OFD / name).read_bytes()
    one = invent_for_file(PurePath(name), data, province)

    assert (data, type_code, (STORY_HOLDER,)) == (one.file, one.record.type_code, one.record.holders)
    assert sm3(data).hex()[:20].upper() == one.record.parts.serial
    assert issuer_of(province, type_code).code == one.record.issuer_code
    assert not parse(one.record.identifier).warnings


def test_a_file_that_names_itself_keeps_its_identifier() -> None:
    identifier = ALL["330000"][0].identifier
    face = CertificateFace(title="x", lines=(), custom_data=(("ZZBS", identifier),), created=RECORDS[0].issued)
    one = invent_for_file(PurePath("采矿许可证.ofd"), write_certificate(face), "330000")

    assert (identifier, MINING_TYPE) == (one.record.identifier, one.record.type_code)


def test_a_file_that_is_no_package_is_refused() -> None:
    with pytest.raises(DocumentError, match="not a zip"):
        invent_for_file(PurePath("x.ofd"), b"%PDF-1.7", "330000")
