"""Applications, verdicts and spent uses."""

import asyncio
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest

from node.ports.applications import Begun, ReceivedVerdict
from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import LATER, NOON, application, given_verdict, received_verdict


async def test_an_application_is_kept_once(store: Store) -> None:
    await store.transact(lambda nouns: nouns.applications.put_own(application()))

    assert application() == store.read.applications.own("a1")
    assert store.read.applications.own("a2") is None
    with pytest.raises(StoreError):
        await store.transact(lambda nouns: nouns.applications.put_own(application()))


async def test_a_given_verdict_is_kept_per_consumer_and_never_replaced(store: Store) -> None:
    await store.transact(lambda nouns: nouns.applications.put_given(given_verdict()))
    await store.transact(lambda nouns: nouns.applications.put_given(given_verdict(consumer="340000")))

    assert given_verdict() == store.read.applications.given("320000", "a1")
    assert store.read.applications.given("310000", "a1") is None
    with pytest.raises(StoreError):
        await store.transact(lambda nouns: nouns.applications.put_given(given_verdict()))


def put_received(nouns: Nouns, made: ReceivedVerdict) -> None:
    nouns.applications.put_received(made)


async def test_received_verdicts_are_ordered_by_provider_and_replaced(store: Store) -> None:
    for made in (received_verdict("340000"), received_verdict("330000"), received_verdict("340000", "NO_LINE")):
        await store.transact(partial(put_received, made=made))

    assert [received_verdict("330000"), received_verdict("340000", "NO_LINE")] == store.read.applications.received("a1")


async def test_a_use_is_spent_once_and_a_retry_of_its_exchange_finds_it_its_own(store: Store) -> None:
    def redeem(nouns: Nouns, exchange_id: str, output: str = "FILE", period: int = 0) -> str:
        return nouns.applications.redeem(
            consumer="320000", apply_id="a1", period=period, identifier="i1", output=output, exchange_id=exchange_id
        )

    first = asyncio.gather(*(store.transact(partial(redeem, exchange_id=f"e{n}")) for n in range(5)))

    assert await first == ["e0"] * 5
    assert await store.transact(lambda nouns: redeem(nouns, "e0")) == "e0"
    assert await store.transact(lambda nouns: redeem(nouns, "e9", "DATA")) == "e9"
    assert await store.transact(lambda nouns: redeem(nouns, "e9", period=1)) == "e9"
    assert await store.transact(lambda nouns: redeem(nouns, "e8", period=1)) == "e9"
    assert await store.transact(lambda nouns: redeem(nouns, "e0", period=2)) == "", "it made this use in another period"
    assert await store.transact(lambda nouns: redeem(nouns, "e2", period=2)) == "e2"


def begin(nouns: Nouns, begun: Begun) -> None:
    nouns.applications.begin("e1", begun)


async def test_an_exchange_stays_with_what_it_began_with(store: Store) -> None:
    first = Begun(provider="330000", use_code="c1", until=NOON)
    for begun in (first, replace(first, use_code="c2")):
        await store.transact(partial(begin, begun=begun))

    assert store.read.applications.begun("e1") == first
    assert store.read.applications.begun("e2") is None
    assert first.use_code not in repr(first)


@pytest.mark.parametrize(
    "period",
    [
        pytest.param(0, id="the same period"),
        pytest.param(2, id="a period further on"),
        pytest.param(-1, id="an earlier period"),
    ],
)
async def test_a_given_verdict_is_replaced_by_none_but_that_of_the_next_period(store: Store, period: int) -> None:
    later = replace(given_verdict(), expires_at=NOON, use_code_digest="ee" * 32, fields=("f",), consent_id="C-2")
    await store.transact(lambda nouns: nouns.applications.put_given(given_verdict()))
    with pytest.raises(StoreError):
        await store.transact(lambda nouns: nouns.applications.put_given(replace(later, period=period)))
    await store.transact(lambda nouns: nouns.applications.put_given(replace(later, period=1)))

    assert store.read.applications.given("320000", "a1") == replace(later, period=1)


async def test_what_a_search_found_is_remembered_once_and_in_order(store: Store) -> None:
    found = [("i1", "340000"), ("i1", "330000"), ("i2", "330000"), ("i1", "340000")]
    await store.transact(lambda nouns: nouns.applications.put_found("a1", found))
    await store.transact(lambda nouns: nouns.applications.put_found("a2", [("i1", "310000")]))

    assert store.read.applications.found("a1", "i1") == ["330000", "340000"]
    assert store.read.applications.found("a1", "i3") == []


def prolong(until: datetime, nouns: Nouns) -> None:
    nouns.applications.prolong("a1", until)


async def test_an_application_is_made_to_hold_longer_and_never_shorter(store: Store) -> None:
    await store.transact(lambda nouns: nouns.applications.put_own(application()))
    ends = []
    for until in (LATER - (LATER - NOON) / 5, LATER + (LATER - NOON)):
        await store.transact(partial(prolong, until))
        held = store.read.applications.own("a1")
        ends.append(held.expires_at if held else None)

    assert ends == [LATER, LATER + (LATER - NOON)]
