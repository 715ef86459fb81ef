"""Cosigned heads: what is offered and given never goes back, and what is kept is bounded without losing the best witnessed head."""

from dataclasses import replace

import pytest

from node.ports.cosignatures import KEPT, CosignedHead, GivenCosignature, StoredCosignature
from node.ports.store import Store, StoreError

HEAD = CosignedHead(size=5, seconds=100, note=b"a note\n")
GIVEN = GivenCosignature(log="310000", size=5, seconds=100, note=b"a note\n")


def by(province: str, seconds: int = 101) -> StoredCosignature:
    return StoredCosignature(province=province, seconds=seconds, line=f"line of {province} at {seconds}\n".encode())


async def offer(store: Store, head: CosignedHead) -> None:
    await store.transact(lambda nouns: nouns.cosignatures.offer(head))


async def put(store: Store, size: int, one: StoredCosignature) -> bool:
    return await store.transact(lambda nouns: nouns.cosignatures.put(size, one))


async def give(store: Store, one: GivenCosignature) -> None:
    await store.transact(lambda nouns: nouns.cosignatures.give(one))


async def test_a_cosigned_head_is_the_note_and_its_lines_by_province(store: Store) -> None:
    await offer(store, HEAD)
    for one in (by("330000"), by("310000"), by("310000", 102)):
        assert await put(store, 5, one)
    found = store.read.cosignatures.newest()

    assert found == replace(HEAD, cosignatures=(by("310000", 102), by("330000")))
    assert found.cosigned == b"a note\nline of 310000 at 102\nline of 330000 at 101\n"


async def test_the_newest_head_with_enough_cosignatures_is_found(store: Store) -> None:
    for size, provinces in ((5, "abc"), (6, "ab"), (7, "")):
        await offer(store, replace(HEAD, size=size))
        for one in provinces:
            await put(store, size, by(one))
    read = store.read.cosignatures

    assert [found.size if (found := read.newest(least=least)) else 0 for least in range(5)] == [7, 6, 6, 5, 0]
    assert [found.size if (found := read.newest(least=2, by=by)) else 0 for by in ("abc", "ac", "a", "")] == [
        6,
        5,
        0,
        0,
    ]
    assert list(read.by_province()) == [("a", 6), ("b", 6), ("c", 5)]


async def test_nothing_is_there_before_the_first(store: Store) -> None:
    assert store.read.cosignatures.newest() is None
    assert list(store.read.cosignatures.by_province()) == []
    assert store.read.cosignatures.given("310000") is None
    assert not await put(store, 5, by("310000"))


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(replace(HEAD, size=4), id="smaller"),
        pytest.param(replace(HEAD, note=b"another"), id="of the same size"),
        pytest.param(replace(HEAD, size=6, seconds=99), id="at an earlier time"),
    ],
)
async def test_what_is_offered_never_goes_back(store: Store, head: CosignedHead) -> None:
    await offer(store, HEAD)
    with pytest.raises(StoreError):
        await offer(store, head)

    assert store.read.cosignatures.newest() == HEAD


async def test_a_head_that_nobody_surpasses_outlives_many_later_ones(store: Store) -> None:
    await offer(store, HEAD)
    await put(store, 5, by("310000"))
    await offer(store, replace(HEAD, size=6))
    for size in range(7, 7 + 2 * KEPT):
        await offer(store, replace(HEAD, size=size))
    read = store.read.cosignatures
    best = read.newest(least=1)

    assert best is not None
    assert best.size == 5
    assert not await put(store, 6, by("310000"))
    assert await put(store, 6 + 2 * KEPT, by("330000"))
    await offer(store, replace(HEAD, size=100))
    assert not await put(store, 5, by("310000"))


async def test_what_was_given_is_replaced_by_what_is_given_later(store: Store) -> None:
    larger = replace(GIVEN, size=9, seconds=100, note=b"another")
    for one in (GIVEN, larger, replace(GIVEN, log="330000")):
        await give(store, one)

    assert store.read.cosignatures.given("310000") == larger
    assert store.read.cosignatures.given("330000") == replace(GIVEN, log="330000")


@pytest.mark.parametrize(
    "given",
    [pytest.param(replace(GIVEN, size=4), id="smaller"), pytest.param(replace(GIVEN, seconds=99), id="earlier")],
)
async def test_what_is_given_never_goes_back(store: Store, given: GivenCosignature) -> None:
    await give(store, GIVEN)
    with pytest.raises(StoreError):
        await give(store, given)

    assert store.read.cosignatures.given("310000") == GIVEN


async def test_what_was_given_under_a_disowned_key_is_taken_back_and_the_next_may_be_smaller(store: Store) -> None:
    smaller, other = replace(GIVEN, size=1, seconds=1, note=b"of the new key"), replace(GIVEN, log="330000")
    for one in (GIVEN, other):
        await give(store, one)
    await store.transact(lambda nouns: nouns.cosignatures.take_back(replace(GIVEN, note=b"another note")))
    assert store.read.cosignatures.given(GIVEN.log) == GIVEN
    await store.transact(lambda nouns: nouns.cosignatures.take_back(GIVEN))
    assert store.read.cosignatures.given(GIVEN.log) is None
    await give(store, smaller)

    assert store.read.cosignatures.given(GIVEN.log) == smaller
    assert store.read.cosignatures.given("330000") == other
