"""Cases of objections, their documents, and who waits to be told."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from node.ports.objections import CaseState, Errand, Part, StoredObjection
from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import LATER, NOON, certificate

CASE = StoredObjection(
    objection_id="o1",
    part=Part.RAISER,
    raiser="320000",
    owner="310000",
    certificate="1.2.3",
    state=CaseState.OPEN,
    raised_at=NOON,
    due="2026-11-09",
    changed_at=NOON,
    app_id="app",
    baseline="b",
)
EVERY = tuple(CaseState)


async def keep(store: Store, *cases: StoredObjection) -> None:
    def unit(nouns: Nouns) -> None:
        for case in cases:
            nouns.objections.put(case, [case.objection_id.encode()])

    await store.transact(unit)


async def advance(store: Store, case: StoredObjection, *documents: bytes) -> None:
    await store.transact(lambda nouns: nouns.objections.advance(case, documents))


async def test_a_case_is_kept_once_with_its_documents_in_the_order_in_which_they_came(store: Store) -> None:
    await keep(store, CASE)
    with pytest.raises(StoreError):
        await keep(store, CASE)
    checking = replace(CASE, state=CaseState.CHECKING, changed_at=LATER, taking_back=True, escalated=True, refusal="x")
    await advance(store, checking, b"second", b"first")

    assert store.read.objections.get("o1") == checking
    assert list(store.read.objections.documents("o1")) == [b"o1", b"second", b"first"]
    assert store.read.objections.get("o2") is None
    with pytest.raises(StoreError):
        await advance(store, replace(CASE, objection_id="o2"))


async def test_an_advance_changes_where_a_case_stands_and_not_what_it_is_about(store: Store) -> None:
    await keep(store, CASE)
    other = replace(CASE, certificate="9", due="2030-01-01", app_id="x", baseline="x", owner="330000", raiser="330000")
    await advance(store, replace(other, state=CaseState.CHECKING))

    assert store.read.objections.get("o1") == replace(CASE, state=CaseState.CHECKING)


async def test_pages_come_by_due_day_and_by_state_and_part(store: Store) -> None:
    late = replace(CASE, objection_id="o3", due="2026-11-01", part=Part.OWNER)
    same = replace(CASE, objection_id="o0")
    done = replace(CASE, objection_id="o2", state=CaseState.REJECTED, part=Part.TOLD)
    await keep(store, CASE, late, same, done)
    page = store.read.objections.page

    assert list(page(EVERY, None, None, 9)) == [late, same, CASE, done]
    assert list(page(EVERY, None, ("2026-11-09", "o0"), 1)) == [CASE]
    assert list(page((CaseState.OPEN,), Part.RAISER, None, 9)) == [same, CASE]
    assert list(page((), None, None, 9)) == []


async def test_what_a_line_system_raised_is_found_and_counted(store: Store) -> None:
    later = replace(CASE, objection_id="o2", raised_at=LATER)
    await keep(store, CASE, later, replace(CASE, objection_id="o3", app_id="other"))
    objections = store.read.objections

    assert list(objections.of_app("app", 9)) == [later, CASE]
    assert list(objections.of_app("app", 1)) == [later]
    assert (objections.raised_since("app", NOON), objections.raised_since("app", LATER)) == (2, 1)
    assert (objections.waiting_of("320000"), objections.waiting_of("330000")) == (3, 0)


@pytest.mark.parametrize("state", EVERY)
async def test_a_certificate_is_disputed_while_a_case_about_it_waits(store: Store, state: CaseState) -> None:
    objections = store.read.objections
    assert not objections.any_waiting()
    await keep(store, replace(CASE, state=state))
    waits = state in {CaseState.OPEN, CaseState.CHECKING}

    assert objections.disputed("1.2.3", ("330000", "310000")) is waits
    assert not objections.disputed("1.2.3", ("330000", "320000")), "no case that they own"
    assert not objections.disputed("1.2.3", ())
    assert objections.any_waiting() is waits
    assert not objections.disputed("1.2", ("310000",))


async def test_what_is_late_is_found_until_it_was_escalated_and_counted_as_long_as_it_waits(store: Store) -> None:
    mine = replace(CASE, objection_id="o2", part=Part.OWNER, due="2026-11-08")
    done = replace(CASE, objection_id="o3", state=CaseState.CORRECTED)
    await keep(store, CASE, mine, done)
    objections = store.read.objections

    assert list(objections.overdue("2026-11-09", 9)) == [mine]
    assert list(objections.overdue("2026-11-10", 9)) == [mine, CASE]
    assert list(objections.overdue("2026-11-10", 1)) == [mine]
    await advance(store, replace(mine, escalated=True))

    assert list(objections.overdue("2026-11-10", 9)) == [CASE]
    assert objections.late("2026-11-10") == {Part.OWNER: 1, Part.RAISER: 1}
    assert objections.counts() == {
        (Part.OWNER, CaseState.OPEN): 1,
        (Part.RAISER, CaseState.OPEN): 1,
        (Part.RAISER, CaseState.CORRECTED): 1,
    }


async def test_the_first_time_that_the_owner_was_told_counts(store: Store) -> None:
    await keep(store, CASE)
    for at, due in ((LATER, "2026-11-11"), (NOON, "2026-12-31")):
        await store.transact(partial(lambda nouns, at, due: nouns.objections.received("o1", at, due), at=at, due=due))
    await advance(store, replace(CASE, state=CaseState.CHECKING))

    known = replace(CASE, state=CaseState.CHECKING, received_at=LATER, due="2026-11-11")
    assert store.read.objections.get("o1") == known
    await keep(store, replace(known, objection_id="o2"))
    assert store.read.objections.get("o2") == replace(known, objection_id="o2")


async def test_counts_follow_what_moves_and_what_is_forgotten(store: Store) -> None:
    await keep(store, CASE, replace(CASE, objection_id="o2"))
    await advance(store, replace(CASE, state=CaseState.REJECTED))
    assert store.read.objections.counts() == {(Part.RAISER, CaseState.OPEN): 1, (Part.RAISER, CaseState.REJECTED): 1}

    await store.transact(lambda nouns: nouns.objections.purge(LATER, 9))
    assert store.read.objections.counts() == {(Part.RAISER, CaseState.OPEN): 1}


async def test_a_peer_that_holds_other_documents_is_told_again_where_there_is_something_new(store: Store) -> None:
    async def tell(*ids: str) -> None:
        for one in ids:
            await store.transact(partial(lambda nouns, one: nouns.objections.tell(one, "p"), one=one))

    objections = store.read.objections
    await keep(store, CASE, replace(CASE, objection_id="o0", state=CaseState.REJECTED))
    await tell("o1", "o0")
    first = objections.errand("p")
    assert first is not None
    await store.transact(lambda nouns: nouns.objections.park(replace(first, wanted=9)))
    assert objections.parked() == {}, "something new came meanwhile"
    await store.transact(lambda nouns: nouns.objections.park(first))

    second = objections.errand("p")
    assert second is not None
    assert second.objection_id == "o0"
    assert (objections.parked(), objections.errands(), objections.untold("o1")) == ({"p": 1}, {"p": 2}, {"p": 0})
    await store.transact(lambda nouns: nouns.objections.park(second))
    await store.transact(lambda nouns: nouns.objections.purge(LATER, 9))
    assert objections.parked() == {"p": 1}

    await tell("o1")
    assert (objections.errand("p"), objections.parked()) == (replace(first, wanted=2), {})


async def test_withdrawals_wait_at_the_owner_alone(store: Store) -> None:
    mine = replace(CASE, objection_id="o2", part=Part.OWNER, taking_back=True)
    await keep(store, replace(CASE, taking_back=True), mine)

    assert list(store.read.objections.taking_back(9)) == [mine]


async def test_a_peer_is_told_of_what_was_tried_least_and_then_of_what_waited_longest(store: Store) -> None:
    async def tell(objection_id: str, peer: str) -> None:
        await store.transact(lambda nouns: nouns.objections.tell(objection_id, peer))

    async def tried(errand: Errand) -> None:
        await store.transact(lambda nouns: nouns.objections.tried(errand))

    objections = store.read.objections
    await keep(store, CASE, replace(CASE, objection_id="o0"))
    for objection_id, peer in (("o1", "p"), ("o0", "p"), ("o1", "q")):
        await tell(objection_id, peer)
    first = objections.errand("p")
    assert first == Errand(objection_id="o1", peer="p", wanted=1, attempts=0)
    await tried(first)
    second = objections.errand("p")
    assert second is not None
    assert second.objection_id == "o0"
    assert objections.errands() == {"p": 2, "q": 1}
    assert objections.untold("o1") == {"p": 1, "q": 0}
    assert objections.untold("o2") == {}

    await tell("o1", "p")  # something new to tell: it is first again, and an old answer does not settle it
    await store.transact(lambda nouns: nouns.objections.told(first))
    assert objections.errand("p") == Errand(objection_id="o1", peer="p", wanted=2, attempts=0)
    await store.transact(lambda nouns: nouns.objections.told(replace(first, wanted=2)))
    assert objections.errand("p") == second
    assert objections.errand("x") is None
    assert (objections.peers("o1"), objections.peers("o2")) == (["p", "q"], []), "those that were told, too"


async def test_what_ended_before_a_time_is_forgotten_with_all_that_belongs_to_it(store: Store) -> None:
    ended = [replace(CASE, objection_id=f"e{n}", state=CaseState.REJECTED) for n in range(3)]
    await keep(store, CASE, *ended, replace(ended[0], objection_id="e9", changed_at=LATER))
    await store.transact(lambda nouns: nouns.objections.tell("e0", "p"))

    before = LATER - timedelta(milliseconds=1)
    counts = [await store.transact(lambda nouns: nouns.objections.purge(before, 2)) for _ in range(3)]

    assert counts == [2, 1, 0]
    assert [one.objection_id for one in store.read.objections.page(EVERY, None, None, 9)] == ["e9", "o1"]
    assert list(store.read.objections.documents("e0")) == []
    assert store.read.objections.errand("p") is None
    assert store.read.objections.peers("e0") == []


async def test_the_reading_side_keeps_nothing(store: Store) -> None:
    with pytest.raises(StoreError):
        store.read.objections.put(CASE, [])
    with pytest.raises(StoreError):
        store.read.objections.tell("o1", "p")


async def test_a_certificate_points_to_the_one_that_counts_instead(store: Store) -> None:
    await store.transact(lambda nouns: nouns.certificates.stage("i", [certificate(), certificate("c2")]))
    await store.transact(lambda nouns: nouns.certificates.publish("i"))

    pointed = [
        await store.transact(partial(lambda nouns, one: nouns.certificates.supersede(one, "c2"), one=one))
        for one in ("c1", "none")
    ]

    assert pointed == [True, False]
    assert store.read.certificates.get("c1") == replace(certificate(), superseded_by="c2")
    assert store.read.certificates.get("c2") == certificate("c2")


async def test_who_used_a_certificate_is_known(store: Store) -> None:
    def used(nouns: Nouns, consumer: str, apply_id: str, identifier: str) -> None:
        use = {"consumer": consumer, "apply_id": apply_id, "period": 0, "identifier": identifier, "output": "DATA"}
        nouns.applications.redeem(**use, exchange_id=f"e-{apply_id}")  # type: ignore[arg-type]

    for use in (("330000", "a1", "c1"), ("320000", "a2", "c1"), ("320000", "a3", "c1"), ("340000", "a4", "c2")):
        await store.transact(partial(used, consumer=use[0], apply_id=use[1], identifier=use[2]))

    assert list(store.read.applications.consumers_of("c1")) == ["320000", "330000"]
    assert list(store.read.applications.consumers_of("c3")) == []
