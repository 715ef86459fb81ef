"""`certmesh receipt verify` of the receipt of one exchange: both sides' entries, in Chinese for an auditor. Clause 8.5. Needs no node."""

import json
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from federation.receipt import ExchangeReport, check_exchange, exchange_receipt, keys_of
from federation.receipt.both_sides import TYPE
from node.cli.options import print_json
from node.cli.receipt_documents import Documents
from node.errors import ConfigError


def is_of_both(data: bytes) -> bool:
    """Whether a file says that it is one."""
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(raw, dict) and raw.get("type") == TYPE


def verify(file: Path, data: bytes, documents: Documents, *, as_json: bool) -> None:
    """Check it with the membership documents alone, and print what it proves.

    Raises:
        ConfigError: no receipt.
        typer.Exit: something does not hold (1).
    """
    memberships = documents.memberships
    try:
        receipt = exchange_receipt(data)
    except ValueError as error:
        raise ConfigError(f"{file}: {error}") from error
    provinces = frozenset(code for one in memberships for code in one.provinces)
    report = check_exchange(receipt, keys_of(memberships), provinces)
    if as_json:
        print_json(_told(report) | {"membership": list(documents.fingerprints), "trusted": documents.trusted})
    else:
        _show(report, receipt.by)
        print(documents.zh())
    if not report.ok:
        raise typer.Exit(1)


def _told(report: ExchangeReport) -> dict[str, Any]:
    entries = [
        {
            "province": one.province,
            "index": one.index,
            "size": one.size,
            "type": one.type,
            "step": one.step,
            "time": one.time,
            "witnessed": dict(one.witnessed),
        }
        for one in report.entries
    ]
    messages = [
        {"digest": one.digest, "kind": one.kind, "sender": one.sender, "receivers": sorted(one.receivers)}
        for one in report.messages
    ]
    return {
        "ok": report.ok,
        "exchange": report.exchange_id,
        "entries": entries,
        "messages": messages,
        "problems": list(report.problems),
    }


def _show(report: ExchangeReport, by: str) -> None:
    entries = Table(title=f"交换 {report.exchange_id}（由 {by} 出具）")
    for heading in ("省（市）", "条目", "事项", "时间", "见证省"):
        entries.add_column(heading, overflow="fold")
    for one in report.entries:
        seen = "、".join(code for code, _ in one.witnessed) or "无"
        entries.add_row(one.province, f"{one.index}/{one.size}", f"{one.type} {one.step}", one.time, seen)
    messages = Table(title="消息")
    for heading in ("摘要", "种类", "发出", "收到", "双方均有存证"):
        messages.add_column(heading, overflow="fold")
    for message in report.messages:
        word = "是" if message.by_both else "否"
        sender, receivers = message.sender or "无条目", "、".join(sorted(message.receivers)) or "无条目"
        messages.add_row(message.digest, message.kind, sender, receivers, word)
    console = Console()
    console.print(entries)
    console.print(messages)
    for problem in report.problems:
        print(f"问题：{problem}")
    print("核验通过：条目均在各自日志中，且至少一条消息双方均有存证" if report.ok else "核验不通过")
