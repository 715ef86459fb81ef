"""trust.orders.book: which stops are in force, the same on every node in whatever order, how often and by whichever way orders came."""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.orders.makers import ALICE, BOB, CAROL, DAVE, NOW, key_id, membership, order, signed
from trust.errors import OrderError
from trust.membership import Membership
from trust.orders import CONSENT_REMEMBERED, Action, Book, Kind, Scope, SignedOrder
from trust.orders import book as books

LINE = Scope(Kind.LINE, ALICE, "JS-0001")
STOP, LIFT = Action.STOP, Action.LIFT


def taken(orders: Iterable[SignedOrder], members: Membership | None = None) -> Book:
    book = Book()
    for one in orders:
        take(book, one, members)
    return book


def take(book: Book, one: SignedOrder, members: Membership | None = None) -> bool:
    change = book.plan(one, members or membership())
    if change is not None:
        book.apply(change)
    return change is not None


def stopped(book: Book, members: Membership | None = None) -> set[Scope]:
    return set(book.in_force(members or membership()))


def line(number: int, action: Action = STOP, **changes: str) -> SignedOrder:
    return signed(order(number=number, action=action, **changes))


def peer(number: int, action: Action, *signers: str, province: str = ALICE, reason: str = "r") -> SignedOrder:
    return signed(order(province, kind=Kind.PEER, subject=BOB, number=number, action=action, reason=reason), *signers)


OWN: dict[str, tuple[list[SignedOrder], bool]] = {
    "nothing was ordered": ([], False),
    "a stop": ([line(1)], True),
    "a stop, then a lift": ([line(1), line(2, LIFT)], False),
    "a lift, then a stop": ([line(1, LIFT), line(2)], True),
    "a stop and a lift with one number: the stop wins": ([line(1), line(1, LIFT)], True),
    "a stop, a lift, a stop": ([line(1), line(2, LIFT), line(3)], True),
    "an old lift that comes late": ([line(3), line(2, LIFT)], True),
    "another line": ([line(1, subject="JS-0002")], False),
}


@pytest.mark.parametrize("what", OWN)
def test_a_line_is_stopped_by_the_highest_number_in_any_order_of_arrival(what: str) -> None:
    orders, expected = OWN[what]
    for arrival in itertools.permutations(orders):
        assert (LINE in stopped(taken(arrival))) is expected


PEERS: dict[str, tuple[list[SignedOrder], bool]] = {
    "one province alone stops nobody": ([peer(1, STOP, ALICE)], False),
    "two of two": ([peer(1, STOP, ALICE, CAROL)], True),
    "the same in two parts": ([peer(1, STOP, ALICE), peer(1, STOP, ALICE, CAROL)], True),
    "the province itself does not count": ([peer(1, STOP, ALICE, BOB)], False),
    "two orders of one signature each do not add up": (
        [peer(1, STOP, ALICE), peer(1, STOP, CAROL, province=CAROL)],
        False,
    ),
    "lifted by one alone": ([peer(1, STOP, ALICE, CAROL), peer(2, LIFT, ALICE)], True),
    "lifted by two others": (
        [peer(1, STOP, ALICE, CAROL), peer(2, LIFT, CAROL, DAVE, province=CAROL)],
        False,
    ),
    "a draft with a higher number does not undo a stop": (
        [peer(1, STOP, ALICE, CAROL), peer(2, STOP, ALICE), peer(3, STOP, ALICE, reason="again")],
        True,
    ),
    "stop and lift with one number": (
        [peer(1, STOP, ALICE, CAROL), peer(1, LIFT, CAROL, DAVE, province=CAROL)],
        True,
    ),
}


@pytest.mark.parametrize("what", PEERS)
def test_a_peer_is_stopped_and_released_by_k_others(what: str) -> None:
    orders, expected = PEERS[what]
    for arrival in itertools.permutations(orders):
        assert (Scope(Kind.PEER, "", BOB) in stopped(taken(arrival))) is expected


def test_signatures_that_come_one_by_one_add_up_in_any_order() -> None:
    whole = peer(1, STOP, ALICE, CAROL, DAVE)
    parts = [replace(whole, signatures={key: whole.signatures[key]}) for key in whole.signatures]
    for arrival in itertools.permutations(parts):
        book = taken(arrival, membership(3))
        assert stopped(book, membership(3)) == {Scope(Kind.PEER, "", BOB)}
        assert next(iter(book)).signatures == whole.signatures


def test_a_stopped_key_stops_on_but_lifts_nothing() -> None:
    members = membership(second_key_of=ALICE)
    key = signed(order(kind=Kind.KEY, subject=key_id(ALICE)))
    for arrival in itertools.permutations([key, line(1), line(2, LIFT)]):
        assert LINE in stopped(taken(arrival, members), members)
    other = signed(order(number=3, action=LIFT), second=True)
    assert LINE not in stopped(taken([key, line(1), line(2, LIFT), other], members), members)


def test_a_stopped_key_does_not_help_to_release_a_peer() -> None:
    key = signed(order(CAROL, kind=Kind.KEY, subject=key_id(CAROL)))
    orders = [peer(1, STOP, ALICE, DAVE), peer(2, LIFT, ALICE, CAROL), key]
    for arrival in itertools.permutations(orders):
        assert Scope(Kind.PEER, "", BOB) in stopped(taken(arrival))


def test_an_order_of_lower_rank_or_known_before_changes_nothing() -> None:
    book = taken([line(5)])

    assert not take(book, line(4))
    assert not take(book, line(5))
    assert len(book) == 1


def test_a_province_that_ordered_too_much_is_refused_and_its_own_subjects_can_still_be_lifted() -> None:
    few = books.MAX_ORDERS_PER_PROVINCE
    book = Book()
    made = line(1)
    for number in range(few):
        one = replace(made, digest=f"{number:064}", order=replace(made.order, subject=f"L-{number}"))
        take(book, one)
    with pytest.raises(OrderError) as caught:
        book.plan(line(1, subject="one-more"), membership())

    assert caught.value.reason == "TOO_MANY"
    assert take(book, line(2, subject="L-7")), "a higher number takes the place of the lower"
    assert take(book, signed(order(CAROL))), "others are not touched"


POOL = [
    *(line(number, action, subject=subject) for number in (1, 2, 3) for action in Action for subject in ("L1", "L2")),
    line(2, STOP, subject="L1", reason="another of the same number"),
    signed(order(kind=Kind.KEY, subject=key_id(ALICE))),
    signed(order(CAROL, kind=Kind.KEY, subject=key_id(CAROL))),
    *(
        replace(whole, signatures={key: whole.signatures[key]})
        for whole in (
            peer(1, STOP, ALICE, CAROL, DAVE),
            peer(2, LIFT, CAROL, DAVE, ALICE, province=CAROL),
            peer(3, STOP, DAVE, ALICE, province=DAVE),
        )
        for key in whole.signatures
    ),
]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(POOL), max_size=40), st.randoms(use_true_random=False))
def test_own_kinds_and_signatures_end_in_one_state_however_they_arrive(
    orders: list[SignedOrder], random: Random
) -> None:
    shuffled = [*orders, *orders[: len(orders) // 2]]
    random.shuffle(shuffled)
    first, second = taken(orders), taken(shuffled)

    assert stopped(first) == stopped(second)
    assert {one.tag for one in first} == {one.tag for one in second}


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([*POOL, *[peer(n, STOP, ALICE, reason=f"r{n}") for n in (2, 4)]])),
        max_size=40,
    )
)
def test_nodes_that_heard_different_parts_agree_once_they_have_exchanged_what_they_hold(
    deliveries: list[tuple[int, SignedOrder]],
) -> None:
    nodes = [Book(), Book(), Book()]
    for node, one in deliveries:
        take(nodes[node], one)
    while any(take(to, one) for source in nodes for to in nodes for one in tuple(source)):
        pass

    assert stopped(nodes[0]) == stopped(nodes[1]) == stopped(nodes[2])
    assert {one.tag for one in nodes[0]} == {one.tag for one in nodes[1]} == {one.tag for one in nodes[2]}


def test_however_many_consents_were_taken_back_a_line_can_still_be_stopped_and_a_consent_no_more() -> None:
    book, made = Book(), signed(order(kind=Kind.CONSENT, subject="C"))
    for number in range(books.MAX_CONSENTS_PER_PROVINCE):
        one = replace(made, digest=f"{number:064}", order=replace(made.order, subject=f"C-{number}"))
        book.apply(books.Change(keep=one, drop=()))
    with pytest.raises(OrderError) as caught:
        book.plan(signed(order(kind=Kind.CONSENT, subject="one-more")), membership())

    assert caught.value.reason == "TOO_MANY"
    assert take(book, line(1))


def test_what_is_over_makes_room_for_what_is_new() -> None:
    book, made = Book(), signed(order(kind=Kind.CONSENT, subject="C"))
    for number in range(books.MAX_CONSENTS_PER_PROVINCE):
        one = replace(made, digest=f"{number:064}", order=replace(made.order, subject=f"C-{number}"))
        book.apply(books.Change(keep=one, drop=()))
    later = (NOW + CONSENT_REMEMBERED + timedelta(days=1)).date()
    assert book.over(NOW.date()) == ()
    book.forget(book.over(later))

    assert len(book) == 0
    assert book.plan(signed(order(kind=Kind.CONSENT, subject="one-more")), membership())
