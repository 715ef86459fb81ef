"""`certmesh receipt show|verify`: the completeness receipt of a fused search, and what it proves without a node. Clause 8.2.

With `--both` the receipt of any exchange: the entries of both sides with their proofs (`receipt_both`). `verify` sees which a file is.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table

from federation.receipt import (
    MAX_RECEIPT_BYTES,
    Basis,
    Finding,
    Report,
    check,
    from_json,
    keys_of,
    members_of,
    stopped_by,
)
from node.admin.paths import RECEIPTS_PATH
from node.cli import receipt_both
from node.cli.options import ConfigFile, Json, print_json
from node.cli.receipt_documents import Documents, documents_of
from node.cli.running import client_of
from node.config import load
from node.errors import ConfigError
from trust.errors import EvidenceError
from trust.membership import Membership

app = typer.Typer(no_args_is_help=True, help="Completeness receipts of fused searches.")
_OUTCOMES = {
    "OK": "已应答，有结果",
    "EMPTY": "已应答，无记录",
    "DENIED": "已应答，不予提供",
    "TIMEOUT": "未应答",
    "ERROR": "未应答（出错）",
    "SKIPPED": "未询问（理由由用证省声明，未经证明）",
}
_BASES = {
    Basis.OWN: "用证省自己的存证条目",
    Basis.ANSWER: "该省（市）的存证条目",
    Basis.VERDICT: "该省（市）核验结果的存证条目",
    Basis.ORDER: "该省（市）的停用令（检索前是否已恢复，本凭证不能证明）",
    Basis.SILENT: "应已询问；未应答仅由用证省声明，未经证明",
    Basis.LEFT_OUT: "未询问；理由仅由用证省声明，未经证明",
}
_SCOPES = {"narrowed": "注意：只检索一个证照号码，其余证照未检索（号码不在凭证中）", "invalid": "含已失效的证照"}


@app.command()
def show(
    config: ConfigFile,
    exchange: Annotated[str, typer.Argument(help="The exchange id that the search (with --both: any call) told.")],
    *,
    both: Annotated[bool, typer.Option("--both", help="The entries of both sides, of any kind of exchange.")] = False,
) -> None:
    """Print the receipt as the running node gathers it out of its log; keep it as a file."""
    path = f"{RECEIPTS_PATH}/{quote(exchange, safe='')}{'/both' if both else ''}"
    print_json(client_of(load(config)).ask("GET", path))


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The receipt.", show_default=False)],
    *,
    membership: Annotated[
        list[Path],
        typer.Option(help="A membership document; name older versions, too, where keys have changed since the search."),
    ],
    fingerprint: Annotated[
        str | None,
        typer.Option(
            help="Of a membership document that you trust: then the documents are believed by it. Spaces do not matter."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a receipt with nothing but the membership documents: what each province said, and the verdict made anew.

    Of a receipt of both sides: whose entries stand in whose log, and which messages both show.

    Exit code 1: something that it claims does not hold.
    """
    documents = documents_of(membership, fingerprint)
    if receipt_both.is_of_both(data := _read(file)):
        receipt_both.verify(file, data, documents, as_json=as_json)
        return
    report = _checked(file, documents.memberships)
    if as_json:
        print_json(_told(report, documents))
    else:
        _show(report, documents)
    if not report.ok:
        raise typer.Exit(1)


def _checked(file: Path, memberships: Sequence[Membership]) -> Report:
    """The report, by these membership documents.

    Raises:
        ConfigError: a file cannot be read, or is no receipt.
        EvidenceError: not even the consumer's own entries hold.
    """
    try:
        receipt = from_json(_read(file))
    except ValueError as error:
        raise ConfigError(f"{file}: {error}") from error
    try:
        stopped = stopped_by(memberships, datetime.now(UTC))
        return check(receipt, keys_of(memberships), stopped, members_of(memberships))
    except EvidenceError as error:
        raise EvidenceError(f"{file} proves nothing: {error}") from error


def _read(path: Path) -> bytes:
    """A file, or so much of it that it shows to be too large."""
    try:
        with path.open("rb") as reading:
            return reading.read(MAX_RECEIPT_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error


def _told(report: Report, documents: Documents) -> dict[str, Any]:
    provinces = [
        {
            "province": one.province,
            "outcome": one.outcome,
            "shown": one.shown,
            "ground": one.ground,
            "problem": one.problem,
        }
        for one in report.findings
    ]
    return {
        "ok": report.ok,
        "consumer": report.consumer,
        "exchange": report.exchange_id,
        "apply": report.apply_id,
        "types": list(report.types),
        "scope": list(report.scope),
        "asked": report.asked,
        "claimed": report.claimed,
        "verdict": report.verdict,
        "provinces": provinces,
        "problems": list(report.problems),
        "membership": list(documents.fingerprints),
        "trusted": documents.trusted,
    }


def _whole(report: Report) -> str:
    """What the outcomes come to: who was not asked is named, for nothing here shows that it had nothing."""
    if report.verdict != "COMPLETE":
        return "检索不完整：有省（市）未应答、尚待核验或只列出一部分"
    skipped = [one.province for one in report.findings if one.outcome == "SKIPPED"]
    if not skipped:
        return "检索完整：每一省（市）均已应答"
    return f"询问到的省（市）均已应答；{'、'.join(skipped)} 未询问，其理由仅由用证省声明，本凭证不证明其没有记录"


def _ground(finding: Finding) -> str:
    if finding.basis is None:
        return ""
    return _BASES[finding.basis] + (f"：{finding.detail}" if finding.detail else "")


def _show(report: Report, documents: Documents) -> None:
    table = Table(title=f"检索 {report.exchange_id}（用证省 {report.consumer}）")
    for heading in ("省（市）", "结果", "依据", "问题"):
        table.add_column(heading, overflow="fold")
    for one in report.findings:
        word = _OUTCOMES.get(one.outcome, one.outcome)
        table.add_row(one.province, f"{one.outcome} {word}", _ground(one), one.problem)
    Console().print(table)
    for word in report.scope:
        print(_SCOPES[word])
    print(f"申请：{report.apply_id}；证照类型：{'、'.join(report.types)}；询问时间：{report.asked}")
    for problem in report.problems:
        print(f"问题：{problem}")
    print(f"{'核验通过' if report.ok else '核验不通过'}：{_whole(report)}（{report.verdict}）")
    print(documents.zh())
