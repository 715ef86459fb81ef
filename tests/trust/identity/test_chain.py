"""Chains with revocation lists, and the cache that remembers verified signatures. Chains without lists: test_certificate.py."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.trust.identity.pki import CA, DAY, ENCRYPTION, JIANGSU, NOW, OTHER_KEY, SAME_NAME_CA, SIGNING, crl, revoked
from trust import gm
from trust.errors import IdentityError, RevokedError
from trust.identity import Certificate, ChainCache, Crl, ListState, Reason, Usage, make_crl, verify_chain

WEEK = 7 * DAY
GOOD = crl()


def check(
    crl: Crl | None, *, at: datetime = NOW, leaf: Certificate = SIGNING, require_fresh: bool = False
) -> ListState:
    status = verify_chain(leaf, CA, usage=Usage.SIGNING, at=at, crl=crl, require_fresh=require_fresh)
    return status.list_state


@pytest.mark.parametrize(
    ("listed", "after", "state"),
    [
        pytest.param(None, timedelta(0), ListState.MISSING, id="no list"),
        pytest.param(GOOD, timedelta(0), ListState.FRESH, id="a current list"),
        pytest.param(GOOD, WEEK + DAY, ListState.STALE, id="a list whose successor is late"),
    ],
)
def test_a_list_that_is_missing_or_stale_is_a_state_and_refused_only_on_demand(
    listed: Crl | None, after: timedelta, state: ListState
) -> None:
    assert check(listed, at=NOW + after) is state
    if state is ListState.FRESH:
        assert check(listed, at=NOW + after, require_fresh=True) is state
    else:
        with pytest.raises(IdentityError, match=f"list is {state}"):
            check(listed, at=NOW + after, require_fresh=True)


def test_a_revoked_certificate_is_refused_from_the_date_on_with_the_reason() -> None:
    listed = crl(revoked(at=NOW + DAY), made=NOW + 2 * DAY)
    status = verify_chain(SIGNING, CA, usage=Usage.SIGNING, at=NOW, crl=listed)

    assert not status.revoked
    assert status.revocation == revoked(at=NOW + DAY)
    for at in (NOW + DAY, NOW + 9 * DAY, NOW + 30 * DAY):  # the last with a stale list: an entry counts nevertheless
        with pytest.raises(RevokedError, match="superseded") as caught:
            check(listed, at=at)
        assert (caught.value.at, caught.value.compromised) == (NOW + DAY, False)


@pytest.mark.parametrize("reason", [Reason.KEY_COMPROMISE, Reason.CA_COMPROMISE, Reason.AA_COMPROMISE])
def test_a_compromised_key_is_refused_for_the_time_before_too(reason: Reason) -> None:
    """Whoever has the key can date a signature back; the error holds the facts for those who know its time from elsewhere."""
    listed = crl(revoked(at=NOW + DAY, reason=reason), made=NOW + 2 * DAY)
    with pytest.raises(RevokedError, match=reason) as caught:
        check(listed, at=NOW)

    assert (caught.value.at, caught.value.reason, caught.value.compromised) == (NOW + DAY, reason, True)


def test_the_revocation_of_one_certificate_is_not_anothers() -> None:
    assert check(crl(revoked(ENCRYPTION))) is ListState.FRESH


def forged() -> Crl:
    """An empty list by somebody who took the CA's name, under a number that the CA has used."""
    return make_crl(ca=SAME_NAME_CA, ca_key=OTHER_KEY, revoked=(), number=1, this_update=NOW, next_update=NOW + WEEK)


@pytest.mark.parametrize(
    ("listed", "sentence"),
    [
        pytest.param(
            make_crl(ca=JIANGSU, ca_key=OTHER_KEY, revoked=(), number=1, this_update=NOW, next_update=NOW + WEEK),
            "another CA",
            id="another CA's",
        ),
        pytest.param(forged(), "list does not verify", id="a forged one"),
    ],
)
def test_a_list_that_is_not_the_cas_is_refused(listed: Crl, sentence: str) -> None:
    with pytest.raises(IdentityError, match=sentence):
        check(listed)


class CountingKey:
    """A public key that counts how often it is asked."""

    def __init__(self, key: gm.PublicKey) -> None:
        self.key, self.asked = key, 0

    def verify_der(self, message: bytes, signature: bytes) -> bool:
        self.asked += 1
        return self.key.verify_der(message, signature)


@pytest.fixture
def counting() -> tuple[Certificate, CountingKey]:
    """The CA, with a key that counts."""
    key = CountingKey(CA.public_key)
    return replace(CA, public_key=key), key  # type: ignore[arg-type]


def test_signatures_are_verified_once_for_each_chain_and_list(counting: tuple[Certificate, CountingKey]) -> None:
    ca, key = counting
    cache, second = ChainCache(), crl(number=2)
    asked = []
    for listed in (None, None, GOOD, GOOD, second, second, GOOD, None):
        status = cache.verify(SIGNING, ca, usage=Usage.SIGNING, at=NOW, crl=listed)
        asked.append(key.asked)
        assert status.list_number == (None if listed is None else listed.number)

    assert asked == [2, 2, 5, 5, 8, 8, 8, 8]
    assert len(cache) == 3


def test_dates_usage_and_revocation_are_judged_anew_each_time() -> None:
    cache, listed = ChainCache(), crl(revoked(at=NOW + DAY), made=NOW + 2 * DAY)
    cache.verify(SIGNING, CA, usage=Usage.SIGNING, at=NOW, crl=listed)

    for at, usage, sentence in (
        (NOW + DAY, Usage.SIGNING, "revoked"),
        (NOW + 400 * DAY, Usage.SIGNING, "leaf expired"),
        (NOW, Usage.ENCRYPTION, "not a certificate for encryption"),
    ):
        with pytest.raises(IdentityError, match=sentence):
            cache.verify(SIGNING, CA, usage=usage, at=at, crl=listed)
    with pytest.raises(IdentityError, match="stale"):
        cache.verify(ENCRYPTION, CA, usage=Usage.ENCRYPTION, at=NOW + 60 * DAY, crl=listed, require_fresh=True)


def test_a_forged_list_is_not_believed_because_its_number_is_known() -> None:
    cache = ChainCache()
    cache.verify(SIGNING, CA, usage=Usage.SIGNING, at=NOW, crl=GOOD)

    with pytest.raises(IdentityError, match="list does not verify"):
        cache.verify(SIGNING, CA, usage=Usage.SIGNING, at=NOW, crl=forged())


def test_what_did_not_verify_is_not_remembered() -> None:
    cache = ChainCache()
    for _ in range(2):
        with pytest.raises(IdentityError, match="does not verify"):
            cache.verify(SIGNING, SAME_NAME_CA, usage=Usage.SIGNING, at=NOW)

    assert len(cache) == 0


def test_the_cache_is_bounded_and_lets_the_least_used_go(counting: tuple[Certificate, CountingKey]) -> None:
    ca, key = counting
    cache = ChainCache(size=2)
    lists = [crl(number=number) for number in (1, 2, 3)]
    for number in (0, 1, 0, 2):  # the second is the least recently used when the third comes
        cache.verify(SIGNING, ca, usage=Usage.SIGNING, at=NOW, crl=lists[number])
    before = key.asked
    cache.verify(SIGNING, ca, usage=Usage.SIGNING, at=NOW, crl=lists[0])

    assert (len(cache), key.asked) == (2, before)
    cache.verify(SIGNING, ca, usage=Usage.SIGNING, at=NOW, crl=lists[1])
    assert key.asked == before + 3
