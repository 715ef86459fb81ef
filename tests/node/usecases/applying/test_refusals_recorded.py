"""Refusals that end where nothing was asked of anybody, and looks at a holder's consents, leave their entry, too. DESIGN §2.1."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.consenting import ConsentInquiry
from node.ports.reviews import ReviewState
from tests.node.usecases.applying.test_review import EDITOR, REVIEWER
from tests.node.usecases.applying.test_submission import submit
from tests.node.usecases.consent.offices import HOME_APP, PERSON, asked, given, office
from tests.node.usecases.mesh import CALLER, JIANGSU, Mesh
from tests.node.usecases.watching import desk_of

BAD_NUMBER = replace(PERSON, code=PERSON.code[:-1] + ("0" if PERSON.code[-1] != "0" else "1"))


async def _submitted_again_with_another_purpose(mesh: Mesh) -> None:
    await submit(mesh)
    await submit(mesh, use_cause="另一件事")


CASES: dict[str, tuple[Callable[[Mesh], Awaitable[Any]], str, Reason]] = {
    "a consent at a place it is not registered for": (
        lambda mesh: office(mesh.jiangsu).give(CALLER, asked(), "k"), "CONSENT", Reason.OUT_OF_SCOPE,
    ),
    "a consent of another province's holder": (
        lambda mesh: office(mesh.jiangsu).give(HOME_APP, asked(), "k"), "CONSENT", Reason.CONSENT_MISMATCH,
    ),
    "taking back a consent that there is not": (
        lambda mesh: office(mesh.jiangsu).revoke(HOME_APP, ConsentInquiry(holder=PERSON, consent_id=PERSON.code)),
        "CONSENT", Reason.NO_RECORD,
    ),
    "a look at consents by a line system that takes none": (
        lambda mesh: office(mesh.jiangsu).show(CALLER, ConsentInquiry(holder=PERSON)), "CONSENT", Reason.OUT_OF_SCOPE,
    ),
    "a key that stands for another application": (_submitted_again_with_another_purpose, "APPLY", Reason.REPLAYED),
    "a review by a manager without the role": (
        lambda mesh: desk_of(mesh.jiangsu).show(EDITOR, "320000/x"), "REVIEW", Reason.NOT_AUTHORISED,
    ),
    "a review that there is not": (
        lambda mesh: desk_of(mesh.jiangsu).decide(REVIEWER, f"320000/{PERSON.code}", ReviewState.PASSED),
        "REVIEW", Reason.NO_RECORD,
    ),
    "a number that is none": (
        lambda mesh: mesh.jiangsu.holders.check(CALLER, BAD_NUMBER), "HOLDER", Reason.HOLDER_CODE_INVALID,
    ),
    "a handle that is none": (
        lambda mesh: mesh.jiangsu.holders.holder(CALLER, "0" * 64), "HOLDER", Reason.HANDLE_UNKNOWN,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
async def test_what_is_refused_here_is_on_record_without_what_the_caller_wrote(mesh: Mesh, case: str) -> None:
    call, event, reason = CASES[case]
    with pytest.raises(RefusedError) as caught:
        await call(mesh)
    (entry,) = mesh.jiangsu.entries(type=event, step="refused")

    assert caught.value.refusal.reason is reason
    assert entry["refusal"]["reason"] == reason
    assert entry["exchange"] == caught.value.exchange_id
    for secret in (PERSON.code, BAD_NUMBER.code, PERSON.name, EDITOR.account, REVIEWER.account):
        assert secret not in repr(entry)


async def test_who_looks_at_a_holder_s_consents_is_on_record(mesh: Mesh) -> None:
    await given(mesh)
    found = await office(mesh.shanghai).show(HOME_APP, ConsentInquiry(holder=PERSON))
    (entry,) = mesh.shanghai.entries(type="CONSENT", step="shown")

    assert (entry["app"], entry["count"], len(found)) == (HOME_APP.app_id, 1, 1)
    assert PERSON.code not in repr(entry)
    assert found[0].consent.grantor not in repr(entry)
    assert mesh[JIANGSU].entries(type="CONSENT") == []
