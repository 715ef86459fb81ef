"""`certmesh serve`, and what one asks of a running node: `status`, `uses`."""

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from federation.model.notice import Notice, from_event
from node import serve as serving
from node.admin.client import AdminClient
from node.admin.paths import TOKEN_FILE
from node.base import DATABASE, Base, load_base
from node.cli.options import ConfigFile, Json, print_json
from node.config import Config, load
from node.errors import ConfigError
from node.library.holder import HolderCodeError, check_holder_code
from node.logs import configure
from node.moment import utc_now
from node.ports.store import Nouns
from node.storage.sqlite import bring_up_to_date, open_sqlite_read_only
from node.usecases.sealed.store import sealed_nouns
from node.usecases.telling.holding import hidden

MAX_USES = 100


def serve(
    config: ConfigFile,
    *,
    log_format: Annotated[Literal["json", "console"], typer.Option(help="JSON lines, or for people.")] = "json",
    log_level: Annotated[str, typer.Option(help="DEBUG, INFO, WARNING or ERROR.")] = "INFO",
) -> None:
    """Run the node until SIGTERM or SIGINT; then drain and exit 0."""
    configure(log_level, log_format)
    loaded = load(config)
    bring_up_to_date(loaded.node.data / DATABASE)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serving.run(load_base(loaded)))


def client_of(config: Config, *, timeout_s: float = 30.0) -> AdminClient:
    """A client for the admin port of the node with this configuration.

    Raises:
        ConfigError: the node never ran, or its token is not ours to read.
    """
    path = config.node.data / TOKEN_FILE
    try:
        token = path.read_text()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); is the node running?") from error
    return AdminClient(f"http://{config.admin.listen}", token, timeout_s=timeout_s)


def status(config: ConfigFile, *, as_json: Json = False) -> None:
    """Show the state of the running node."""
    state = client_of(load(config)).status()
    if as_json:
        print_json(state)
        return
    table = Table(title=f"{state['name']} {state['province']}")
    table.add_column("what")
    table.add_column("state")
    for kind, publication in state["publications"].items():
        receipts = ", ".join(f"{one['province']}: {one['version']}" for one in publication["receipts"])
        held = ", ".join(f"{one['province']}: {one['version']} ({one['age_s']} s ago)" for one in publication["held"])
        table.add_row(kind, f"version {publication['version']}; receipts {receipts or 'none'}; held {held or 'none'}")
    member = state["membership"]
    held = ", ".join(f"{one['province']}: {one['version']}" for one in member["held"])
    over = "EXPIRED, no exchange with peers" if member["expired"] else "expires"
    table.add_row(
        "membership", f"version {member['version']}, {over} {member['expires']}; peers hold {held or 'unknown'}"
    )
    table.add_row("evidence", f"{state['evidence']['size']} entries, root {state['evidence']['root'][:16]}…")
    table.add_row("witnesses", _witnessed(state["witness"]))
    table.add_row("proofs kept", _compared(state["proofs"]))
    table.add_row("reconciliation", _reconciled(state["reconciliation"]))
    notices = state["notices"]
    table.add_row(
        "notices",
        ", ".join(f"{notices[word]} {word}" for word in ("pending", "deferred", "delivered", "dead", "received")),
    )
    troubled = ", ".join(f"{name}: {why or 'ok'}" for name, why in notices["webhooks"].items())
    table.add_row("webhooks", troubled or "none")
    stops = ", ".join(f"{number} {kind}" for kind, number in state["stops"].items() if number)
    table.add_row("stops in force", stops or "none")
    alarms, reviews = state["anomalies"], state["reviews"]
    table.add_row("anomalies", f"{alarms['paused']} operators paused, {alarms['last_day']} alarms in a day")
    table.add_row("reviews", f"{reviews['waiting']} waiting")
    table.add_row("objections", _objection_words(state["objections"]))
    table.add_row("library", f"{state['library']['certificates']} certificates")
    missed = ", ".join(f"{number} by {code}" for code, number in sorted(state["holder_log"]["omissions"].items()))
    table.add_row("left out of holders' logs", missed or "nothing")
    for what, told in _trust_rows(state):
        table.add_row(what, told)
    table.add_row("peers", ", ".join(f"{one['province']} {'up' if one['up'] else 'down'}" for one in state["peers"]))
    Console().print(table)


def _compared(told: Mapping[str, Any]) -> str:
    """How far the proofs that peers' messages came under were compared with later heads of their logs."""
    misfits = "".join(f"PROOFS OF {code} DO NOT FIT ITS LOG; " for code in told["misfits"])
    left = ", ".join(f"{code}: {rows}" for code, rows in told["to_compare"].items() if rows)
    return f"{misfits}{told['rows']} rows; to be compared with later heads: {left or 'none'}"


def _witnessed(told: Mapping[str, Any]) -> str:
    """How much of the log is cosigned; what was lost, and against whom there are files, first."""
    if told["lost"]:
        return (
            f"LOST: this log signed {told['lost']['size']} entries and has {told['size']}; {told['lost']['next_step']}"
        )
    missed = _unasked(told["greeting"])
    accused = "".join(f"FILES AGAINST THE LOG OF {code}; " for code in told["exhibits"])
    by = ", ".join(f"{one['province']}: {one['size']}" for one in told["cosigned"]) or "nobody"
    quorum = f"quorum {told['quorum']}" if told["quorum"] else "no quorum asked for"
    gap = f"gap {told['gap_entries']} entries, {told['gap_s']:.0f} s"
    return f"{missed}{accused}{told['witnessed_size']} of {told['size']} entries cosigned ({quorum}), {gap}; by {by}"


def _unasked(greeting: Mapping[str, Any]) -> str:
    """That the node signs although too few peers said since its start what they hold of its log."""
    if greeting["enough"]:
        return ""
    return f"SIGNS UNASKED: {', '.join(greeting['missed'])} did not say since the start what they hold of this log; "


def _reconciled(state: Mapping[str, Any]) -> str:
    """The own log, the newest round with each peer, and how much is missing."""
    own = state["own_log"]
    log = (
        "own log not verified yet" if own is None else f"own log {'good' if own['good'] else 'BAD: ' + own['problem']}"
    )
    rounds = [f"{one['province']} {one['result']} {one['at']}" for one in state["peers"]]
    return "; ".join([log, *(rounds or ["no round yet"]), f"{state['missing']} records missing"])


def _objection_words(told: Mapping[str, Any]) -> str:
    """What this province has to answer, and waits to be answered."""
    ours, theirs = told["owner"], told["raiser"]
    words = (
        f"{ours['open'] + ours['checking']} to answer here ({ours['overdue']} overdue)",
        f"{theirs['open'] + theirs['checking']} raised here unanswered ({theirs['overdue']} overdue)",
    )
    untold = ", ".join(f"{peer} waits for {count}" for peer, count in told["untold"].items())
    return "; ".join((*words, untold) if untold else words)


def _trust_rows(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What ends first, how the revocation lists are, and what the clocks do."""
    for one in state["certificates"][:1]:
        yield "ends first", f"{one['kind']} of {one['province']}, {one['days_left']} days left"
    yield "revocation lists", ", ".join(f"{one['province']} {one['state']}" for one in state["revocation"])
    last = state["clock"]["last_jump"]
    jumped = "no jump" if last is None else f"{state['clock']['jumps']} jumps, the last by {last['by_s']:+.1f} s"
    measured = [(one["province"], one["clock"]) for one in state["peers"] if one["clock"] is not None]
    offsets = [f"{code} {clock['offset_s']:+.3f} s ±{clock['bound_s']:.3f}" for code, clock in measured]
    yield "clock", "; ".join([jumped, *offsets])


def uses(
    config: ConfigFile,
    *,
    type_code: Annotated[str, typer.Option(help="Holder code type of GB/T 36903, such as 111 or 001.")] = "111",
    as_json: Json = False,
) -> None:
    """Who used a holder's certificates? Reads the holder's code from stdin, so that it stands in no history."""
    print("holder code: ", end="", file=sys.stderr, flush=True)
    code = sys.stdin.readline()
    try:
        normal = check_holder_code(type_code, code)
    except HolderCodeError as error:
        raise ConfigError(f"holder code: {error}") from error
    base = load_base(load(config))
    events = [json.loads(one) for one in _uses(base, base.vault.handle(type_code, normal))]
    if as_json:
        print_json({"uses": events})
        return
    table = Table(title=f"{len(events)} notices of use")
    for column in ("time", "certificate", "using unit", "item", "purpose", "from", "told to"):
        table.add_column(column, overflow="fold")
    for event in events:
        data = event["data"]
        table.add_row(
            data["use_time"],
            f"{data['certificate_type_name']} {data['certificate_identifier']}",
            data["use_org_name"],
            data["item_name"],
            data["use_cause"],
            data["provider"],
            data["addressee"],
        )
    Console().print(table)


def _uses(base: Base, handle: str) -> list[bytes]:
    """What may be told: what a deferral holds back is not."""
    reader, now = open_sqlite_read_only(base.database), utc_now()
    try:
        read = sealed_nouns(reader.read, base.vault)
        events = [one.event for one in read.notices.uses_of(handle, MAX_USES)]
        return [one for one in events if not _held_back(read, from_event(one), now)]
    finally:
        reader.close()


def _held_back(nouns: Nouns, notice: Notice, now: datetime) -> bool:
    return hidden(nouns, notice.exchange_id, notice.apply_id, (notice.consumer, notice.provider), now)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(serve)
    app.command()(status)
    app.command()(uses)
