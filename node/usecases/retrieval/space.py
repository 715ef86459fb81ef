"""Space in memory for files that are held whole: one number of bytes for all who do the same with them at once. DESIGN §10, bounded memory.

Not a bound on one file: that is `library.documents`. A usage copy takes three times the file's size while it is made (measured: 180 MiB
for a file of 60 MiB that does not deflate; a test holds the ratio), a picture no more here, beside its own bounded process.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Space:
    """Bytes that are given out and come back; whoever asks first is served first. Owned by the event loop."""

    def __init__(self, size: int) -> None:
        """`size` bytes for all."""
        self._size = self._left = size
        self._first = asyncio.Lock()
        self._freed = asyncio.Event()

    @asynccontextmanager
    async def of(self, size: int) -> AsyncIterator[None]:
        """Wait for space for so many bytes and hold it; what is larger than all has all to itself."""
        wanted = min(size, self._size)
        async with self._first:
            while self._left < wanted:
                self._freed.clear()
                await self._freed.wait()
            self._left -= wanted
        try:
            yield
        finally:
            self._left += wanted
            self._freed.set()
