"""Fused search of one node over three peer processes, beside a bare grpc.aio fan-out and a naive node, in one run. PERFORMANCE.md §1.

certmesh: four `certmesh serve` processes with real keys; each search goes through the REST edge of one node, with an exchange of its own,
requests and answers proven by the log, SM4-sealed contents, and durable evidence on all four sides. `direct`: four more of them with an SM2
signature on every message instead (`_direct`), everything else the same. `bare_mtls` (`_bare`): messages of the sizes
that certmesh's have in this run; it drives itself. `naive`: `_naive`. Rounds alternate; figures are medians. The ratios are taken with all
requests in flight; the rows "alone" have one. This process is the client of
certmesh, in both forms, and of the naive node.
"""

import argparse
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from statistics import median

from _child import run
from _cpu import cpu_s
from _profile import profiled
from _report import Row, medians, row, show
from _sides import Side, bare_side, certmesh_side, naive_side
from _stand import CONSUMER, Stand, founded

from node.library.demo import SealCa, SealMaker, demo_certificates
from node.library.invented import PROVINCES

TYPES = 4  # of each, `demo_certificates` makes two more than it is asked for
DIRECT = Path(__file__).with_name("_direct.py")
WARM_UP = 0.25  # of a round


async def measure_all(stand: Stand, signing: Stand, options: argparse.Namespace) -> tuple[list[Row], dict[str, float]]:
    """All rounds, side after side in each; one row per side and load, and the CPU milliseconds of a search in all its processes."""
    many: int = options.in_flight
    async with AsyncExitStack() as stack:
        certmesh, sizes = await stack.enter_async_context(certmesh_side(stand, many))
        direct, _ = await stack.enter_async_context(certmesh_side(signing, many))
        bare = await stack.enter_async_context(bare_side(stand, sizes))
        naive = await stack.enter_async_context(naive_side(stand, many))
        sides = {
            "certmesh": (certmesh, many),
            "certmesh alone": (certmesh, 1),
            "direct": (direct, many),
            "direct alone": (direct, 1),
            "bare_mtls": (bare, many),
            "bare_mtls alone": (bare, 1),
            "naive": (naive, many),
        }
        rounds = await _rounds(sides, options.rounds, options.seconds)
        if options.profile:
            options.profile.mkdir(parents=True, exist_ok=True)
            nodes = {"aggregator": stand.mesh.nodes[CONSUMER].pid, "peer": stand.mesh.nodes["330000"].pid}
            async with profiled(nodes, options.profile, options.seconds):
                await certmesh.measure(many, options.seconds)
    return rounds


async def _rounds(
    sides: Mapping[str, tuple[Side, int]], rounds: int, seconds: float
) -> tuple[list[Row], dict[str, float]]:
    for side, in_flight in sides.values():
        await side.measure(in_flight, seconds * WARM_UP)
    taken: dict[str, list[Row]] = {name: [] for name in sides}
    cpu: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, (side, in_flight) in sides.items():
            before = cpu_s(side.processes)
            latencies, elapsed = await side.measure(in_flight, seconds)
            cpu[name].append(1000 * (cpu_s(side.processes) - before) / len(latencies))
            taken[name].append(row(name, latencies, elapsed))
    return [medians(rows) for rows in taken.values()], {name: median(each) for name, each in cpu.items()}


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench search", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object with rows and ratios")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each side in each round")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each side")
    parser.add_argument("--in-flight", type=int, default=16, help="requests in flight")
    parser.add_argument("--certificates", type=int, default=200, help="in the library of each node, about")
    parser.add_argument("--profile", type=Path, metavar="DIR", help="afterwards profile two nodes with py-spy into DIR")
    options = parser.parse_args(arguments)
    per_type = max(1, options.certificates // TYPES - 2)
    seals = SealMaker(SealCa.new())
    libraries = {code: list(demo_certificates(code, seals, per_type=per_type)) for code in PROVINCES}
    with ExitStack() as stack:
        stand = _started(stack.enter_context(founded(libraries)))
        signing = _started(stack.enter_context(founded(libraries, (sys.executable, str(DIRECT)))))
        rows, cpu = run(measure_all(stand, signing, options))
    by_name = {one.name: one for one in rows}
    ratios = {name: by_name["certmesh"].per_s / by_name[name].per_s for name in ("bare_mtls", "naive", "direct")}
    ratios["bare_mtls, direct"] = by_name["direct"].per_s / by_name["bare_mtls"].per_s
    show(rows, ratios, _notes(by_name, cpu), as_json=options.json)


def _started(stand: Stand) -> Stand:
    """Its nodes run, and hold each other's publications."""
    stand.mesh.start()
    stand.mesh.wait_acknowledged()
    return stand


def _notes(by_name: Mapping[str, Row], cpu: Mapping[str, float]) -> list[str]:
    """The goals that are not throughput, and where a machine with other work on it can be compared: CPU time."""
    bare, alone = by_name["bare_mtls"], by_name["bare_mtls alone"]
    return [
        f"{name}: one alone {by_name[name + ' alone'].p50_ms / alone.p50_ms:.1f} x the p50 of bare_mtls,"
        f" p99 under load {by_name[name].p99_ms / bare.p99_ms:.1f} x"
        for name in ("certmesh", "direct")
    ] + [
        f"{name}: {cpu[name]:.2f} ms of CPU a search, all processes; bare_mtls / {name}: {cpu['bare_mtls'] / cpu[name]:.2f}"
        for name in ("certmesh", "direct", "naive")
    ]
