"""`certmesh objections`: objections to certificates (异议), through the running node. P5."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.table import Table

from node.admin.paths import OBJECTIONS_PATH
from node.cli.lists_client import As, admin_for, post
from node.cli.options import ConfigFile, Json, print_json

app = typer.Typer(no_args_is_help=True, help="Objections to certificates: who waits for an answer, and answering.")

_Id = Annotated[str, typer.Argument(metavar="ID", help="As list shows it.", show_default=False)]
_PARTS = {"OWNER": "本省（市）答复", "RAISER": "本省（市）提出", "TOLD": "本省（市）曾用证"}
_BY = {"HOLDER": "持证主体", "USE_ORG": "用证单位"}


@app.callback()
def _objections() -> None:
    """An objection is answered by the issuer's province within five working days; until then every search marks the certificate."""


@app.command("list")
def list_(
    config: ConfigFile,
    *,
    state: Annotated[
        str, typer.Option(help="open, checking, corrected, rejected, withdrawn, refused or all; else those that wait.")
    ] = "",
    part: Annotated[str, typer.Option(help="owner, raiser or told: what this province has to do with it.")] = "",
    after: Annotated[str, typer.Option(help="Go on behind this place.")] = "",
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Show objections, the one due first before others."""
    query = urlencode({"state": state, "part": part, "after": after})
    told = admin_for(config, as_file, reading=True).ask("GET", f"{OBJECTIONS_PATH}?{query}")
    if as_json:
        print_json(told)
        return
    table = Table(title=f"{len(told['objections'])} 件")
    for heading in ("编号", "状态", "办理", "提出", "答复", "证照", "期限", "说明"):
        table.add_column(heading, overflow="fold")
    for one in told["objections"]:
        due = f"{one['due']}（逾期）" if one["overdue"] else one["due"]
        where = (_PARTS[one["part"]], one["raiser"], one["owner"], one["certificate"])
        table.add_row(one["id"], one["state_zh"], *where, due, one["refusal"] or one["due_note"])
    Console().print(table)
    if told["next"]:
        print(f"more: --after {told['next']}")


@app.command()
def show(config: ConfigFile, objection: _Id, *, as_file: As = None, as_json: Json = False) -> None:
    """Show one objection with what is claimed; that it was looked at is on record."""
    told = post(admin_for(config, as_file), f"{OBJECTIONS_PATH}/show", {"id": objection})
    if as_json:
        print_json(told)
        return
    table = Table("项目", "内容", title=told["id"])
    for name, value in _rows(told):
        table.add_row(name, value)
    Console().print(table)


@app.command()
def take(config: ConfigFile, objection: _Id, *, as_file: As = None, as_json: Json = False) -> None:
    """Begin to check an objection (受理核查)."""
    _step(config, as_file, "take", {"id": objection}, as_json=as_json)


@app.command()
def correct(
    config: ConfigFile,
    objection: _Id,
    *,
    by: Annotated[
        str, typer.Option(help="The certificate that counts instead; left out: the same, imported anew.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Where there is something to say. No names, no numbers.")] = "",
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Say that the data were corrected (更正)."""
    _step(config, as_file, "correct", {"id": objection, "by": by, "reason": reason}, as_json=as_json)


@app.command()
def reject(
    config: ConfigFile,
    objection: _Id,
    *,
    reason: Annotated[
        str, typer.Option(help="Why; clerks of all provinces read it. No names, no numbers.", show_default=False)
    ],
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Reject an objection (异议不成立)."""
    _step(config, as_file, "reject", {"id": objection, "reason": reason}, as_json=as_json)


@app.command()
def retell(config: ConfigFile, objection: _Id, *, as_file: As = None, as_json: Json = False) -> None:
    """Tell the other provinces once more (重新告知): where a database was restored there and the case is lost, or contradicts it."""
    told = post(admin_for(config, as_file), f"{OBJECTIONS_PATH}/retell", {"id": objection})
    if as_json:
        print_json(told)
        return
    print(f"{told['id']}: {'、'.join(told['peers']) or '—'}")


def _step(config: Path, as_file: Path | None, word: str, body: dict[str, str], *, as_json: bool) -> None:
    told = post(admin_for(config, as_file), f"{OBJECTIONS_PATH}/{word}", body)
    if as_json:
        print_json(told)
        return
    print(f"{told['id']}: {told['state_zh']}")


def _rows(told: dict[str, Any]) -> list[tuple[str, str]]:
    """What a manager reads of one case, in order."""
    rows = [
        ("状态", told["state_zh"]),
        ("提出人", f"{_BY[told['raised_by']]}（{told['raiser']} {told['unit']}）"),
        ("答复省（市）", told["owner"]),
        ("证照标识", told["identifier"]),
        ("有误项", "、".join(told["fields"])),
        ("异议内容", told["claim"] or "（本节点未存或已清除）"),
        ("提出时间", told["raised_at"]),
        ("答复省（市）收到", told["received_at"] or "（尚未送达）"),
        ("答复期限", f"{told['due']}{'（逾期）' if told['overdue'] else ''} {told['due_note']}".strip()),
        ("提出时载明的期限", told["signed_due"]),
    ]
    rows += [
        ("办理", f"{one['at']} {one['state']} {one['reason']} {one['correction']}".strip()) for one in told["moves"]
    ]
    waiting = "、".join(f"{peer}（已试 {tries} 次）" for peer, tries in told["untold"].items())
    return [*rows, ("尚未送达", waiting)] if waiting else rows
