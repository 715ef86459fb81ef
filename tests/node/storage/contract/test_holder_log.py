"""The index by holder, and the omissions that were found."""

from dataclasses import replace
from datetime import timedelta

from federation.model.holder_uses import Role
from node.ports.holder_log import HolderRow, Omission
from node.ports.store import Nouns, Store
from tests.node.storage.samples import LATER, NOON

KEY, OTHER = "0a" * 32, "0b" * 32
ROW = HolderRow(key=KEY, exchange_id="e1", role=Role.CONSUMER, peer="330000", index=7, at=NOON, sealed=b"words")
MISSED = Omission(
    province="330000", exchange_id="e1", accuser="320000", asked="a1", exhibit="omission-330000", found_at=NOON
)


def fill(nouns: Nouns) -> None:
    for row in (
        ROW,
        replace(ROW, exchange_id="e2", index=9, at=LATER),
        replace(ROW, role=Role.HOME, index=8),
        replace(ROW, key=OTHER, index=1),
        replace(ROW, index=99, sealed=b"another"),
    ):
        nouns.holder_log.put(row)


def page(store: Store, *, minutes: int = 60, limit: int = 10) -> list[tuple[str, Role, int]]:
    rows = store.read.holder_log.page(
        KEY, frozenset(Role), since=NOON, until=NOON + timedelta(minutes=minutes), limit=limit
    )
    return [(one.exchange_id, one.role, one.index) for one in rows]


async def test_a_holders_rows_come_the_latest_first_and_a_use_has_one_row_for_each_part(store: Store) -> None:
    await store.transact(fill)

    assert page(store) == [("e2", Role.CONSUMER, 9), ("e1", Role.HOME, 8), ("e1", Role.CONSUMER, 7)]
    others = store.read.holder_log.page(OTHER, frozenset(Role), since=NOON, until=LATER, limit=9)
    homes = store.read.holder_log.page(KEY, {Role.HOME}, since=NOON, until=LATER, limit=9)
    assert (others, homes) == ([replace(ROW, key=OTHER, index=1)], [replace(ROW, role=Role.HOME, index=8)])


async def test_a_page_is_bounded_in_time_and_number(store: Store) -> None:
    await store.transact(fill)

    assert page(store, minutes=1) == [("e1", Role.HOME, 8), ("e1", Role.CONSUMER, 7)]
    assert page(store, limit=1) == [("e2", Role.CONSUMER, 9)]


async def test_rows_of_some_exchanges_are_found_whenever_they_were(store: Store) -> None:
    await store.transact(fill)
    found = store.read.holder_log.of_exchanges(KEY, ["e1", "never"])

    assert [(one.role, one.index) for one in found] == [(Role.HOME, 8), (Role.CONSUMER, 7)]
    assert store.read.holder_log.of_exchanges(KEY, []) == []


async def test_a_row_can_point_to_a_later_entry_and_nothing_else_of_it_changes(store: Store) -> None:
    await store.transact(fill)
    await store.transact(lambda nouns: nouns.holder_log.advance(replace(ROW, index=12, at=LATER, sealed=b"")))
    await store.transact(lambda nouns: nouns.holder_log.advance(replace(ROW, exchange_id="never")))

    assert store.read.holder_log.of_exchanges(KEY, ["e1"]) == [
        replace(ROW, index=12),
        replace(ROW, role=Role.HOME, index=8),
    ]


async def test_an_omission_is_kept_once_for_each_province_and_use(store: Store) -> None:
    told = []

    def unit(nouns: Nouns) -> None:
        told.append(nouns.holder_log.put_omission(MISSED))
        told.append(nouns.holder_log.put_omission(replace(MISSED, accuser="340000")))
        told.append(nouns.holder_log.put_omission(replace(MISSED, exchange_id="e2")))
        told.append(nouns.holder_log.put_omission(replace(MISSED, province="310000")))

    await store.transact(unit)

    assert told == [True, False, True, True]
    assert store.read.holder_log.omissions(2) == [
        replace(MISSED, province="310000"),
        replace(MISSED, exchange_id="e2"),
    ]
    assert store.read.holder_log.omitted("330000", "e2")
    assert not store.read.holder_log.omitted("340000", "e2")
    assert store.read.holder_log.omission_counts() == {"330000": 2, "310000": 1}
