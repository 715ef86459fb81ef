"""The own lists: whole lists and single changes become the next version, or nothing does. Clause 6."""

from typing import Any

import pytest

from federation.model.publication import PublicationError, parse
from node.ports.store import Nouns
from node.usecases.publication.exchanging import Change
from tests.node.usecases.publication.provinces import (
    ANHUI,
    CATALOGUE,
    JIANGSU,
    SHANGHAI,
    USELIST,
    ZHEJIANG,
    Province,
    Provinces,
    entry,
)


@pytest.fixture
async def shanghai(mesh: Provinces) -> Province:
    """Has published one entry."""
    await mesh[SHANGHAI].publish([entry(1)])
    return mesh[SHANGHAI]


async def test_equal_entries_make_no_new_version(shanghai: Province) -> None:
    shanghai.woken.clear()
    version = await shanghai.publish([entry(1)])

    assert (version, shanghai.woken) == (1, [])
    assert len(shanghai.entries(type="CATALOG_CHANGE", step="published")) == 1


async def test_changed_entries_make_the_next_version_with_the_digest_of_the_last(shanghai: Province) -> None:
    first = shanghai.mark()
    shanghai.woken.clear()
    version = await shanghai.publish([entry(1, status="SUSPENDED"), entry(2)])
    head = parse(shanghai.head().payload, kind="catalogue", publisher=SHANGHAI)

    assert (version, head.previous, head.size) == (2, first.digest, 2)
    assert shanghai.woken == [JIANGSU, ZHEJIANG, ANHUI], "the peers are told"


async def test_a_first_list_may_be_empty(mesh: Provinces) -> None:
    assert await mesh[SHANGHAI].publish([]) == 1
    assert await mesh[SHANGHAI].publish([]) == 1


async def test_the_root_depends_on_the_entries_and_not_on_the_way_there(mesh: Provinces) -> None:
    one, other = mesh[SHANGHAI], mesh.twin(SHANGHAI)
    for number in range(5):
        await one.publish([entry(n) for n in range(number, number + 3)])
    await other.publish([entry(6), entry(5), entry(4)])
    heads = [parse(each.head().payload, kind="catalogue", publisher=SHANGHAI) for each in (one, other)]

    assert heads[0].root == heads[1].root


async def test_a_whole_list_drops_what_it_no_longer_names(shanghai: Province) -> None:
    await shanghai.publish([entry(1), entry(2)])
    await shanghai.publish([entry(3), entry(2)])

    assert shanghai.ids() == ["T00002", "T00003"]


async def test_an_own_new_list_counts_at_once(shanghai: Province, mesh: Provinces) -> None:
    before = shanghai.lists.entry(SHANGHAI, "T00001", mesh.clock())
    await shanghai.publish([])

    assert before is not None
    assert shanghai.lists.entry(SHANGHAI, "T00001", mesh.clock()) is None


async def test_single_changes_put_and_drop_entries_with_what_else_belongs_into_the_unit(shanghai: Province) -> None:
    seen: list[tuple[int, int]] = []

    def then(nouns: Nouns, version: int) -> None:
        held = nouns.publications.latest(CATALOGUE, SHANGHAI)
        seen.append((version, held.version if held else 0))

    await shanghai.publications.change(CATALOGUE, [Change(entry=entry(2), id="T00002")], then)
    version = await shanghai.publications.change(CATALOGUE, [Change(entry=None, id="T00001")], then)

    assert (version, seen, shanghai.ids()) == (3, [(2, 2), (3, 3)], ["T00002"])


async def test_versions_of_one_entry_stand_beside_each_other(shanghai: Province) -> None:
    later = entry(1, version=2, effective="2999-01-01T00:00:00Z")
    await shanghai.publications.change(CATALOGUE, [Change(entry=later, id="T00001", version=2)])

    assert shanghai.held() == [entry(1), later]


async def test_a_change_that_changes_nothing_makes_no_version_and_still_does_the_rest(shanghai: Province) -> None:
    seen: list[int] = []
    changes = [Change(entry=entry(1), id="T00001"), Change(entry=None, id="T00009")]
    version = await shanghai.publications.change(CATALOGUE, changes, lambda _, number: seen.append(number))

    assert (version, seen) == (1, [1])


async def test_of_two_changes_of_one_entry_the_last_one_counts(shanghai: Province) -> None:
    changes = [Change(entry=entry(2), id="T00002"), Change(entry=None, id="T00002")]

    assert await shanghai.publications.change(CATALOGUE, changes) == 1


async def test_a_change_whose_other_part_fails_is_undone(shanghai: Province) -> None:
    def then(_nouns: Nouns, _version: int) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await shanghai.publications.change(CATALOGUE, [Change(entry=None, id="T00001")], then)
    assert (shanghai.mark().version, shanghai.ids()) == (1, ["T00001"])

    await shanghai.publications.change(CATALOGUE, [Change(entry=entry(2), id="T00002")])
    assert shanghai.ids() == ["T00001", "T00002"], "what was staged and came to nothing is forgotten"


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        pytest.param([entry(1), entry(1)], "stands twice", id="two of one key"),
        pytest.param([entry(1, type_code="")], "is not a text", id="no id"),
        pytest.param([entry(1, share=0.5)], "no canonical form", id="a fraction"),
        pytest.param([entry(1, note="x" * (64 << 10))], "larger than 64 KiB", id="too large"),
    ],
)
async def test_what_cannot_stand_in_a_publication_is_not_published(
    shanghai: Province, entries: list[dict[str, Any]], sentence: str
) -> None:
    with pytest.raises(PublicationError, match=sentence):
        await shanghai.publish(entries)

    assert (shanghai.mark().version, shanghai.ids()) == (1, ["T00001"])


async def test_an_entry_is_not_published_under_another_key(shanghai: Province) -> None:
    with pytest.raises(PublicationError, match="not T2 version 1"):
        await shanghai.publications.change(CATALOGUE, [Change(entry=entry(1), id="T2")])


async def test_founding_lists_are_on_record_as_such(shanghai: Province) -> None:
    await shanghai.publications.publish(USELIST, [{"use_list_id": "L1"}], founding=True)

    assert len(shanghai.entries(type="LIST_CHANGE", step="founding", entries=1)) == 1
