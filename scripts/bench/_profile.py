"""Where running nodes spend their time, by sampling from outside: py-spy, which must be installed. Not part of what is measured."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def profiled(processes: Mapping[str, int], folder: Path, seconds: float) -> AsyncIterator[None]:
    """Sample processes (name to id) for so many seconds while the block runs; folded stacks in `<folder>/<name>.txt`.

    Raises:
        FileNotFoundError: there is no py-spy on the path.
    """
    running = []
    for name, pid in processes.items():
        command = ("py-spy", "record", "--pid", str(pid), "--duration", str(max(1, round(seconds))))
        options = ("--rate", "250", "--format", "raw", "--output", str(folder / f"{name}.txt"), "--threads")
        running.append(await asyncio.create_subprocess_exec(*command, *options, stdout=asyncio.subprocess.DEVNULL))
    yield
    for process in running:
        await process.wait()
