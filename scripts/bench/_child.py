"""A program of a benchmark in a process of its own: a JSON line in on stdin, a JSON line out for it, the first one its specification.

It ends when its stdin does, so no child outlives its benchmark.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

import uvloop

HERE = Path(__file__).resolve().parent
STOP_TIMEOUT_S = 10.0

Spec = Mapping[str, Any]
T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run on the event loop that a node runs on, so that no side has a better one."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


class Child:
    """One child process, from the side that started it. `said` is its answer to the specification."""

    def __init__(self, program: str, spec: Spec, python: str = sys.executable) -> None:
        """Start `program`, a file of this folder, in the role that the specification names, with this interpreter."""
        self._process = subprocess.Popen(
            [python, str(HERE / program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.said = self.ask(spec)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, question: Any) -> Any:
        """Send one line and wait for the answer. Blocking.

        Raises:
            RuntimeError: the child has ended; why stands on stderr.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self._process.args!r} has ended")
        return json.loads(answer)

    def close(self) -> None:
        """Let it end; kill it where it does not."""
        try:
            self._process.communicate(timeout=STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def run_child(roles: Mapping[str, Callable[[Spec], Awaitable[None]]]) -> None:
    """The other side: read the specification and play its role."""
    spec = json.loads(sys.stdin.readline())

    async def play() -> None:
        await roles[spec["role"]](spec)

    run(play())


async def _nothing(_question: Any) -> None:
    """Answer nothing."""


async def talk(said: Any, handle: Callable[[Any], Awaitable[Any]] = _nothing) -> None:
    """Answer the specification with `said`, and then every line until stdin ends."""
    print(json.dumps(said), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await handle(json.loads(line))), flush=True)
