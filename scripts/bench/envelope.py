"""Messages drafted, sealed, proven, opened and verified, in both forms of proof, beside the SM2, SM3 and SM4 operations they need.

One process, one thread, two post rooms; no network, no disk. A message is a search request of the size it has in the mesh. `direct`: an
SM2 signature on each. `by the log`: the entries of a group stand in a Merkle log of `LOG` entries, whose head is signed once for the group
(`node.storage.sqlite.prover`, over memory). Each side does all that a node does with an envelope, and nothing else.

The ideal of a form is the time of its bare operations on the same bytes in the same rounds: SM4-GCM twice, the SM3 of the payload at both
ends, and then either one SM2 signature and one verification, or those shared by the group and the SM3 of the entry (leaf) at both ends, of
the inner nodes it makes and of the path it is verified with. Wrapped keys are in use already in both. Rounds alternate; figures are
medians, of CPU time: one core with nothing else on it.
"""

import argparse
import asyncio
import math
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from _child import run
from _report import Row, medians, row, show

from federation.directory import Directory
from federation.model.application import Holder
from federation.model.evidence import EventType
from federation.model.search import Query
from federation.ports import Recorded
from federation.post import Post
from federation.sample_identities import make_identities, make_membership
from node.library.invented import PROVINCES, STORY_HOLDER
from node.moment import utc_now
from node.ports.evidence import LogEntry
from node.storage.sqlite.prover import Prover
from node.storage.sqlite.tail import Row as LogRow
from node.usecases.record import Recorder
from trust import canonical, gm
from trust.checkpoint import Checkpoint, evidence_log, sign_note
from trust.envelope import LogProof, pae
from trust.merkle import HASH_BYTES, Frontier, leaf_hash

SENDER, *RECIPIENTS = sorted(PROVINCES)
LOG = 100_000  # entries in the log before the first message: paths of 17 hashes
KIND = "SearchRequest"
TYPES = tuple(f"1110000000001{number:04}W001" for number in range(4))
QUERY = Query(
    apply_id=secrets.token_hex(16),
    holder=Holder(code=STORY_HOLDER.code, type_code=STORY_HOLDER.type_code),
    type_codes=TYPES,
)
SIGN, VERIFY, SEAL, OPEN, SM3_PAYLOAD, SM3_ENTRY, SM3_NODE = (
    *("SM2 sign", "SM2 verify", "SM4-GCM seal", "SM4-GCM open"),
    *("SM3 payload", "SM3 entry", "SM3 node"),
)

_now = time.thread_time  # nothing is waited for here, and other work on the machine does not count

Measured = tuple[list[float], float]  # the latency of each message, and the time of all, in seconds


class Log:
    """A province's log in memory, grown group by group as `node.storage.sqlite` grows it."""

    def __init__(self, sign: Callable[[int, bytes], bytes]) -> None:
        self._frontier = Frontier()
        self._rows: list[LogRow] = []
        self.prover = Prover(self, sign=sign, share=0)  # type: ignore[arg-type]  # of the evidence it reads two verbs
        self.append([canonical.dumps({"n": number}) for number in range(LOG)])

    def append(self, entries: Sequence[bytes]) -> int:
        """Commit a group; returns the index of its first entry."""
        start = len(self._rows)
        for index, entry in enumerate(entries, start):
            self._rows.append((index, None, entry, b"".join(self._frontier.append(leaf_hash(entry)))))
        self.prover.committed(self._frontier.size, self._frontier.root(), self._rows[start:])
        return start

    def entries(self, start: int, limit: int) -> list[LogEntry]:
        """As `node.ports.evidence.Evidence`."""
        return [LogEntry(index=one[0], entry=one[2]) for one in self._rows[start : start + limit]]

    def node_hash(self, level: int, index: int) -> bytes:
        """As `node.ports.evidence.Evidence`."""
        hashes = self._rows[((index + 1) << level) - 1][3]
        return hashes[level * HASH_BYTES : (level + 1) * HASH_BYTES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A sender in both forms, and a receiver."""

    direct: Post
    by_log: Post
    log: Log
    recorder: Recorder
    receiver: Post

    def entry(self, digest: str, exchange_id: str) -> bytes:
        """The entry of a search request, as `node.usecases.search.fused` makes it."""
        members = {
            "request": digest,
            "sent": {KIND: "request"},
            "apply": QUERY.apply_id,
            "app": "line-system-1",
            "peers": RECIPIENTS,
            "types": TYPES,
            "holder": "5a" * HASH_BYTES,
        }
        return canonical.dumps(self.recorder.entry(EventType.SEARCH, "asked", exchange_id, **members))

    def open(self, envelope: bytes) -> None:
        """As the edge of a node opens a request."""
        self.receiver.open_request(envelope, kind=KIND, sender=SENDER)


def pair() -> Pair:
    """Post rooms of two members of a mesh of four."""
    identities = make_identities(sorted(PROVINCES))
    directory = Directory(make_membership(identities))
    own = identities[SENDER]

    def sign(size: int, root: bytes) -> bytes:
        checkpoint = Checkpoint(origin=evidence_log(SENDER), size=size, root=root)
        return sign_note(checkpoint, own.signing_certificate.public_key, own.signing_key.sign)

    log = Log(sign)

    def room(province: str, prove: Callable[[int], Awaitable[LogProof]] | None = None) -> Post:
        identity = identities[province]
        return Post(identity, directory, clock=utc_now, monotonic=time.monotonic, prove_entry=prove)

    return Pair(
        direct=room(SENDER),
        by_log=room(SENDER, log.prover.prove),
        log=log,
        recorder=Recorder(SENDER, utc_now),
        receiver=room(RECIPIENTS[0]),
    )


async def direct(one: Pair, seconds: float) -> Measured:
    """One message after another, signed."""
    latencies: list[float] = []
    start = now = _now()
    while now < start + seconds:
        draft = one.direct.draft_request(QUERY, recipients=RECIPIENTS, exchange_id=secrets.token_hex(16))
        one.open(one.direct.sign(draft))
        latencies.append((after := _now()) - now)
        now = after
    return latencies, now - start


async def by_log(one: Pair, seconds: float, group: int) -> Measured:
    """Groups of messages, as a commit of the store makes them: one signature each."""
    latencies: list[float] = []
    start = now = _now()
    while now < start + seconds:
        drafts = [
            one.by_log.draft_request(QUERY, recipients=RECIPIENTS, exchange_id=secrets.token_hex(16))
            for _ in range(group)
        ]
        first = one.log.append([one.entry(draft.digest, draft.exchange_id) for draft in drafts])
        for index, draft in enumerate(drafts, first):
            one.open(await one.by_log.prove(Recorded(draft=draft, index=index)))
        after = _now()
        latencies += [(after - now) / group] * group
        now = after
    return latencies, now - start


async def operations(one: Pair) -> dict[str, Callable[[], object]]:
    """The bare operations, on the bytes that the messages have."""
    draft = one.direct.draft_request(QUERY, recipients=RECIPIENTS, exchange_id=secrets.token_hex(16))
    message, payload = pae(f"application/vnd.certmesh.v1.{KIND}+protobuf", draft.payload), draft.payload
    entry = one.entry(draft.digest, draft.exchange_id)
    key, cipher, nonce = gm.PrivateKey.generate(), gm.Sm4Gcm(secrets.token_bytes(16)), secrets.token_bytes(12)
    body, header = one.direct.encode(QUERY).body, secrets.token_bytes(110)
    signature, sealed = key.sign(message), cipher.seal(nonce, body, header)
    node = secrets.token_bytes(2 * HASH_BYTES + 1)
    return {
        SIGN: lambda: key.sign(message),
        VERIFY: lambda: key.public.verify(message, signature),
        SEAL: lambda: cipher.seal(nonce, body, header),
        OPEN: lambda: cipher.open(nonce, sealed, header),
        SM3_PAYLOAD: lambda: gm.sm3(payload),
        SM3_ENTRY: lambda: gm.sm3(entry),
        SM3_NODE: lambda: gm.sm3(node),
    }


def repeated(operation: Callable[[], object], seconds: float) -> Measured:
    """The same operation again and again; latencies of batches, so that the clock does not weigh."""
    batch, latencies = 50, list[float]()
    start = now = _now()
    while now < start + seconds:
        for _ in range(batch):
            operation()
        after = _now()
        latencies += [(after - now) / batch] * batch
        now = after
    return latencies, now - start


def ideals(rows: Sequence[Row], groups: Sequence[int]) -> dict[str, float]:
    """Messages per second that the bare operations of each form allow."""
    takes = {one.name: 1 / one.per_s for one in rows}
    both = takes[SEAL] + takes[OPEN] + 2 * takes[SM3_PAYLOAD]
    asymmetric = takes[SIGN] + takes[VERIFY]
    path = math.ceil(math.log2(LOG))
    logged = both + 2 * takes[SM3_ENTRY] + (1 + path) * takes[SM3_NODE]  # about one inner node is made per entry
    return {"direct": 1 / (both + asymmetric)} | {
        f"by the log, groups of {group}": 1 / (logged + asymmetric / group) for group in groups
    }


async def measure_all(options: argparse.Namespace) -> list[Row]:
    """All rounds, everything once in each."""
    one = pair()
    bare = await operations(one)
    forms: dict[str, Callable[[float], Awaitable[Measured]]] = {"direct": lambda seconds: direct(one, seconds)}
    for group in options.groups:
        forms[f"by the log, groups of {group}"] = lambda seconds, group=group: by_log(one, seconds, group)
    taken: dict[str, list[Row]] = {}
    for _ in range(options.rounds):
        for name, form in forms.items():
            taken.setdefault(name, []).append(row(name, *await form(options.seconds)))
        for name, operation in bare.items():
            taken.setdefault(name, []).append(row(name, *repeated(operation, options.seconds / 4)))
        await asyncio.sleep(0)
    return [medians(rows) for rows in taken.values()]


async def _size() -> str:
    one = pair()
    draft = one.by_log.draft_request(QUERY, recipients=RECIPIENTS, exchange_id=secrets.token_hex(16))
    proof = await one.log.prover.prove(one.log.append([one.entry(draft.digest, draft.exchange_id)]))
    added = len(proof.entry) + len(proof.checkpoint) + (HASH_BYTES + 2) * len(proof.path)
    return f"a payload of {len(draft.payload)} bytes; its proof by the log adds {added} bytes"


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench envelope", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object with rows and ratios")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each form in each round")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each side")
    parser.add_argument("--groups", type=int, nargs="+", default=[1, 4, 16, 64], help="messages per commit")
    options = parser.parse_args(arguments)
    rows = run(measure_all(options))
    ideal = ideals(rows, options.groups)
    ratios = {f"ideal of {name}": one.per_s / ideal[name] for one in rows for name in [one.name] if name in ideal}
    notes = [f"ideal of {name}: {per_s:,.0f} per second" for name, per_s in ideal.items()]
    show(rows, ratios, [*notes, run(_size())], as_json=options.json)
