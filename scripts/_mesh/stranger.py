"""What convinces a stranger: a use as one file, logs compared and cosigned, the holder's list, an objection. Clauses 8.4, 8.5, 10.

Everything is checked with commands that need no node, and each has its counter-example.
"""

import json
from pathlib import Path
from typing import Any

from node.admin.client import AdminClient
from node.admin.paths import OBJECTIONS_PATH
from node.cli.lists_client import post
from node.library.invented import MINING_TYPE, PROVINCES, STORY_HOLDER
from node.rest import holder_uses, objection
from scripts._mesh.cases import HOLDER_APP
from scripts._mesh.counter import Counter
from scripts._mesh.managers import REVIEWER, manager_token
from scripts._mesh.mesh import Mesh, wait_for
from scripts._mesh.options import ASKING
from scripts._mesh.process import certmesh
from scripts._mesh.report import Report, named

ISSUER = "330000"
"""The province whose certificate the story is about."""


class Stranger:
    """The steps over a running mesh, after uses were made."""

    def __init__(self, mesh: Mesh, report: Report) -> None:
        """Nothing is asked yet."""
        self._mesh = mesh
        self._report = report
        self._counter = Counter(ASKING, mesh.folder.config(ASKING))

    def tell(self) -> None:
        """Every step, in order."""
        self._proof()
        self._compared()
        self._holder()
        self._objection()

    def _found(self, apply_id: str) -> dict[str, Any]:
        """The mining licence, as the counter finds it."""
        rows = self._counter.search(apply_id, STORY_HOLDER).data["dataList"]
        row: dict[str, Any] = next(one for one in rows if one["certificateTypeCode"] == MINING_TYPE)
        return row

    def _proof(self) -> None:
        """One use in one file, verified with nothing but a fingerprint; and the same with one byte changed."""
        with self._report.step("proof 证明包", "file", "said") as table:
            apply_id = self._counter.apply(STORY_HOLDER).data["applyId"]
            answer = self._counter.file(apply_id, self._found(apply_id)["certificateID"])
            copy, proof = self._mesh.folder.root / "copy.ofd", self._mesh.folder.root / "proof.zip"
            copy.write_bytes(answer.body)
            exchange = answer.headers["X-Certmesh-Exchange"]
            certmesh("proof", "make", exchange, "--config", self._config(ASKING), "--file", copy, "--out", proof)
            good, page = self._verified(proof), self._mesh.folder.root / "proof.html"
            certmesh("verify", proof, "--fingerprint", self._fingerprint(), "--page", page)
            changed = proof.with_name("changed.zip")
            changed.write_bytes(_with_one_bit_less(proof.read_bytes()))
            bad = self._verified(changed)
            table.add_row(proof.name, f"{proof.stat().st_size} bytes: {_words(good)}")
            table.add_row(changed.name, _words(bad))
            table.add_row(page.name, f"{page.stat().st_size} bytes, one page in Chinese")
            self._report.check("one file proves the use, offline", holds=good["ok"])
            self._report.check("one bit changed, and it is refused", holds=not bad["ok"])

    def _verified(self, proof: Path) -> dict[str, Any]:
        said = certmesh("verify", proof, "--fingerprint", self._fingerprint(), "--json", codes=(0, 1))
        told: dict[str, Any] = json.loads(said)
        return told

    def _compared(self) -> None:
        """Every pair of logs holds the same exchanges, and others have cosigned each log's head."""
        with self._report.step(
            "logs compared 对账与见证", "province", "entries", "cosigned by two", "compared with"
        ) as table:
            rounds = []
            for code in PROVINCES:
                asked = ("--config", self._config(code), "--grace", "0s", "--json")
                told = json.loads(certmesh("evidence", "reconcile", *asked, codes=(0, 1)))["rounds"]
                witness = self._mesh.status(code)["witness"]
                said = ", ".join(f"{one['province']} {one['result']} {one['count']}" for one in told)
                table.add_row(named(code), str(witness["size"]), str(witness["witnessed_size"]), said)
                rounds += [one["result"] for one in told]
            pairs = len(PROVINCES) * (len(PROVINCES) - 1)
            self._report.check("no log lacks what another one holds", holds=rounds == ["AGREED"] * pairs)

    def _holder(self) -> None:
        """Who used my certificates? Asked in the app of the holder's home, answered by all provinces."""
        app = Counter(ASKING, self._mesh.folder.config(ASKING), app=HOLDER_APP)
        asked = {"holderCode": STORY_HOLDER.code, "holderTypeCode": STORY_HOLDER.type_code, "place": "HOME"}
        with self._report.step("the holder's list 谁用了我的证照", "when", "who", "what for", "said by") as table:
            told = app.ask(holder_uses.PATH, asked).data
            for row in told["dataList"][:5]:
                who = ", ".join(one["areaCode"] for one in row["saidBy"])
                table.add_row(row["useTime"], row["useOrgName"], row["useCause"], who)
            self._report.check(
                f"all provinces answered, and their {told['total']} uses agree",
                holds=(told["verdict"], told["findings"]) == ("COMPLETE", []),
            )

    def _objection(self) -> None:
        """The unit objects to a certificate; it is disputed in every search until its issuer's province has answered."""
        with self._report.step("objection 异议", "step", "state", "disputed") as table:
            apply_id = self._counter.apply(STORY_HOLDER).data["applyId"]
            before = self._found(apply_id)
            wrong = {
                "raisedBy": "USE_ORG",
                "certificateID": before["certificateID"],
                "fields": ["validityPeriodEnd"],
                "claim": "有效期与批准文件不符（样例）",
                "applyId": apply_id,
            }
            raised = self._counter.ask(objection.RAISE_PATH, wrong, key="objection").data["objectionId"]
            wait_for("the objection reaches the issuer's province", lambda: self._case(raised)["delivered"])
            meanwhile = self._found(apply_id)["disputed"]
            table.add_row("raised 提出", self._case(raised)["stateZh"], str(meanwhile))
            manager = AdminClient(self._mesh.url(ISSUER, "admin"), manager_token(ISSUER, REVIEWER))
            for step, more in (("take", {}), ("reject", {"reason": "经核对，登记与批准文件一致（样例）"})):
                post(manager, f"{OBJECTIONS_PATH}/{step}", {"id": raised, **more})
            wait_for("the answer comes back", lambda: self._case(raised)["state"] == "REJECTED")
            after = self._found(apply_id)["disputed"]
            table.add_row("answered 答复", self._case(raised)["stateZh"], str(after))
            disputed = (before["disputed"], meanwhile, after)
            self._report.check("meanwhile every search says so, and no longer", holds=disputed == (False, True, False))

    def _case(self, objection_id: str) -> dict[str, Any]:
        (one,) = self._counter.ask(objection.SHOW_PATH, {"objectionId": objection_id}).data["dataList"]
        case: dict[str, Any] = one
        return case

    def _config(self, code: str) -> Path:
        return self._mesh.folder.config(code)

    def _fingerprint(self) -> str:
        return str(self._mesh.status(ASKING)["membership"]["fingerprint"])


def _with_one_bit_less(data: bytes) -> bytes:
    """The same with the last bit of a byte in its middle turned."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _words(told: dict[str, Any]) -> str:
    if told["ok"]:
        return "good"
    first = told["findings"][0]
    return f"refused: {first['part']}: {first['check']}"
