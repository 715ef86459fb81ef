"""Lists of a large province: first sync, one change, a peer that was away, and the authorisation check. PERFORMANCE.md §5.

One node in this process publishes; three `certmesh serve` processes receive, verify, store and sign receipts. A row's latency is from the
commit of the new version here to one peer's receipt. `bare_insert`: the same entries over the same TLS into bare SQLite tables of three
processes, 500 rows a message, verified by nobody. `bare_call`: one unary call of a bare grpc.aio server over the same TLS, one at a time.
"away": a peer is stopped, so many versions are published, it is started again: from its first word to its receipt for the newest.
"authorised": what a provider does between an application's arrival and its verdict, on lines picked at random, without records and cipher.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from typing import Any

import _tls
from _authorise import authorised
from _child import Child, run
from _consumer import own_node
from _lists import catalogue, uselist
from _report import Row, row, show
from _sink import METHOD, SERVICE, frame
from _stand import CONSUMER, Stand, founded, tls_spec

from node.daemon import Node
from node.library.demo import DemoCertificate
from node.library.invented import PROVINCES
from node.ports.lists import Kind
from node.usecases.publication.exchanging import Change
from trust import canonical

PEERS = tuple(code for code in PROVINCES if code != CONSUMER)
PER_MESSAGE = 500
WAIT_S = 300.0
_POLL_S = 0.002


async def receipts(node: Node, kind: Kind, version: int, peers: Sequence[str] = PEERS) -> dict[str, float]:
    """When each peer's receipt for this version was here, by this process's clock.

    Raises:
        TimeoutError: one did not come.
    """
    came: dict[str, float] = {}
    async with asyncio.timeout(WAIT_S):
        while len(came) < len(peers):
            for one in node.store.read.publications.receipts(kind):
                if one.version == version and not one.refusal and one.peer in peers:
                    came.setdefault(one.peer, time.perf_counter())
            await asyncio.sleep(_POLL_S)
    return came


async def first_sync(node: Node, kind: Kind, entries: list[dict[str, Any]], name: str) -> tuple[Row, float]:
    """Publish a whole list; the row of the peers' receipts, and the seconds that publishing itself took."""
    start = time.perf_counter()
    version = await node.publications.publish(kind, entries)
    published = time.perf_counter()
    came = await receipts(node, kind, version)
    latencies = [at - published for at in came.values()]
    return row(name, latencies, max(latencies)), published - start


async def changes(node: Node, lines: list[dict[str, Any]], count: int) -> tuple[Row, float, float]:
    """Change one line after another; the row, the bytes of calls to each peer for one change, and the bytes of the change itself."""
    before, latencies, sizes = _weighed(node), [], []
    start = time.perf_counter()
    for number in range(count):
        line = {**lines[number], "daily_limit": 100 + number}
        version = await _change(node, line)
        committed = time.perf_counter()
        came = await receipts(node, Kind.USELIST, version)
        latencies += [at - committed for at in came.values()]
        sizes.append(len(canonical.dumps(line)))
    spent = (_weighed(node) - before) / count / len(PEERS)
    return row("one change", latencies, time.perf_counter() - start), spent, sum(sizes) / count


async def _change(node: Node, line: dict[str, Any]) -> int:
    return await node.publications.change(
        Kind.USELIST, [Change(entry=line, id=line["use_list_id"], version=line["version"])]
    )


def _weighed(node: Node) -> float:
    """Bytes of the calls from here that carry the use list, both ways."""
    return sum(
        float(text.rpartition(" ")[2])
        for text in node.metrics.render().decode().splitlines()
        if text.startswith("certmesh_peer_bytes_total{") and 'method="UseList/' in text
    )


async def away(stand: Stand, node: Node, lines: list[dict[str, Any]], versions: int) -> tuple[Row, Row]:
    """Stop a peer, publish so many versions, start it; the row of its return, and that of a return to nothing new."""
    peer = PEERS[0]
    rows = []
    for count, name in ((0, "back, nothing missed"), (versions, f"back, {versions} versions missed")):
        await asyncio.to_thread(stand.mesh.stop, [peer])
        newest = node.publications.versions()[Kind.USELIST]
        for number in range(count):
            newest = await _change(node, {**lines[number % len(lines)], "rate_per_minute": 31 + number // len(lines)})
        await asyncio.to_thread(stand.mesh.nodes[peer].start)
        await asyncio.to_thread(stand.mesh.nodes[peer].wait_ready)
        ready = time.perf_counter()
        await _holds(stand, peer, newest)
        elapsed = max(time.perf_counter() - ready, 0.001)
        rows.append(row(name, [elapsed], elapsed))
    return rows[0], rows[1]


async def _holds(stand: Stand, peer: str, version: int) -> None:
    """Wait until a peer says that it holds this version of the use list."""
    async with asyncio.timeout(WAIT_S):
        while True:
            status = await asyncio.to_thread(stand.mesh.status, peer)
            held = status["publications"]["uselist"]["held"]
            if {CONSUMER: version}.items() <= {one["province"]: one["version"] for one in held}.items():
                return
            await asyncio.sleep(0.05)


async def bare_sync(stand: Stand, entries: Sequence[dict[str, Any]], key: str, name: str) -> Row:
    """The baseline: the same entries into three bare tables at once."""
    rows = [(str(one[key]), canonical.dumps(one)) for one in entries]
    messages = [frame(rows[at : at + PER_MESSAGE]) for at in range(0, len(rows), PER_MESSAGE)]
    spec = tls_spec(stand.bases[CONSUMER])
    latencies = []
    with ExitStack() as stack:
        channels = []
        for code in PEERS:
            own = tls_spec(stand.bases[code])
            database = str(stand.bases[code].config.node.data / f"bare-{key}.db")
            sink = {"role": "sink", **own, "client": spec["certificate"], "database": database}
            child = stack.enter_context(closing(Child("_sink.py", sink)))
            channels.append(_tls.open_channel(spec, {**own, "port": child.said}))

        async def put(channel: Any) -> None:
            call = channel.unary_unary(f"/{SERVICE}/{METHOD}")
            await call(b"")
            start = time.perf_counter()
            for message in messages:
                await call(message)
            latencies.append(time.perf_counter() - start)

        await asyncio.gather(*map(put, channels))
        for channel in channels:
            await channel.close()
    return row(name, latencies, max(latencies))


async def bare_call(stand: Stand, count: int) -> Row:
    """The baseline of the authorisation check: one unary call after another to a bare server, with as many bytes as an application has."""
    spec, own = tls_spec(stand.bases[CONSUMER]), tls_spec(stand.bases[PEERS[0]])
    answering = {"role": "peer", **own, "client": spec["certificate"], "answer_bytes": 2_000}
    with closing(Child("_bare.py", answering)) as child:
        channel = _tls.open_channel(spec, {**own, "port": child.said})
        call = channel.unary_unary("/bench.Bare/Ask")
        latencies, start = [], time.perf_counter()
        for _ in range(count):
            sent = time.perf_counter()
            await call(bytes(2_000))
            latencies.append(time.perf_counter() - sent)
        elapsed = time.perf_counter() - start
        await channel.close()
    return row("bare call", latencies, elapsed)


async def measure(stand: Stand, options: argparse.Namespace) -> tuple[list[Row], dict[str, float], list[str]]:
    """Everything in its order; rows, ratios and notes."""
    types = list(catalogue(CONSUMER, options.types))
    lines = list(uselist(CONSUMER, options.lines, [one["type_code"] for one in types]))
    async with own_node(stand, PEERS, founding=False) as node:
        first, catalogue_s = await first_sync(node, Kind.CATALOGUE, types, f"first sync, {len(types)} entries")
        second, uselist_s = await first_sync(node, Kind.USELIST, lines, f"first sync, {len(lines)} lines")
        one, spent, own = await changes(node, lines, options.changes)
        rows = [first, second, one, *await away(stand, node, lines, options.versions)]
        size = sum(len(canonical.dumps(line)) for line in lines)
    bare = [
        await bare_sync(stand, types, "type_code", f"bare insert, {len(types)} entries"),
        await bare_sync(stand, lines, "use_list_id", f"bare insert, {len(lines)} lines"),
    ]
    call = await bare_call(stand, options.checks)
    spread, repeated = await authorised(stand.mesh.folder.root, types, lines, options.checks)
    checks = [row("authorised", spread, sum(spread)), row("authorised, one line", repeated, sum(repeated))]
    ratios = {
        "bare_insert, catalogue": bare[0].per_s / first.per_s,
        "bare_insert, uselist": bare[1].per_s / second.per_s,
        "bytes of the change": spent / own,
        "bare_call": checks[0].p50_ms / call.p50_ms,
    }
    notes = [
        f"publishing took {catalogue_s:.2f} s (catalogue) and {uselist_s:.2f} s (use list of {size / 1e6:.1f} MB)",
        f"one change: {spent:.0f} bytes of calls from here to each peer for {own:.0f} of the line",
    ]
    return [*rows, *bare, *checks, call], ratios, notes


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench lists", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object with rows and ratios")
    parser.add_argument("--types", type=int, default=10_000, help="catalogue entries of one province")
    parser.add_argument("--lines", type=int, default=50_000, help="use-list lines of one province")
    parser.add_argument("--changes", type=int, default=30, help="lines changed one after another")
    parser.add_argument("--versions", type=int, default=1_000, help="published while a peer is away")
    parser.add_argument("--checks", type=int, default=5_000, help="authorisation checks, and bare calls")
    options = parser.parse_args(arguments)
    demo: dict[str, list[DemoCertificate]] = {code: [] for code in PROVINCES}
    with founded(demo) as stand:
        stand.mesh.folder.without_lists()
        stand.mesh.start(PEERS)
        rows, ratios, notes = run(measure(stand, options))
    show(rows, ratios, notes, as_json=options.json)
