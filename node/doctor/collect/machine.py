"""Facts about the machine: clock, disk, database, evidence log, ports."""

import json
import os
import socket
from datetime import datetime
from pathlib import Path

from node.doctor.context import Context, NotCheckableError
from node.doctor.facts import ClockFacts, DatabaseFacts, DiskFacts, LogFacts, Offset, PortFacts
from node.ports.evidence import LogHead
from node.secret_files import read_bytes
from node.storage.sqlite import open_sqlite_read_only
from node.storage.sqlite.inspect import inspect
from trust.checkpoint import evidence_log, parse_note, verify_note
from trust.errors import EvidenceError
from trust.identity import Certificate

QUICK_CHECK_S = 20.0


def clock(context: Context) -> ClockFacts:
    """What the running node measured, and the newest entry of its log."""
    behind = _behind(context)
    if context.status is None:
        return ClockFacts(running=False, behind_log_s=behind)
    told = context.status.get("clock") or {}
    last = told.get("last_jump") or {}
    measured = [(peer["province"], peer["clock"]) for peer in context.status["peers"] if peer.get("clock")]
    return ClockFacts(
        running=True,
        jumps=told.get("jumps", 0),
        last_jump_s=last.get("by_s", 0.0),
        last_jump_at=last.get("at", ""),
        offsets=tuple(
            Offset(province=code, offset_s=one["offset_s"], bound_s=one["bound_s"]) for code, one in measured
        ),
        behind_log_s=behind,
    )


def _behind(context: Context) -> float | None:
    """How far the clock stands behind the newest entry; None where there is no log that this program can read."""
    if not context.database.is_file() or inspect(context.database, limit_s=0.0).schema == 0:
        return None
    reader = open_sqlite_read_only(context.database)
    try:
        size = reader.read.evidence.head().size
        newest = reader.read.evidence.entries(size - 1, 1) if size else ()
    finally:
        reader.close()
    if not newest:
        return None
    return (datetime.fromisoformat(json.loads(newest[0].entry)["time"]) - context.moment).total_seconds()


def disk(context: Context) -> DiskFacts:
    """The file system of the data folder, or of the nearest folder above it that is there."""
    path = context.known.node.data
    while not path.exists() and path != path.parent:
        path = path.parent
    found = os.statvfs(path)
    return DiskFacts(
        path=str(path),
        free=found.f_bavail * found.f_frsize,
        total=found.f_blocks * found.f_frsize,
        free_files=found.f_favail,
        total_files=found.f_files,
    )


def database(context: Context) -> DatabaseFacts:
    """The store's file, looked at and left as it is."""
    path = context.database
    if not path.is_file():
        return DatabaseFacts(path=str(path), present=False)
    found = inspect(path, limit_s=QUICK_CHECK_S)
    return DatabaseFacts(
        path=str(path),
        present=True,
        size=found.size_bytes,
        wal=found.wal_bytes,
        schema=found.schema,
        newest=found.newest,
        finished=found.finished,
        problems=found.problems,
    )


def log(context: Context) -> LogFacts:
    """The head and its last checkpoint, which one of our certificates must have signed."""
    if not context.database.is_file():
        raise NotCheckableError(f"{context.database} is not there")
    found = inspect(context.database, limit_s=0.0)
    if found.schema != found.newest:  # opening it would change it
        raise NotCheckableError(f"the database has schema {found.schema}, this program reads {found.newest}")
    reader = open_sqlite_read_only(context.database)
    try:
        head = reader.read.evidence.head()
    finally:
        reader.close()
    return _judged(context, head)


def _judged(context: Context, head: LogHead) -> LogFacts:
    running = context.status is not None
    if not head.checkpoint:
        return LogFacts(size=head.size, signed_size=0, running=running)
    origin = evidence_log(context.known.node.province)
    try:
        signed = parse_note(head.checkpoint).checkpoint.size
        problem = _unbelieved(head.checkpoint, origin, context.known.keys.folder)
    except EvidenceError as error:
        return LogFacts(size=head.size, signed_size=0, problem=str(error), running=running)
    return LogFacts(size=head.size, signed_size=signed, problem=problem, running=running)


def _unbelieved(note: bytes, origin: str, folder: Path) -> str:
    """Why none of the folder's signing certificates, those it kept from before among them, vouches for the note."""
    paths = [path for path in (folder / "signing.crt", *sorted(folder.glob("signing.*.crt"))) if path.is_file()]
    if not paths:
        raise NotCheckableError(f"{folder} holds no signing certificate")
    problem = ""
    for path in paths:
        try:
            verify_note(note, origin, Certificate.from_pem(read_bytes(path)).public_key)
        except EvidenceError as error:
            problem = problem or str(error)
        else:
            return ""
    return problem


def ports(context: Context) -> PortFacts:
    """Whether the node answers; if not, whether its ports are free for it."""
    listens = {name: getattr(context.known, name).listen for name in ("peer", "rest", "admin")}
    answers = context.status is not None
    if context.offline:
        raise NotCheckableError("--offline")
    taken = frozenset() if answers else frozenset(name for name, listen in listens.items() if _is_taken(listen))
    return PortFacts(listens=listens, taken=taken, answers=answers, ready=context.ready, problem=context.silence)


def _is_taken(listen: str) -> bool:
    """Whether somebody listens there: tried by binding, and let go at once."""
    host, _, port = listen.rpartition(":")
    bare = host.strip("[]")
    with socket.socket(socket.AF_INET6 if ":" in bare else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bare, int(port)))
        except OSError:
            return True
    return False
