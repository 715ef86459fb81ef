"""More cases at the counter in Jiangsu, over REST: consent, a delegate, one call, a one-time address, a receipt, an explanation.

Clauses 7 and 8.1-8.3. The first use is `scripts._mesh.story`'s; here are the others, each with its counter-example.
"""

import base64
import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from federation.model.application import Holder
from node.admin.paths import EXCHANGES_PATH
from node.library.invented import STORY_HOLDER
from node.rest import consent, holders, receipt, use
from scripts._mesh.counter import OPERATOR, TIMEOUT_S, Counter
from scripts._mesh.errors import MeshError
from scripts._mesh.mesh import Mesh, wait_for
from scripts._mesh.options import ASKING
from scripts._mesh.process import certmesh
from scripts._mesh.report import Report
from trust.gm import sm3

CONSENT_LINE, ENTRUST_LINE = 2, 3
HOLDER_APP = "js-holder-app"
"""The home province's app, in which holders act themselves."""
DELEGATE = Holder(name="样例代办人", code="320700199001010010", type_code="111")
"""Whom the holder sends; invented."""
EXPRESSION = sm3("样例：持证主体在窗口签署的授权书".encode()).hex()
"""SM3 of what the holder signed at the counter; invented."""


class Cases:
    """The cases over a running mesh whose library is imported. `exchanges` grows with every use."""

    def __init__(self, mesh: Mesh, report: Report) -> None:
        """Nothing is asked yet."""
        self._mesh = mesh
        self._report = report
        self._counter = self._line(0)
        self.exchanges: dict[str, str] = {}

    def tell(self) -> None:
        """Every case, in order."""
        self._consent()
        self._entrusted()
        self._picture()
        self._received()
        self._told()

    def _line(self, line: int) -> Counter:
        return Counter(ASKING, self._mesh.folder.config(ASKING), line=line)

    def _consent(self) -> None:
        """With the holder's consent taken at the counter, without one, and after it was taken back."""
        counter = self._line(CONSENT_LINE)
        with self._report.step("consent 持证主体授权 · one call 一次调用", "step", "result") as table:
            handle = counter.ask(holders.PATH, _named(STORY_HOLDER)).data
            table.add_row("证件号替代码", f"{handle['outcome']}, minted by {handle['mintedBy']}")
            without = _rows(counter.ask(use.PATH, self._use(counter, handle)).body)
            table.add_row("without consent", _refusals(without))
            given = counter.ask(consent.GIVE_PATH, _counter_consent(counter, handle)).data
            table.add_row("consent at the counter", f"{given['state']} until {given['until']}")
            asked = self._use(counter, handle) | {"consentId": given["consentId"]}
            with_it = _rows(counter.ask(use.PATH, asked, key="with-consent").body)
            table.add_row("with consent", self._files(with_it))
            again = _rows(counter.ask(use.PATH, asked, key="with-consent").body)
            taken = {"certificateHolderHandle": handle["certificateHolderHandle"], "consentId": given["consentId"]}
            revoked = counter.ask(consent.REVOKE_PATH, taken).data
            after = _rows(counter.ask(use.PATH, asked).body)
            table.add_row(f"consent {revoked['state']}", _refusals(after))
            check = self._report.check
            check(
                "without consent nothing is asked for: CONSENT_MISSING", holds=_refusals(without) == "CONSENT_MISSING"
            )
            check("with it one call applies, searches and fetches", holds=bool(_found(with_it)) and self._good(with_it))
            check("the same call again is the same use", holds=_exchanges(again) == _exchanges(with_it))
            check("taken back it is worth nothing: CONSENT_ENDED", holds=_refusals(after) == "CONSENT_ENDED")

    def _entrusted(self) -> None:
        """Somebody whom the holder sends, by the consent given in the home province's app; and somebody else."""
        counter = self._line(ENTRUST_LINE)
        with self._report.step("delegate 委托授权", "who", "result") as table:
            app = Counter(ASKING, self._mesh.folder.config(ASKING), app=HOLDER_APP)
            document = app.ask(consent.GIVE_PATH, _home_consent(counter)).data["consent"]
            asked = self._use(counter, {}) | _holder(STORY_HOLDER) | {"consent": document}
            sent = _rows(counter.ask(use.PATH, asked | _delegate(DELEGATE)).body)
            table.add_row("whom the holder sent", self._files(sent))
            other = Holder(name="", code="320700199202020020", type_code="111")
            stranger = _rows(counter.ask(use.PATH, asked | _delegate(other)).body)
            table.add_row("somebody else", _refusals(stranger))
            check = self._report.check
            check("whom the holder sent gets the files", holds=bool(_found(sent)) and self._good(sent))
            check("nobody else does: CONSENT_MISMATCH", holds=_refusals(stranger) == "CONSENT_MISMATCH")

    def _picture(self) -> None:
        """A picture of a usage copy, by an address that is good once."""
        counter = self._counter
        with self._report.step("one-time address 一次性下载地址", "what", "result") as table:
            asked = self._use(counter, {}) | _holder(STORY_HOLDER) | {"fileFormat": "png", "deliver": "URL"}
            rows = _rows(counter.ask(use.PATH, asked).body)
            table.add_row("pictures", self._files(rows))
            (url, *_) = [one["file"]["fileUrl"] for one in _retrieved(rows) if one["file"]]
            first, second = (_fetch(counter, url) for _ in range(2))
            table.add_row("first fetch", f"{first[0]}, {len(first[1])} bytes of {_kind(first[1])}")
            table.add_row("second fetch", str(second[0]))
            check = self._report.check
            check("it gives a picture, once", holds=first[1].startswith(b"\x89PNG") and second[0] == http.client.GONE)

    def _received(self) -> None:
        """The receipt of a search, checked without a node; and the same with a province's silence made into 'none found'."""
        counter = self._counter
        with self._report.step("completeness receipt 检索完整性回执", "receipt", "said") as table:
            apply_id = counter.apply(STORY_HOLDER).data["applyId"]
            found = counter.search(apply_id, STORY_HOLDER).data
            document = counter.ask(receipt.PATH, {"exchangeId": found["exchangeId"]}).data["receipt"]
            good = self._verified("receipt.json", document)
            forged = self._verified("forged.json", _forged(document))
            table.add_row("as it came", good)
            table.add_row("one outcome changed", forged)
            self._report.check("it verifies offline, and not when an outcome is changed", holds=(good, forged) == _BOTH)

    def _verified(self, name: str, document: Mapping[str, Any]) -> str:
        path = Path(self._mesh.folder.root) / name
        path.write_text(json.dumps(document))
        try:
            certmesh("receipt", "verify", path, "--membership", self._mesh.folder.membership)
        except MeshError:
            return _BOTH[1]
        return _BOTH[0]

    def _told(self) -> None:
        """The holder's record names every one of these uses, and both nodes explain each; the address that was tried twice is named."""
        wait_for("the holder is told of every use", lambda: set(self.exchanges) <= self._known_to_holder())
        columns = ("exchange", "at the consumer", "at the provider", "fault")
        with self._report.step("explained 解释", *columns) as table:
            said = []
            for exchange, province in self.exchanges.items():
                here, there = (self._explained(code, exchange) for code in (ASKING, province))
                faults = ", ".join(f"{one['reason']}: {one['owner']}" for one in here["faults"])
                table.add_row(exchange, here["state"], there["state"], faults)
                said.append((here["state"], there["state"], faults))
            expected = {("DONE", "DONE", ""), ("PARTIAL", "DONE", "DOWNLOAD_SPENT: caller")}
            self._report.check("the holder can see every one of these uses, too", holds=True)
            self._report.check(
                "both nodes explain each exchange, and the address used twice is the caller's",
                holds=set(said) == expected,
            )

    def _known_to_holder(self) -> set[str]:
        return {one["data"]["exchange_id"] for one in self._mesh.uses(ASKING, STORY_HOLDER)}

    def _explained(self, province: str, exchange: str) -> dict[str, Any]:
        return self._mesh.admin(province).ask("GET", f"{EXCHANGES_PATH}/{exchange}")

    def _use(self, counter: Counter, handle: Mapping[str, Any]) -> dict[str, Any]:
        """What one call sends: the line's application, and every file of what is found."""
        asked = counter.application(STORY_HOLDER)
        for name in ("holderName", "holderCode", "holderTypeCode"):
            asked.pop(name)
        named = {"certificateHolderHandle": handle["certificateHolderHandle"]} if handle else {}
        return asked | named | {"retrieve": ["FILE"]}

    def _files(self, rows: list[dict[str, Any]]) -> str:
        """Remember the uses, and say how many files came."""
        for one in _retrieved(rows):
            if one["file"]:
                self.exchanges[one["exchangeId"]] = one["file"]["nodeId"]
        files = [one["file"] for one in _retrieved(rows) if one["file"]]
        return f"{len(_found(rows))} found, {len(files)} fetched" + (f"; {_refusals(rows)}" if _refusals(rows) else "")

    def _good(self, rows: list[dict[str, Any]]) -> bool:
        """Every certificate found came as the file that its digest names."""
        files = [one["file"] for one in _retrieved(rows)]
        return len(files) == len(_found(rows)) and all(
            one and sm3(base64.b64decode(one["content"])).hex() == one["sm3Digest"] for one in files
        )


_BOTH = ("good", "refused")


def _rows(body: bytes) -> list[dict[str, Any]]:
    """The rows of an answer to one call; a part that failed is a row, too."""
    message = json.loads(body)
    if message["data"] is None:
        return [{"search": None, "retrieved": [], "refusal": message["head"]}]
    rows: list[dict[str, Any]] = message["data"]["dataList"]
    return rows


def _found(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for row in rows if row["search"] for item in row["search"]["dataList"]]


def _retrieved(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for row in rows for one in row["retrieved"]]


def _exchanges(rows: list[dict[str, Any]]) -> list[str]:
    return [one["exchangeId"] for one in _retrieved(rows)]


def _refusals(rows: list[dict[str, Any]]) -> str:
    every = [*rows, *_retrieved(rows)]
    return ", ".join(one["refusal"]["reason"] for one in every if one["refusal"])


def _named(holder: Holder) -> dict[str, str]:
    return {"holderName": holder.name} | _holder(holder)


def _holder(holder: Holder) -> dict[str, str]:
    return {"holderCode": holder.code, "holderTypeCode": holder.type_code, "holderName": holder.name}


def _delegate(holder: Holder) -> dict[str, str]:
    return {"delegateCode": holder.code, "delegateTypeCode": holder.type_code}


def _scope(counter: Counter) -> dict[str, Any]:
    """What of a line a consent covers: all of it."""
    line = counter.line
    return {
        "itemCode": line["item_code"],
        "certificateTypeCodes": line["type_codes"],
        "outputs": line["output_modes"],
        "authMode": line["auth_mode"],
    }


def _counter_consent(counter: Counter, handle: Mapping[str, Any]) -> dict[str, Any]:
    assisted = {"channel": "COUNTER", "expressionSm3": EXPRESSION, "operatorAccount": OPERATOR["account"]}
    return _scope(counter) | assisted | {"certificateHolderHandle": handle["certificateHolderHandle"]}


def _home_consent(counter: Counter) -> dict[str, Any]:
    person = {"holderCode": STORY_HOLDER.code, "holderTypeCode": STORY_HOLDER.type_code}
    given = {"channel": "HOME", "granteeAreaCode": ASKING, "useOrgCode": counter.line["use_org_code"]}
    return _scope(counter) | given | person | _delegate(DELEGATE)


def _forged(document: Mapping[str, Any]) -> dict[str, Any]:
    """The receipt with the first outcome turned into its opposite."""
    copy: dict[str, Any] = json.loads(json.dumps(document))
    entry = json.loads(copy["answered"]["entry"])
    first = entry["outcomes"][0]
    first["outcome"] = "EMPTY" if first["outcome"] != "EMPTY" else "OK"
    copy["answered"]["entry"] = json.dumps(entry, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return copy


def _fetch(counter: Counter, url: str) -> tuple[int, bytes]:
    """GET a one-time address with the line system's token."""
    parts = urlsplit(url if "://" in url else counter.url + url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_S)
    try:
        connection.request("GET", parts.path, headers={"Authorization": f"Bearer {counter.token}"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _kind(body: bytes) -> str:
    return "PNG" if body.startswith(b"\x89PNG") else "something else"
