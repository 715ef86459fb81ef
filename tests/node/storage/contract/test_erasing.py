"""What is erased with an application, found by its age, and kept by a hold: across nouns. node.ports.applications, .contents, .holds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from node.ports.holds import StoredHold
from node.ports.objections import CaseState
from node.ports.reports import ReportOf
from node.ports.store import Nouns, Store
from tests.node.storage.contract.test_consents import CONSENT
from tests.node.storage.contract.test_contents import CONTENT, OTHERS
from tests.node.storage.contract.test_head_links import LINK
from tests.node.storage.contract.test_objections import CASE
from tests.node.storage.contract.test_receipts import PROOF
from tests.node.storage.contract.test_reports import REPORT
from tests.node.storage.contract.test_reviews import REVIEW
from tests.node.storage.samples import LATER, NOON, answer, application, given_verdict, received_verdict

DAY = timedelta(days=1)
AFTER = LATER + DAY


def _all_of_a1(nouns: Nouns) -> None:
    for one in ("a1", "a2"):
        nouns.applications.put_own(application(one))
        nouns.applications.put_given(given_verdict(one))
        nouns.applications.put_found(one, [("c1", "330000"), ("c2", "330000")])
    nouns.applications.put_given(given_verdict(consumer="340000"))
    nouns.applications.put_received(received_verdict())


async def test_of_an_application_all_goes_but_that_it_was_here_and_of_another_nothing(store: Store) -> None:
    await store.transact(_all_of_a1)

    gone = [await store.transact(lambda nouns: nouns.applications.erase("a1", NOON)) for _ in range(2)]

    assert gone == [{"application": 1, "given": 2, "received": 1, "found": 2}, {}]
    read = store.read.applications
    assert read.own("a1") == replace(application(), sealed=b"", holder_digest="", expires_at=NOON)
    given = read.given("340000", "a1")
    assert given is not None
    bare = (given.holder_digest, given.use_code_digest, given.use_cause, given.operator, given.consent_id)
    assert (bare, given.expires_at) == (("",) * 5, NOON)
    assert (list(read.received("a1")), list(read.found("a1", "c1"))) == ([], [])
    assert (read.own("a2"), read.given("320000", "a2")) == (application("a2"), given_verdict("a2"))
    assert list(read.found("a2", "c1")) == ["330000"]


async def test_what_was_erased_after_its_end_ended_when_it_did(store: Store) -> None:
    await store.transact(lambda nouns: nouns.applications.put_own(application()))
    await store.transact(lambda nouns: nouns.applications.erase("a1", AFTER))

    own = store.read.applications.own("a1")
    assert own is not None
    assert own.expires_at == LATER


async def test_applications_that_ended_are_found_until_they_are_erased_unless_on_hold(store: Store) -> None:
    await store.transact(_all_of_a1)
    assert list(store.read.applications.ended(LATER, 9)) == []
    assert list(store.read.applications.ended(AFTER, 9)) == ["a1", "a2"]

    await store.transact(lambda nouns: nouns.applications.erase("a1", NOON))
    assert list(store.read.applications.ended(AFTER, 9)) == ["a2"]
    await hold(store, "a2")
    assert list(store.read.applications.ended(AFTER, 9)) == []


async def hold(store: Store, subject: str) -> None:
    one = StoredHold(subject=subject, ground="AUDIT", by="b", since=NOON)
    await store.transact(lambda nouns: nouns.holds.put(one))


async def test_contents_are_told_apart_and_those_left_come_oldest_first(store: Store) -> None:
    third = replace(CONTENT, commitment="ef" * 32, exchange_id="e2")

    def unit(nouns: Nouns) -> None:
        for one in (CONTENT, *OTHERS, third):
            nouns.contents.put(one)
        nouns.contents.erase(CONTENT.commitment)

    await store.transact(unit)
    contents = store.read.contents
    assert list(contents.of("a1", 9, label="verdict")) == [OTHERS[0]]
    assert list(contents.of("a1", 9, exchange_id="e2")) == [third]
    assert list(contents.of("a1", 9, label="verdict", exchange_id="e2")) == []
    assert list(contents.left("a1", 9)) == [OTHERS[0], third]
    assert list(contents.left("a1", 1)) == [OTHERS[0]]


async def test_the_exchanges_of_a_subject_are_remembered_once(store: Store) -> None:
    for subject, exchange_id in (("a1", "e2"), ("a1", "e1"), ("a1", "e2"), ("a2", "e3")):
        await store.transact(lambda nouns, one=(subject, exchange_id): nouns.contents.belong(*one))  # type: ignore[misc]

    assert [list(store.read.contents.exchanges(one)) for one in ("a1", "a2", "a3")] == [["e1", "e2"], ["e3"], []]


@pytest.mark.parametrize("state", CaseState)
async def test_the_claim_of_an_objection_grows_old_when_it_has_ended(store: Store, state: CaseState) -> None:
    claim = replace(CONTENT, subject=CASE.objection_id)

    def unit(nouns: Nouns) -> None:
        nouns.contents.put(claim)
        nouns.objections.put(replace(CASE, state=state), [b""])

    await store.transact(unit)
    waits = state in {CaseState.OPEN, CaseState.CHECKING}
    assert list(store.read.contents.older(AFTER, 9)) == ([] if waits else [claim])


def _erased(nouns: Nouns) -> tuple[int, int, int]:
    reports = nouns.reports.erase(ReportOf.RECEIVED, "e1")
    return nouns.reviews.erase("apply-1"), nouns.exchanges.erase("e1"), reports


async def test_reviews_answers_and_reports_are_erased_by_what_they_are_of(store: Store) -> None:
    def unit(nouns: Nouns) -> list[int]:
        for one in ("apply-1", "apply-2"):
            nouns.reviews.put(replace(REVIEW, apply_id=one))
        for one in ("e1", "e2"):
            nouns.exchanges.put_answer(answer(one))
            nouns.reports.put(replace(REPORT, about=ReportOf.RECEIVED, key=one))
        return [*_erased(nouns), *_erased(nouns)]

    assert await store.transact(unit) == [1, 1, 1, 0, 0, 0]
    read = store.read
    assert [read.reviews.get(REVIEW.consumer, one) is None for one in ("apply-1", "apply-2")] == [True, False]
    assert [read.exchanges.answer("320000", one, "search") is None for one in ("e1", "e2")] == [True, False]
    assert [read.reports.get(ReportOf.RECEIVED, one) is None for one in ("e1", "e2")] == [True, False]


def _proofs(nouns: Nouns) -> None:
    nouns.receipts.put("e1", {"330000": PROOF}, {}, NOON)
    nouns.contents.belong("a1", "e1")
    nouns.head_links.put(LINK, NOON + DAY)


def _consent(nouns: Nouns) -> None:
    nouns.consents.put(CONSENT)
    nouns.applications.put_given(given_verdict())


def _objection(nouns: Nouns) -> None:
    nouns.objections.put(replace(CASE, objection_id="a1", state=CaseState.REJECTED), [b"{}"])


def _forget_proofs(nouns: Nouns) -> Any:
    return nouns.receipts.purge(AFTER + DAY, 9) + nouns.head_links.purge(AFTER + DAY, 9)


@pytest.mark.parametrize(
    ("keep", "forget", "all_of_it"),
    [
        pytest.param(_proofs, _forget_proofs, 2, id="a proof, and the link of its head"),
        pytest.param(_consent, lambda nouns: nouns.consents.purge(AFTER, 9), 1, id="a consent"),
        pytest.param(_objection, lambda nouns: nouns.objections.purge(AFTER, 9), 1, id="an objection"),
    ],
)
async def test_what_proves_a_subject_on_hold_is_kept_until_it_is_released(
    store: Store, keep: Callable[[Nouns], None], forget: Callable[[Nouns], int], all_of_it: int
) -> None:
    await store.transact(keep)
    await hold(store, "a1")
    assert await store.transact(forget) == 0

    await store.transact(lambda nouns: nouns.holds.release("a1"))
    assert await store.transact(forget) == all_of_it
