"""The metadata of a certificate and of its usage copy under the names of GB/T 36903-2018 (REQUIREMENTS §3.2), out of what a proof holds.

Three sources, each optional: the face data that were sent, the custom data of the file (the copy's and the original's inside it), and the
application, which names the holder. The first that has an item says it. Items that none has are left out. Values are as the sources write
them, but for days, which are ISO 8601.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trust.errors import DocumentError
from trust.ofd import read_package, read_usage_copy
from trust.ofd.usage_copy.original import open_original

APPLICATION, DATA, FILE = "contents/application.json", "contents/data.json", "file.ofd"
MAX_VALUE = 2_000  # characters; the standard's longest item has 512
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its English name, its short name in OFD custom data ("" for none), its Chinese name."""

    name: str
    short: str
    zh: str


ITEMS = (
    Item("certificateName", "ZZMC", "证照名称"),
    Item("certificateTypeName", "", "证照类型名称"),
    Item("certificateTypeCode", "ZZLXDM", "证照类型代码"),
    Item("certificateNumber", "ZZBH", "证照编号"),
    Item("certificateIdentifier", "ZZBS", "证照标识"),
    Item("certificateIssuingAuthorityName", "ZZBFJG", "证照颁发机构"),
    Item("certificateIssuingAuthorityCode", "ZZBFJGDM", "证照颁发机构代码"),
    Item("certificateIssuedDate", "ZZBFRQ", "证照颁发日期"),
    Item("certificateHolderName", "CZZT", "持证主体"),
    Item("certificateHolderCode", "CZZTDM", "持证主体代码"),
    Item("certificateHolderTypeName", "CZZTDMLX", "持证主体代码类型"),
    Item("certificateHolderTypeCode", "CZZTDMLXDM", "持证主体代码类型代码"),
    Item("certificateEffectiveDate", "ZZYXQQSRQ", "证照有效期起始日期"),
    Item("certificateExpiringDate", "ZZYXQJZRQ", "证照有效期截止日期"),
    Item("certificateCopyCreationTime", "JZJZZSJ", "加注件制作时间"),
    Item("certificateCopyCreator", "JZJZZZ", "加注件制作者"),
    Item("certificateCopyCause", "JZJZZSY", "加注件制作事由"),
    Item("certificateCopyExpiringTime", "JZJYXQJZSJ", "加注件有效期截止时间"),
)
_OF_DATA = {
    "certificateName": "certificateName",
    "certificateType": "certificateTypeName",
    "certificateTypeCode": "certificateTypeCode",
    "certificateNumber": "certificateNumber",
    "certificateIdentifier": "certificateIdentifier",
    "issueDept": "certificateIssuingAuthorityName",
    "issueDeptCode": "certificateIssuingAuthorityCode",
    "issueDate": "certificateIssuedDate",
    "certificateValidateStart": "certificateEffectiveDate",
    "certificateValidateEnd": "certificateExpiringDate",
}
"""The names of face data as they travel, and those of the standard."""
_OF_HOLDER = {
    "name": "certificateHolderName",
    "code": "certificateHolderCode",
    "type_code": "certificateHolderTypeCode",
}
_DAYS = frozenset({"certificateIssuedDate", "certificateEffectiveDate", "certificateExpiringDate"})


def metadata(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The items that the parts of a proof know, in the order of `ITEMS`. `parts` were verified."""
    found: dict[str, str] = {}
    for source in (_of_data(parts), _of_file(parts), _of_application(parts)):
        for name, value in source.items():
            if isinstance(value, str) and value.strip():
                found.setdefault(name, _written(name, value.strip()))
    return {item.name: found[item.name] for item in ITEMS if item.name in found}


def _of_data(parts: Mapping[str, bytes]) -> dict[str, Any]:
    raw = _object(parts, DATA)
    return {name: raw.get(given) for given, name in _OF_DATA.items()}


def _of_application(parts: Mapping[str, bytes]) -> dict[str, Any]:
    holder = _object(parts, APPLICATION).get("holder")
    return {name: holder.get(given) for given, name in _OF_HOLDER.items()} if isinstance(holder, dict) else {}


def _of_file(parts: Mapping[str, bytes]) -> dict[str, Any]:
    """Out of the custom data: those of a usage copy speak of the copy, those of the original inside it of the certificate."""
    if FILE not in parts:
        return {}
    try:
        package = read_package(parts[FILE])
        custom = dict(package.custom_data)
        if read_usage_copy(package) is not None:
            custom = {**open_original(package).custom_data, **custom}
    except DocumentError:
        return {}
    return {item.name: custom.get(item.short) for item in ITEMS if item.short}


def _object(parts: Mapping[str, bytes], name: str) -> dict[str, Any]:
    try:
        raw = json.loads(parts.get(name, b"{}"))
    except (ValueError, RecursionError):
        return {}
    return raw if isinstance(raw, dict) else {}


def _written(name: str, value: str) -> str:
    day = _DAY.fullmatch(value) if name in _DAYS else None
    return "-".join(day.groups()) if day else value[:MAX_VALUE]
