"""The index of an archive package, as JSON (RFC 8785) and as XML with the same members. Clause 8.5; names of the metadata: `metadata`.

    {"v":1, "type":"certmesh.proof.archive", "standard":"GB/T 36903-2018", "certificate":{…}, "copy":{…}, "use":{…},
     "files":[{"name", "bytes", "sm3", "what"}…]}

The XML has an element for each object and `item` elements with `name`, the Chinese `label`, and the `short` name of OFD custom data.
"""

import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from federation.proof_archive.metadata import ITEMS, metadata
from federation.proof_bundle import BundleVerdict
from trust import canonical, gm

TYPE = "certmesh.proof.archive"
STANDARD = "GB/T 36903-2018"
_COPY = "certificateCopy"
_USE = (
    ("exchangeId", "exchange", "交换编号"),
    ("applyId", "apply_id", "申请编号"),
    ("consumerProvince", "consumer", "用证省（市）"),
    ("providerProvince", "provider", "供证省（市）"),
    ("useOrgName", "use_org_name", "用证单位"),
    ("useOrgCode", "use_org_code", "用证单位代码"),
    ("itemName", "item_name", "政务服务事项"),
    ("itemCode", "item_code", "事项编码"),
    ("bizNum", "biz_num", "业务编号"),
    ("useCause", "use_cause", "用证事由"),
    ("outputMode", "output", "使用方式"),
    ("outcome", "outcome", "结果"),
    ("askedAt", "asked", "请求时间"),
    ("answeredAt", "answered", "应答时间"),
    ("receivedAt", "received", "收到时间"),
    ("fileSm3", "file_sm3", "文件摘要（SM3）"),
    ("originalSm3", "original_sm3", "原件摘要（SM3）"),
)
_WHAT = {"proof.zip": "用证证据包", "file.ofd": "证照文件", "file.bin": "证照文件"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


def index_of(parts: Mapping[str, bytes], verdict: BundleVerdict, files: Mapping[str, bytes]) -> dict[str, Any]:
    """The index as JSON values, out of a proof's verified parts and its verdict; `files` stand beside it in the archive."""
    known = metadata(parts)
    use = {name: str(getattr(verdict.use, given)) for name, given, _ in _USE if getattr(verdict.use, given, "")}
    return {
        "v": 1,
        "type": TYPE,
        "standard": STANDARD,
        "certificate": {name: value for name, value in known.items() if not name.startswith(_COPY)},
        "copy": {name: value for name, value in known.items() if name.startswith(_COPY)},
        "use": use,
        "files": [
            {"name": name, "bytes": len(data), "sm3": gm.sm3(data).hex(), "what": _WHAT[name]}
            for name, data in files.items()
        ],
    }


def to_json(index: Mapping[str, Any]) -> bytes:
    """The index as canonical JSON."""
    return canonical.dumps(index)


def to_xml(index: Mapping[str, Any]) -> bytes:
    """The index as XML 1.0, UTF-8; characters that XML cannot hold are U+FFFD."""
    metadata_of = {item.name: (item.zh, item.short) for item in ITEMS}
    labels = metadata_of | {name: (zh, "") for name, _, zh in _USE}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<archive type="{TYPE}" version="1" standard="{STANDARD}">')
    for group in ("certificate", "copy", "use"):
        lines.append(f"  <{group}>")
        lines += [f"    {_item(name, value, *labels[name])}" for name, value in index[group].items()]
        lines.append(f"  </{group}>")
    lines.append("  <files>")
    for one in index["files"]:
        told = "".join(f" {name}={_attribute(str(one[name]))}" for name in ("name", "bytes", "sm3", "what"))
        lines.append(f"    <file{told}/>")
    lines += ["  </files>", "</archive>", ""]
    return "\n".join(lines).encode()


def _item(name: str, value: str, label: str, short: str) -> str:
    named = f" short={_attribute(short)}" if short else ""
    return f"<item name={_attribute(name)}{named} label={_attribute(label)}>{escape(_clean(value))}</item>"


def _attribute(value: str) -> str:
    return quoteattr(_clean(value))


def _clean(value: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)
