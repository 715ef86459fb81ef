"""The three sides of the search benchmark: set up, and measured the same way. What is measured on each: `search`.

A side yields a `Measure`: it keeps so many requests in flight for so many seconds and returns every latency and the time of all.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from _child import Child
from _load import Connection, closed_loop, post_request
from _stand import CONSUMER, Stand, tls_spec

from federation.channels import open_channels
from federation.codec.envelope import decode_envelope
from federation.directory import Directory
from federation.methods import SEARCH
from federation.model.application import Holder
from federation.model.search import Query
from federation.post import Post
from node.daemon import Base
from node.library.invented import PROVINCES, STORY_HOLDER
from node.moment import new_id, utc_now
from node.rest.search import PATH
from scripts._mesh.counter import Counter, demo_token
from trust.envelope import LogProof
from trust.gm import PrivateKey

PEERS = tuple(code for code in PROVINCES if code != CONSUMER)
NAIVE_PATH = "/search"
MARKS = (b'"verdict":"COMPLETE"', b'"total":2')  # of the story: one certificate from Zhejiang, one from Anhui
NAIVE_ITEMS = 200  # in the table of each naive peer

Measured = tuple[list[float], float]
Measure = Callable[[int, float], Awaitable[Measured]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What is measured, and the ids of its processes (of the nodes; whoever asks them is not counted)."""

    measure: Measure
    processes: Sequence[int]


Sizes = tuple[int, list[int]]
"""Bytes of a request, and of each peer's answer."""


@asynccontextmanager
async def certmesh_side(stand: Stand, in_flight: int) -> AsyncIterator[tuple[Side, Sizes]]:
    """The running mesh, under one application; also the sizes of its messages."""
    counter = Counter(CONSUMER, stand.mesh.folder.config(CONSUMER))
    application = await asyncio.to_thread(counter.apply, STORY_HOLDER)
    apply_id = application.data["applyId"]
    data = {
        "applyId": apply_id,
        "certificateHolderCode": STORY_HOLDER.code,
        "certificateHolderTypeCode": STORY_HOLDER.type_code,
    }
    request = post_request(PATH, json.dumps({"data": data}).encode(), demo_token(CONSUMER))
    sizes = await _sizes(stand.bases[CONSUMER], apply_id, tuple(counter.line["type_codes"]))
    async with _over_http(stand.bases[CONSUMER].config.rest.listen, request, MARKS, in_flight) as measure:
        yield Side(measure=measure, processes=[node.pid for node in stand.mesh.nodes.values()]), sizes


async def _sizes(base: Base, apply_id: str, types: tuple[str, ...]) -> Sizes:
    """Sign a request in the consumer's name, send it to the peers, and measure their answers and what the consumer's own would have."""
    directory = Directory(base.membership)
    post = Post(base.identity, directory, clock=utc_now, monotonic=asyncio.get_running_loop().time)
    holder = Holder(code=STORY_HOLDER.code, type_code=STORY_HOLDER.type_code)
    query = Query(apply_id=apply_id, holder=holder, type_codes=types)
    request = post.sign(post.draft_request(query, recipients=PEERS, exchange_id=new_id()))
    channels = open_channels(base.identity, directory)
    answers: list[bytes] = []
    for code in PEERS:
        with channels.using(code) as link:
            call: Any = link.channel.unary_unary(SEARCH.full_path)
            answers.append(await call(request))
    await channels.close()
    return len(request) + _proof_bytes(answers[0]), [len(answer) for answer in answers]


def _proof_bytes(answer: bytes) -> int:
    """What a proof by the log adds to a message here: 0 where the answers are signed directly."""
    proof = decode_envelope(answer).proof
    if not isinstance(proof, LogProof):
        return 0
    return len(proof.entry) + len(proof.checkpoint) + sum(len(step) for step in proof.path)


@asynccontextmanager
async def _over_http(address: str, request: bytes, marks: tuple[bytes, ...], in_flight: int) -> AsyncIterator[Measure]:
    """A node behind HTTP, asked the same thing again and again; an answer without all `marks` ends the benchmark."""
    connections = [await Connection.open(address) for _ in range(in_flight)]

    async def ask(connection: Connection) -> None:
        body = await connection.post(request)
        if not all(mark in body for mark in marks):
            raise RuntimeError(f"not the answer expected: {body.decode()}")

    async def measure(count: int, seconds: float) -> Measured:
        return await closed_loop([partial(ask, one) for one in connections[:count]], seconds)

    try:
        yield measure
    finally:
        for connection in connections:
            await connection.close()


@asynccontextmanager
async def bare_side(stand: Stand, sizes: Sizes) -> AsyncIterator[Side]:
    """Four bare processes with the TLS keys of the four nodes."""
    specs = {code: tls_spec(stand.bases[code]) for code in PROVINCES}
    with ExitStack() as stack:
        peers, processes = [], []
        for code, answer_bytes in zip(PEERS, sizes[1], strict=True):
            client = specs[CONSUMER]["certificate"]
            spec = {"role": "peer", **specs[code], "client": client, "answer_bytes": answer_bytes}
            answering = stack.enter_context(closing(Child("_bare.py", spec)))
            processes.append(answering.pid)
            peers.append({**specs[code], "key": "", "port": answering.said})
        spec = {"role": "aggregator", **specs[CONSUMER], "peers": peers, "request_bytes": sizes[0]}
        child = stack.enter_context(closing(Child("_bare.py", spec)))

        async def measure(count: int, seconds: float) -> Measured:
            latencies, elapsed = await asyncio.to_thread(child.ask, {"in_flight": count, "seconds": seconds})
            return latencies, elapsed

        yield Side(measure=measure, processes=[*processes, child.pid])


@asynccontextmanager
async def naive_side(stand: Stand, in_flight: int) -> AsyncIterator[Side]:
    """Four naive processes: each peer holds as many certificates as ours do, one of them the holder's."""
    secret = {code: secrets.token_bytes(32) for code in PROVINCES}
    keys = {
        code: {"private": one.hex(), "public": PrivateKey.from_scalar(one).public.point.hex()}
        for code, one in secret.items()
    }
    with ExitStack() as stack:
        peers, processes = [], []
        for code in PEERS:
            spec = {"role": "peer", **keys[code], "aggregator": keys[CONSUMER]["public"], "items": _naive_items(code)}
            database = _database(stand.bases[code])
            answering = stack.enter_context(closing(Child("_naive.py", {**spec, "database": database})))
            processes.append(answering.pid)
            peers.append({"port": answering.said, "public": keys[code]["public"]})
        spec = {"role": "aggregator", **keys[CONSUMER], "peers": peers, "database": _database(stand.bases[CONSUMER])}
        asking = stack.enter_context(closing(Child("_naive.py", spec)))
        request = post_request(NAIVE_PATH, json.dumps({"holder": STORY_HOLDER.code}).encode())
        async with _over_http(f"127.0.0.1:{asking.said}", request, (b"items",), in_flight) as measure:
            yield Side(measure=measure, processes=[*processes, asking.pid])


def _database(base: Base) -> str:
    """Beside the node's own data: on the same disk."""
    return str(base.config.node.data / "naive.db")


def _naive_items(code: str) -> list[dict[str, Any]]:
    """List metadata of invented certificates; the first is the story holder's."""
    return [
        {
            "holder": STORY_HOLDER.code if number == 0 else f"{code}-{number}",
            "identifier": f"1.2.156.3005.2.{code}.{number:020}.001.4",
            "name": "样例证照",
            "issuer": f"{PROVINCES[code]}样例机关",
            "issued": "2024-05-01",
            "status": "VALID",
        }
        for number in range(NAIVE_ITEMS)
    ]
