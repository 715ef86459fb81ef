"""A head that may not be signed: entries are kept all the same, old proofs hold, and nothing new is proven. node.ports.signing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from node.ports.signing_gate import SigningGate
from node.ports.store import SigningRefusedError, Store
from node.storage.memory import MemoryStore
from node.storage.sqlite import open_sqlite
from tests.node.storage.samples import append, sign


class Gated:
    """Signs as long as the gate is open."""

    def __init__(self) -> None:
        self.gate = SigningGate()

    def sign(self, size: int, root: bytes) -> bytes:
        self.gate.check()
        return sign(size, root)


@pytest.fixture
def gated() -> Gated:
    return Gated()


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, gated: Gated) -> AsyncIterator[Store]:
    made: Store = (
        MemoryStore(sign_checkpoint=gated.sign)
        if request.param == "memory"
        else await open_sqlite(tmp_path / "node.db", sign_checkpoint=gated.sign, checkpoint_interval_s=0.0)
    )
    yield made
    await made.close()


async def test_entries_are_kept_and_only_what_was_signed_before_is_proven(store: Store, gated: Gated) -> None:
    await store.transact(append)
    before = await store.checkpoint()
    gated.gate.close("lost")
    await store.transact(append)

    assert store.read.evidence.head().size == 2
    assert store.read.evidence.head().checkpoint == before.checkpoint
    assert (await store.prove(0)).checkpoint == before.checkpoint
    with pytest.raises(SigningRefusedError):
        await store.prove(1)
    with pytest.raises(SigningRefusedError):
        await store.checkpoint()
    assert len(store.read.evidence.checkpoints(0, 10)) == 1


async def test_the_gate_says_why(gated: Gated) -> None:
    gated.gate.check()
    gated.gate.close("lost")

    with pytest.raises(SigningRefusedError, match="lost"):
        gated.gate.check()
    assert gated.gate.reason == "lost"
