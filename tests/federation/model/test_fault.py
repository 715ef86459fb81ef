"""federation.model.fault: every reason has its stretch and its party, and both ends of an exchange name the same province."""

import pytest

from federation.model.fault import BEARINGS, Hop, Party, Sides, blamed, hop_of
from federation.model.refusal import MEANINGS, Owner, Reason

CONSUMER, PROVIDER = "320000", "330000"
_OWNERS = {
    Party.CALLER: Owner.CALLER,
    Party.REFUSER: Owner.NODE,
    Party.OTHER: Owner.PEER,
    Party.PROVIDER: Owner.PEER,
    Party.ISSUER: Owner.ISSUER,
    Party.NETWORK: Owner.NETWORK,
}


def sides(me: str, refuser: str, *, in_answer: bool = True) -> Sides:
    return Sides(me=me, consumer=CONSUMER, provider=PROVIDER, refuser=refuser, in_answer=in_answer)


def test_every_reason_has_a_bearing() -> None:
    assert set(BEARINGS) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_party_is_the_owner_that_the_refusing_node_names(reason: Reason) -> None:
    assert MEANINGS[reason].owner is _OWNERS[BEARINGS[reason].party]


@pytest.mark.parametrize("in_answer", [pytest.param(True, id="in an answer"), pytest.param(False, id="as a status")])
@pytest.mark.parametrize(
    "refuser", [pytest.param(CONSUMER, id="by consumer"), pytest.param(PROVIDER, id="by provider")]
)
@pytest.mark.parametrize("reason", Reason)
def test_both_nodes_blame_the_same_province(reason: Reason, refuser: str, in_answer: bool) -> None:
    here, there = (blamed(reason, sides(me, refuser, in_answer=in_answer)) for me in (CONSUMER, PROVIDER))

    assert here[1] == there[1]
    assert {here[0], there[0]} in ({here[0]}, {Owner.NODE, Owner.PEER})


@pytest.mark.parametrize(
    ("reason", "refuser", "in_answer", "owner", "province"),
    [
        pytest.param(Reason.INTERNAL, PROVIDER, True, Owner.PEER, PROVIDER, id="who breaks is to blame"),
        pytest.param(Reason.SIGNATURE_INVALID, PROVIDER, False, Owner.NODE, CONSUMER, id="who signed wrongly"),
        pytest.param(Reason.SIGNATURE_INVALID, CONSUMER, False, Owner.PEER, PROVIDER, id="who answered wrongly"),
        pytest.param(Reason.REVOCATION_STALE, PROVIDER, False, Owner.PEER, PROVIDER, id="who lacks the list"),
        pytest.param(Reason.USE_LIST_UNDECIDED, PROVIDER, True, Owner.PEER, PROVIDER, id="who has to decide"),
        pytest.param(Reason.USE_LIST_UNDECIDED, CONSUMER, True, Owner.PEER, PROVIDER, id="also seen from here"),
        pytest.param(Reason.BAD_PARAMETER, PROVIDER, True, Owner.CALLER, CONSUMER, id="a wrong field of the caller"),
        pytest.param(Reason.BAD_PARAMETER, PROVIDER, False, Owner.NODE, CONSUMER, id="a wrong message of the node"),
        pytest.param(Reason.PEER_UNREACHABLE, CONSUMER, False, Owner.NETWORK, PROVIDER, id="the way there"),
    ],
)
def test_the_consumer_sees(reason: Reason, refuser: str, in_answer: bool, owner: Owner, province: str) -> None:
    assert blamed(reason, sides(CONSUMER, refuser, in_answer=in_answer)) == (owner, province)


@pytest.mark.parametrize(
    ("reason", "me", "hop"),
    [
        pytest.param(Reason.OUT_OF_SCOPE, PROVIDER, Hop.LOCAL, id="the provider's checks are its own"),
        pytest.param(Reason.OUT_OF_SCOPE, CONSUMER, Hop.PEER, id="and the peer's to the consumer"),
        pytest.param(Reason.NO_RECORD, CONSUMER, Hop.LIBRARY, id="the library is the library from both sides"),
        pytest.param(Reason.CLOCK_SKEW, CONSUMER, Hop.CRYPTO, id="so is what is not believed"),
    ],
)
def test_a_refusal_of_the_provider_stops(reason: Reason, me: str, hop: Hop) -> None:
    assert hop_of(reason, sides(me, PROVIDER)) is hop


def test_where_nobody_was_asked_the_own_node_is_meant() -> None:
    alone = Sides(me=CONSUMER, consumer=CONSUMER, provider="", refuser=CONSUMER)

    assert blamed(Reason.TYPE_NOT_OFFERED, alone) == (Owner.NODE, CONSUMER)
    assert blamed(Reason.NO_RECORD, alone) == (Owner.CALLER, CONSUMER)
    assert hop_of(Reason.NO_RECORD, alone) is Hop.LOCAL
