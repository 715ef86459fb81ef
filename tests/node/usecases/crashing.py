"""A redemption in a process that is killed at the n-th statement or commit of its store, for every n; run it with a folder. No test.

Leaves one folder for each point: the files as the killed process left them, and `told` where it had its answer before. The last folder is
of the process that came to its end.
"""

import asyncio
import os
import shutil
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from tests.node.usecases.redeeming import Clock, Consumer, founded, furnished, opened, query, restarted, wanted, word

DATABASE = "node.db"
EXCHANGE = "x-1"
TOLD = "told"
MOST = 400  # points; there are far fewer


class Killing(sqlite3.Connection):
    """Ends its process by SIGKILL just before or just behind one of its statements or commits, once it is armed."""

    left: int = 0  # points until the end; 0 is not armed

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        self._point()
        result = super().execute(*arguments)
        self._point()
        return result

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        self._point()
        result = super().executemany(*arguments)
        self._point()
        return result

    def commit(self) -> None:
        self._point()
        super().commit()
        self._point()

    def _point(self) -> None:
        if self.left:
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)


async def furnish(folder: Path) -> None:
    """A store with a verdict on which nothing was retrieved."""
    clock = Clock()
    store = await opened(folder / DATABASE)
    node = await furnished(store, clock)
    await node.verdict(Consumer(clock).sealed(wanted(), "x-apply"))
    await store.close()


async def redeem(folder: Path, point: int) -> None:
    """One redemption, killed at that point; `told` is written when the answer is there."""
    made: list[Killing] = []

    def connect_writer(uri: str) -> Killing:
        made.append(sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, factory=Killing))
        return made[0]

    clock = Clock()
    store = await opened(folder / DATABASE, connect_writer)
    node, consumer = restarted(store, clock), Consumer(clock)
    verdict = await node.verdict(consumer.sealed(wanted(), "x-apply-again"))
    envelope = consumer.sealed(query(verdict), EXCHANGE)
    made[0].left = point
    answer = await node.data(envelope)
    (folder / TOLD).write_text(word(answer))
    os._exit(0)  # without closing: nothing of it is lost either


def sweep(folder: Path) -> int:
    """Kill at every point; how many there are. Forks: this process has no threads."""
    template = folder / "template"
    template.mkdir()
    child = os.fork()
    if not child:
        asyncio.run(furnish(template))
        os._exit(0)
    os.waitpid(child, 0)
    for point in range(1, MOST):
        place = folder / f"{point:03}"
        shutil.copytree(template, place)
        child = os.fork()
        if not child:
            asyncio.run(redeem(place, point))
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            return point - 1
    raise RuntimeError(f"more than {MOST} points")


if __name__ == "__main__":
    founded()
    sys.stdout.write(str(sweep(Path(sys.argv[1]))))
