"""The invented certificates: deterministic, valid by every rule, and holding what the story needs."""

from pathlib import Path, PurePath

import ofdkit
import pytest
from stdnum.cn import ric, uscc

from node.library.demo import STORY_PROVINCES, demo_certificates, invent_for_file
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
from trust.ofd import CertificateFace, read_package, write_certificate

OFD = Path(__file__).parents[4] / "shared" / "data" / "ofd"
ALL = {province: demo_certificates(province) for province in PROVINCES}
RECORDS = [one.record for certificates in ALL.values() for one in certificates]


def test_equal_arguments_give_equal_certificates() -> None:
    assert ALL["330000"] == demo_certificates("330000")


def test_another_seed_gives_other_holders() -> None:
    assert ALL["330000"] != demo_certificates("330000", seed=1)


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


def test_every_file_names_its_record() -> None:
    for one in (one for certificates in ALL.values() for one in certificates):
        custom = read_package(one.file).custom_data

        assert one.record.identifier == custom["ZZBS"]
        assert "^".join(holder.code for holder in one.record.holders) == custom["CZZTDM"]
        assert (sm3(one.file).hex(), len(one.file)) == (one.record.file_sm3, one.record.file_size)


def test_the_story_holder_has_one_certificate_in_each_of_three_provinces() -> None:
    held = {
        (province, one.record.type_code)
        for province, certificates in ALL.items()
        for one in certificates
        if STORY_HOLDER in one.record.holders
    }

    assert {("330000", MINING_TYPE), ("340000", LAND_TYPE), ("320000", BUSINESS_LICENCE_TYPE)} == held
    assert home_province(STORY_HOLDER.type_code, STORY_HOLDER.code) == "320000"
    assert held == {(province, type_code) for type_code, province in STORY_PROVINCES.items()}


@pytest.mark.parametrize("province", PROVINCES)
def test_every_province_has_the_awkward_cases(province: str) -> None:
    records = [one.record for one in ALL[province]]
    superseded = [record for record in records if record.status is Status.SUPERSEDED]
    successors = {record.identifier: record for record in records if record.version == 2}

    assert {Status.VALID, Status.EXPIRED, Status.REVOKED, Status.SUPERSEDED} == {record.status for record in records}
    assert any(len(record.holders) > 1 for record in records)
    assert superseded
    for record in superseded:
        assert record.superseded_by is not None
        assert record.holders == successors[record.superseded_by].holders
    assert all(record.area_code == province for record in records)


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
    identifier = ALL["330000"][0].record.identifier
    face = CertificateFace(title="x", lines=(), custom_data=(("ZZBS", identifier),), created=RECORDS[0].issued)
    one = invent_for_file(PurePath("采矿许可证.ofd"), write_certificate(face), "330000")

    assert (identifier, MINING_TYPE) == (one.record.identifier, one.record.type_code)


def test_a_file_that_is_no_package_is_refused() -> None:
    with pytest.raises(DocumentError, match="not a zip"):
        invent_for_file(PurePath("x.ofd"), b"%PDF-1.7", "330000")


def test_an_independent_reader_reads_the_face(tmp_path: Path) -> None:
    one = next(one for one in ALL["330000"] if one.record.type_code == MINING_TYPE)
    path = tmp_path / "mining.ofd"
    path.write_bytes(one.file)
    with ofdkit.open(path) as document:
        text = document.text()

    assert all(
        word in text for word in ("采矿许可证", "样例", STORY_HOLDER.name, "开采矿种：建筑用石料", "2042年3月1日")
    )
