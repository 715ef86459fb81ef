"""Lists of a large province: first sync, one change, a peer that was away, and the authorisation check. PERFORMANCE.md §5.

One node in this process publishes; three `certmesh serve` processes receive, verify, store and sign receipts. A row's latency is from the
commit of the new version here to one peer's receipt. `bare_insert`: the same entries over the same TLS into bare SQLite tables of three
processes, 500 rows a message, verified by nobody. `bare_call`: one unary call of a bare grpc.aio server over the same TLS, one at a time.
"away": a peer is stopped, so many versions are published, it is started again: from its first word to its receipt for the newest.
"authorised": what a provider does between an application's arrival and its verdict, on lines picked at random, without records and cipher.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from typing import Any

import _tls
from _child import Child
from _report import Row, row
from _sink import METHOD, SERVICE, frame
from _stand import CONSUMER, Stand, tls_spec

from node.daemon import Node
from node.library.invented import PROVINCES
from node.ports.lists import Kind
from node.usecases.publication import Change
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
    """Bytes of calls from here, and to here, that carry publications."""
    pages = [node.metrics.render().decode()]
    return sum(
        float(text.rpartition(" ")[2])
        for page in pages
        for text in page.splitlines()
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
