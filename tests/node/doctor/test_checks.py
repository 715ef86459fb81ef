"""Every rule of `certmesh doctor` as a table: the facts, the worst state they come to, and the words that name what to do."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from node.doctor.checks import machine, notices, own, trusted
from node.doctor.facts import (
    ChainFacts,
    ClockFacts,
    ConfigFacts,
    DatabaseFacts,
    DiskFacts,
    End,
    EngineFacts,
    ExpiryFacts,
    ListFacts,
    LogFacts,
    MembershipFacts,
    NoticeFacts,
    Offset,
    PairFacts,
    PeerView,
    PortFacts,
    RevocationFacts,
    SecretFacts,
)
from node.doctor.finding import Finding, State, exit_code, worst

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY, MIB = timedelta(days=1), 1 << 20
ME, PEER, FINGERPRINT, FIRST = "310000", "320000", "f" * 64, "e" * 64


def ends(days: float, province: str = ME) -> ExpiryFacts:
    end = End(province=province, what="signing certificate", not_after=NOW + timedelta(days=days))
    return ExpiryFacts(me=ME, now=NOW, ends=(end,))


def lists(state: str, *, refuses: bool = False, configured: bool = True, problem: str = "") -> RevocationFacts:
    one = ListFacts(
        province=PEER,
        state=state,
        configured=configured,
        age_s=7200.0,
        late_s=3600.0 * (state == "stale"),
        problem=problem,
    )
    return RevocationFacts(refuses=refuses, lists=(one,))


def member(**more: object) -> MembershipFacts:
    values: dict[str, object] = {
        "me": ME,
        "version": 3,
        "fingerprint": FINGERPRINT,
        "file_fingerprint": FIRST,
        "issued": NOW - 10 * DAY,
        "expires": NOW + 100 * DAY,
        "now": NOW,
        "compared": True,
    }
    return MembershipFacts(**(values | more))  # type: ignore[arg-type]  # a table of arguments


def holding(version: int | None, fingerprint: str = FINGERPRINT, *, up: bool = True) -> MembershipFacts:
    peer = PeerView(province=PEER, up=up, failures=0 if up else 4, version=version, fingerprint=fingerprint)
    return member(peers=(peer,), running=True)


def off(offset_s: float, bound_s: float = 0.1) -> ClockFacts:
    return ClockFacts(running=True, offsets=(Offset(province=PEER, offset_s=offset_s, bound_s=bound_s),))


def jumped(by_s: float) -> ClockFacts:
    return ClockFacts(running=True, jumps=2, last_jump_s=by_s, last_jump_at="2026-03-01T11:00:00+00:00")


def db(**more: object) -> DatabaseFacts:
    values: dict[str, object] = {"path": "/d/certmesh.db", "present": True, "size": 50 * MIB, "schema": 7, "newest": 7}
    return DatabaseFacts(**(values | more))  # type: ignore[arg-type]  # a table of arguments


def room(free: int, total: int = 100_000 * MIB, free_files: int = 1000, total_files: int = 2000) -> DiskFacts:
    return DiskFacts(path="/d", free=free, total=total, free_files=free_files, total_files=total_files)


def taken(*names: str, answers: bool = False, ready: bool = False) -> PortFacts:
    listens = {"peer": "0.0.0.0:7001", "rest": "127.0.0.1:8001", "admin": "127.0.0.1:9001"}
    return PortFacts(listens=listens, taken=frozenset(names), answers=answers, ready=ready, problem="refused")


CASES: dict[str, tuple[Iterable[Finding], State, str]] = {
    "a good configuration": (own.config(ConfigFacts(path="n", readable=True)), State.OK, "good"),
    "a configuration with a problem": (
        own.config(ConfigFacts(path="n", readable=True, problems=("rest: no",))),
        State.CRITICAL,
        "check-config",
    ),
    "right answers": (own.engine(EngineFacts(engine="OpenSSL")), State.OK, "OpenSSL"),
    "a libcrypto without SM2": (own.engine(EngineFacts(engine="", problem="no SM2")), State.CRITICAL, "Debian 12"),
    "private files": (own.secrets(SecretFacts(folder="k", files=6)), State.OK, "6 secret files"),
    "a key that others read": (
        own.secrets(SecretFacts(folder="k", files=6, problems=("k: readable by others; run: chmod 600 k",))),
        State.CRITICAL,
        "chmod 600",
    ),
    "pairs that fit": (own.pairs(PairFacts(pairs=5)), State.OK, "5 keys"),
    "a key that does not fit": (own.pairs(PairFacts(pairs=5, problems=("no",))), State.CRITICAL, "put back the pair"),
    "a wrong passphrase file": (own.pairs(PairFacts(pairs=0, unopened="missing")), State.CRITICAL, "source"),
    "a credential of the unit alone": (
        own.pairs(PairFacts(pairs=0, unopened="not set", elsewhere=True)),
        State.NOTICE,
        "give this shell",
    ),
    "chains that hold": (own.chains(ChainFacts(province=ME, named=True)), State.OK, "hold"),
    "chains nobody can compare": (own.chains(ChainFacts(province=ME)), State.OK, "hold"),
    "a chain that does not hold": (
        own.chains(ChainFacts(province=ME, problems=("x",))),
        State.CRITICAL,
        "identity request",
    ),
    "keys the membership does not name": (
        own.chains(ChainFacts(province=ME, named=False)),
        State.CRITICAL,
        "does not name",
    ),
    "61 days left": (trusted.expiry(ends(61)), State.OK, "none of 1"),
    "59 days left": (trusted.expiry(ends(59)), State.NOTICE, "ends in 59 days"),
    "29 days left": (trusted.expiry(ends(29)), State.WARNING, "renew it"),
    "6 days left": (trusted.expiry(ends(6)), State.CRITICAL, "ends in 6 days"),
    "ended": (trusted.expiry(ends(-1)), State.CRITICAL, "has ended"),
    "a peer's that ended is the peer's": (trusted.expiry(ends(-1, PEER)), State.WARNING, "tell that province"),
    "a fresh list": (trusted.revocation(lists("fresh")), State.OK, "fresh"),
    "a fresh list whose source fails": (trusted.revocation(lists("fresh", problem="404")), State.NOTICE, "404"),
    "a stale list that is only shown": (trusted.revocation(lists("stale")), State.WARNING, "2 h old, due 1 h ago"),
    "a stale list that refuses": (trusted.revocation(lists("stale", refuses=True)), State.CRITICAL, "identity.stale"),
    "no list and no source": (
        trusted.revocation(lists("missing", configured=False)),
        State.NOTICE,
        'identity.crls."320000"',
    ),
    "no list, no source, and it refuses": (
        trusted.revocation(lists("missing", configured=False, refuses=True)),
        State.CRITICAL,
        "identity.crls",
    ),
    "a missing list that should be there": (trusted.revocation(lists("missing")), State.WARNING, "ask the CA"),
    "a list for a province that is no member": (
        trusted.revocation(RevocationFacts(refuses=False, strangers=("990000",))),
        State.NOTICE,
        "names a list for 990000",
    ),
    "our own certificate is revoked": (
        trusted.revocation(RevocationFacts(refuses=False, revoked=("our signing certificate was revoked",))),
        State.CRITICAL,
        "over a new key",
    ),
    "a membership in force": (trusted.membership(member()), State.OK, "10 days old; the peers were not asked"),
    "a membership that all hold": (trusted.membership(holding(3)), State.OK, "1 peers hold the same"),
    "a membership that is not believed": (trusted.membership(member(problem="not signed")), State.CRITICAL, "by voice"),
    "a membership that expired": (
        trusted.membership(member(expires=NOW - DAY)),
        State.CRITICAL,
        "local functions go on",
    ),
    "a membership without us": (trusted.membership(member(names_us=False)), State.CRITICAL, "does not name 310000"),
    "a fingerprint nobody compared": (trusted.membership(member(compared=False)), State.NOTICE, FIRST),
    "a peer that has not said": (trusted.membership(holding(None)), State.NOTICE, "is not known"),
    "a peer that is behind": (trusted.membership(holding(2)), State.NOTICE, "holds version 2, this node version 3"),
    "a peer that is ahead": (trusted.membership(holding(4)), State.WARNING, "why this node does not take"),
    "a peer with another document of this version": (trusted.membership(holding(3, "0" * 64)), State.CRITICAL, "fork"),
    "peers that answer": (trusted.peers(holding(3)), State.OK, "1 peers answer"),
    "a peer that does not answer": (trusted.peers(holding(3, up=False)), State.WARNING, "4 failures"),
    "peers nobody asked": (trusted.peers(member()), State.OK, "not asked"),
    "notices nobody asked for": (notices.notices(NoticeFacts(running=False)), State.OK, "not asked"),
    "notices that go": (
        notices.notices(NoticeFacts(running=True, webhooks={"app": ""})),
        State.OK,
        "none was given up",
    ),
    "notices that were given up": (
        notices.notices(NoticeFacts(running=True, dead={PEER: 2, "340000": 0})),
        State.WARNING,
        f"resend --target {PEER}",
    ),
    "a notice that waits for two days": (
        notices.notices(NoticeFacts(running=True, oldest_s={PEER: 172_800, "340000": 60})),
        State.WARNING,
        "waits for 48 hours",
    ),
    "a webhook that cannot be reached": (
        notices.notices(NoticeFacts(running=True, webhooks={"app": "TLS"})),
        State.WARNING,
        "app takes no notices: TLS",
    ),
    "a steady clock": (machine.clock(off(0.2)), State.OK, "320000 +0.200 s ±0.100"),
    "a clock 6 s off": (machine.clock(off(6)), State.NOTICE, "ahead of ours"),
    "a clock 90 s behind": (machine.clock(off(-90)), State.WARNING, "behind ours"),
    "a clock 400 s off": (machine.clock(off(400)), State.CRITICAL, "messages are refused"),
    "an offset within its bound": (machine.clock(off(30, bound_s=29)), State.OK, "no jump"),
    "a small jump": (machine.clock(jumped(3)), State.WARNING, "slew"),
    "a jump backwards of an hour": (machine.clock(jumped(-3600)), State.CRITICAL, "may be in force again"),
    "a clock behind the log": (
        machine.clock(ClockFacts(running=False, behind_log_s=20)),
        State.WARNING,
        "newest evidence entry",
    ),
    "a clock an hour behind the log": (
        machine.clock(ClockFacts(running=False, behind_log_s=3600)),
        State.CRITICAL,
        "set the clock",
    ),
    "a clock after the log": (
        machine.clock(ClockFacts(running=False, behind_log_s=-5)),
        State.OK,
        "not behind the log",
    ),
    "a roomy disk": (machine.disk(room(50_000 * MIB)), State.OK, "50%"),
    "a disk with 4 percent": (machine.disk(room(4_000 * MIB)), State.WARNING, "make room"),
    "a small disk with room": (machine.disk(room(900 * MIB, 10_000 * MIB)), State.WARNING, "900 MiB"),
    "a disk with 50 MiB": (machine.disk(room(50 * MIB)), State.CRITICAL, "every request is refused"),
    "a disk without inodes": (machine.disk(room(50_000 * MIB, free_files=1)), State.WARNING, "1 more files"),
    "a disk that counts no inodes": (machine.disk(room(50_000 * MIB, free_files=0, total_files=0)), State.OK, "50%"),
    "a whole database": (machine.database(db()), State.OK, "quick_check ok"),
    "no database yet": (machine.database(DatabaseFacts(path="d", present=False)), State.NOTICE, "put back the backup"),
    "a damaged database": (
        machine.database(db(problems=("page 3 is missing",))),
        State.CRITICAL,
        "restore the last backup",
    ),
    "a database of a newer program": (machine.database(db(schema=9)), State.CRITICAL, "run the newer program"),
    "a database of an older program": (machine.database(db(schema=5)), State.NOTICE, "becomes 7 at the next start"),
    "a database too large to check": (machine.database(db(finished=False)), State.NOTICE, "PRAGMA quick_check"),
    "a WAL of 600 MiB": (machine.database(db(wal=600 * MIB)), State.WARNING, "write-ahead log"),
    "a WAL of 5 GiB": (machine.database(db(wal=5000 * MIB)), State.CRITICAL, "write-ahead log"),
    "a signed log": (machine.log(LogFacts(size=9, signed_size=9)), State.OK, "signed up to 9"),
    "a running log that is just growing": (
        machine.log(LogFacts(size=9, signed_size=7, running=True)),
        State.OK,
        "9 entries",
    ),
    "a stopped log with an unsigned tail": (
        machine.log(LogFacts(size=9, signed_size=7)),
        State.NOTICE,
        "next start signs",
    ),
    "a running log nobody signs": (
        machine.log(LogFacts(size=20_000, signed_size=7, running=True)),
        State.WARNING,
        "why checkpoints are not signed",
    ),
    "a log that was put back": (machine.log(LogFacts(size=5, signed_size=7)), State.CRITICAL, "rollback"),
    "a checkpoint that does not verify": (
        machine.log(LogFacts(size=9, signed_size=9, problem="no")),
        State.CRITICAL,
        "evidence verify",
    ),
    "a node that takes requests": (machine.ports(taken(answers=True, ready=True)), State.OK, "takes requests"),
    "a node that drains": (machine.ports(taken(answers=True)), State.WARNING, "starting or draining"),
    "a node that is down": (machine.ports(taken()), State.WARNING, "certmesh serve"),
    "a port that somebody else has": (
        machine.ports(taken("rest")),
        State.CRITICAL,
        "rest.listen: 127.0.0.1:8001 is taken",
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_check_finds(name: str) -> None:
    findings, state, words = CASES[name]
    found = list(findings)

    assert found, "every check says something"
    assert worst(found) is state
    assert any(words in f"{one.what} | {one.why} | {one.todo}" for one in found)
    for one in found:
        assert (one.state is State.OK) == (one.why == "" and one.todo == ""), (
            "what is not well has a reason and a remedy"
        )
        assert not one.what.endswith("."), "a finding is a clause, not a sentence"


@pytest.mark.parametrize(
    ("states", "code"),
    [
        pytest.param([], 0, id="nothing found"),
        pytest.param([State.OK, State.NOTICE], 0, id="a notice"),
        pytest.param([State.NOTICE, State.WARNING, State.OK], 1, id="a warning"),
        pytest.param([State.WARNING, State.CRITICAL], 3, id="critical; 2 is left to wrong usage"),
    ],
)
def test_the_exit_code_is_that_of_the_worst(states: list[State], code: int) -> None:
    assert exit_code(worst(Finding(check="c", state=state, what="w") for state in states)) == code
