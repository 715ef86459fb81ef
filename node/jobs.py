"""The background jobs of a node in one supervised task group: a job that fails is reported and started again, never silently gone."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from random import Random

import structlog

from federation.backoff import delay_s

LONG_RUN_S = 60.0  # a job that ran this long is started again without the patience of its earlier failures

Job = Callable[[], Awaitable[None]]
_log = structlog.get_logger(__name__)


async def supervise(jobs: Mapping[str, Job], *, failed: Callable[[str], None], random: Random) -> None:
    """Run all jobs until cancelled; `failed` is told the name of a job each time it ends or fails."""
    async with asyncio.TaskGroup() as group:
        for name, job in jobs.items():
            group.create_task(_keep_running(name, job, failed, random), name=name)


async def _keep_running(name: str, job: Job, failed: Callable[[str], None], random: Random) -> None:
    failures = 0
    while True:
        start = time.monotonic()
        try:
            await job()
            _log.error("job.ended", job=name)
        except Exception as error:  # noqa: BLE001 - a supervisor catches everything, reports it, and goes on
            _log.error("job.failed", job=name, exc_info=error)
        failures = 1 if time.monotonic() - start > LONG_RUN_S else failures + 1
        failed(name)
        await asyncio.sleep(delay_s(failures, random))


class Crew:
    """Jobs that come and go while the node runs, each supervised as `supervise` does. Owned by the event loop."""

    def __init__(self, *, failed: Callable[[str], None], random: Random) -> None:
        """`failed` is told the name of a job each time it ends or fails."""
        self._failed = failed
        self._random = random
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def set(self, jobs: Mapping[str, Job]) -> None:
        """Run these from now on: end what is no longer named, start what is new, leave the rest alone."""
        for name in set(self._tasks) - set(jobs):
            self._tasks.pop(name).cancel()
        for name in set(jobs) - set(self._tasks):
            running = _keep_running(name, jobs[name], self._failed, self._random)
            self._tasks[name] = asyncio.create_task(running, name=name)

    async def stop(self) -> None:
        """End all of them and wait until they have ended."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()


async def every(seconds: float, step: Callable[[], Awaitable[None]]) -> None:
    """Repeat a step for ever."""
    while True:
        await step()
        await asyncio.sleep(seconds)
