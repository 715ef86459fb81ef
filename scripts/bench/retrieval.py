"""A 5 MiB file from one provider process to one consumer, beside the same bytes as a bare grpc.aio stream, in one run. PERFORMANCE.md §2.

certmesh: the provider is a `certmesh serve` process, the consumer a node in this process (`_consumer`): a signed request, use code, sealed
and verified chunks, spool, the document's verification, evidence on both sides, notices; each fetch under an application of its own, made
outside the measured time. The file is the original; a usage copy, which is made, signed and verified for each fetch, has rows of its own.
`bare` and `sm4_sm3`: `_streams`; the second is the fastest of four ways to run it. Files of 100 KiB are fetched too. One fetch at a time;
rounds alternate, figures are medians, a row's `per_s` counts fetches.
"""

import argparse
import io
import os
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path, PurePath

import _streams
import _tls
import grpc  # after _tls, which says how it speaks TLS
from _child import Child, run
from _consumer import Fetcher, consumer
from _profile import profiled
from _report import Row, medians, row, show
from _stand import CONSUMER, Stand, founded, tls_spec

from node.library.demo import DemoCertificate, invent_for_file
from trust.ofd import CertificateFace, write_certificate

PROVIDER = "330000"
MIB = 1 << 20
LARGE, SMALL = 5 * MIB, 100 << 10  # bytes
WARM_UP = 0.25  # of a round

Fetch = Callable[[], Awaitable[float]]
"""Fetches once; the seconds it took."""


def certificate(size: int) -> DemoCertificate:
    """A mining licence of the story's holder whose file, a valid OFD package, has `size` bytes: most of them random, as in a scan."""
    blank = write_certificate(CertificateFace(title="样例", lines=(), custom_data=(), created=date(2024, 5, 1)))
    file = _with_entry(blank, size - len(_with_entry(blank, 0)))
    return invent_for_file(PurePath(f"caikuang-{size}.ofd"), file, PROVIDER)


def _with_entry(file: bytes, size: int) -> bytes:
    target = io.BytesIO()
    target.write(file)
    with zipfile.ZipFile(target, "a") as container:
        container.writestr(zipfile.ZipInfo("Doc_0/Res/scan.bin"), os.urandom(size))
    return target.getvalue()


@asynccontextmanager
async def bare_streams(stand: Stand) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a bare sender with the TLS keys of the two nodes."""
    provider, own = tls_spec(stand.bases[PROVIDER]), tls_spec(stand.bases[CONSUMER])
    spec = {"role": "sender", **provider, "client": own["certificate"], "sizes": [LARGE, SMALL]}
    with closing(Child("_streams.py", spec)) as child:
        async with _tls.open_channel(own, {**provider, "port": child.said}) as channel:
            yield channel


def _timed(receive: _streams.Receive, channel: grpc.aio.Channel, method: str, size: int) -> Fetch:
    async def fetch() -> float:
        start = time.perf_counter()
        await receive(channel, method, size)
        return time.perf_counter() - start

    return fetch


async def measure_all(stand: Stand, files: Mapping[int, DemoCertificate], options: argparse.Namespace) -> list[Row]:
    """All rounds, side after side in each."""
    async with consumer(stand, PROVIDER) as node, bare_streams(stand) as channel:
        bare = partial(_timed, _streams.count, channel, _streams.RAW)
        certmesh = {
            size: Fetcher(node, PROVIDER, one.record.identifier, size, original=True).fetch
            for size, one in files.items()
        }
        copies = {
            size: Fetcher(node, PROVIDER, one.record.identifier, size, original=False).fetch
            for size, one in files.items()
        }
        sides = {"certmesh": certmesh[LARGE], "bare": bare(LARGE), "certmesh, usage copy": copies[LARGE]}
        for name, (method, receive) in _streams.SEALED.items():
            sides[name] = _timed(receive, channel, method, LARGE)
        sides |= {"certmesh 100 KiB": certmesh[SMALL], "bare 100 KiB": bare(SMALL)}
        sides["certmesh, usage copy 100 KiB"] = copies[SMALL]
        rows = await _rounds(sides, options.rounds, options.seconds)
        if options.profile:
            options.profile.mkdir(parents=True, exist_ok=True)
            nodes = {"provider": stand.mesh.nodes[PROVIDER].pid, "consumer": os.getpid()}
            async with profiled(nodes, options.profile, options.seconds):
                await _fetch_for(certmesh[LARGE], options.seconds * 2)
    return rows


async def _rounds(sides: Mapping[str, Fetch], rounds: int, seconds: float) -> list[Row]:
    for fetch in sides.values():
        await _fetch_for(fetch, seconds * WARM_UP)
    taken: dict[str, list[Row]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, fetch in sides.items():
            latencies = await _fetch_for(fetch, seconds)
            taken[name].append(row(name, latencies, sum(latencies)))
    return [medians(rows) for rows in taken.values()]


async def _fetch_for(fetch: Fetch, seconds: float) -> list[float]:
    """Fetch one after another; at least once."""
    latencies: list[float] = []
    end = time.perf_counter() + seconds
    while not latencies or time.perf_counter() < end:
        latencies.append(await fetch())
    return latencies


def best_first(rows: list[Row]) -> tuple[list[Row], list[str]]:
    """The rows with the fastest way of `sm4_sm3` in place of all, and a line about each way."""
    ways = sorted((one for one in rows if one.name in _streams.SEALED), key=lambda one: -one.per_s)
    best = replace(ways[0], name="sm4_sm3")
    kept = [one for one in rows if one.name not in _streams.SEALED]
    notes = [f"sm4_sm3, {one.name}: {one.per_s * LARGE / 1e6:,.0f} MB/s" for one in ways]
    return [*kept[:2], best, *kept[2:]], notes


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench retrieval", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object with rows and ratios")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each side in each round")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each side")
    parser.add_argument(
        "--profile", type=Path, metavar="DIR", help="afterwards profile both nodes with py-spy into DIR"
    )
    options = parser.parse_args(arguments)
    files = {size: certificate(size) for size in (LARGE, SMALL)}
    with founded({CONSUMER: [], PROVIDER: files.values()}) as stand:
        stand.mesh.start([PROVIDER])
        measured = run(measure_all(stand, files, options))
    rows, notes = best_first(measured)
    rates = {one.name: one.per_s for one in rows}
    ratios = {name: rates["certmesh"] / rates[name] for name in ("bare", "sm4_sm3")}
    notes += [f"{name}: {rates[name] * LARGE / 1e6:,.0f} MB/s" for name in ("certmesh", "bare")]
    notes.append(f"100 KiB: {rates['certmesh 100 KiB'] / rates['bare 100 KiB']:.2f} of bare")
    show(rows, ratios, notes, as_json=options.json)
