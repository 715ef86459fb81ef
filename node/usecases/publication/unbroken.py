"""Work that is ended neither half way nor unnoticed when its caller is cancelled: a commit under way commits all the same. DESIGN §2.7.

A peer that gives up cancels the call that it made here. What was begun goes on in a task of its own, and the caller leaves when that has
ended: until then it keeps the locks that it holds. Not for what waits for a peer.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def unbroken(work: Coroutine[Any, Any, T]) -> T:
    """Do the work to its end.

    Raises:
        CancelledError: the caller was cancelled meanwhile; the work has ended.
    """
    task, cancelled = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.wait([task])  # which leaves the task alone when it is cancelled itself
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        if not task.cancelled():
            task.exception()  # seen: nobody is left to be told
        raise asyncio.CancelledError
    return task.result()
