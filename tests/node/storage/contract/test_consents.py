"""Consents taken here, and handles of holders."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from node.ports.consents import StoredConsent, StoredHandle
from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import LATER, NOON

CONSENT = StoredConsent(
    consent_id="C-1", grantor="ab" * 32, app_id="app", document=b'{"a":1}', taken_at=NOON, ends_at=LATER
)
HANDLE = StoredHandle(handle="h" * 32, app_id="app", minted_by="310000", sealed=b"\xff\x00", expires_at=NOON)


def put(nouns: Nouns, one: StoredConsent | StoredHandle) -> None:
    if isinstance(one, StoredConsent):
        nouns.consents.put(one)
    else:
        nouns.handles.put(one)


async def test_a_consent_and_a_handle_are_kept_once(store: Store) -> None:
    for one in (CONSENT, HANDLE):
        await store.transact(partial(put, one=one))
        with pytest.raises(StoreError):
            await store.transact(partial(put, one=one))

    assert store.read.consents.get("C-1") == CONSENT
    assert store.read.handles.get(HANDLE.handle) == HANDLE
    assert store.read.consents.get("C-2") is None
    assert store.read.handles.get("C-2") is None


async def test_a_holders_consents_come_the_last_one_first_and_no_other_holders(store: Store) -> None:
    later = replace(CONSENT, consent_id="C-2", taken_at=LATER)
    same = replace(CONSENT, consent_id="C-0")
    for one in (CONSENT, later, same, replace(CONSENT, consent_id="C-3", grantor="cd" * 32)):
        await store.transact(partial(put, one=one))

    assert list(store.read.consents.of_grantor("ab" * 32, 9)) == [later, same, CONSENT]
    assert list(store.read.consents.of_grantor("ab" * 32, 1)) == [later]


async def test_what_ended_before_a_time_is_forgotten_and_no_more_of_it_than_is_said(store: Store) -> None:
    ended = [replace(CONSENT, consent_id=f"E-{n}", ends_at=NOON) for n in range(3)]
    rows: list[StoredConsent | StoredHandle] = [
        CONSENT,
        HANDLE,
        replace(HANDLE, handle="i" * 32, expires_at=LATER),
        *ended,
    ]
    for one in rows:
        await store.transact(partial(put, one=one))
    consents: Callable[[Nouns], int] = lambda nouns: nouns.consents.purge(LATER, 2)  # noqa: E731
    handles: Callable[[Nouns], int] = lambda nouns: nouns.handles.purge(LATER, 9)  # noqa: E731

    assert [await store.transact(consents) for _ in range(3)] == [2, 1, 0]
    assert [await store.transact(handles) for _ in range(2)] == [1, 0]
    assert store.read.consents.get("C-1") == CONSENT
    assert store.read.handles.get("i" * 32) is not None


async def test_the_reading_side_keeps_neither(store: Store) -> None:
    for one in (CONSENT, HANDLE):
        with pytest.raises(StoreError):
            put(store.read, one)
