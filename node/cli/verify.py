"""`certmesh verify BUNDLE --fingerprint F`: what a proof bundle proves, with no node, network or configuration. Clause 8.5, DESIGN §7.

Every signature is judged by two libraries. The reader trusts one thing: the fingerprint of a membership document, compared with a province
over another channel. The words are Chinese, for a clerk's file; programs read --json.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from federation.proof_bundle import BundleVerdict, State, verify_bundle
from node.cli.options import Json, print_json
from node.cli.second_opinion import Opinion, SecondOpinion, second_opinion
from node.errors import ConfigError
from trust.bundle import MAX_BUNDLE_BYTES

_HEX = frozenset("0123456789abcdef")
_DIGEST_CHARACTERS = 64
_CHECKS = {
    "container": "封装",
    "manifest": "目录",
    "membership": "成员文件",
    "revocation": "吊销列表",
    "seal": "封存条目",
    "logs": "存证条目",
    "witnesses": "见证",
    "exchange": "用证往来",
    "application": "申请",
    "verdict": "核验结果",
    "use-list": "用证清单",
    "consent": "授权凭据",
    "data": "照面信息",
    "file": "文件",
    "report": "核验报告",
}
_STATES = {State.PASSED: "通过", State.FAILED: "不通过", State.ABSENT: "无", State.UNCHECKED: "未核验"}


def verify(
    bundle: Annotated[Path, typer.Argument(help="The zip.", show_default=False)],
    *,
    fingerprint: Annotated[
        str,
        typer.Option(help="Of a membership document that you trust; any version in the bundle. Spaces do not matter."),
    ],
    opinion: SecondOpinion = None,
    as_json: Json = False,
) -> None:
    """Check the proof of a use offline. Exit code 1: something in it does not hold; the part is named."""
    digest = _digest(fingerprint)
    data = _read(bundle)
    with second_opinion(opinion, as_json=as_json) as second:
        verdict = verify_bundle(data, digest)
    if as_json:
        print_json(told(verdict) | {"second_opinion": second.as_dict()})
    else:
        _show(bundle, verdict, second)
    if not verdict.ok:
        raise typer.Exit(1)


def told(verdict: BundleVerdict) -> dict[str, Any]:
    """The verdict as JSON values."""
    raw = asdict(verdict)
    if verdict.use is not None:
        raw["use"]["opened"] = sorted(verdict.use.opened)
    return {"ok": verdict.ok, **raw}


def _digest(fingerprint: str) -> str:
    digest = "".join(fingerprint.split()).lower()
    if len(digest) != _DIGEST_CHARACTERS or not set(digest) <= _HEX:
        raise ConfigError("--fingerprint: the SM3 of a membership document, 64 hex digits")
    return digest


def _read(path: Path) -> bytes:
    """A file, or so much of it that it shows to be too large."""
    try:
        with path.open("rb") as reading:
            return reading.read(MAX_BUNDLE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error


def _show(path: Path, verdict: BundleVerdict, opinion: Opinion) -> None:
    table = Table(title=f"证据包核验 {path.name}")
    for heading in ("核验项", "结论", "说明", "部件"):
        table.add_column(heading, overflow="fold")
    for one in verdict.findings:
        table.add_row(_CHECKS[one.check.value], _STATES[one.state], one.zh, one.part)
    Console().print(table)
    for label, value in _facts(verdict):
        print(f"{label}：{value}")
    print(f"文件SM3：{verdict.sm3}（{verdict.size}字节）")
    print(opinion.line())
    print("核验通过" if verdict.ok else "核验不通过")


def _facts(verdict: BundleVerdict) -> list[tuple[str, str]]:
    use, names = verdict.use, verdict.membership.names if verdict.membership else {}
    if use is None:
        return []
    every = [
        ("用证省（市）", f"{use.consumer} {names.get(use.consumer, '')}".strip()),
        ("提供省（市）", f"{use.provider} {names.get(use.provider, '')}".strip()),
        ("用证单位", f"{use.use_org_name} {use.use_org_code}".strip()),
        ("事项", f"{use.item_name} {use.item_code}".strip()),
        ("用证事由", use.use_cause),
        ("办件编号", use.biz_num),
        ("经办人", use.operator),
        ("持证主体", f"{use.holder_name} {use.holder_code}".strip()),
        ("证照标识", use.certificate),
        ("方式与结果", f"{use.output} {use.outcome}"),
        ("请求、应答、接收", "、".join(one for one in (use.asked, use.answered, use.received) if one)),
        ("用证清单", f"{use.use_list} 第{use.use_list_version}版" if use.use_list else ""),
        ("封存", f"{verdict.made_by} {verdict.made_at}".strip()),
    ]
    return [(label, value) for label, value in every if value]


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(verify)
