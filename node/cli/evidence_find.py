"""`certmesh evidence find`: auditors' questions to this node's own log. `evidence questions` lists them with their commands. Clause 8.5.

Persons are asked for on stdin, so that no number and no account stands in a history; the entries hold only keyed digests of them.
"""

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Annotated, Any

import typer

from node.base import load_base
from node.cli.log_reading import whole_log
from node.cli.options import ConfigFile, Json, print_json
from node.config import Config, load
from node.errors import ConfigError
from node.library.holder import HolderCodeError, check_holder_code
from node.usecases.inquiry.answering import COUNTED, Found, answers, counted
from node.usecases.inquiry.period import PeriodError, period
from node.usecases.inquiry.question import Person, Question, parties, results
from node.usecases.record import person
from node.vault import Vault

LIMIT = 1000  # answers shown unless more are asked for
_FIRST = 3  # columns that every row has
_COLUMNS = ("序号", "时间", "事件", "对方", "用证单位", "事项", "证照", "结果", "交换编号")
Text = Annotated[str, typer.Option(show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add the command to the `evidence` group."""
    app.command("find")(find)


def find(
    config: ConfigFile,
    *,
    within: Annotated[str, typer.Option("--in", help="A year, month or day: 2026, 2026-03, 2026-03-05.")] = "",
    since: Annotated[str, typer.Option("--from", help="From this day, month or moment on.")] = "",
    until: Annotated[str, typer.Option(help="To the end of this day or month, or before this moment.")] = "",
    event: Annotated[str, typer.Option("--type", help="APPLY, VERIFY, SEARCH, RETRIEVE, NOTICE, ORDER, …")] = "",
    step: Text = "",
    certificate: Annotated[str, typer.Option(help="A certificate's identifier.")] = "",
    certificate_type: Text = "",
    peer: Annotated[str, typer.Option(help="Another province's code.")] = "",
    unit: Annotated[str, typer.Option(help="A using unit's code.")] = "",
    item: Text = "",
    line: Annotated[str, typer.Option(help="A line of a use list.")] = "",
    line_system: Annotated[str, typer.Option(help="A line system (app_id).")] = "",
    application: Text = "",
    exchange: Text = "",
    consent: Text = "",
    output: Annotated[str, typer.Option(help="FILE, ORIGINAL, DATA or VERIFY.")] = "",
    result: Annotated[
        str, typer.Option(help="A result, outcome, verdict or reason: REJECT, TIMEOUT, INCOMPLETE, …")
    ] = "",
    refused: Annotated[bool, typer.Option(help="Only what was refused.")] = False,
    holder: Annotated[str, typer.Option(help="Holder code type (111, 001, …); the code is read from stdin.")] = "",
    operator: Annotated[
        bool, typer.Option(help="An operator of this province; the account is read from stdin.")
    ] = False,
    count_by: Annotated[str, typer.Option(help=f"Count instead of list: {', '.join(COUNTED)}.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many answers to show.")] = LIMIT,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV on stdout.")] = False,
    as_json: Json = False,
) -> None:
    """Find entries of the log: what is not asked for is not looked at. Times without an offset are Beijing's.

    Exit code 1: nothing answers the question.
    """
    loaded = load(config)
    begin, end = _times(within, since, until)
    if count_by not in {"", *COUNTED}:
        raise ConfigError(f"--count-by: one of {', '.join(COUNTED)}")
    question = Question(
        event=event.upper(),
        step=step,
        since=begin,
        until=end,
        certificate=_reference(loaded, certificate),
        certificate_type=certificate_type,
        peer=peer,
        unit=unit,
        item=item,
        line=line,
        app=line_system,
        apply=application,
        exchange=exchange,
        consent=consent,
        output=output.upper(),
        result=result.upper(),
        refused=refused,
        person=_person(loaded, holder, operator=operator),
    )
    units = {section.app_id: section.use_org_code for section in loaded.apps}
    with whole_log(loaded.node.data / "certmesh.db", "read") as (_, entries):
        found = answers(question, entries, units)
        empty = not (
            _count(found, count_by, as_json=as_json, as_csv=as_csv)
            if count_by
            else _list(found, limit, as_json=as_json, as_csv=as_csv)
        )
    if empty:
        raise typer.Exit(1)


def _times(within: str, since: str, until: str) -> tuple[datetime | None, datetime | None]:
    if within and (since or until):
        raise ConfigError("say either --in, or --from and --until")
    try:
        if within:
            return period(within)
        return (period(since)[0] if since else None), (period(until)[1] if until else None)
    except PeriodError as error:
        raise ConfigError(str(error)) from error


def _reference(config: Config, certificate: str) -> str:
    """As the identifier stands in entries: one that holds a citizen's number is a digest there."""
    return load_base(config).vault.reference(certificate) if certificate else ""


def _person(config: Config, holder: str, *, operator: bool) -> Person | None:
    if not holder and not operator:
        return None
    if holder and operator:
        raise ConfigError("ask for either a holder or an operator")
    vault = load_base(config).vault
    if operator:
        account = _asked("account")
        return _known_as(vault, "operator", account, vault.operator(config.node.province, account))
    try:
        code = check_holder_code(holder, _asked("holder code"))
    except HolderCodeError as error:
        raise ConfigError(f"holder code: {error}") from error
    return _known_as(vault, "holder", vault.holder_digest(holder, code), vault.handle(holder, code))


def _known_as(vault: Vault, member: str, *names: str) -> Person:
    """A person whom entries may know by several names: each exchange has digests of its own (`node.usecases.record`)."""
    return Person(
        member=member, digests=lambda exchange: frozenset(person(vault, exchange, member, name) for name in names)
    )


def _asked(what: str) -> str:
    print(f"{what}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _count(found: Iterable[Found], by: str, *, as_json: bool, as_csv: bool) -> bool:
    rows = counted(found, by)
    if as_json:
        print_json({"by": by, "counts": dict(rows)})
    else:
        _print_rows((by, "次数"), [(value or "（无）", str(amount)) for value, amount in rows], as_csv=as_csv)
    return bool(rows)


def _list(found: Iterator[Found], limit: int, *, as_json: bool, as_csv: bool) -> bool:
    shown = list(islice(found, limit))
    more = next(found, None) is not None
    if as_json:
        print_json({"truncated": more, "entries": [_as_json(one) for one in shown]})
    else:
        _print_rows(_COLUMNS, [_row(one) for one in shown], as_csv=as_csv)
    if more and not as_json:
        print(f"more than {limit} entries answer: narrow the question, or raise --limit", file=sys.stderr)
    return bool(shown)


def _as_json(one: Found) -> dict[str, Any]:
    known = {name: getattr(one.context, name) for name in ("apply", "org", "item", "line", "app")}
    return {"index": one.index, "entry": one.entry, "about": {name: value for name, value in known.items() if value}}


def _row(one: Found) -> tuple[str, ...]:
    entry = one.entry
    certificate = entry.get("certificate") or "、".join(entry.get("types", ()))
    what = f"{entry['type']} {entry['step']}"
    outcome = "、".join(sorted(results(entry)))
    about = (one.context.org, one.context.item, certificate, outcome, entry["exchange"])
    return (str(one.index), entry["time"], what, "、".join(sorted(parties(entry))), *about)


def _print_rows(columns: Sequence[str], rows: Iterable[Sequence[str]], *, as_csv: bool) -> None:
    """CSV, or for each row a line with what always stands there, and one with the rest by name: nothing is cut off."""
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
        return
    for row in rows:
        print("  ".join(row[:_FIRST]))
        rest = [f"{name} {value}" for name, value in zip(columns[_FIRST:], row[_FIRST:], strict=True) if value]
        if rest:
            print(f"    {'  '.join(rest)}")
