"""Publications: versions, entries as they stand, what is staged, receipts. At random: `test_publications_random`."""

from collections.abc import Sequence
from functools import partial

import pytest

from node.ports.lists import EntryChange, Kind, StoredReceipt, StoredVersion
from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import LATER, NOON, drop, publication, put, receipt
from trust.entry_tree import EMPTY_BUCKETS, bucket_of
from trust.merkle import leaf_hash

NAME = (Kind.CATALOGUE, "330000")


async def stage(store: Store, version: int, *changes: EntryChange) -> None:
    await store.transact(lambda nouns: nouns.publications.stage(*NAME, version, changes))


async def keep(store: Store, version: StoredVersion, buckets: bytes = EMPTY_BUCKETS) -> None:
    await store.transact(lambda nouns: nouns.publications.keep(version, buckets))


async def publish(store: Store, version: int, *changes: EntryChange) -> None:
    await stage(store, version, *changes)
    await keep(store, publication(version))


def standing(store: Store, version: int) -> list[tuple[str, int, bytes]]:
    """What stood in a version, read in pages of two."""
    found: list[tuple[str, int, bytes]] = []
    after = None
    while page := store.read.publications.page(*NAME, version, after, 2):
        found += [(one.id, one.version, one.body) for one in page]
        after = (page[-1].id, page[-1].version)
    return found


def difference(store: Store, since: int, until: int) -> dict[tuple[str, int], bytes | None]:
    changes = store.read.publications.changes(*NAME, since, until, None, 100)
    assert [(one.id, one.version) for one in changes] == sorted((one.id, one.version) for one in changes)
    return {(one.id, one.version): one.body for one in changes}


async def test_nothing_is_held_before_the_first_version(store: Store) -> None:
    held = store.read.publications

    assert (held.latest(*NAME), held.at(*NAME, 1), held.versions(*NAME, 0, 9)) == (None, None, [])
    assert (held.buckets(*NAME), held.confirmed(*NAME)) == (b"", None)
    assert (held.leaves(*NAME, 7), held.entry(*NAME, "a"), held.page(*NAME, 1, None, 9)) == ([], [], [])
    assert held.changes(*NAME, 0, 1, None, 9) == []


async def test_the_newest_version_is_the_latest_and_the_older_ones_stay(store: Store) -> None:
    made = [publication(1), publication(5, document=b"five", size=200_000), publication(6, digest="cd" * 32)]
    for one in made:
        await keep(store, one)
    await keep(store, publication(9, publisher="340000"))

    assert made[2] == store.read.publications.latest(*NAME)
    assert [made[1], None] == [store.read.publications.at(*NAME, number) for number in (5, 4)]
    assert made == store.read.publications.versions(*NAME, 0, 9)
    assert made[1:2] == store.read.publications.versions(*NAME, 1, 1)
    assert store.read.publications.latest(Kind.USELIST, "330000") is None


@pytest.mark.parametrize("version", [pytest.param(4, id="below"), pytest.param(5, id="the same")])
async def test_versions_never_go_back(store: Store, version: int) -> None:
    await publish(store, 5, put("a"))

    with pytest.raises(StoreError, match="not above 5"):
        await keep(store, publication(version))
    with pytest.raises(StoreError, match="not above 5"):
        await stage(store, version, put("b"))
    assert publication(5) == store.read.publications.latest(*NAME)


async def test_what_is_staged_is_seen_by_nobody_until_it_is_kept_and_then_whole(store: Store) -> None:
    await publish(store, 1, put("a", 1, b"old"), put("b"), put("gone"))
    await stage(store, 4, put("a", 1, b"new"), drop("gone"))
    await stage(store, 4, put("c"))
    held, before = store.read.publications, [("a", 1, b"old"), ("b", 1, b"{}"), ("gone", 1, b"{}")]

    assert before == standing(store, 1)
    assert [one.body for name in ("a", "gone") for one in held.entry(*NAME, name)] == [b"old", b"{}"]
    assert (held.entry(*NAME, "c"), held.leaves(*NAME, bucket_of("c"))) == ([], [])
    assert [leaf_hash(b"old")] == held.leaves(*NAME, bucket_of("a"))
    assert [leaf_hash(b"new")] == held.leaves(*NAME, bucket_of("a"), staged=True)
    assert held.leaves(*NAME, bucket_of("gone"), staged=True) == []

    await keep(store, publication(4), b"\x01" * 8192)
    assert standing(store, 4) == [("a", 1, b"new"), ("b", 1, b"{}"), ("c", 1, b"{}")]
    assert before == standing(store, 1)
    assert held.buckets(*NAME) == b"\x01" * 8192


@pytest.mark.parametrize(
    ("staged", "found"),
    [
        pytest.param([put("a", 1, b"1"), put("a", 1, b"2")], [b"2"], id="put twice: the later one"),
        pytest.param([put("a", 1, b"1"), drop("a")], [], id="put and dropped: gone"),
        pytest.param([drop("a"), put("a", 1, b"1")], [b"1"], id="dropped and put: there"),
        pytest.param([drop("a"), drop("a")], [], id="dropped twice: gone"),
        pytest.param([put("a", 2, b"2")], [b"{}", b"2"], id="another version of the same entry stands beside it"),
        pytest.param([put("b"), drop("b"), drop("never")], [b"{}"], id="dropping what never stood changes nothing"),
    ],
)
@pytest.mark.parametrize("units", ["one unit", "a unit each"])
async def test_the_later_change_of_a_key_counts(
    store: Store, staged: Sequence[EntryChange], found: list[bytes], units: str
) -> None:
    await publish(store, 1, put("a"))
    for group in [staged] if units == "one unit" else [[one] for one in staged]:
        await stage(store, 2, *group)
    await keep(store, publication(2))

    assert found == [one.body for one in store.read.publications.entry(*NAME, "a")]
    assert standing(store, 1) == [("a", 1, b"{}")]
    assert [body for _, _, body in standing(store, 2)] == found


@pytest.mark.parametrize(
    "change",
    [pytest.param(put("b"), id="something new"), pytest.param(drop("a"), id="something dropped")],
)
@pytest.mark.parametrize("other", [2, 4])
async def test_only_one_version_is_staged_at_a_time(store: Store, change: EntryChange, other: int) -> None:
    await publish(store, 1, put("a"))
    await stage(store, 3, change)

    with pytest.raises(StoreError, match="unstage it first"):
        await stage(store, other, put("c"))
    with pytest.raises(StoreError, match="unstage it first"):
        await keep(store, publication(other))
    assert publication(1) == store.read.publications.latest(*NAME)


async def test_what_was_staged_is_forgotten_in_bounded_steps(store: Store) -> None:
    await publish(store, 1, put("a"), put("b"))
    await stage(store, 2, put("a", 1, b"new"), drop("b"), put("c"))
    steps = [await store.transact(lambda nouns: nouns.publications.unstage(*NAME, 3)) for _ in range(3)]

    assert steps == [3, 1, 0]
    assert store.read.publications.leaves(*NAME, bucket_of("a"), staged=True) == [leaf_hash(b"{}")]
    await publish(store, 3, put("d"))
    assert [name for name, _, _ in standing(store, 3)] == ["a", "b", "d"]


async def test_changes_are_net_and_name_each_key_once(store: Store) -> None:
    await publish(store, 1, put("a"), put("b"), put("c"))
    await publish(store, 2, put("a", 1, b"2"), drop("b"), put("d"))
    await publish(store, 5, put("a", 1, b"5"), drop("d"), put("b", 1, b"again"), put("c", 2))

    assert difference(store, 1, 2) == {("a", 1): b"2", ("b", 1): None, ("d", 1): b"{}"}
    assert difference(store, 1, 5) == {("a", 1): b"5", ("b", 1): b"again", ("c", 2): b"{}"}
    assert difference(store, 2, 5) == {("a", 1): b"5", ("b", 1): b"again", ("c", 2): b"{}", ("d", 1): None}
    assert list(difference(store, 0, 2)) == [("a", 1), ("c", 1), ("d", 1)]
    assert difference(store, 5, 5) == {}


async def test_changes_carry_what_a_peer_needs_to_prove_them(store: Store) -> None:
    await publish(store, 1, put("a"), put("b"))
    await publish(store, 2, put("a", 1, b"2"), drop("b"))

    assert store.read.publications.changes(*NAME, 1, 2, None, 9) == [put("a", 1, b"2"), drop("b")]


async def test_ids_are_in_the_order_of_their_utf_8_bytes_and_versions_in_that_of_numbers(store: Store) -> None:
    keys = [("A", 1), ("a", 2), ("a", 10), ("a/", 1), ("é", 1), ("中", 1), ("\uffff", 1), ("\U0001d11e", 1)]
    await publish(store, 1, *(put(name, number) for name, number in reversed(keys)))

    assert keys == [(name, number) for name, number, _ in standing(store, 1)]
    assert keys == list(difference(store, 0, 1))


async def test_leaves_of_a_bucket_are_in_the_order_of_keys(store: Store) -> None:
    names = sorted(f"L{n}" for n in range(3_000) if bucket_of(f"L{n}") == 7)
    bodies = {(name, number): f"{name} {number}".encode() for name in names for number in (2, 10)}
    await publish(store, 1, *(put(*key, body) for key, body in reversed(bodies.items())))

    assert len(names) > 5
    assert [leaf_hash(bodies[key]) for key in sorted(bodies)] == store.read.publications.leaves(*NAME, 7)


async def test_publications_do_not_meet(store: Store) -> None:
    def unit(nouns: Nouns) -> None:
        for other in ((Kind.USELIST, "330000"), (Kind.CATALOGUE, "340000")):
            nouns.publications.stage(*other, 7, [put("a", 1, b"other")])

    await store.transact(unit)
    await publish(store, 1, put("a"))

    assert standing(store, 1) == [("a", 1, b"{}")]
    assert await store.transact(lambda nouns: nouns.publications.unstage(*NAME)) == 0
    assert await store.transact(lambda nouns: nouns.publications.unstage(Kind.USELIST, "330000")) == 1


async def test_a_unit_that_fails_stages_and_keeps_nothing(store: Store) -> None:
    await publish(store, 1, put("a"))

    def failing(nouns: Nouns) -> None:
        nouns.publications.stage(*NAME, 2, [put("a", 1, b"new"), put("b")])
        nouns.publications.keep(publication(2), b"\x01" * 8192)
        raise KeyError

    with pytest.raises(KeyError):
        await store.transact(failing)
    assert publication(1) == store.read.publications.latest(*NAME)
    assert (standing(store, 2), store.read.publications.buckets(*NAME)) == ([("a", 1, b"{}")], EMPTY_BUCKETS)
    assert await store.transact(lambda nouns: nouns.publications.unstage(*NAME)) == 0


async def test_when_a_publisher_had_nothing_newer_is_remembered(store: Store) -> None:
    await store.transact(lambda nouns: nouns.publications.confirm(*NAME, NOON))
    before = store.read.publications.confirmed(*NAME)
    await keep(store, publication(1))
    kept = store.read.publications.confirmed(*NAME)
    await store.transact(lambda nouns: nouns.publications.confirm(*NAME, LATER))

    assert [before, kept, store.read.publications.confirmed(*NAME)] == [NOON, NOON, LATER]
    assert store.read.publications.buckets(*NAME) == EMPTY_BUCKETS
    assert store.read.publications.confirmed(Kind.USELIST, "330000") is None


def put_receipt(nouns: Nouns, made: StoredReceipt) -> None:
    nouns.publications.put_receipt(made)


async def test_the_newest_receipt_of_each_peer_is_kept_in_order_of_peers(store: Store) -> None:
    for made in (receipt("340000"), receipt("320000", 3), receipt("320000", 2), receipt("340000", 1, "EXPIRED")):
        await store.transact(partial(put_receipt, made=made))

    assert [receipt("320000", 3), receipt("340000", 1, "EXPIRED")] == store.read.publications.receipts(Kind.CATALOGUE)
    assert store.read.publications.receipts(Kind.USELIST) == []
