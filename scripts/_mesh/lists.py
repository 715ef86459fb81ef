"""A line of the use list from a spreadsheet to its withdrawal, by two persons, at the admin port of the asking province. Clause 9."""

from collections.abc import Callable, Mapping
from typing import Any

from node.admin.client import AdminError
from node.library.invented import STORY_HOLDER
from node.lists import files
from node.ports.lists import Kind
from scripts._mesh.counter import Counter
from scripts._mesh.errors import MeshError
from scripts._mesh.managers import EDITOR, REVIEWER, managing
from scripts._mesh.mesh import Mesh, wait_for
from scripts._mesh.options import ASKING
from scripts._mesh.report import Report, named

LINE = "320000-DEMO-9001"
"""The line that comes and goes; invented."""
NOT_YET = {"USE_LIST_MISSING", "USE_LIST_UNKNOWN_VERSION", "USE_LIST_UNDECIDED"}
"""What a province says that has yet to pull the line, or its own decision on it."""


class ListStory:
    """The story over a running mesh."""

    def __init__(self, mesh: Mesh, report: Report) -> None:
        """Nothing is done yet."""
        self._report = report
        url = mesh.url(ASKING, "admin")
        self._editor, self._reviewer = (managing(url, ASKING, account) for account in (EDITOR, REVIEWER))
        self._counter = Counter(ASKING, mesh.folder.config(ASKING))
        self._line = {**self._counter.line, "use_list_id": LINE}

    def tell(self) -> None:
        """Import with a fault and without, four eyes, decisions of the providers, use, withdrawal."""
        check = self._report.check
        with self._report.step("lists 清单办理 · 一行用证清单", "step", "by", "outcome") as table:
            faulty = self._upload({**self._line, "auth_mode": "ANYBODY"})
            table.add_row("import a sheet with a faulty row 导入（有误）", EDITOR, faulty)
            check("a sheet with a fault is refused whole, and the row and field are named", holds="row 2" in faulty)
            table.add_row("import the sheet 导入", EDITOR, self._upload(self._line))
            self._editor.post("/submit", {"ids": [LINE]})
            refused = _refusal(lambda: self._editor.post("/publish", {"ids": [LINE], "submitted": True}))
            table.add_row("submit, and try to publish 提交并自行发布", EDITOR, refused)
            check("nobody publishes what they wrote themselves", holds="FOUR_EYES" in refused)
            read = self._reviewer.get("/one", id=LINE)["draft"]["content"]
            self._reviewer.post("/review", {"ids": [LINE], "approve": True, "seen": {LINE: read}})
            version = self._reviewer.post("/publish", {"ids": [LINE]})["version"]
            table.add_row("review and publish 审核、发布", REVIEWER, f"v{version}")
            wait_for("every provider has decided the new line", self._decided)
            for one in self._shown()["providers"]:
                table.add_row("decide 供证省审定", named(one["provider"]), one["ruling"])
            wait_for("every provider knows the line", self._in_force)
            check("the line authorises once its providers have accepted it", holds=self._passes())
            self._withdrawn(table)

    def _withdrawn(self, table: Any) -> None:
        self._editor.post("/withdraw", {"ids": [LINE], "reason": "样例办结"})
        version = self._reviewer.post("/publish", {"ids": [LINE], "submitted": True})["version"]
        table.add_row("withdraw and publish 撤销", f"{EDITOR}, {REVIEWER}", f"v{version}")
        refused = _refusal(self._apply)
        table.add_row("apply under it 再次申请", "counter", refused)
        self._report.check("a withdrawn line authorises no more, at once", holds="202" in refused)

    def _upload(self, line: Mapping[str, Any]) -> str:
        sheet = files.write(Kind.USELIST, [line], "xlsx")
        try:
            told = self._editor.upload("/import", sheet, name="new-line.xlsx")
        except AdminError as error:
            return "; ".join(f"row {one['row']}, {one['field']}: {one['zh']}" for one in error.problems) or str(error)
        return ", ".join(f"{count} {word}" for word, count in told.items())

    def _shown(self) -> dict[str, Any]:
        return self._editor.get("/one", id=LINE)

    def _decided(self) -> bool:
        others = set(self._line["provider_provinces"]) - {ASKING}
        accepted = {one["provider"] for one in self._shown()["providers"] if one["ruling"] == "ACCEPTED"}
        return others <= accepted

    def _apply(self) -> dict[str, Any]:
        self._counter.line = self._line
        return self._counter.apply(STORY_HOLDER).data

    def _in_force(self) -> bool:
        """Whether every province has ruled, and none because it does not hold the line yet: one may see it a moment later."""
        verdicts = self._apply()["verdicts"]
        words = {reason["reason"] for one in verdicts for reason in one["reasons"]}
        return all(one["result"] for one in verdicts) and not words & NOT_YET

    def _passes(self) -> bool:
        """Whether every province of the line admits an application under it."""
        verdicts = self._apply()["verdicts"]
        return bool(verdicts) and all(one["result"] == "PASS" for one in verdicts)


def _refusal(step: Callable[[], object]) -> str:
    """What a step that must be refused is told."""
    try:
        step()
    except (AdminError, MeshError) as error:
        return str(error)
    return "done"
