"""How the documents of an objection follow from one another: the same documents, the same state, in whatever order they come."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from tests.trust.objection.makers import move, opened, raised, signed, withdrawn
from tests.trust.orders.makers import CAROL, NOW
from trust import objection
from trust.envelope import MAX_SKEW
from trust.errors import ObjectionError
from trust.objection import Case, Signed, State

APART = MAX_SKEW + timedelta(milliseconds=1)
EARLIER, LATER = (NOW - APART).isoformat(), (NOW + APART).isoformat()


def after(*states: State, case: Case | None = None, **changed: Any) -> Case:
    """The case behind these moves; it is withdrawn first where it ends so."""
    one = case or opened()
    for state in states:
        if state is State.WITHDRAWN and one.withdrawal is None:
            one = one.follow(signed(withdrawn(one.opened)))
        one = one.follow(signed(move(one, state, **changed)))
    return one


WAYS = [
    (),
    (State.CHECKING,),
    (State.CHECKING, State.CORRECTED),
    (State.CHECKING, State.REJECTED),
    (State.CHECKING, State.WITHDRAWN),
    (State.CORRECTED,),
    (State.REJECTED,),
    (State.WITHDRAWN,),
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(way) or "just raised")
def test_a_case_stands_where_its_documents_say_in_whatever_order_they_come(way: tuple[State, ...]) -> None:
    case = after(*way)

    assert case.state is (way[-1] if way else State.OPEN)
    assert case.open is (case.state in {State.OPEN, State.CHECKING})
    for order in permutations(case.documents):
        assert objection.begun(order) == case
        assert objection.begun((*order, *order)) == case


def first_of(state: State) -> Signed:
    return signed(move(opened(), state))


@pytest.mark.parametrize(
    ("case", "signed_", "word"),
    [
        pytest.param(after(State.CHECKING), signed(raised(id="02" * 16)), "FORKED", id="another objection"),
        pytest.param(
            opened(), signed(move(opened(id="02" * 16), State.CHECKING)), "MISFIT", id="a move of another case"
        ),
        pytest.param(
            opened(), signed(move(opened(), State.CHECKING, owner=CAROL)), "MISFIT", id="a move of another owner"
        ),
        pytest.param(opened(), signed(move(after(State.CHECKING), State.REJECTED)), "EARLY", id="a move too early"),
        pytest.param(after(State.CHECKING), first_of(State.REJECTED), "FORKED", id="two moves under one number"),
        pytest.param(
            after(State.CHECKING),
            signed(move(opened(), State.REJECTED, number=2)),
            "FORKED",
            id="a move behind another than the one that is known",
        ),
        pytest.param(
            after(State.REJECTED), signed(move(after(State.REJECTED), State.CORRECTED)), "FINAL", id="after the end"
        ),
        pytest.param(
            after(State.CHECKING), signed(move(after(State.CHECKING), State.CHECKING)), "MISFIT", id="checked twice"
        ),
        pytest.param(
            opened(), signed(move(opened(), State.WITHDRAWN, withdrawal="ab" * 32)), "MISFIT", id="taken back by nobody"
        ),
        pytest.param(
            opened(),
            signed(move(opened(), State.REJECTED, at=EARLIER)),
            "MISFIT",
            id="a move dated before the objection",
        ),
        pytest.param(
            after(State.CHECKING, at=LATER),
            signed(move(after(State.CHECKING, at=LATER), State.REJECTED)),
            "MISFIT",
            id="a move dated before the one that it follows",
        ),
        pytest.param(
            opened(),
            signed(withdrawn(opened().opened, at=EARLIER)),
            "MISFIT",
            id="a withdrawal dated before the objection",
        ),
        pytest.param(
            opened().follow(signed(withdrawn(opened().opened, at=LATER))),
            signed(move(opened().follow(signed(withdrawn(opened().opened, at=LATER))), State.WITHDRAWN)),
            "MISFIT",
            id="closed before it was taken back",
        ),
        pytest.param(opened(), signed(withdrawn(opened(id="02" * 16).opened)), "MISFIT", id="a withdrawal of another"),
    ],
)
def test_what_does_not_follow_changes_nothing(case: Case, signed_: Signed, word: str) -> None:
    with pytest.raises(ObjectionError) as caught:
        case.follow(signed_)

    assert caught.value.reason == word


def test_clocks_of_two_provinces_may_differ_a_little() -> None:
    behind = (NOW - MAX_SKEW).isoformat()

    assert after(State.CHECKING, at=behind).state is State.CHECKING


def test_there_is_no_case_without_its_objection() -> None:
    with pytest.raises(ObjectionError, match="missing"):
        objection.begun([first_of(State.CHECKING)])
