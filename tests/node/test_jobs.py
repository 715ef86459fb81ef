"""Supervised jobs: what fails is reported and started again, and one job's failure is no other's."""

import asyncio
from contextlib import suppress
from random import Random

import pytest
from structlog.testing import capture_logs
from typing_extensions import override

from node.jobs import Crew, Job, every, supervise


class NoDelay(Random):
    """Starts everything again at once."""

    @override
    def uniform(self, a: float, b: float) -> float:
        return 0.0


async def run_until(done: asyncio.Event, jobs: dict[str, Job]) -> list[str]:
    """Supervise until the event is set; the names that were reported."""
    failed: list[str] = []
    task = asyncio.create_task(supervise(jobs, failed=failed.append, random=NoDelay()))
    async with asyncio.timeout(5):
        await done.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return failed


async def forever() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize("error", [ValueError("boom"), None], ids=["raises", "just ends"])
async def test_a_job_that_ends_is_reported_and_started_again(error: Exception | None) -> None:
    done, runs = asyncio.Event(), 0

    async def fails_twice() -> None:
        nonlocal runs
        runs += 1
        if runs > 2:
            done.set()
            await forever()
        if error is not None:
            raise error

    with capture_logs() as lines:
        failed = await run_until(done, {"sync": fails_twice})

    assert (failed, runs) == (["sync", "sync"], 3)
    assert {line["event"] for line in lines} == {"job.failed" if error else "job.ended"}
    assert {line["job"] for line in lines} == {"sync"}


async def test_the_other_jobs_go_on() -> None:
    done, steps = asyncio.Event(), 0

    async def fails() -> None:
        raise ValueError("boom")

    async def works() -> None:
        nonlocal steps
        while True:
            await asyncio.sleep(0)
            steps += 1
            if steps == 20:
                done.set()

    with capture_logs():
        failed = await run_until(done, {"bad": fails, "good": works})

    assert set(failed) == {"bad"}


async def test_stopping_ends_every_job() -> None:
    started, ended = asyncio.Event(), []

    async def job() -> None:
        started.set()
        try:
            await forever()
        finally:
            ended.append("job")

    await run_until(started, {"one": job, "two": job})

    assert ended == ["job", "job"]


async def test_a_step_is_repeated() -> None:
    done, steps = asyncio.Event(), 0

    async def step() -> None:
        nonlocal steps
        steps += 1
        if steps == 3:
            done.set()

    task = asyncio.create_task(every(0, step))
    async with asyncio.timeout(5):
        await done.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    assert steps >= 3


async def test_a_failing_step_ends_the_repetition_and_is_the_supervisors_matter() -> None:
    async def step() -> None:
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        await every(0, step)


async def test_a_crew_ends_what_is_no_longer_named_and_leaves_the_rest_alone() -> None:
    started, ended = list[str](), list[str]()

    def job(name: str) -> Job:
        async def run() -> None:
            started.append(name)
            try:
                await forever()
            finally:
                ended.append(name)

        return run

    crew = Crew(failed=ended.append, random=NoDelay())
    crew.set({"sync 330000": job("sync 330000"), "sync 340000": job("sync 340000")})
    await asyncio.sleep(0)
    crew.set({"sync 340000": job("sync 340000"), "sync 350000": job("sync 350000")})
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    before = list(ended)
    await crew.stop()

    assert sorted(started) == ["sync 330000", "sync 340000", "sync 350000"]
    assert before == ["sync 330000"]
    assert sorted(ended) == sorted(started)
