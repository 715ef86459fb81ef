"""Checks of the machine under the node: clock, disk, database, evidence log, ports."""

from collections.abc import Iterator

from node.doctor.facts import ClockFacts, DatabaseFacts, DiskFacts, LogFacts, Offset, PortFacts
from node.doctor.finding import Finding, Owner, State

_MIB = 1 << 20
REFUSED_S = 300.0  # trust.envelope.MAX_SKEW: beyond it messages are refused
_SKEWED = ((REFUSED_S, State.CRITICAL), (60.0, State.WARNING), (5.0, State.NOTICE))
_DISK = ((100 * _MIB, 0.01, State.CRITICAL), (1024 * _MIB, 0.05, State.WARNING))
_WAL = ((4096 * _MIB, State.CRITICAL), (512 * _MIB, State.WARNING))
_UNSIGNED_ENTRIES = 10_000


def clock(facts: ClockFacts) -> Iterator[Finding]:
    """No jumps, not behind our own log, and near the peers' clocks."""
    findings = [*_jumps(facts), *_behind(facts), *(_offset(one) for one in facts.offsets)]
    yield from (one for one in findings if one is not None)
    if not any(findings):
        offsets = ", ".join(f"{one.province} {one.offset_s:+.3f} s ±{one.bound_s:.3f}" for one in facts.offsets)
        told = (
            f"no jump; peers: {offsets or 'none measured yet'}" if facts.running else "not behind the log; no node runs"
        )
        yield Finding(check="clock", state=State.OK, what=told)


def _jumps(facts: ClockFacts) -> Iterator[Finding]:
    if facts.jumps:
        back = facts.last_jump_s < 0
        yield Finding(
            check="clock",
            state=State.CRITICAL if abs(facts.last_jump_s) > REFUSED_S else State.WARNING,
            what=f"the clock jumped {facts.jumps} times since the start, last by {facts.last_jump_s:+.1f} s at {facts.last_jump_at}",
            why="what had ended may be in force again for that long; spent use codes and nonces stay spent"
            if back
            else "what was to end later has ended, or the machine slept",
            todo="let chrony or ntpd slew the clock instead of stepping it, and see why it was off",
            owner=Owner.SYSTEM,
        )


def _behind(facts: ClockFacts) -> Iterator[Finding]:
    if facts.behind_log_s is not None and facts.behind_log_s > 1.0:
        late = facts.behind_log_s
        yield Finding(
            check="clock",
            state=State.CRITICAL if late > REFUSED_S else State.WARNING,
            what=f"the clock stands {late:.0f} s behind the newest evidence entry",
            why="it was put back, or was ahead: entries would be out of order in time",
            todo="set the clock by the time service before the node goes on",
            owner=Owner.SYSTEM,
        )


def _offset(one: Offset) -> Finding | None:
    certain = max(0.0, abs(one.offset_s) - one.bound_s)
    state = next((state for limit, state in _SKEWED if certain > limit), None)
    if state is None:
        return None
    word = "ahead of" if one.offset_s > 0 else "behind"
    return Finding(
        check="clock",
        state=state,
        what=f"the clock of {one.province} is {abs(one.offset_s):.1f} s (±{one.bound_s:.1f}) {word} ours",
        why=f"beyond {REFUSED_S:.0f} s messages are refused",
        todo="both operators compare with the time service; where several peers agree, it is ours that is wrong",
        owner=Owner.SYSTEM,
    )


def disk(facts: DiskFacts) -> Iterator[Finding]:
    """Room for the store and the files."""
    share = facts.free / facts.total if facts.total else 0.0
    state = next((state for least, part, state in _DISK if facts.free < least or share < part), State.OK)
    if facts.total_files and facts.free_files / facts.total_files < _DISK[1][1] and state is State.OK:
        state = State.WARNING
    what = f"{facts.path}: {facts.free // _MIB} MiB free, {share:.0%}"
    if facts.total_files:
        what += f"; room for {facts.free_files} more files"
    if state is State.OK:
        yield Finding(check="disk", state=state, what=what)
        return
    yield Finding(
        check="disk",
        state=state,
        what=what,
        why="on a full disk every request is refused: nothing leaves unrecorded",
        todo="make room, or move node.data to a larger file system while the node is stopped",
        owner=Owner.SYSTEM,
    )


def database(facts: DatabaseFacts) -> Iterator[Finding]:
    """The file is whole, of this program's schema, and its WAL is worked off."""
    if not facts.present:
        yield Finding(
            check="database",
            state=State.NOTICE,
            what=f"{facts.path} is not there",
            why="a node that never ran has none; one that ran has lost its log",
            todo="if the node ran before, put back the backup before starting it",
        )
        return
    findings = [*_integrity(facts), *_size(facts)]
    yield from findings
    if not findings:
        yield Finding(
            check="database",
            state=State.OK,
            what=f"{facts.size // _MIB} MiB, schema {facts.schema}, WAL {facts.wal // _MIB} MiB, quick_check ok",
        )


def _integrity(facts: DatabaseFacts) -> Iterator[Finding]:
    for problem in facts.problems:
        yield Finding(
            check="database",
            state=State.CRITICAL,
            what=f"{facts.path}: {problem}",
            why="evidence and single-use codes are in it",
            todo="stop the node, copy the file as it is, and restore the last backup; see `certmesh evidence verify`",
            owner=Owner.SYSTEM,
        )
    if facts.schema > facts.newest:
        yield Finding(
            check="database",
            state=State.CRITICAL,
            what=f"{facts.path} has schema {facts.schema}, this program knows {facts.newest}",
            why="a newer certmesh has opened it; this one refuses",
            todo="run the newer program",
        )
    elif facts.schema < facts.newest and not facts.problems:
        yield Finding(
            check="database",
            state=State.NOTICE,
            what=f"schema {facts.schema} becomes {facts.newest} at the next start",
            why="the program is newer than the file",
            todo="back up first; there is no way back",
        )
    if not facts.finished:
        yield Finding(
            check="database",
            state=State.NOTICE,
            what="quick_check was not through in time",
            why="the file is large",
            todo=f"run it at leisure: sqlite3 {facts.path} 'PRAGMA quick_check'",
        )


def _size(facts: DatabaseFacts) -> Iterator[Finding]:
    state = next((state for limit, state in _WAL if facts.wal > limit), None)
    if state is not None:
        yield Finding(
            check="database",
            state=state,
            what=f"the write-ahead log has {facts.wal // _MIB} MiB",
            why="somebody holds an old reading open, or checkpoints fail; starting takes long",
            todo="end long-running readers of the file (backups, shells); restart the node if it stays",
        )


def log(facts: LogFacts) -> Iterator[Finding]:
    """The head is signed, and by our key."""
    unsigned = facts.size - facts.signed_size
    if facts.problem:
        yield Finding(
            check="evidence",
            state=State.CRITICAL,
            what=f"the last checkpoint does not verify: {facts.problem}",
            why="peers and auditors will not believe the log",
            todo="run `certmesh evidence verify`; if the signing key changed, see whether the old certificate is still named",
        )
    elif unsigned < 0:
        yield Finding(
            check="evidence",
            state=State.CRITICAL,
            what=f"a checkpoint of size {facts.signed_size} is signed, but the log has {facts.size} entries",
            why="the log was put back to an older state: a rollback that peers will convict",
            todo="do not start the node; restore the newest backup, or tell the other operators what happened",
        )
    elif unsigned and (not facts.running or unsigned > _UNSIGNED_ENTRIES):
        yield Finding(
            check="evidence",
            state=State.WARNING if facts.running else State.NOTICE,
            what=f"{unsigned} entries after the last signed checkpoint",
            why="they are durable, but nobody outside could hold the node to them yet",
            todo="see in the log why checkpoints are not signed" if facts.running else "the next start signs them",
        )
    else:
        yield Finding(check="evidence", state=State.OK, what=f"{facts.size} entries, signed up to {facts.signed_size}")


def ports(facts: PortFacts) -> Iterator[Finding]:
    """Either the node answers on its ports, or they are free for it."""
    if facts.answers:
        state = State.OK if facts.ready else State.WARNING
        told = "the node runs and takes requests" if facts.ready else "the node runs and takes no requests"
        why = "" if facts.ready else "it is starting or draining"
        todo = "" if facts.ready else "look again in a minute, then at its log"
        yield Finding(check="ports", state=state, what=told, why=why, todo=todo)
        return
    for name in sorted(facts.taken):
        yield Finding(
            check="ports",
            state=State.CRITICAL,
            what=f"{name}.listen: {facts.listens[name]} is taken, and not by this node",
            why="the node cannot start",
            todo=f"see who listens there (ss -ltnp), or change {name}.listen",
            owner=Owner.SYSTEM,
        )
    if not facts.taken:
        why = f"nothing is served ({facts.problem})" if facts.problem else "nothing is served"
        yield Finding(check="ports", state=State.WARNING, what="the node does not run", why=why, todo="certmesh serve")
