"""The stores under test: every adapter, one contract."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from node.ports.store import Store
from node.storage.memory import MemoryStore
from node.storage.sqlite import open_sqlite
from tests.node.storage.samples import sign


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of each kind. Its notes are the readable text of `samples.sign`."""
    made: Store = (
        MemoryStore(sign_checkpoint=sign)
        if request.param == "memory"
        else await open_sqlite(tmp_path / "node.db", sign_checkpoint=sign)
    )
    yield made
    await made.close()
