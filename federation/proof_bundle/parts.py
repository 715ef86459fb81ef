"""What a proof bundle is made of: the names of its parts, and the manifest over them. Clause 8.5.

    manifest.json                      canonical JSON: whose use it is, and every part below but the seal by name, bytes, SM3 and kind
    membership/0001.json …             the membership documents that the maker believed: every key and its history
    crl/310000.crl …                   the revocation lists of the provinces' CAs that the maker held
    log/310000-17.tlog-proof …         entries of both sides' logs, each in its proof (`trust.tlog_proof`), cosigned where witnesses did
    use-list/line.json, tree.json, head.json    the line as published, the way from it to the root, the signed head over that
    contents/application.json, verdict.json, data.json, salts.json    what the entries bind, and the salts that open the commitments
    consent.json · file.ofd · report.json       the holder's consent, the file as handed out, what its verification found
    seal/manifest.tlog-proof           the maker's entry over the manifest's SM3, in its log: made last, so not in the manifest

Contents, consent, file and report are personal data: a bundle without them proves the same about digests. The meaning is `check`'s matter.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from federation.proof_bundle.flaw import FlawError
from trust import canonical, gm

TYPE = "certmesh.proof.bundle"
MANIFEST = "manifest.json"
SEAL = "seal/manifest.tlog-proof"
MAX_MANIFEST_BYTES = 1 << 20
_TEXTS = ("consumer", "provider", "exchange", "apply", "by", "made")


class What(StrEnum):
    """What a part is."""

    MEMBERSHIP = "membership"
    CRL = "crl"
    ENTRY = "entry"
    USE_LINE = "use-line"
    USE_TREE = "use-tree"
    USE_HEAD = "use-head"
    APPLICATION = "application"
    VERDICT = "verdict"
    DATA = "data"
    SALTS = "salts"
    CONSENT = "consent"
    FILE = "file"
    REPORT = "report"


PERSONAL = frozenset({What.APPLICATION, What.VERDICT, What.DATA, What.CONSENT, What.FILE, What.REPORT})
"""What a bundle without contents has none of."""

WORDS = {
    What.MEMBERSHIP: "成员文件（含密钥历史）",
    What.CRL: "吊销列表",
    What.ENTRY: "存证条目及其证明",
    What.USE_LINE: "用证清单条目",
    What.USE_TREE: "清单条目到发布根的路径",
    What.USE_HEAD: "用证清单签名发布头",
    What.APPLICATION: "用证申请",
    What.VERDICT: "核验结果",
    What.DATA: "照面信息",
    What.SALTS: "承诺的盐值",
    What.CONSENT: "持证主体授权凭据",
    What.FILE: "证照文件",
    What.REPORT: "文件核验报告",
}
_NAMES = {
    What.MEMBERSHIP: r"membership/[0-9]{4,9}\.json",
    What.CRL: r"crl/[0-9]{6}\.crl",
    What.ENTRY: r"log/[0-9]{6}-(?:0|[1-9][0-9]{0,18})\.tlog-proof",
    What.USE_LINE: r"use-list/line\.json",
    What.USE_TREE: r"use-list/tree\.json",
    What.USE_HEAD: r"use-list/head\.json",
    What.APPLICATION: r"contents/application\.json",
    What.VERDICT: r"contents/verdict\.json",
    What.DATA: r"contents/data\.json",
    What.SALTS: r"contents/salts\.json",
    What.CONSENT: r"consent\.json",
    What.FILE: r"file\.(?:ofd|bin)",
    What.REPORT: r"report\.json",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A part as the manifest lists it; `sm3` is hex."""

    name: str
    size: int
    sm3: str
    what: What


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Whose use the bundle is about, who made it when (ISO, UTC), and its parts. `apply_id` is "" where no application is known."""

    consumer: str
    provider: str
    exchange: str
    apply_id: str
    by: str
    made: str
    rows: tuple[Row, ...]

    def to_json(self) -> bytes:
        """The canonical bytes that are sealed."""
        return canonical.dumps(
            {
                "v": 1,
                "type": TYPE,
                "consumer": self.consumer,
                "provider": self.provider,
                "exchange": self.exchange,
                "apply": self.apply_id,
                "by": self.by,
                "made": self.made,
                "parts": [
                    {"name": one.name, "bytes": one.size, "sm3": one.sm3, "what": one.what.value} for one in self.rows
                ],
            }
        )


def what_is(name: str) -> What:
    """What a part of this name is.

    Raises:
        ValueError: no part has this name.
    """
    for what, pattern in _NAMES.items():
        if re.fullmatch(pattern, name, re.ASCII):
            return what
    raise ValueError(f"no part is called {name}")


def rows_of(parts: Mapping[str, bytes]) -> tuple[Row, ...]:
    """The rows of these parts, in order of their names.

    Raises:
        ValueError: a name that no part has.
    """
    return tuple(
        Row(name=name, size=len(parts[name]), sm3=gm.sm3(parts[name]).hex(), what=what_is(name))
        for name in sorted(parts)
    )


def read_manifest(parts: Mapping[str, bytes]) -> Manifest:
    """The manifest of a bundle whose parts are exactly those that it lists, in its order, with the seal behind them.

    Raises:
        FlawError: they are not; it names the part.
    """
    manifest = _parsed(parts.get(MANIFEST, b""))
    listed = [one.name for one in manifest.rows]
    if list(parts) != [MANIFEST, *listed, SEAL] or listed != sorted(listed):
        odd = sorted(set(parts) ^ {MANIFEST, *listed, SEAL})
        raise FlawError(odd[0] if odd else MANIFEST, "部件缺失、多出或次序不符", "a part is missing, added or moved")
    for row in manifest.rows:
        if len(parts[row.name]) != row.size or gm.sm3(parts[row.name]).hex() != row.sm3:
            raise FlawError(row.name, "部件内容与目录所列摘要不符", "the part is not the one that the manifest lists")
    return manifest


def _parsed(data: bytes) -> Manifest:
    if not 0 < len(data) <= MAX_MANIFEST_BYTES:
        raise FlawError(MANIFEST, "目录缺失或过大", "no manifest, or one that is too large")
    try:
        raw = canonical.loads(data)
        manifest = _manifest(raw)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FlawError(MANIFEST, "目录格式有误", f"not a manifest: {type(error).__name__}") from error
    if manifest.to_json() != data:
        raise FlawError(MANIFEST, "目录含有未知内容", "the manifest says more than this reader understands")
    return manifest


def _manifest(raw: Any) -> Manifest:
    if raw["v"] != 1 or raw["type"] != TYPE or not all(isinstance(raw[name], str) for name in _TEXTS):
        raise ValueError(f"not a {TYPE} of version 1")
    rows = tuple(
        Row(name=one["name"], size=one["bytes"], sm3=one["sm3"], what=What(one["what"])) for one in _list(raw["parts"])
    )
    if any(what_is(one.name) is not one.what or type(one.size) is not int for one in rows):
        raise ValueError("a part is called what it is not")
    return Manifest(
        consumer=raw["consumer"],
        provider=raw["provider"],
        exchange=raw["exchange"],
        apply_id=raw["apply"],
        by=raw["by"],
        made=raw["made"],
        rows=rows,
    )


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise TypeError("a list was expected")
    return value
