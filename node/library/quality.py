"""What can be amiss with a certificate that is accepted nevertheless, as words for the issuer's report. P13; REQUIREMENTS §3.2, §3.4, 8.3.

A certificate is judged by its identifier, by how its row is written, and by what the file says of itself. Values never leave this module:
a finding is a word. Mistakes for which a row is refused are `row.Fault`.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from node.library.dates import parse_day
from node.library.identifier import IdentifierError, Parsed, parse
from node.library.record import CertificateRecord
from trust.ofd import Verdict


class Word(StrEnum):
    """The findings of accepted certificates."""

    LEGACY_CHECK = "LEGACY_CHECK"
    NONSTANDARD_ISSUER = "NONSTANDARD_ISSUER"
    FOREIGN_ROOT = "FOREIGN_ROOT"
    ISSUER_DIFFERS = "ISSUER_DIFFERS"
    DATE_FORM = "DATE_FORM"
    NO_EFFECTIVE_DATE = "NO_EFFECTIVE_DATE"
    NO_TYPE_NAME = "NO_TYPE_NAME"
    NO_FACE = "NO_FACE"
    NO_FILE = "NO_FILE"
    FILE_UNNAMED = "FILE_UNNAMED"
    FILE_TYPE_DIFFERS = "FILE_TYPE_DIFFERS"
    FILE_NUMBER_DIFFERS = "FILE_NUMBER_DIFFERS"
    FILE_ISSUER_DIFFERS = "FILE_ISSUER_DIFFERS"
    FILE_DATE_DIFFERS = "FILE_DATE_DIFFERS"
    FILE_HOLDER_DIFFERS = "FILE_HOLDER_DIFFERS"


TITLES: Mapping[str, str] = {
    Word.LEGACY_CHECK: "证照标识校验位为旧算法",
    Word.NONSTANDARD_ISSUER: "证照标识中的发证机构代码不是统一社会信用代码",
    Word.FOREIGN_ROOT: "证照标识根代码非标准",
    Word.ISSUER_DIFFERS: "颁发机构代码与证照标识不一致",
    Word.DATE_FORM: "日期书写不规范",
    Word.NO_EFFECTIVE_DATE: "缺少有效期起始日期",
    Word.NO_TYPE_NAME: "缺少证照类型名称",
    Word.NO_FACE: "缺少照面信息",
    Word.NO_FILE: "缺少证照文件",
    Word.FILE_UNNAMED: "文件内缺少证照标识",
    Word.FILE_TYPE_DIFFERS: "文件与元数据的证照类型不一致",
    Word.FILE_NUMBER_DIFFERS: "文件与元数据的证照编号不一致",
    Word.FILE_ISSUER_DIFFERS: "文件与元数据的颁发机构不一致",
    Word.FILE_DATE_DIFFERS: "文件与元数据的颁发日期不一致",
    Word.FILE_HOLDER_DIFFERS: "文件与元数据的持证主体代码不一致",
    "SEAL_VALID_UNTRUSTED": "印章签名有效，制章机构不在信任列表",
    "SEAL_EXPIRED_AT_SIGNING": "签章时印章证书已过期",
    "SEAL_COPY_EXPIRED": "加注件已过有效期",
    "SEAL_TAMPERED": "文件签章后被改动",
    "SEAL_UNSUPPORTED": "签章格式无法识别",
    "SEAL_UNSIGNED": "文件无签章",
    "REFUSED_CHECK": "证照标识校验位错误",
    "REFUSED_ROW": "整行无法读取",
    "REFUSED_MISSING": "缺少必填项",
    "REFUSED_TOO_LONG": "内容超长",
    "REFUSED_BAD_VALUE": "内容不合规",
    "REFUSED_IDENTIFIER": "证照标识不合规",
    "REFUSED_HOLDER": "持证主体代码不合规",
    "REFUSED_DATE": "日期无法识别或前后矛盾",
    "REFUSED_STATUS": "证照状态不合规",
    "REFUSED_AREA": "管辖属地编码不合规",
    "REFUSED_FACE": "照面信息不合规",
    "REFUSED_FILE": "证照文件无法读取",
    "REFUSED_VERDICT": "证照文件签章核验未通过",
    "REFUSED_MISMATCH": "证照标识与元数据或文件不一致",
    "REFUSED_DUPLICATE": "证照标识重复",
}
"""What each word of a report means, for the issuer; a test holds the table complete."""


def seal_words(verdict: Verdict) -> tuple[str, ...]:
    """The finding of a seal's verdict; none where it is as it should be."""
    return () if verdict is Verdict.VALID else (f"SEAL_{verdict.value}",)


def identifier_words(identifier: str) -> tuple[str, ...]:
    """What is unusual about an identifier that some library accepted; one that breaks the rules is REFUSED_IDENTIFIER."""
    try:
        parsed: Parsed = parse(identifier)
    except IdentifierError:
        return ("REFUSED_IDENTIFIER",)
    return tuple(one.value for one in parsed.warnings)


def file_words(custom: Mapping[str, str], record: CertificateRecord) -> tuple[str, ...]:
    """Where the custom data of a file (GB/T 36903 short names) contradict the metadata; what the file does not say contradicts nothing."""
    rules: tuple[tuple[str, Word, Callable[[str], bool]], ...] = (
        ("ZZLXDM", Word.FILE_TYPE_DIFFERS, lambda text: text == record.type_code),
        ("ZZBH", Word.FILE_NUMBER_DIFFERS, lambda text: text == record.number),
        ("ZZBFJGDM", Word.FILE_ISSUER_DIFFERS, lambda text: text == record.issuer_code),
        ("ZZBFRQ", Word.FILE_DATE_DIFFERS, lambda text: _same_day(text, record)),
        ("CZZTDM", Word.FILE_HOLDER_DIFFERS, lambda text: _same_holders(text, record)),
    )
    found = [] if custom.get("ZZBS") else [Word.FILE_UNNAMED.value]
    return (*found, *(word.value for name, word, fits in rules if custom.get(name) and not fits(custom[name])))


def _same_day(text: str, record: CertificateRecord) -> bool:
    try:
        return parse_day(text) == record.issued
    except ValueError:
        return False


def _same_holders(text: str, record: CertificateRecord) -> bool:
    written = {part.strip().upper() for part in text.replace(",", "^").replace("，", "^").split("^")}
    return written == {one.code.upper() for one in record.holders}


def row_words(values: Mapping[str, Any], record: CertificateRecord) -> tuple[str, ...]:
    """What a row leaves out or writes in a form of its own, though it can be read."""
    dates = ("certificateIssuedDate", "certificateEffectiveDate", "certificateExpiringDate")
    rules = {
        Word.DATE_FORM: any(_odd_date(values.get(name)) for name in dates),
        Word.NO_EFFECTIVE_DATE: not values.get("certificateEffectiveDate"),
        Word.NO_TYPE_NAME: not values.get("certificateTypeName"),
        Word.NO_FACE: not record.face,
        Word.NO_FILE: not values.get("file"),
    }
    return tuple(word.value for word, holds in rules.items() if holds)


def _odd_date(value: object) -> bool:
    """A date that is neither yyyy-MM-dd nor yyyyMMdd, the forms of the standards; no date is none."""
    if not isinstance(value, str) or not value.strip() or value.strip() == "长期":
        return False
    try:
        day = parse_day(value)
    except ValueError:
        return False
    return value.strip() not in {day.isoformat(), f"{day:%Y%m%d}"}
