"""How lists, entries, their steps and differences look in a terminal: tables with the clerks' headings."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from node.ports.lists import Kind

NAMES = {
    Kind.CATALOGUE: ("证照类型", "type_name"),
    Kind.USELIST: ("事项", "item_name"),
    Kind.DECISIONS: ("用证清单", "use_list_id"),
}


def list_rows(kind: Kind, entries: Sequence[dict[str, Any]]) -> Iterable[tuple[str, ...]]:
    """The rows of a list."""
    for one in entries:
        draft = one["draft"]
        dead = f"（失效：{one['dead']}）" if one.get("dead") else ""
        later = f"，{one['effective_from']} 起生效" if one["effective_from"] else ""
        yield (
            one["id"],
            str(one["entry"].get(NAMES[kind][1], "")),
            one["state"] + dead,
            f"{one['version'] or '—'}{later}",
            f"{draft['action']} {draft['state']}" if draft else "",
        )


def print_entry(told: dict[str, Any]) -> None:
    """Everything known of one entry, as tables."""
    print(f"{told['id']}: {told['state']}, version {told['version']}")
    if told.get("dead"):
        print(f"失效：{told['dead']}")
    for raw in told["versions"]:
        rows = ((name, _text(value)) for name, value in raw.items() if value not in ("", [], 0))
        print_table(f"版本 {raw.get('version', 1)}", ("字段", "内容"), rows)
    if told["draft"]:
        rows = ((name, _text(value)) for name, value in told["draft"].items() if name != "entry" and value)
        print_table("草稿", ("字段", "内容"), rows)
    if told.get("providers"):
        ruled = (
            (one["provider"], one["ruling"] or "待审定", str(one["line_version"] or ""), "；".join(one["reasons"]))
            for one in told["providers"]
        )
        print_table("供证方", ("省（市）", "审定结果", "版本", "理由"), ruled)
    print_moves(told["moves"])


def print_moves(moves: Sequence[dict[str, Any]]) -> None:
    """The steps of an entry."""
    rows = ((one["at"], one["move"], str(one["version"] or ""), one["by"], one["reason"]) for one in moves)
    print_table("经过", ("时间", "步骤", "版本", "经办", "理由"), rows)


def diff_rows(told: dict[str, Any]) -> Iterable[tuple[str, ...]]:
    """The rows of a difference."""
    for one in told["added"]:
        yield one["id"], "新增", "", "", ""
    for one in told["removed"]:
        yield one["id"], "删除", "", "", ""
    for one in told["changed"]:
        for field in one["fields"]:
            yield one["id"], "变更", field["field"], _text(field["from"]), _text(field["to"])


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(_text(one) for one in value)
    if isinstance(value, dict):
        return " ".join(f"{name}={_text(one)}" for name, one in value.items())
    return "" if value is None else str(value)


def print_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on stdout."""
    table = Table(title=title)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
