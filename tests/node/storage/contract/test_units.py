"""Units of work: what `Store.transact` promises. node.ports.store."""

import asyncio
from functools import partial

import pytest

from node.ports.lists import Kind
from node.ports.notices import Letter
from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import NOON, append, application, draft, move, publication, put, verify
from trust.entry_tree import EMPTY_BUCKETS


async def test_a_units_result_comes_back_and_its_writes_are_seen(store: Store) -> None:
    def unit(nouns: Nouns) -> str:
        nouns.publications.keep(publication(), EMPTY_BUCKETS)
        return "done"

    result = await store.transact(unit)

    assert (result, publication()) == ("done", store.read.publications.latest(Kind.CATALOGUE, "330000"))


async def test_a_unit_that_raises_leaves_nothing_and_its_error_reaches_the_caller(store: Store) -> None:
    def unit(nouns: Nouns) -> None:
        nouns.applications.put_own(application())
        append(nouns)
        nouns.applications.redeem(
            consumer="c", apply_id="a1", period=0, identifier="i", output="FILE", exchange_id="e1"
        )
        raise KeyError("reason")

    with pytest.raises(KeyError, match="reason"):
        await store.transact(unit)

    assert store.read.applications.own("a1") is None
    assert store.read.evidence.head().size == 0


async def test_units_of_one_group_fail_alone(store: Store) -> None:
    def unit(nouns: Nouns, number: int) -> int:
        nouns.applications.put_own(application(f"a{number}"))
        index = append(nouns, f"e{number}")
        assert [index] == [entry.index for entry in nouns.evidence.of_exchange(f"e{number}")]
        if number % 3 == 1:
            raise ValueError(number)
        return index

    units = (store.transact(partial(unit, number=number)) for number in range(9))
    results = await asyncio.gather(*units, return_exceptions=True)

    assert [None if isinstance(r, ValueError) else r for r in results] == [0, None, 1, 2, None, 3, 4, None, 5]
    assert [store.read.applications.own(f"a{n}") is not None for n in range(3)] == [True, False, True]
    assert (verify(store.read.evidence).size, verify(store.read.evidence).ok) == (6, True)


async def test_a_unit_sees_what_earlier_units_wrote_and_itself_wrote(store: Store) -> None:
    def unit(nouns: Nouns) -> tuple[int, int]:
        before = len(nouns.evidence.entries(0, 100))
        append(nouns)
        return before, len(nouns.evidence.entries(0, 100))

    results = await asyncio.gather(*(store.transact(unit) for _ in range(5)))

    assert [(n, n + 1) for n in range(5)] == results


async def test_an_error_that_a_unit_handles_does_not_undo_it(store: Store) -> None:
    def unit(nouns: Nouns) -> None:
        nouns.applications.put_own(application())
        with pytest.raises(StoreError):
            nouns.applications.put_own(application())
        append(nouns)

    await store.transact(unit)

    assert store.read.applications.own("a1") == application()


async def test_stop_iteration_reaches_the_caller_as_an_error(store: Store) -> None:
    def unit(nouns: Nouns) -> None:
        append(nouns)
        next(iter(()))

    with pytest.raises(RuntimeError):
        await store.transact(unit)

    assert store.read.evidence.head().size == 0


async def test_a_cancelled_caller_does_not_break_the_others(store: Store) -> None:
    tasks = [asyncio.create_task(store.transact(append)) for _ in range(6)]
    tasks[1].cancel()
    await asyncio.sleep(0)
    tasks[4].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    report = verify(store.read.evidence)

    assert all(isinstance(results[n], int) for n in (0, 2, 3, 5))
    assert report.ok
    assert 4 <= report.size <= 6


async def test_the_reading_side_refuses_to_write(store: Store) -> None:
    for write in (
        lambda: store.read.publications.keep(publication(), EMPTY_BUCKETS),
        lambda: store.read.publications.stage(Kind.CATALOGUE, "330000", 1, [put("a")]),
        lambda: store.read.publications.unstage(Kind.CATALOGUE, "330000"),
        lambda: store.read.publications.confirm(Kind.CATALOGUE, "330000", NOON),
        lambda: store.read.drafts.put(draft()),
        lambda: store.read.drafts.record([move()]),
        lambda: store.read.usage.add("line", "a", NOON, until=NOON),
        lambda: store.read.line_statistics.note("consumer", "330000", "a", NOON.date(), "PASS", NOON),
        lambda: append(store.read),
        lambda: store.read.notices.enqueue(Letter(target="330000", notice_id="n1", event=b"", queued_at=NOON)),
        store.read.certificates.drop_staged,
    ):
        with pytest.raises(StoreError):
            write()


async def test_a_closed_store_refuses(store: Store) -> None:
    await store.close()
    await store.close()

    with pytest.raises(StoreError):
        await store.transact(append)


async def test_units_that_wait_when_the_store_closes_are_finished(store: Store) -> None:
    waiting = [asyncio.create_task(store.transact(append)) for _ in range(20)]
    await asyncio.sleep(0)
    await store.close()

    assert list(range(20)) == await asyncio.gather(*waiting)
