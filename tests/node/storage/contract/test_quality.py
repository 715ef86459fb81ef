"""Findings of data quality: a certificate's are replaced as a whole, counts follow, pages are whole and in order."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import pytest

from node.ports.quality import FindingCount, Source, StoredFinding
from node.ports.store import Nouns, Store
from tests.node.storage.samples import NOON

FINDING = StoredFinding(
    source=Source.IMPORTED,
    key="1.2.156.3005.2.A",
    word="LEGACY_CHECK",
    province="330000",
    type_code="T1",
    issuer_code="I1",
    found_at=NOON,
)


def put(nouns: Nouns, findings: Iterable[StoredFinding], key: str, source: Source) -> None:
    nouns.quality.replace(source, key, findings)


async def keep(store: Store, *findings: StoredFinding, key: str = "", source: Source = Source.IMPORTED) -> None:
    await store.transact(partial(put, findings=findings, key=key or findings[0].key, source=source))


def counted(store: Store, type_code: str = "", issuer_code: str = "") -> dict[tuple[str, str, str], int]:
    counts = store.read.quality.counts(type_code=type_code, issuer_code=issuer_code)
    return {(one.type_code, one.issuer_code, one.word): one.count for one in counts}


async def test_a_finding_is_kept_whole_and_counted(store: Store) -> None:
    await keep(store, FINDING)

    assert store.read.quality.page(type_code="", issuer_code="", after=None, limit=10) == [FINDING]
    assert store.read.quality.counts(type_code="", issuer_code="") == [
        FindingCount(
            source=Source.IMPORTED, province="330000", type_code="T1", issuer_code="I1", word="LEGACY_CHECK", count=1
        )
    ]


async def test_what_is_found_anew_takes_the_place_of_all_before(store: Store) -> None:
    await keep(store, FINDING, replace(FINDING, word="NO_FACE"))
    await keep(store, replace(FINDING, word="NO_FILE"))
    assert counted(store) == {("T1", "I1", "NO_FILE"): 1}

    await keep(store, key=FINDING.key)
    assert counted(store) == {}
    assert store.read.quality.page(type_code="", issuer_code="", after=None, limit=10) == []


async def test_the_same_certificate_is_another_one_elsewhere(store: Store) -> None:
    received = replace(FINDING, source=Source.RECEIVED)
    await keep(store, FINDING)
    await keep(store, received, source=Source.RECEIVED)
    await keep(store, key=FINDING.key)

    assert store.read.quality.page(type_code="", issuer_code="", after=None, limit=10) == [received]


async def test_one_source_is_cleared_in_parts(store: Store) -> None:
    for number in range(5):
        await keep(
            store,
            replace(FINDING, source=Source.REFUSED, key=f"row {number}"),
            source=Source.REFUSED,
        )
    await keep(store, FINDING)
    gone = [await store.transact(lambda nouns: nouns.quality.clear(Source.REFUSED, 3)) for _ in range(3)]

    assert gone == [3, 2, 0]
    assert store.read.quality.page(type_code="", issuer_code="", after=None, limit=10) == [FINDING]
    assert sum(counted(store).values()) == 1


@pytest.mark.parametrize(
    ("type_code", "issuer_code", "keys"),
    [
        pytest.param("", "", ["a", "b", "c"], id="all"),
        pytest.param("T1", "", ["a", "b"], id="of a type"),
        pytest.param("", "I2", ["b", "c"], id="of an issuer"),
        pytest.param("T1", "I2", ["b"], id="of both"),
        pytest.param("T9", "", [], id="of none"),
    ],
)
async def test_type_and_issuer_choose(store: Store, type_code: str, issuer_code: str, keys: list[str]) -> None:
    for key, kind, issuer in (("a", "T1", "I1"), ("b", "T1", "I2"), ("c", "T2", "I2")):
        await keep(store, replace(FINDING, key=key, type_code=kind, issuer_code=issuer))
    page = store.read.quality.page(type_code=type_code, issuer_code=issuer_code, after=None, limit=10)

    assert [one.key for one in page] == keys
    assert sum(counted(store, type_code, issuer_code).values()) == len(keys)


async def test_pages_hold_everything_once_and_in_order(store: Store) -> None:
    for number in range(7):
        key = f"k{number}"
        await keep(store, *(replace(FINDING, key=key, word=word) for word in ("B", "A")))
    seen: list[tuple[str, str, str]] = []
    after = None
    while page := store.read.quality.page(type_code="", issuer_code="", after=after, limit=3):
        seen += [(one.source.value, one.key, one.word) for one in page]
        after = seen[-1]

    assert seen == sorted(seen)
    assert len(set(seen)) == 14


async def test_counts_are_always_those_of_the_pages(store: Store) -> None:
    """Any order of finding and mending, drawn once for both adapters."""
    draw = random.Random(16)
    for _ in range(60):
        key, words = draw.choice("abc"), draw.sample("VWXYZ", draw.randrange(5))
        await keep(store, *(replace(FINDING, key=key, word=word) for word in words), key=key)
        page = store.read.quality.page(type_code="", issuer_code="", after=None, limit=100)
        expected = Counter((one.type_code, one.issuer_code, one.word) for one in page)
        assert counted(store) == dict(expected)
