"""The province's own certificates."""

from functools import partial

import pytest

from node.ports.certificates import StoredCertificate
from node.ports.store import Nouns, Store
from tests.node.storage.samples import certificate


async def publish(store: Store, *certificates: StoredCertificate, import_id: str = "i1") -> tuple[int, int]:
    await store.transact(lambda nouns: nouns.certificates.stage(import_id, certificates))
    return await store.transact(lambda nouns: nouns.certificates.publish(import_id))


def stage(nouns: Nouns, identifier: str) -> None:
    nouns.certificates.stage("i1", [certificate(identifier)])


async def test_staged_rows_are_seen_only_when_published_and_all_at_once(store: Store) -> None:
    for number in range(3):
        await store.transact(partial(stage, identifier=f"c{number}"))

    assert (store.read.certificates.count(), store.read.certificates.get("c1")) == (0, None)
    assert await store.transact(lambda nouns: nouns.certificates.publish("i1")) == (3, 0)
    assert (3, certificate("c1")) == (store.read.certificates.count(), store.read.certificates.get("c1"))


async def test_the_same_identifier_replaces_also_its_holders(store: Store) -> None:
    await publish(store, certificate("c1"), certificate("c2"))
    newer = certificate("c1", holder_digests=("h2", "h3"), type_code="T2", status="REVOKED")

    assert await publish(store, newer, certificate("c3")) == (1, 1)
    assert newer == store.read.certificates.get("c1")
    assert store.read.certificates.count() == 3
    by_holder = store.read.certificates.by_holder
    assert [found.identifier for found in by_holder("h1", ["T1", "T2"], 10)] == ["c2", "c3"]
    assert [newer] == by_holder("h2", ["T2"], 10) == by_holder("h3", ["T2"], 10)


async def test_of_one_identifier_twice_in_an_import_the_last_counts(store: Store) -> None:
    assert await publish(store, certificate("c1", number="old"), certificate("c1", number="new")) == (1, 0)
    assert certificate("c1", number="new") == store.read.certificates.get("c1")


async def test_a_holders_certificates_come_newest_first_of_the_types_asked_and_limited(store: Store) -> None:
    await publish(
        store,
        certificate("c1", issued="2020-01-01"),
        certificate("c2", issued="2024-01-01", type_code="T2"),
        certificate("c3", issued="2022-01-01"),
        certificate("c4", issued="2022-01-01", number="C4", holder_digests=("h9", "h1")),
        certificate("c5", issued="2026-01-01", holder_digests=("h9",)),
        certificate("c6", issued="2026-01-01", type_code="T3"),
    )
    by_holder = store.read.certificates.by_holder

    assert [found.identifier for found in by_holder("h1", ["T1", "T2"], 10)] == ["c2", "c3", "c4", "c1"]
    assert [found.identifier for found in by_holder("h1", ["T1", "T2"], 2)] == ["c2", "c3"]
    assert by_holder("h1", [], 10) == []
    assert [found.identifier for found in by_holder("h1", ["T1"], 1, "C4")] == ["c4"]
    assert by_holder("h1", ["T1"], 10, "another") == []
    assert by_holder("nobody", ["T1"], 10) == []


@pytest.mark.parametrize(
    ("day", "found"),
    [
        pytest.param("2024-01-01", ["c2", "c3"], id="the first day of one, before another begins"),
        pytest.param("2024-06-30", ["c1", "c2"], id="the last day of one"),
        pytest.param("2024-07-01", ["c1", "c3"], id="the day after"),
        pytest.param("", ["c1", "c2"], id="whatever the status"),
    ],
)
async def test_only_what_is_valid_on_a_day_counts_towards_the_limit(store: Store, day: str, found: list[str]) -> None:
    await publish(
        store,
        certificate("c1", issued="2026-01-01", valid_from="2024-02-01", valid_until=""),
        certificate("c2", issued="2025-01-01", valid_from="2024-01-01", valid_until="2024-06-30"),
        certificate("c3", issued="2024-01-01", valid_from="2020-01-01", valid_until="2030-01-01"),
        certificate("c4", issued="2024-12-31", valid_from="2020-01-01", valid_until="", status="REVOKED"),
    )
    by_holder = store.read.certificates.by_holder

    assert [one.identifier for one in by_holder("h1", ["T1"], 2, valid_on=day)] == found
    assert [one.identifier for one in by_holder("h1", ["T1"], 2, certificate().number, day)] == found


async def test_imports_do_not_touch_each_others_staged_rows(store: Store) -> None:
    await store.transact(lambda nouns: nouns.certificates.stage("i1", [certificate("c1")]))
    await store.transact(lambda nouns: nouns.certificates.stage("i2", [certificate("c1"), certificate("c2")]))
    await store.transact(lambda nouns: nouns.certificates.stage("i3", [certificate("c3")]))

    assert await store.transact(lambda nouns: nouns.certificates.drop_staged("i1")) == 1
    assert await store.transact(lambda nouns: nouns.certificates.publish("i2")) == (2, 0)
    assert await store.transact(lambda nouns: nouns.certificates.drop_staged()) == 1
    assert await store.transact(lambda nouns: nouns.certificates.publish("i3")) == (0, 0)


async def test_a_certificate_is_marked_as_disputed_until_the_mark_is_taken_away_whatever_is_imported(
    store: Store,
) -> None:
    async def imported() -> None:
        await store.transact(lambda nouns: nouns.certificates.stage("i", [certificate(), certificate("c2")]))
        await store.transact(lambda nouns: nouns.certificates.publish("i"))

    async def mark(identifier: str, *, disputed: bool) -> bool:
        return await store.transact(lambda nouns: nouns.certificates.dispute(identifier, disputed=disputed))

    await imported()
    assert (await mark("c1", disputed=True), await mark("none", disputed=True)) == (True, False)
    await imported()
    found = {one.identifier: one.disputed for one in store.read.certificates.by_holder("h1", ["T1"], 9)}
    assert found == {"c1": True, "c2": False}

    assert await mark("c1", disputed=False)
    assert certificate() == store.read.certificates.get("c1")


@pytest.mark.parametrize(
    ("holder", "types", "identifier", "is_found"),
    [
        pytest.param("h1", ("T1",), "c1", True, id="of the holder and of a type asked for"),
        pytest.param("h2", ("T0", "T1"), "c1", True, id="of the second holder, among several types"),
        pytest.param("h3", ("T1",), "c1", False, id="of another holder"),
        pytest.param("h1", ("T2",), "c1", False, id="of another type"),
        pytest.param("h1", (), "c1", False, id="of no type"),
        pytest.param("h1", ("T1",), "c3", False, id="not there"),
    ],
)
async def test_one_certificate_of_a_holder_is_found_only_as_theirs(
    store: Store, holder: str, types: tuple[str, ...], identifier: str, *, is_found: bool
) -> None:
    one = certificate("c1", holder_digests=("h1", "h2"))
    await publish(store, one, certificate("c2"))

    assert store.read.certificates.of_holder(holder, types, identifier) == (one if is_found else None)
