"""A head that may not be signed: entries are kept all the same, and no head is given away. node.ports.signing_gate."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from node.ports.signing_gate import SigningGate
from node.ports.store import SigningRefusedError, SigningWaitsError, Store
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
    made = Gated()
    made.gate.release()
    return made


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, gated: Gated) -> AsyncIterator[Store]:
    made: Store = (
        MemoryStore(sign_checkpoint=gated.sign, may_sign=gated.gate.check)
        if request.param == "memory"
        else await open_sqlite(
            tmp_path / "node.db", sign_checkpoint=gated.sign, may_sign=gated.gate.check, checkpoint_interval_s=0.0
        )
    )
    yield made
    await made.close()


async def test_entries_are_kept_and_nothing_is_proven_any_more(store: Store, gated: Gated) -> None:
    await store.transact(append)
    before = await store.checkpoint()
    gated.gate.close("lost")
    await store.transact(append)

    assert store.read.evidence.head().size == 2
    assert store.read.evidence.head().checkpoint == before.checkpoint
    for index in (0, 1):
        with pytest.raises(SigningRefusedError):
            await store.prove(index)
    with pytest.raises(SigningRefusedError):
        await store.checkpoint()
    assert len(store.read.evidence.checkpoints(0, 10)) == 1


async def test_a_head_that_was_signed_before_the_gate_closed_is_not_given_away(store: Store, gated: Gated) -> None:
    """It may be the very fork: signed before a peer told what was lost."""
    await store.transact(append)
    await store.checkpoint()
    gated.gate.close("lost")

    with pytest.raises(SigningRefusedError):
        await store.checkpoint()
    with pytest.raises(SigningRefusedError):
        await store.prove(0)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_a_store_that_is_opened_while_the_gate_waits_signs_once_it_is_released(kind: str, tmp_path: Path) -> None:
    gated = Gated()
    store: Store = (
        MemoryStore(sign_checkpoint=gated.sign, may_sign=gated.gate.check)
        if kind == "memory"
        else await open_sqlite(tmp_path / "node.db", sign_checkpoint=gated.sign, may_sign=gated.gate.check)
    )
    await store.transact(append)
    with pytest.raises(SigningWaitsError):
        await store.checkpoint()
    assert store.read.evidence.checkpoints(0, 10) == []
    gated.gate.release()
    await store.transact(append)

    assert (await store.prove(0)).checkpoint
    assert (await store.checkpoint()).checkpoint == sign(2, store.read.evidence.head().root)
    await store.close()


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_what_a_store_proved_after_the_wait_can_be_stored_as_its_checkpoint(kind: str, tmp_path: Path) -> None:
    """The refusal is forgotten once the head has a signature, whoever asked for it."""
    gated = Gated()
    store: Store = (
        MemoryStore(sign_checkpoint=gated.sign, may_sign=gated.gate.check)
        if kind == "memory"
        else await open_sqlite(tmp_path / "node.db", sign_checkpoint=gated.sign, may_sign=gated.gate.check)
    )
    await store.transact(append)
    gated.gate.release()
    await store.prove(0)

    assert (await store.checkpoint()).checkpoint
    await store.close()


async def test_the_gate_says_why(gated: Gated) -> None:
    gated.gate.check()
    gated.gate.close("lost")

    with pytest.raises(SigningRefusedError, match="lost"):
        gated.gate.check()
    assert gated.gate.reason == "lost"
