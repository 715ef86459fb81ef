"""What comparing with the peers came to: one newest round with each, and what is missing until it is found."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from federation.model.reconcile import Element, Finding
from node.ports.reconciliations import MissingRecord, Result, Round
from node.ports.store import Nouns, Store
from tests.node.storage.samples import NOON

PEER, OTHER = "310000", "330000"
ROUND = Round(
    peer=PEER,
    held_at=NOON,
    result=Result.DIFFERENT,
    until_ms=5,
    count=3,
    fingerprint="ab" * 16,
    findings={"MISSING": 1},
    agreed_until_ms=4,
    agreed_size=2,
    reason="",
)
MISSING = MissingRecord(
    peer=PEER,
    element=Element(7, b"\x01" * 32),
    finding=Finding.MISSING,
    lacks=PEER,
    exchange="e1",
    event="SEARCH",
    proof=b"{}",
    found_at=NOON,
    seen_at=NOON,
)


def _put(one: Round, nouns: Nouns) -> None:
    nouns.reconciliations.put_round(one)


def _note(one: MissingRecord, nouns: Nouns) -> bool:
    return nouns.reconciliations.note(one)


async def put(store: Store, *rounds: Round) -> None:
    for one in rounds:
        await store.transact(partial(_put, one))


async def note(store: Store, *missing: MissingRecord) -> list[bool]:
    return [await store.transact(partial(_note, one)) for one in missing]


async def test_the_newest_round_with_each_peer_is_kept_as_it_was(store: Store) -> None:
    later = replace(ROUND, held_at=NOON + timedelta(days=1), result=Result.AGREED, findings={})
    await put(store, replace(ROUND, peer=OTHER), ROUND, later)

    assert list(store.read.reconciliations.rounds()) == [later, replace(ROUND, peer=OTHER)]


async def test_what_is_missing_comes_back_page_by_page(store: Store) -> None:
    second, third = replace(MISSING, element=Element(7, b"\x02" * 32)), replace(MISSING, peer=OTHER)
    assert await note(store, third, second, MISSING) == [True, True, True]
    read = store.read.reconciliations

    assert list(read.missing(None, 9)) == [MISSING, second, third]
    assert list(read.missing((PEER, MISSING.element), 1)) == [second]
    assert read.counts() == {(PEER, Finding.MISSING, PEER): 2, (OTHER, Finding.MISSING, PEER): 1}


async def test_what_is_still_missing_keeps_its_first_day_and_takes_what_is_known_now(store: Store) -> None:
    tomorrow = NOON + timedelta(days=1)
    again = replace(MISSING, finding=Finding.GONE, proof=b"more", found_at=tomorrow, seen_at=tomorrow)
    await note(store, MISSING)

    assert await note(store, again) == [False]
    assert list(store.read.reconciliations.missing(None, 9)) == [replace(again, found_at=NOON)]


async def test_what_both_sides_show_is_settled_by_name_for_its_peer_alone(store: Store) -> None:
    still = replace(MISSING, element=Element(8, b"\x03" * 32))
    await note(store, MISSING, still, replace(MISSING, peer=OTHER))
    shown = [MISSING.element, Element(9, b"\x04" * 32)]

    assert await store.transact(lambda nouns: nouns.reconciliations.settle(PEER, shown)) == 1
    assert list(store.read.reconciliations.missing(None, 9)) == [still, replace(MISSING, peer=OTHER)]
