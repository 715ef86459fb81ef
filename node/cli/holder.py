"""`certmesh holder uses|verify|omissions`: who used a holder's certificates, what a receipt of that proves, who left something out.

Clause 8.4, 8.5. The holder's number is read from stdin, so that it stands in no history.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from federation.holder_uses import MAX_BYTES, Contradiction, Report, check, from_json, omission
from federation.receipt import keys_of, members_of
from node import membership_file
from node.admin.paths import HOLDER_OMISSIONS_PATH, HOLDER_USES_PATH
from node.cli.options import ConfigFile, Json, print_json
from node.cli.running import client_of
from node.config import load
from node.errors import ConfigError
from node.library.holder import HolderCodeError, check_holder_code
from node.usecases.holder_log.words import ROLE_ZH, sentence
from trust import gm
from trust.errors import EvidenceError
from trust.membership import Membership, instant, parse

app = typer.Typer(no_args_is_help=True, help="Who used a holder's certificates, in all provinces.")
_MAX_SIGNED = 64 << 20  # bytes of a scan
_OUTCOMES = {
    "OK": "已应答",
    "EMPTY": "已应答，无记录",
    "DENIED": "不予提供",
    "TIMEOUT": "未应答",
    "ERROR": "未应答（出错）",
}
_WHOLE = {"COMPLETE": "完整：各省（市）均已应答，所报一致", "INCOMPLETE": "不完整：见上"}


@app.command()
def uses(
    config: ConfigFile,
    *,
    operator: Annotated[str, typer.Option(help="The account of who assists the holder; kept as a digest.")],
    signed: Annotated[Path, typer.Option(help="What the holder signed (a scan); its SM3 goes on record.")],
    type_code: Annotated[str, typer.Option(help="Holder code type of GB/T 36903, such as 111 or 001.")] = "111",
    since: Annotated[str, typer.Option(help="RFC 3339 with an offset; left out: a year.")] = "",
    until: Annotated[str, typer.Option(help="RFC 3339 with an offset; left out: now.")] = "",
    receipt: Annotated[Path | None, typer.Option(help="Write the receipt there, for the holder.")] = None,
    as_json: Json = False,
) -> None:
    """Ask all provinces who used a holder's certificates, for a holder who is here. Reads the holder's code from stdin.

    Exit code 1: the answer is not complete, or a province left something out.
    """
    asked = {
        "type_code": type_code,
        "code": _code(type_code),
        "operator": operator,
        "expression": gm.sm3(_read(signed, _MAX_SIGNED)).hex(),
        **{name: value for name, value in (("since", since), ("until", until)) if value},
    }
    told = client_of(load(config)).ask("POST", HOLDER_USES_PATH, json.dumps(asked).encode())
    kept = told.pop("receipt")
    if receipt is not None:
        receipt.touch(mode=0o600)
        receipt.write_text(json.dumps(kept, ensure_ascii=False))
    if as_json:
        print_json(told)
    else:
        _show(told)
    if told["verdict"] != "COMPLETE":
        raise typer.Exit(1)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The receipt.", show_default=False)],
    *,
    membership: Annotated[
        list[Path],
        typer.Option(help="A membership document; name older versions, too, where keys have changed since."),
    ],
    as_json: Json = False,
) -> None:
    """Check the receipt of an asking, or an exhibit of an omission, with nothing but the membership documents.

    What each province listed, and who left something out. Exit code 1: something that it claims does not hold.
    """
    memberships = [parse(membership_file.read_signed(path).payload) for path in membership]
    data = _read(file, MAX_BYTES)
    if _is_omission(data):
        _show_omission(_omitted(file, data, memberships), as_json=as_json)
        return
    report = _checked(file, data, memberships)
    if as_json:
        print_json(_told(report))
    else:
        _show_report(report)
    if not report.ok:
        raise typer.Exit(1)


@app.command()
def omissions(config: ConfigFile, *, as_json: Json = False) -> None:
    """What provinces left out of what they told holders, and which file under <data>/exhibits shows it."""
    told = client_of(load(config)).ask("GET", HOLDER_OMISSIONS_PATH)
    if as_json:
        print_json(told)
        return
    table = Table(title=f"漏报 {len(told['omissions'])} 件")
    for heading in ("省（市）", "使用", "由谁证明", "查询", "发现时间", "证据文件"):
        table.add_column(heading, overflow="fold")
    for one in told["omissions"]:
        table.add_row(*(one[name] for name in ("province", "use", "accuser", "asked", "found", "exhibit")))
    Console().print(table)


def _code(type_code: str) -> str:
    """The holder's code from stdin, in its normal form.

    Raises:
        ConfigError: it is none of its kind.
    """
    print("holder code: ", end="", file=sys.stderr, flush=True)
    try:
        return check_holder_code(type_code, sys.stdin.readline())
    except HolderCodeError as error:
        raise ConfigError(f"holder code: {error}") from error


def _read(path: Path, most: int) -> bytes:
    """A file of at most so many bytes.

    Raises:
        ConfigError: it cannot be read, or is larger.
    """
    try:
        with path.open("rb") as reading:
            data = reading.read(most + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > most:
        raise ConfigError(f"{path}: larger than {most} bytes")
    return data


def _is_omission(data: bytes) -> bool:
    """Whether a file says that it is an exhibit of an omission."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and told.get("type") == omission.TYPE


def _omitted(file: Path, data: bytes, memberships: Sequence[Membership]) -> Contradiction:
    """What an exhibit proves.

    Raises:
        ConfigError: it is none.
        EvidenceError: it proves nothing.
    """
    try:
        return omission.judged(omission.from_json(data), keys_of(memberships))
    except ValueError as error:
        raise ConfigError(f"{file}: {error}") from error
    except EvidenceError as error:
        raise EvidenceError(f"{file} proves nothing: {error}") from error


def _show_omission(found: Contradiction, *, as_json: bool) -> None:
    if as_json:
        print_json({"ok": True, "province": found.province, "use": found.exchange_id, "certain": found.certain})
    else:
        print(f"核验通过：{sentence(found)}")


def _checked(file: Path, data: bytes, memberships: Sequence[Membership]) -> Report:
    """What a receipt proves.

    Raises:
        ConfigError: it is none.
        EvidenceError: not even the asker's own entries hold.
    """
    try:
        receipt = from_json(data)
    except ValueError as error:
        raise ConfigError(f"{file}: {error}") from error
    newest = max(memberships, key=lambda one: one.version)
    members = min(members_of(memberships)(instant(newest.issued)), key=len)
    try:
        return check(receipt, keys_of(memberships), members)
    except EvidenceError as error:
        raise EvidenceError(f"{file} proves nothing: {error}") from error


def _show(told: dict[str, Any]) -> None:
    table = Table(title=f"用证记录 {len(told['uses'])} 件")
    for heading in ("时间", "证照", "用证单位", "事项", "事由", "方式", "由谁记录", "已告知"):
        table.add_column(heading, overflow="fold")
    for one in told["uses"]:
        table.add_row(
            one["time"],
            f"{one['type_name'] or one['type']} {one['certificate']}".strip(),
            f"{one['org_name']}（{one['consumer']}）",
            one["item_name"],
            one["cause"],
            f"{one['what_zh']} {one['output']}",
            "、".join(f"{said['province']} {said['role_zh']}" for said in one["said_by"]),
            "是" if one["told"] else "否",
        )
    Console().print(table)
    for one in told["provinces"]:
        cut = "，仅列出最近一部分" if one["truncated"] else ""
        print(
            f"{one['province']}：{_OUTCOMES.get(one['outcome'], one['outcome'])}{cut} {one.get('message', '')}".rstrip()
        )
    for one in told["findings"]:
        print(f"核对发现：{one['words']}")
    print(f"{_WHOLE.get(told['verdict'], '')}（{told['verdict']}）；查询编号 {told['exchange']}")


def _told(report: Report) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "asker": report.asker,
        "exchange": report.exchange_id,
        "asked": report.asked,
        "claimed": report.claimed,
        "verdict": report.verdict,
        "provinces": [
            {"province": one.province, "outcome": one.outcome, "uses": one.uses, "problem": one.problem}
            for one in report.findings
        ],
        "findings": [sentence(one) for one in report.contradictions],
        "uses": [
            {"province": one.province, "role": one.role.value, "exchange": one.exchange_id, "index": one.index}
            for one in report.claims
        ],
        "problems": list(report.problems),
    }


def _show_report(report: Report) -> None:
    table = Table(title=f"用证记录回执 {report.exchange_id}（{report.asker} 查询于 {report.asked}）")
    for heading in ("省（市）", "结果", "使用", "问题"):
        table.add_column(heading, overflow="fold")
    for one in report.findings:
        table.add_row(one.province, f"{one.outcome} {_OUTCOMES.get(one.outcome, '')}", str(one.uses), one.problem)
    Console().print(table)
    for claim in report.claims:
        print(f"{claim.exchange_id}：{claim.province} {ROLE_ZH[claim.role]}，存证第 {claim.index} 条")
    for found in report.contradictions:
        print(f"核对发现：{sentence(found)}")
    for problem in report.problems:
        print(f"问题：{problem}")
    print(f"{'核验通过' if report.ok else '核验不通过'}：{_WHOLE.get(report.verdict, '')}（{report.verdict}）")
