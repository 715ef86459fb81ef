"""One use of certificates, told over REST: a counter in Jiangsu applies, searches and fetches; the providers announce it. DESIGN §6.

Every step prints a table and makes its checks; what is expected follows from what was imported and from who was made silent.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Timer
from typing import Any

from node.library.invented import STORY_HOLDER
from scripts._mesh.certificates import Issuance, Issued, story_items
from scripts._mesh.counter import Answer, Counter
from scripts._mesh.mesh import Mesh, wait_for
from scripts._mesh.options import ASKING, Options, Slow
from scripts._mesh.report import Report, named
from trust.gm import sm3
from trust.ofd import Trust, Verdict, verify_document

SILENT = {"TIMEOUT", "ERROR"}
VERIFYING = "310000"
ARCHIVE_LINE = 1
LATE_MARGIN_S = 1.5  # how long after the deadline an answer may arrive on a busy machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An item of the search's answer, with the province to fetch it from."""

    identifier: str
    province: str


class Story:
    """The story over a running mesh. Its methods are called in the order in which they stand."""

    def __init__(self, mesh: Mesh, report: Report, options: Options, issuance: Issuance) -> None:
        """`issuance` is what was imported."""
        self._mesh = mesh
        self._report = report
        self._options = options
        self._issued: dict[str, Issued] = {one.record.identifier: one for one in story_items(issuance)}
        self._counter = Counter(ASKING, mesh.folder.config(ASKING))
        self._apply_id = ""
        self._found: list[Found] = []
        self._exchanges: dict[str, str] = {}  # exchange id: the province that provided
        self._copy = b""  # the first usage copy that came

    def apply(self) -> None:
        """The application, and every province's verdict on it."""
        columns = ("province", "outcome", "verdict", "certificate types", "reason")
        with self._report.step(f"application 申请 · {self._counter.line['item_name']}", *columns) as table:
            data = self._counter.apply(STORY_HOLDER).data
            self._apply_id = data["applyId"]
            for row in data["verdicts"]:
                reasons = ", ".join(one["reason"] for one in row["reasons"])
                types = str(len(row["certificateTypeCodes"]))
                table.add_row(named(row["areaCode"]), row["outcome"], row["result"], types, reasons)
            passed = {row["areaCode"] for row in data["verdicts"] if row["result"] == "PASS"}
            asked = set(self._counter.line["provider_provinces"])
            self._report.check("every province of the use list's line admits the application", holds=passed == asked)

    def search(self) -> None:
        """The fused search, with one peer stopped or frozen where that was asked for."""
        if self._options.down:
            with self._report.step("a node goes down 停机"):
                code = self._mesh.stop([self._options.down])[self._options.down]
                self._report.check(f"{named(self._options.down)} stopped with exit code 0", holds=code == 0)
        if self._options.slow is None:
            self._searched(self._counter.search(self._apply_id, STORY_HOLDER))
        else:
            self._search_slowly(self._options.slow)

    def _search_slowly(self, slow: Slow) -> None:
        """Freeze a peer, search, let it go on after its delay, and see that the next search hears it again."""
        node = self._mesh.nodes[slow.province]
        node.freeze()
        thaw = Timer(slow.delay_s, node.thaw)
        thaw.start()
        try:
            answer = self._counter.search(self._apply_id, STORY_HOLDER)
        finally:
            thaw.join()
        self._searched(answer)
        with self._report.step("the late peer again 恢复"):
            wait_for(f"{slow.province} is heard again", lambda: slow.province not in self._silent_now(), timeout_s=20)
            self._report.check(f"{named(slow.province)} is back: the next search hears it", holds=True)

    def _silent_now(self) -> set[str]:
        return _silent(self._counter.search(self._apply_id, STORY_HOLDER).data)

    def _searched(self, answer: Answer) -> None:
        """Print and check the answer of the search."""
        data = answer.data
        self._found = [Found(identifier=one["certificateID"], province=one["nodeId"]) for one in data["dataList"]]
        self._report.result.search = {
            "verdict": data["verdict"],
            "outcomes": [
                {"province": one["areaCode"], "outcome": one["outcome"], "reason": one["reason"]}
                for one in data["outcomes"]
            ],
            "items": [
                {"identifier": one["certificateID"], "province": one["nodeId"], "status": one["status"]}
                for one in data["dataList"]
            ],
            "elapsed_ms": data["elapsedMs"],
        }
        columns = ("province", "outcome", "reason", "ms", "catalogue", "found")
        with self._report.step(f"search 融合检索 · {data['verdict']} · {data['elapsedMs']} ms", *columns) as table:
            for one in data["outcomes"]:
                names = [item["certificateName"] for item in data["dataList"] if item["nodeId"] == one["areaCode"]]
                version = f"v{one['catalogueVersion']}" if one["catalogueVersion"] else ""
                cells = (one["outcome"], one["reason"], str(one["elapsedMs"]), version, "、".join(names))
                table.add_row(named(one["areaCode"]), *cells)
            self._check_search(data, answer.elapsed_s)

    def _check_search(self, data: Mapping[str, Any], elapsed_s: float) -> None:
        silent = self._expected_silent()
        check, deadline_s = self._report.check, self._counter.deadline_s
        word = "INCOMPLETE" if silent else "COMPLETE"
        check(f"the answer says {word}", holds=data["verdict"] == word)
        if silent:
            who = "、".join(named(code) for code in sorted(silent))
            check(f"it names who did not answer: {who}", holds=_silent(data) == silent)
        expected = {one for one, issued in self._issued.items() if _province(issued) not in silent}
        check(
            f"it lists exactly what the provinces that answered hold: {len(expected)}",
            holds=expected == {one.identifier for one in self._found},
        )
        if self._options.slow and self._options.slow.province in silent:
            check("it came at the deadline, not before", holds=elapsed_s >= deadline_s - LATE_MARGIN_S / 10)
        check(f"nobody waited beyond the deadline of {deadline_s:g} s", holds=elapsed_s <= deadline_s + LATE_MARGIN_S)

    def _expected_silent(self) -> set[str]:
        """Who cannot answer in time, of those the use list's line asks."""
        slow = self._options.slow
        late = slow.province if slow and slow.delay_s >= self._counter.deadline_s else None
        silent = {code for code in (self._options.down, late) if code}
        return silent & set(self._counter.line["provider_provinces"])

    def retrieve(self) -> None:
        """Fetch every file found, and the face data of the first."""
        columns = ("certificate", "from", "kind", "bytes", "ms", "verdict", "holds until")
        with self._report.step("retrieval 融合获取", *columns) as table:
            for one in self._found:
                self._fetched(table, one, "FILE", self._counter.file(self._apply_id, one.identifier))
            for one in self._found[:1]:
                self._fetched(table, one, "DATA", self._counter.face(self._apply_id, one.identifier))
                self._fetched(table, one, "ORIGINAL", self._original(one))
            rows = self._report.result.retrieved
            self._report.check("something was found and fetched", holds=len(rows) > 1)
            self._report.check(
                "files are usage copies (加注件) of what their provinces imported, made by them for this use; face data are the record's; "
                "the archive's line gets the original, byte for byte",
                holds=all(row["verified"] for row in rows),
            )

    def _fetched(self, table: Any, one: Found, kind: str, answer: Answer) -> None:
        row = self._face(one, answer) if kind == "DATA" else self._file(one, answer, kind)
        self._report.result.retrieved.append(row)
        issued = self._issued.get(one.identifier)
        name = issued.record.name if issued else one.identifier
        elapsed = f"{answer.elapsed_s * 1000:.0f}"
        said = (answer.headers.get("X-Certmesh-Verdict", ""), answer.headers.get("X-Certmesh-Copy-Expires", "")[:10])
        table.add_row(name, named(one.province), kind, str(row["bytes"]), elapsed, *said)

    def _original(self, one: Found) -> Answer:
        """The issued file itself, for the archive: a matter of its own, under the line that admits originals."""
        archive = Counter(ASKING, self._mesh.folder.config(ASKING), line=ARCHIVE_LINE)
        apply_id = archive.apply(STORY_HOLDER).data["applyId"]
        _ = archive.search(apply_id, STORY_HOLDER).data
        return archive.file(apply_id, one.identifier, original=True)

    def _file(self, one: Found, answer: Answer, kind: str) -> dict[str, Any]:
        """Compare the bytes received with the header, and the copy's own words with the use and with the file that was imported."""
        if "X-Certmesh-SM3" not in answer.headers:
            _ = answer.data  # a refusal: its words are the error
        headers, digest = answer.headers, sm3(answer.body).hex()
        issued = self._issued.get(one.identifier)
        original = sm3(issued.file).hex() if issued and issued.file is not None else ""
        self._exchanges[headers["X-Certmesh-Exchange"]] = one.province
        named_sm3, named_original = headers["X-Certmesh-SM3"], headers["X-Certmesh-Original-SM3"]
        verified = (
            digest == named_sm3
            and named_original == original
            and headers["X-Certmesh-Identifier"] == one.identifier
            and (
                digest == original
                if kind == "ORIGINAL"
                else self._is_copy(answer.body, headers["X-Certmesh-Exchange"], original)
            )
        )
        self._copy = self._copy or answer.body
        return _row(one, kind, len(answer.body), digest, named_original, verified=verified)

    def _is_copy(self, content: bytes, exchange: str, original: str) -> bool:
        """Whether this is a copy of that original for this exchange, signed by a member of the mesh."""
        report = verify_document(content, trust=Trust(), copy_trust=self._mesh.members, at=datetime.now(UTC))
        if report.copy is None or report.verdict is not Verdict.VALID:
            return False
        terms = report.copy.terms
        made_for = (terms.exchange_id, terms.using_unit, report.copy.original_sm3)
        return made_for == (exchange, self._counter.line["use_org_name"], original)

    def verify(self) -> None:
        """Present a copy to another province's verification service, and the same with one byte changed."""
        if not self._copy:
            return
        counter = Counter(VERIFYING, self._mesh.folder.config(VERIFYING))
        spoiled = bytearray(self._copy)
        spoiled[len(spoiled) // 2] ^= 1
        columns = ("presented in", "what", "result", "message")
        with self._report.step("verification service 核验", *columns) as table:
            results = []
            for what, content in (("the usage copy", self._copy), ("one byte changed", bytes(spoiled))):
                data = counter.verify(content).data
                table.add_row(named(VERIFYING), what, str(data["result"]), data["message"])
                results.append(data["result"])
            self._report.check("the copy passes, and fails with one byte changed", holds=results == [0, 2])

    def _face(self, one: Found, answer: Answer) -> dict[str, Any]:
        """Compare the face data received with the record that was imported."""
        data = answer.data
        item = data["dataList"][0]
        self._exchanges[data["exchangeId"]] = one.province
        got = {face["columnName"]: face["value"] for face in item["surface"]}
        issued = self._issued.get(one.identifier)
        allowed = set(self._counter.line["allowed_fields"])
        kept = {face.column: face.value for face in issued.record.face if face.column in allowed} if issued else {}
        original = issued.record.file_sm3 if issued else ""
        verified = got == kept and item["certificateIdentifier"] == one.identifier and item["sourceDigest"] == original
        bytes_ = json.dumps(item, ensure_ascii=False).encode()
        return _row(one, "DATA", len(bytes_), sm3(answer.body).hex(), item["sourceDigest"], verified=verified)

    def announced(self) -> None:
        """Wait until the notices are where they belong, and read the holder's record at home."""
        wait_for("every notice to a running node delivered", lambda: not self._pending_for_running())
        columns = ("province", "sent", "delivered", "pending", "dead", "received")
        with self._report.step("notices 告知", *columns) as table:
            counts = {code: status["notices"] for code, status in self._mesh.statuses().items()}
            for code, one in counts.items():
                cells = [_sent(one), *(one[word] for word in ("delivered", "pending", "dead", "received"))]
                table.add_row(named(code), *map(str, cells))
            total = {word: sum(one[word] for one in counts.values()) for word in ("delivered", "dead")}
            self._report.result.notices = {"sent": sum(map(_sent, counts.values())), **total}
            self._report.check("no notice is dead", holds=total["dead"] == 0)
        self._told_holder()

    def _pending_for_running(self) -> bool:
        up = set(self._mesh.up)
        queues = [queue for status in self._mesh.statuses().values() for queue in status["notices"]["queues"]]
        return any(queue["state"] == "PENDING" and queue["province"] in up for queue in queues)

    def _told_holder(self) -> None:
        """`certmesh uses` in the holder's home province."""
        columns = ("time", "certificate", "using unit", "matter", "kind", "provided by")
        with self._report.step("the holder's record 持证主体的用证记录", *columns) as table:
            uses = [one["data"] for one in self._mesh.uses(ASKING, STORY_HOLDER)]
            for one in sorted(uses, key=lambda use: str(use["use_time"])):
                what = (one["certificate_type_name"], one["use_org_name"], one["item_name"], one["output"])
                table.add_row(one["use_time"][:19], *what, named(one["provider"]))
            told = {one["exchange_id"] for one in uses if one["addressee"] == "HOLDER"}
            self._report.check("the holder can see every one of these uses", holds=told == set(self._exchanges))

    def recorded(self) -> None:
        """Both sides of every use hold evidence under its exchange id."""
        both = [
            exchange
            for exchange, provider in self._exchanges.items()
            if self._mesh.entries(ASKING, exchange) and self._mesh.entries(provider, exchange)
        ]
        self._report.check(
            f"both sides hold evidence of all {len(self._exchanges)} uses, under the same exchange id",
            holds=len(both) == len(self._exchanges),
        )

    @property
    def counter(self) -> Counter:
        """The line system that asked."""
        return self._counter


def _province(issued: Issued) -> str:
    return issued.record.area_code[:2] + "0000"


def _silent(data: Mapping[str, Any]) -> set[str]:
    return {one["areaCode"] for one in data["outcomes"] if one["outcome"] in SILENT}


def _sent(counts: Mapping[str, Any]) -> int:
    return int(counts["pending"] + counts["delivered"] + counts["dead"])


def _row(one: Found, kind: str, size: int, digest: str, original: str, *, verified: bool) -> dict[str, Any]:
    return {
        "identifier": one.identifier,
        "province": one.province,
        "kind": kind,
        "bytes": size,
        "sm3": digest,
        "original_sm3": original,
        "verified": verified,
    }
