"""`python -m tests.crashes.sweep FOLDER [--every N]`: every fault at every n-th call; prints a line a fault, and each problem. Exit code 1.

A process of its own, because it waits for children by any number. Each point gets a fresh folder, which is kept where something is wrong.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from tests.crashes import judge, scenario
from tests.crashes.tracer import Fault, Ran, traced

FAULTS = (Fault.KILL, Fault.TORN, Fault.EIO, Fault.FULL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One point: how the child ended, how much it was told, and what is wrong with what it left."""

    ran: Ran
    said: judge.Said
    problems: list[str]


def one_point(folder: Path, fault: Fault, point: int, *, opening: bool) -> Outcome:
    """Run the scenario once and judge what is left."""
    folder.mkdir(parents=True)
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    ran = traced(partial(scenario.run, folder, writing, opening=opening), folder, fault, point)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        lines = (pipe.read() or b"").split(b"\n")[:-1]  # what has no end was not said
    said = [json.loads(line) for line in lines]
    problems = judge.problems(folder, said)
    if not problems:
        shutil.rmtree(folder)
    return Outcome(ran=ran, said=said, problems=problems)


def points(folder: Path, every: int, *, opening: bool) -> range:
    """The points to look at: every n-th call of an undisturbed run.

    Raises:
        RuntimeError: the scenario does not come to its end by itself.
    """
    outcome = one_point(folder, Fault.NONE, 0, opening=opening)
    if outcome.ran.status or outcome.problems or not outcome.said:
        raise RuntimeError(f"without a fault: status {outcome.ran.status}, {outcome.problems}")
    return range(1, len(outcome.ran.calls) + 1, every)


def sweep(folder: Path, every: int) -> Iterator[str]:
    """All faults; yields problems, and prints what was done. Making a database is mostly migrations: of its points every fifth."""
    for opening in (False, True):
        name = "opening" if opening else "working"
        looked = points(folder / f"{name}-none", every * 5 if opening else every, opening=opening)
        for fault in FAULTS:
            told = ended = 0
            for point in looked:
                outcome = one_point(folder / f"{name}-{fault}-{point}", fault, point, opening=opening)
                told, ended = told + len(outcome.said), ended + outcome.ran.killed
                yield from (f"{name} {fault} {point}: {one}" for one in outcome.problems)
            say(f"{name:8} {fault:5} {len(looked)} points, {ended} killed, {told} acknowledgements kept")


def say(line: str) -> None:
    """To whoever waits."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Sweep, and say what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    wrong = list(sweep(options.folder, options.every))
    say("\n".join(wrong) or "good")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
