"""Objections, withdrawals and moves between Alice, where they are raised, and Bob, who owns them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from federation.sample_identities import make_identities, make_membership
from tests.trust.orders.makers import ALICE, BOB, NOW, PROVINCES
from trust import objection
from trust.objection import Case, Move, Raised, RaisedBy, Signed, State, Withdrawn

IDENTITIES = make_identities(PROVINCES)
MEMBERSHIP = make_membership(IDENTITIES)


def raised(**changed: Any) -> Raised:
    """A using unit of Alice's objects to a certificate of Bob's."""
    one = Raised(
        id="01" * 16,
        province=ALICE,
        owner=BOB,
        by=RaisedBy.USE_ORG,
        unit="11320000DEMA00216X",
        certificate="1.2.156.3005.2.T.I.S.001.X",
        holder="",
        application="A-1",
        fields=("姓名",),
        claim="ab" * 32,
        raised=NOW.isoformat(),
        due=(NOW + timedelta(days=7)).date().isoformat(),
    )
    return replace(one, **changed)


def withdrawn(of: Signed, **changed: Any) -> Withdrawn:
    """Alice takes it back."""
    return replace(Withdrawn(id="01" * 16, province=ALICE, objection=of.digest, at=NOW.isoformat()), **changed)


def move(case: Case, state: State, **changed: Any) -> Move:
    """Bob's next word on a case."""
    one = Move(
        id=case.raised.id,
        owner=BOB,
        number=case.next_number,
        previous=case.newest,
        state=state,
        at=NOW.isoformat(),
        reason="经核对，登记无误" if state is State.REJECTED else "",
        correction="",
        withdrawal=case.withdrawal.digest if state is State.WITHDRAWN and case.withdrawal else "",
    )
    return replace(one, **changed)


def signed(record: Raised | Withdrawn | Move, by: str = "") -> Signed:
    """Signed by whom it is to sign, or by another."""
    key = IDENTITIES[by or record.signer]
    return objection.sign(record, certificate=key.signing_certificate, signer=key.signing_key.sign)


def opened(**changed: Any) -> Case:
    """A case that was just raised."""
    return objection.begun([signed(raised(**changed))])
