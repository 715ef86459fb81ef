"""Which heads under kept proofs are part of later ones."""

from dataclasses import replace
from datetime import timedelta

from node.ports.head_links import HeadLink
from node.ports.store import Store
from tests.node.storage.samples import LATER, NOON

LINK = HeadLink(
    province="330000", size=5, root=b"\x01" * 32, to_size=9, to_note=b"note\n", path=(b"\x02" * 32, b"\x03" * 32)
)


async def test_of_a_head_the_last_of_those_that_lead_furthest_stays(store: Store) -> None:
    further = replace(LINK, to_size=12, path=(), to_note=b"later\n")
    for one in (LINK, replace(further, to_note=b"the same"), further, replace(LINK, to_size=11)):
        await store.transact(lambda nouns, one=one: nouns.head_links.put(one, NOON))  # type: ignore[misc]

    assert store.read.head_links.of("330000", 5) == further
    assert store.read.head_links.of("330000", 6) is None
    assert store.read.head_links.of("340000", 5) is None


async def test_the_heads_that_links_lead_to_are_told_once_each_by_size(store: Store) -> None:
    for size, to_size in ((1, 12), (2, 9), (3, 9), (4, 15)):
        one = replace(LINK, size=size, to_size=to_size, to_note=b"note %d" % to_size)
        await store.transact(lambda nouns, one=one: nouns.head_links.put(one, NOON))  # type: ignore[misc]
    broken = replace(LINK, size=7, to_size=20, holds=False)
    await store.transact(lambda nouns: nouns.head_links.put(broken, NOON))

    assert store.read.head_links.ends("330000", 9, 9) == [b"note 12", b"note 15"]
    assert store.read.head_links.ends("330000", 0, 2) == [b"note 9", b"note 12"]
    assert store.read.head_links.ends("340000", 0, 9) == []


async def test_a_link_that_does_not_hold_takes_the_place_of_one_that_does_and_is_listed(store: Store) -> None:
    broken = replace(LINK, root=b"\x04" * 32, path=(), holds=False)
    for one in (LINK, broken, replace(LINK, province="310000"), replace(broken, size=3), LINK):
        await store.transact(lambda nouns, one=one: nouns.head_links.put(one, NOON))  # type: ignore[misc]

    assert store.read.head_links.of("330000", 5) == broken
    assert store.read.head_links.broken(9) == [replace(broken, size=3), broken]
    assert len(store.read.head_links.broken(1)) == 1


async def test_marks_are_kept_by_province(store: Store) -> None:
    for row in (3, 8):
        await store.transact(lambda nouns, row=row: nouns.head_links.advance("330000", row))  # type: ignore[misc]

    assert store.read.head_links.mark("330000") == 8
    assert store.read.head_links.mark("340000") == 0


async def test_old_links_are_forgotten_at_most_so_many_at_a_time(store: Store) -> None:
    for size, at in ((1, NOON), (2, NOON), (3, LATER)):
        one = replace(LINK, size=size)
        await store.transact(lambda nouns, one=one, at=at: nouns.head_links.put(one, at))  # type: ignore[misc]
    purged = [await store.transact(lambda nouns: nouns.head_links.purge(LATER, 1)) for _ in range(3)]

    assert purged == [1, 1, 0]
    assert await store.transact(lambda nouns: nouns.head_links.purge(LATER + timedelta(days=1), 9)) == 1
