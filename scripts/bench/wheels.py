"""The bare fan-out of the search benchmark under several versions of grpcio, side by side: which wheel to depend on. PERFORMANCE.md §1.

Each version is installed into a virtual environment of its own, which is removed afterwards; its four processes (`_bare`) run no certmesh
code. Rounds alternate between the versions; figures are medians. The ratio of a version is to the first one named.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from _child import Child
from _cpu import cpu_s
from _report import Row, medians, row, show

from node.library.invented import PROVINCES
from trust.tls import new_tls, tls_host

VERSIONS = ("1.75.1", "1.76.0")
REQUEST_BYTES, ANSWER_BYTES = 1_900, 2_300  # about what a search's messages have
AGGREGATOR, *PEERS = sorted(PROVINCES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """One version, running: the process that drives itself, and those that answer it."""

    aggregator: Child
    children: Sequence[Child]

    def measure(self, in_flight: int, seconds: float) -> tuple[list[float], float, float]:
        """Latencies, the time of all, and the CPU time of all processes, in seconds."""
        before = cpu_s(self.processes)
        latencies, elapsed = self.aggregator.ask({"in_flight": in_flight, "seconds": seconds})
        return latencies, elapsed, cpu_s(self.processes) - before

    @property
    def processes(self) -> list[int]:
        """Their ids."""
        return [one.pid for one in self.children]


def specs() -> dict[str, dict[str, str]]:
    """A TLS identity for each process."""
    now, made = datetime.now(UTC), {}
    for code in PROVINCES:
        tls = new_tls(province=code, now=now)
        made[code] = {
            "key": tls.key_pem.decode(),
            "certificate": tls.certificate_pem.decode(),
            "host": tls_host(code),
        }
    return made


def installed(folder: Path, version: str) -> str:
    """The Python of a fresh environment with this grpcio."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", f"grpcio=={version}", "uvloop"], check=True)
    return python


@contextmanager
def running(python: str, keys: Mapping[str, Mapping[str, str]]) -> Iterator[Wheel]:
    """Three answering processes and one that asks."""
    with ExitStack() as stack:

        def child(spec: Mapping[str, Any]) -> Child:
            return stack.enter_context(closing(Child("_bare.py", spec, python=python)))

        client = keys[AGGREGATOR]["certificate"]
        peers = [
            child({"role": "peer", **keys[code], "client": client, "answer_bytes": ANSWER_BYTES}) for code in PEERS
        ]
        said = [{**keys[code], "key": "", "port": one.said} for code, one in zip(PEERS, peers, strict=True)]
        asking = child({"role": "aggregator", **keys[AGGREGATOR], "peers": said, "request_bytes": REQUEST_BYTES})
        yield Wheel(aggregator=asking, children=[asking, *peers])


def measure_all(wheels: Mapping[str, Wheel], options: argparse.Namespace) -> tuple[list[Row], dict[str, float]]:
    """All rounds; the rows, and the CPU milliseconds that a request took in all processes."""
    taken: dict[str, list[Row]] = {version: [] for version in wheels}
    cpu, count = dict.fromkeys(wheels, 0.0), dict.fromkeys(wheels, 0)
    for one in wheels.values():
        one.measure(options.in_flight, options.seconds / 4)
    for _ in range(options.rounds):
        for version, one in wheels.items():
            latencies, elapsed, used = one.measure(options.in_flight, options.seconds)
            taken[version].append(row(version, latencies, elapsed))
            cpu[version] += used
            count[version] += len(latencies)
    return [medians(rows) for rows in taken.values()], {name: 1000 * cpu[name] / count[name] for name in wheels}


def main(arguments: list[str]) -> None:
    """Install, measure and print."""
    parser = argparse.ArgumentParser(prog="bench wheels", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object with rows and ratios")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each version in each round")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each version")
    parser.add_argument("--in-flight", type=int, default=16, help="requests in flight")
    parser.add_argument("--versions", nargs="+", default=list(VERSIONS), help="of grpcio, from the package index")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="certmesh-wheels-") as folder, ExitStack() as stack:
        pythons = {version: installed(Path(folder) / version, version) for version in options.versions}
        keys = specs()
        wheels = {version: stack.enter_context(running(python, keys)) for version, python in pythons.items()}
        rows, cpu = measure_all(wheels, options)
    first = rows[0].per_s
    notes = [f"{version}: {cost:.2f} ms of CPU a request, all four processes" for version, cost in cpu.items()]
    show(rows, {one.name: one.per_s / first for one in rows}, notes, as_json=options.json)
