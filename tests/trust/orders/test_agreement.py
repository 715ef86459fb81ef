"""Nodes that give, sign, lose, repeat, delay and restart as chance will have it: what they agree on in the end."""

from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from federation.sample_identities import make_identities
from tests.trust.orders.makers import ALICE, BOB, NOW, PROVINCES, key_id, membership, order, second_identity, signed
from trust.errors import OrderError
from trust.orders import (
    Action,
    Book,
    Kind,
    Scope,
    SignedOrder,
    countersign,
    is_complete,
    read,
    reopen,
    scope_of,
    signing_keys,
)

MEMBERS = membership(second_key_of=ALICE)  # threshold 2; Alice has two signing keys
NODES = st.integers(0, 2)
SUBJECTS = st.sampled_from(
    [
        (ALICE, Kind.LINE, "L1"),
        (BOB, Kind.LINE, "L1"),
        (ALICE, Kind.KEY, key_id(ALICE)),
        *((code, Kind.PEER, BOB) for code in PROVINCES if code != BOB),
    ]
)


class Agreement(RuleBasedStateMachine):
    """Three nodes, each with its own book. Orders are on their way until they are delivered, once, twice or never."""

    sent = Bundle("sent")

    @initialize()
    def begin(self) -> None:
        self.books = [Book(), Book(), Book()]

    @rule(target=sent, node=NODES, what=SUBJECTS, action=st.sampled_from(Action), second=st.booleans())
    def give(self, node: int, what: tuple[str, Kind, str], action: Action, second: bool) -> Any:
        """A province orders with the number that this node thinks is next."""
        province, kind, subject = what
        scope = Scope(kind, "" if kind is Kind.PEER else province, subject)
        number = self.books[node].next_number(scope)
        one = order(province, kind=kind, subject=subject, action=action, number=number)
        made = signed(one, second=second and province == ALICE)
        return made if self.take(node, made.to_json()) else multiple()

    @rule(target=sent, node=NODES, one=sent, signer=st.sampled_from(PROVINCES))
    def sign(self, node: int, one: SignedOrder, signer: str) -> Any:
        key = make_identities(PROVINCES)[signer]
        if one.order.kind is not Kind.PEER or key_id(signer) not in signing_keys(one.order, MEMBERS):
            return multiple()
        more = countersign(one, key_id=key_id(signer), signer=key.signing_key.sign)
        self.take(node, more.to_json())
        return more

    @rule(node=NODES, one=sent)
    def deliver(self, node: int, one: SignedOrder) -> None:
        self.take(node, one.to_json())

    @rule(node=NODES)
    def restart(self, node: int) -> None:
        self.books[node] = Book([reopen(one.to_json()) for one in self.books[node]])

    @rule(source=NODES, node=NODES)
    def compare(self, source: int, node: int) -> None:
        """One node takes all that another holds."""
        for one in tuple(self.books[source]):
            self.take(node, one.to_json())

    def take(self, node: int, document: bytes) -> bool:
        book = self.books[node]
        try:
            one = read(document, MEMBERS, now=NOW, known=book.get)
        except OrderError as error:
            if error.reason != "SELF_LIFT":  # nothing else is wrong with what is made here
                raise
            return False
        change = book.plan(one, MEMBERS)
        if change is not None:
            book.apply(change)
        return True

    @invariant()
    def what_is_in_force_rests_on_enough_signatures(self) -> None:
        for book in self.books:
            for scope, one in book.in_force(MEMBERS).items():
                assert scope_of(one.order) == scope
                assert one.order.action is Action.STOP
                assert is_complete(one, MEMBERS)
                assert book.standing(scope, MEMBERS) == one

    @invariant()
    def of_each_subject_few_orders_are_kept(self) -> None:
        """Two of each province, subject and action, whatever was given."""
        for book in self.books:
            slots = [(one.order.province, one.order.kind, one.order.subject, one.order.action) for one in book]
            assert all(slots.count(slot) <= 2 for slot in set(slots))

    def teardown(self) -> None:
        """Once each has what the others have, all hold the same and stop the same; nothing is undone but by a lift."""
        before: set[Scope] = set()
        for book in self.books:
            before |= set(book.in_force(MEMBERS))
        while any(self._learned(source, node) for source in self.books for node in self.books):
            pass
        tags = [{one.tag for one in book} for book in self.books]
        forces = [{scope: one.digest for scope, one in book.in_force(MEMBERS).items()} for book in self.books]

        assert tags[0] == tags[1] == tags[2]
        assert forces[0] == forces[1] == forces[2]
        for scope in before - set(forces[0]):
            lifts = [one for one in self.books[0].on(scope) if one.order.action is Action.LIFT]
            assert any(is_complete(one, MEMBERS) for one in lifts)

    def _learned(self, source: Book, node: Book) -> bool:
        changed = False
        for one in tuple(source):
            change = node.plan(one, MEMBERS)
            if change is not None:
                node.apply(change)
                changed = True
        return changed


second_identity(ALICE)  # made once, before the clock of an example runs
TestAgreement = Agreement.TestCase
TestAgreement.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
