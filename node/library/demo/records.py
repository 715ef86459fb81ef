"""Records of demonstration certificates of the four provinces: invented, deterministic, and valid by every check the library makes.

Their files are `face` and `seals`; nothing here is random beyond the seed.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePath
from random import Random

from federation.model.application import Holder
from node.library.codes import default_codes
from node.library.identifier import make, parse
from node.library.invented import (
    BUSINESS_LICENCE_TYPE,
    GENERIC_TYPE,
    ID_CARD_TYPE,
    LAND_TYPE,
    MINING_TYPE,
    REAL_ESTATE_TYPE,
    STORY_HOLDER,
    TRANSPORT_TYPE,
    company,
    issuer_of,
    person,
)
from node.library.record import CertificateRecord, FaceField, Status
from trust.gm import sm3
from trust.ofd import read_package

STORY_PROVINCES = {MINING_TYPE: "330000", LAND_TYPE: "340000", BUSINESS_LICENCE_TYPE: "320000"}
"""Which province issued which of the story holder's certificates."""

_FIRST_ISSUE = date(2022, 3, 1)
_FACES = {
    MINING_TYPE: (
        ("矿山名称", "样例一号矿"),
        ("开采矿种", "建筑用石料"),
        ("开采方式", "露天开采"),
        ("生产规模", "50万吨/年"),
    ),
    LAND_TYPE: (("项目名称", "样例矿区道路工程"), ("拟用地面积", "2.5公顷"), ("项目代码", "2024-340000-00-01-000001")),
    REAL_ESTATE_TYPE: (("坐落", "样例路1号"), ("面积", "88.5平方米"), ("共有情况", "共同共有")),
    TRANSPORT_TYPE: (("经营范围", "道路普通货物运输"),),
    ID_CARD_TYPE: (("民族", "汉"), ("签发机关", "样例公安局")),
    BUSINESS_LICENCE_TYPE: (("类型", "有限责任公司"), ("经营范围", "样例经营"), ("注册资本", "壹仟万元整")),
}
_NAME_HINTS = {MINING_TYPE: ("采矿许可", "caikuang"), LAND_TYPE: ("用地预审", "yongdi-yushen", "yongdiyushen")}
_ORDINARY = (ID_CARD_TYPE, BUSINESS_LICENCE_TYPE, REAL_ESTATE_TYPE, TRANSPORT_TYPE)
_PAIR = 2  # a superseded certificate and its successor


def demo_records(province: str, *, per_type: int, seed: int) -> Iterator[CertificateRecord]:
    """The records of one province: what the story needs, `per_type` of each ordinary type, and one superseded pair per type.

    Equal arguments give equal records. With three or more per type, one of each is EXPIRED and one REVOKED.

    Raises:
        KeyError: the province is none of the four.
    """
    rng = Random(f"{seed}/{province}")  # noqa: S311 - invented data, no secrets
    yield from _story(province)
    for type_code in _ORDINARY:
        yield from _of_type(rng, province, type_code, per_type)


def count_records(province: str, *, per_type: int) -> int:
    """How many records `demo_records` makes."""
    return sum(1 for _ in _story(province)) + len(_ORDINARY) * (per_type + _PAIR)


def record_for_file(path: PurePath, data: bytes, province: str) -> CertificateRecord:
    """A record with the story's holder for a real OFD file that comes without any, as if `province` had issued it.

    The type is taken from the file's name or its custom data; the serial is part of the file's SM3, so one file has one identifier.

    Raises:
        DocumentError: the file is not a readable OFD package.
        IdentifierError: the file's custom data hold a text that is no identifier.
        KeyError: the province is none of the four.
    """
    custom = read_package(data).custom_data
    type_code = _guess_type(f"{path.name} {custom.get('ZZMC', '')}")
    record = _record(province, type_code, (STORY_HOLDER,), serial=sm3(data).hex()[:20].upper())
    if "ZZBS" in custom:  # the file names itself: an import compares the two
        parts = parse(custom["ZZBS"]).identifier
        record = replace(
            record,
            identifier=str(parts),
            type_code=parts.type_code,
            issuer_code=parts.issuer_code,
            version=parts.version,
        )
    return record


def _guess_type(words: str) -> str:
    found = (code for code, hints in _NAME_HINTS.items() if any(hint in words.lower() for hint in hints))
    return next(found, GENERIC_TYPE)


def _story(province: str) -> Iterator[CertificateRecord]:
    for type_code, issuing in STORY_PROVINCES.items():
        if issuing == province:
            yield _record(province, type_code, (STORY_HOLDER,), serial="2024050100000001")


def _of_type(rng: Random, province: str, type_code: str, count: int) -> Iterator[CertificateRecord]:
    """`count` certificates, the second of them expired and the third revoked, then a superseded one with its successor."""
    for index in range(count):
        record = _record(
            province, type_code, _holders(rng, province, type_code, index), serial=f"20220301{index + 1:08}"
        )
        yield _aged(record, index)
    holders = _holders(rng, province, type_code, 0)
    old = _record(province, type_code, holders, serial=f"20220301{count + 1:08}")
    new = _record(province, type_code, holders, serial=f"20220301{count + 1:08}", version=2)
    yield replace(old, status=Status.SUPERSEDED, status_time=new.status_time, superseded_by=new.identifier)
    yield new


def _aged(record: CertificateRecord, index: int) -> CertificateRecord:
    if index == 1:
        last = record.issued + timedelta(days=365)
        return replace(record, status=Status.EXPIRED, valid_until=last, status_time=_start_of(last + timedelta(days=1)))
    if index == 2:  # noqa: PLR2004 - the third
        return replace(record, status=Status.REVOKED, status_time=record.status_time + timedelta(days=200))
    return record


def _holders(rng: Random, province: str, type_code: str, index: int) -> tuple[Holder, ...]:
    if type_code in {BUSINESS_LICENCE_TYPE, TRANSPORT_TYPE}:
        return (company(rng, province),)
    joint = 2 if type_code == REAL_ESTATE_TYPE and index % 2 == 0 else 1
    return tuple(person(rng, province) for _ in range(joint))


def _record(
    province: str, type_code: str, holders: tuple[Holder, ...], *, serial: str, version: int = 1
) -> CertificateRecord:
    issuer = issuer_of(province, type_code)
    name = default_codes().certificate_types[type_code].name
    issued = _FIRST_ISSUE + timedelta(days=400 * (version - 1))
    return CertificateRecord(
        identifier=make(type_code, issuer.code, serial, version),
        name=name,
        type_name=name,
        type_code=type_code,
        number=holders[0].code if type_code == ID_CARD_TYPE else f"样{province[:2]}{serial[-12:]}",
        issuer_name=issuer.name,
        issuer_code=issuer.code,
        issued=issued,
        valid_from=issued,
        valid_until=None
        if type_code in {REAL_ESTATE_TYPE, BUSINESS_LICENCE_TYPE}
        else issued.replace(year=issued.year + 20),
        holders=holders,
        area_code=province,
        status=Status.VALID,
        status_time=_start_of(issued),
        version=version,
        face=_face(type_code, shared=len(holders) > 1),
    )


def _face(type_code: str, *, shared: bool) -> tuple[FaceField, ...]:
    values = dict(_FACES.get(type_code, ()))
    if type_code == REAL_ESTATE_TYPE and not shared:
        values["共有情况"] = "单独所有"
    return tuple(FaceField(name=label, column=f"KZ_{label}", value=value) for label, value in values.items())


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
