"""`certmesh notices`: what this node has to tell, to peers and to systems of the province, through the running node. Clause 8.4."""

from typing import Annotated, Any
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.table import Table

from node.admin.paths import NOTICES_PATH
from node.cli.lists_client import As, admin_for, post
from node.cli.options import ConfigFile, Json, print_json

app = typer.Typer(no_args_is_help=True, help="Notices of use on their way: to provinces and to webhooks.")

_STATES = {"PENDING": "待送达", "DEFERRED": "暂缓告知", "DELIVERED": "已送达", "DEAD": "送达失败"}
_ADDRESSEES = {"HOLDER": "持证主体", "ISSUER": "发证单位"}


@app.callback()
def _notices() -> None:
    """Each target has a queue, worked off in order; what it refuses again and again is dead until it is sent again."""


@app.command("list")
def list_(
    config: ConfigFile,
    *,
    state: Annotated[str, typer.Option(help="pending, deferred, delivered or dead.")] = "dead",
    target: Annotated[str, typer.Option(help="A province's code, or webhook/NAME.")] = "",
    before: Annotated[int, typer.Option(help="Go on behind this one, as the last page said.")] = 0,
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Show the notices that stand so, newest first, and how many there are of each kind."""
    query = urlencode({"state": state, "target": target, "before": before})
    told = admin_for(config, as_file, reading=True).ask("GET", f"{NOTICES_PATH}?{query}")
    if as_json:
        print_json(told)
        return
    counts = "，".join(f"{one['target']} {_STATES[one['state']]} {one['count']}" for one in told["counts"])
    Console().print(_table(told["letters"], title=counts or "没有告知"))
    if told["next"]:
        print(f"more: --before {told['next']}")


@app.command()
def show(
    config: ConfigFile,
    notice: Annotated[str, typer.Argument(metavar="NOTICE", help="As list shows it.", show_default=False)],
    *,
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Show what one notice says, and what became of it at every target."""
    query = urlencode({"id": notice})
    told = admin_for(config, as_file, reading=True).ask("GET", f"{NOTICES_PATH}/one?{query}")
    if as_json:
        print_json(told)
        return
    table = Table("what", "told", title=told["notice"])
    for name, value in told["data"].items():
        table.add_row(name, str(value))
    Console().print(table)
    Console().print(_table(told["letters"], title=told["type"]))


@app.command()
def resend(
    config: ConfigFile,
    notice: Annotated[str, typer.Argument(metavar="[NOTICE]", help="One notice; none: all of --target.")] = "",
    *,
    target: Annotated[str, typer.Option(help="A province's code, or webhook/NAME.")] = "",
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Send dead notices again, each in its old place."""
    told = post(
        admin_for(config, as_file, reading=True), f"{NOTICES_PATH}/resend", {"notice": notice, "target": target}
    )
    if as_json:
        print_json(told)
        return
    for one, count in told["sent"].items():
        print(f"{one}: {count}")


@app.command()
def defer(
    config: ConfigFile,
    *,
    application: Annotated[str, typer.Option(help="All uses under this application.", show_default=False)] = "",
    exchange: Annotated[str, typer.Option(help="One use, by its exchange.", show_default=False)] = "",
    law: Annotated[str, typer.Option(help="The law that says so. No names, no numbers.", show_default=False)],
    article: Annotated[str, typer.Option(help="Its article.", show_default=False)],
    until: Annotated[str, typer.Option(help="Until when, such as 2026-12-31T00:00:00+08:00.", show_default=False)],
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Tell the holder later, by law; takes a manager with the role review, and is on record."""
    wanted = {"application": application, "exchange": exchange, "law": law, "article": article, "until": until}
    told = post(admin_for(config, as_file), f"{NOTICES_PATH}/defer", wanted)
    if as_json:
        print_json(told)
        return
    print(f"{told['id']}: 暂缓告知至 {told['until']}，已扣留 {told['held']} 件")


@app.command()
def release(
    config: ConfigFile,
    deferral: Annotated[str, typer.Argument(metavar="ID", help="As deferrals shows it.", show_default=False)],
    *,
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """End a deferral before its time: the holder is told now."""
    told = post(admin_for(config, as_file), f"{NOTICES_PATH}/release", {"id": deferral})
    if as_json:
        print_json(told)
        return
    print(f"{told['id']}: 已恢复告知，送出 {told['sent']} 件")


@app.command()
def deferrals(
    config: ConfigFile,
    *,
    before: Annotated[str, typer.Option(help="Go on behind this one, as the last page said.")] = "",
    as_file: As = None,
    as_json: Json = False,
) -> None:
    """Show all deferrals, newest first: ground, end, who gave them, and whether they are over."""
    query = urlencode({"before": before})
    told = admin_for(config, as_file, reading=True).ask("GET", f"{NOTICES_PATH}/deferrals?{query}")
    if as_json:
        print_json(told)
        return
    table = Table(title=f"{len(told['deferrals'])} 件暂缓告知")
    for heading in (
        "编号",
        "决定省（市）",
        "申请/交换",
        "法律依据",
        "条款",
        "暂缓至",
        "决定人（摘要）",
        "决定时间",
        "结束时间",
    ):
        table.add_column(heading, overflow="fold")
    for one in told["deferrals"]:
        ground = (one["law"], one["article"], one["until"], one["manager"][:16])
        table.add_row(one["id"], one["province"], one["subject"], *ground, one["given_at"], one["ended_at"])
    Console().print(table)
    if told["next"]:
        print(f"more: --before '{told['next']}'")


def _table(letters: list[dict[str, Any]], *, title: str) -> Table:
    table = Table(title=title)
    for heading in ("序号", "告知编号", "送往", "状态", "告知对象", "入队时间", "办结时间", "拒绝次数", "原因", "回执"):
        table.add_column(heading, overflow="fold")
    for one in letters:
        state, addressee = _STATES[one["state"]], _ADDRESSEES.get(one["addressee"], one["addressee"])
        times = (one["queued_at"], one["settled_at"], str(one["attempts"]))
        said = (one["detail"], one["receipt"][:16])
        table.add_row(str(one["seq"]), one["notice"], one["target"], state, addressee, *times, *said)
    return table
