"""Drafts of the own lists, imports that are staged, and the steps taken."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest

from node.ports.lists import Action, DraftState, Kind, StoredDraft
from node.ports.store import Nouns, Store
from tests.node.storage.samples import LATER, NOON, draft, move

LIST = Kind.USELIST
APPROVED = draft("b", DraftState.APPROVED, reviewer="li", changed_at=LATER)
SUSPEND = draft("c", DraftState.SUBMITTED, action=Action.SUSPEND, body=b"", reason="整改")


async def put(store: Store, *drafts: StoredDraft) -> None:
    def unit(nouns: Nouns) -> None:
        for one in drafts:
            nouns.drafts.put(one)

    await store.transact(unit)


async def stage(store: Store, *drafts: StoredDraft) -> None:
    await store.transact(lambda nouns: nouns.drafts.stage(drafts))


def page(store: Store, state: DraftState | None = None, after: str = "", limit: int = 99) -> list[str]:
    return [one.id for one in store.read.drafts.page(LIST, state, after, limit)]


async def test_a_draft_is_kept_as_it_is_and_replaced_by_the_next_of_its_entry(store: Store) -> None:
    await put(store, draft("a"), APPROVED, SUSPEND, draft("a", kind=Kind.CATALOGUE, body=b"another list"))
    await put(store, draft("a", DraftState.SUBMITTED, body=b"new"))

    assert draft("a", DraftState.SUBMITTED, body=b"new") == store.read.drafts.get(LIST, "a")
    assert [store.read.drafts.get(LIST, one) for one in ("b", "c", "d")] == [APPROVED, SUSPEND, None]


async def test_a_draft_that_is_removed_is_gone_and_one_that_is_not_there_is_no_error(store: Store) -> None:
    await put(store, draft("a"), draft("a", kind=Kind.CATALOGUE))
    for name in ("a", "a", "never"):
        await store.transact(partial(lambda nouns, name: nouns.drafts.remove(LIST, name), name=name))

    assert store.read.drafts.get(LIST, "a") is None
    assert draft("a", kind=Kind.CATALOGUE) == store.read.drafts.get(Kind.CATALOGUE, "a")


@pytest.mark.parametrize(
    ("state", "after", "limit", "found"),
    [
        pytest.param(None, "", 9, ["a", "b", "c", "中"], id="all that are visible, in the order of ids"),
        pytest.param(None, "a", 2, ["b", "c"], id="beginning behind the last one seen"),
        pytest.param(None, "中", 9, [], id="the end"),
        pytest.param(DraftState.DRAFT, "", 9, ["a", "中"], id="one state"),
        pytest.param(DraftState.DRAFT, "a", 9, ["中"], id="one state, further on"),
        pytest.param(DraftState.APPROVED, "", 9, ["b"], id="another state"),
        pytest.param(DraftState.STAGED, "", 9, ["b", "x"], id="what an import staged"),
    ],
)
async def test_drafts_are_read_in_pages(
    store: Store, state: DraftState | None, after: str, limit: int, found: Sequence[str]
) -> None:
    await put(store, draft("中"), SUSPEND, APPROVED, draft("a"), draft("z", kind=Kind.CATALOGUE))
    await stage(store, draft("x"), draft("b"))

    assert found == page(store, state, after, limit)


async def test_drafts_are_counted_by_state(store: Store) -> None:
    await put(store, draft("a"), APPROVED, draft("c"), draft("z", kind=Kind.CATALOGUE))
    await stage(store, draft("a"))

    assert dict(store.read.drafts.counts(LIST)) == {
        DraftState.DRAFT: 2,
        DraftState.APPROVED: 1,
        DraftState.STAGED: 1,
    }
    assert dict(store.read.drafts.counts(Kind.DECISIONS)) == {}


async def test_an_import_is_not_seen_before_it_is_whole_and_then_replaces_what_was_there(store: Store) -> None:
    await put(store, APPROVED, draft("c"))
    await stage(store, draft("a", body=b"first"), draft("b", body=b"new"))
    await stage(store, draft("a", body=b"second"), draft("z", kind=Kind.CATALOGUE))
    before = (page(store), store.read.drafts.get(LIST, "a"), store.read.drafts.get(LIST, "b"))
    unveiled = [await store.transact(lambda nouns: nouns.drafts.unveil(LIST)) for _ in range(2)]

    assert before == (["b", "c"], None, APPROVED)
    assert unveiled == [2, 0]
    assert [draft("a", body=b"second"), draft("b", body=b"new"), draft("c")] == store.read.drafts.page(
        LIST, None, "", 9
    )
    assert page(store, DraftState.STAGED) == []
    assert store.read.drafts.get(Kind.CATALOGUE, "z") is None


async def test_an_import_that_is_given_up_leaves_nothing(store: Store) -> None:
    await put(store, APPROVED)
    await stage(store, draft("b"), draft("c"), draft("d"), draft("z", kind=Kind.CATALOGUE))
    dropped = [await store.transact(lambda nouns: nouns.drafts.drop_staged(LIST, 2)) for _ in range(3)]

    assert dropped == [2, 1, 0]
    assert store.read.drafts.counts(Kind.CATALOGUE) == {DraftState.STAGED: 1}
    assert await store.transact(lambda nouns: nouns.drafts.unveil(LIST)) == 0
    assert store.read.drafts.page(LIST, None, "", 9) == [APPROVED]


async def test_a_draft_that_was_unveiled_lives_like_any_other(store: Store) -> None:
    await put(store, draft("b", body=b"old"))
    await stage(store, draft("a"), draft("b"))
    await store.transact(lambda nouns: nouns.drafts.unveil(LIST))
    await put(store, APPROVED)
    await store.transact(lambda nouns: nouns.drafts.remove(LIST, "a"))
    await stage(store, draft("d"))
    await store.transact(lambda nouns: nouns.drafts.unveil(LIST))

    assert page(store) == ["b", "d"]
    assert store.read.drafts.page(LIST, DraftState.APPROVED, "", 9) == [APPROVED]
    await store.transact(lambda nouns: nouns.drafts.remove(LIST, "b"))
    assert page(store) == ["d"]


async def test_the_newest_steps_of_an_entry_are_told_oldest_first(store: Store) -> None:
    taken = [move(step, at=NOON + timedelta(hours=n)) for n, step in enumerate(("create", "submit", "return"))]
    taken.append(move("submit", version=2, by="li", reason="again"))
    for one in taken:
        await store.transact(partial(lambda nouns, one: nouns.drafts.record([one]), one=one))
    await store.transact(
        lambda nouns: nouns.drafts.record([move("create", "other"), move("create", kind=Kind.CATALOGUE)])
    )

    assert taken == store.read.drafts.moves(LIST, "ZJ-0001", 9)
    assert taken[2:] == store.read.drafts.moves(LIST, "ZJ-0001", 2)
    assert store.read.drafts.moves(LIST, "never", 9) == []
