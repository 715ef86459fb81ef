"""How version N becomes N+1, as a table of cases: who must sign, what may not be skipped, rolled back, forked or rewritten."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.sample_identities import new_certificate
from tests.federation.samples import PROVINCES, stranger
from tests.trust.membership.chain import DAY, Chain, fresh, introduction
from trust.errors import MembershipError
from trust.identity import Certificate, Usage
from trust.local import LocalIdentity
from trust.membership import (
    Closed,
    Flaw,
    KeyUsage,
    Membership,
    SignedMembership,
    changes,
    expired,
    founding_digest,
    instant,
    joined,
)

SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = PROVINCES
FUJIAN = "350000"
ADDED = (FUJIAN, "360000", "370000")
Case = Callable[[Chain], SignedMembership]


def moved(draft: Membership) -> Membership:
    return changes.endpoints(draft, ANHUI, ("192.0.2.7:7443",))


def threshold(needed: int) -> Callable[[Membership], Membership]:
    return lambda draft: changes.threshold(draft, needed)


def without(province: str) -> Callable[[Membership], Membership]:
    return lambda draft: changes.remove(draft, province)


def at_once(province: str, pem: str, reason: Closed = Closed.COMPROMISED) -> Callable[[Membership], Membership]:
    return lambda draft: changes.substitute(draft, province, KeyUsage.SIGNING, pem, reason)


def ahead(province: str, pem: str) -> Callable[[Membership], Membership]:
    return lambda draft: changes.announce(draft, province, KeyUsage.SIGNING, pem)


def in_use(province: str) -> Callable[[Membership], Membership]:
    return lambda draft: changes.promote(draft, province, KeyUsage.SIGNING)


def case(name: str, threshold_now: int, offered: Case, flaw: Flaw | None) -> Any:
    return pytest.param(threshold_now, offered, flaw, id=name)


def after(chain: Chain, *steps: Callable[[Membership], Membership]) -> Chain:
    """The chain, one adopted version further for each step."""
    for step in steps:
        chain.change(step)
    return chain


def rekeyed(chain: Chain) -> SignedMembership:
    """Shanghai signs with its compromised key only, in which nobody needs it."""
    old, new = chain.keys[SHANGHAI], fresh(SHANGHAI)
    draft = chain.draft(at_once(SHANGHAI, new.signing_certificate.pem))
    return chain.signed(draft, old, JIANGSU, ZHEJIANG)


CASES: list[Any] = [
    case("3-of-4 signed by 3 is believed", 3, lambda c: c.signed(c.draft(moved), *PROVINCES[:3]), None),
    case("3-of-4 signed by all is believed", 3, lambda c: c.signed(c.draft(moved), *PROVINCES), None),
    case("nothing changed but the time is believed", 3, lambda c: c.signed(c.draft(), *PROVINCES[:3]), None),
    case("3-of-4 signed by 2 fails", 3, lambda c: c.signed(c.draft(moved), *PROVINCES[:2]), Flaw.UNDER_SIGNED),
    case("signed by nobody fails", 3, lambda c: c.signed(c.draft(moved)), Flaw.UNDER_SIGNED),
    case("1-of-4 signed by 1 is believed", 1, lambda c: c.signed(c.draft(moved), ANHUI), None),
    case("4-of-4 signed by 3 fails", 4, lambda c: c.signed(c.draft(moved), *PROVINCES[:3]), Flaw.UNDER_SIGNED),
    case(
        "2-of-4 threshold decr. to 1 signed by 1 fails: old threshold not reached",
        2,
        lambda c: c.signed(c.draft(threshold(1)), SHANGHAI),
        Flaw.UNDER_SIGNED,
    ),
    case(
        "2-of-4 threshold decr. to 1 signed by 2 is believed",
        2,
        lambda c: c.signed(c.draft(threshold(1)), SHANGHAI, ANHUI),
        None,
    ),
    case(
        "2-of-4 threshold incr. to 4 signed by 2 fails: new threshold not reached",
        2,
        lambda c: c.signed(c.draft(threshold(4)), SHANGHAI, ANHUI),
        Flaw.UNDER_SIGNED,
    ),
    case("2-of-4 threshold incr. to 4 signed by 4", 2, lambda c: c.signed(c.draft(threshold(4)), *PROVINCES), None),
    case("a threshold above the members fails", 2, lambda c: c.signed(c.draft(threshold(5)), *PROVINCES), Flaw.UNFIT),
    case(
        "one key signing twice is one voice",
        2,
        lambda c: c.signed(c.draft(moved), SHANGHAI, SHANGHAI),
        Flaw.UNDER_SIGNED,
    ),
    case(
        "keys of strangers do not count",
        3,
        lambda c: c.signed(c.draft(moved), SHANGHAI, JIANGSU, stranger(ZHEJIANG), stranger(FUJIAN)),
        Flaw.UNDER_SIGNED,
    ),
    case(
        "a new member's signature does not count for the old threshold",
        3,
        lambda c: c.signed(
            c.draft(lambda d: changes.add(d, introduction(stranger(FUJIAN)))), SHANGHAI, JIANGSU, stranger(FUJIAN)
        ),
        Flaw.UNDER_SIGNED,
    ),
    case(
        "a new member signed in by 3 old ones is believed",
        3,
        lambda c: c.signed(c.draft(lambda d: changes.add(d, introduction(stranger(FUJIAN)))), *PROVINCES[:3]),
        None,
    ),
    case(
        "new members outvote nobody: 3 new ones and 2 old ones fail",
        3,
        lambda c: c.signed(
            c.draft(*(lambda d, code=code: changes.add(d, introduction(stranger(code))) for code in ADDED)),
            *map(stranger, ADDED),
            SHANGHAI,
            JIANGSU,
        ),
        Flaw.UNDER_SIGNED,
    ),
    case(
        "who is removed counts for the old threshold only",
        3,
        lambda c: c.signed(c.draft(without(ANHUI)), SHANGHAI, JIANGSU, ANHUI),
        Flaw.UNDER_SIGNED,
    ),
    case("a member is removed by 3 others", 3, lambda c: c.signed(c.draft(without(ANHUI)), *PROVINCES[:3]), None),
    case(
        "a removed member's signature does not count",
        2,
        lambda c: c.signed(after(c, without(ANHUI)).draft(), ANHUI, JIANGSU),
        Flaw.UNDER_SIGNED,
    ),
    case(
        "a key that is only announced does not count yet",
        3,
        lambda c: c.signed(
            after(c, ahead(SHANGHAI, stranger(SHANGHAI).signing_certificate.pem)).draft(),
            stranger(SHANGHAI),
            JIANGSU,
            ZHEJIANG,
        ),
        Flaw.UNDER_SIGNED,
    ),
    case(
        "a key announced ahead is promoted with both keys' signatures",
        3,
        lambda c: c.signed(
            after(c, ahead(SHANGHAI, stranger(SHANGHAI).signing_certificate.pem)).draft(in_use(SHANGHAI)),
            SHANGHAI,
            stranger(SHANGHAI),
            JIANGSU,
            ZHEJIANG,
        ),
        None,
    ),
    case(
        "the key before the promotion does not count in the version that promotes",
        3,
        lambda c: c.signed(
            after(c, ahead(SHANGHAI, stranger(SHANGHAI).signing_certificate.pem)).draft(in_use(SHANGHAI)),
            SHANGHAI,
            JIANGSU,
            ZHEJIANG,
        ),
        Flaw.UNDER_SIGNED,
    ),
    case(
        "a key that is tolerated after the promotion has no voice any more",
        3,
        lambda c: c.signed(
            after(
                c,
                ahead(ANHUI, stranger(ANHUI).signing_certificate.pem),
                in_use(ANHUI),
            ).draft(moved),
            ANHUI,
            JIANGSU,
            ZHEJIANG,
        ),
        Flaw.UNDER_SIGNED,
    ),
    case("a compromised key does not count in the version that ends it", 3, rekeyed, Flaw.UNDER_SIGNED),
    case(
        "a compromised key is ended without it, by 3 others",
        3,
        lambda c: c.signed(
            c.draft(at_once(SHANGHAI, stranger(SHANGHAI).signing_certificate.pem)), JIANGSU, ZHEJIANG, ANHUI
        ),
        None,
    ),
    case(
        "lost keys are replaced by 3 others",
        3,
        lambda c: c.signed(
            c.draft(lambda d: changes.recover(d, introduction(stranger(SHANGHAI)))), JIANGSU, ZHEJIANG, ANHUI
        ),
        None,
    ),
    case(
        "lost keys are not replaced by 2 others and the new key alone",
        3,
        lambda c: c.signed(
            c.draft(lambda d: changes.recover(d, introduction(stranger(SHANGHAI)))),
            JIANGSU,
            ZHEJIANG,
            stranger(SHANGHAI),
        ),
        Flaw.UNDER_SIGNED,
    ),
    case("the version held is no offence", 3, lambda c: c.documents[0], Flaw.ALREADY_HELD),
    case(
        "another document of the version held is a fork",
        3,
        lambda c: c.signed(replace(c.current, threshold=2), *PROVINCES),
        Flaw.FORKED,
    ),
    case("an earlier version is a rollback", 3, lambda c: after(c, moved, moved).documents[1], Flaw.ROLLED_BACK),
    case(
        "a version two ahead is skipped to",
        3,
        lambda c: c.signed(replace(c.draft(moved), version=3), *PROVINCES),
        Flaw.VERSION_SKIPPED,
    ),
    case(
        "the next version after another document is a fork",
        3,
        lambda c: c.signed(replace(c.draft(moved), previous="ab" * 32), *PROVINCES),
        Flaw.FORKED,
    ),
    case(
        "issued before the version it follows",
        3,
        lambda c: c.signed(_earlier(after(c, moved).draft(moved)), *PROVINCES),
        Flaw.TIME_REVERSED,
    ),
    case(
        "a version that has expired is walked through",
        3,
        lambda c: c.signed(replace(c.draft(moved), expires=(c.now + DAY).isoformat()), *PROVINCES[:3]),
        None,
    ),
    case(
        "expiring before it is issued", 3, lambda c: c.signed(replace(c.draft(), expires=c.current.issued)), Flaw.UNFIT
    ),
    case("no document at all", 3, lambda _: SignedMembership(payload=b"{}", signatures={}), Flaw.MALFORMED),
]


def _earlier(draft: Membership) -> Membership:
    return replace(draft, issued=(instant(draft.issued) - timedelta(hours=2)).isoformat())


@pytest.mark.parametrize(("threshold_now", "offered", "flaw"), CASES)
def test_succession(threshold_now: int, offered: Case, flaw: Flaw | None) -> None:
    chain = Chain.found(threshold=threshold_now)
    signed = offered(chain)
    held = chain.current
    if flaw is None:
        assert chain.offer(signed).version == held.version + 1
        return
    with pytest.raises(MembershipError) as caught:
        chain.offer(signed)

    assert caught.value.reason == flaw


def member(draft: Membership, **change: Any) -> Membership:
    """The draft with Shanghai's entry changed by hand."""
    first, *others = draft.members
    return replace(draft, members=(replace(first, **change), *others))


def line(draft: Membership, at: int, **change: Any) -> Membership:
    """The draft with one line of Shanghai's history changed by hand."""
    keys = list(draft.members[0].keys)
    keys[at] = replace(keys[at], **change)
    return member(draft, keys=tuple(keys))


def second(chain: Chain) -> Chain:
    """A second version in which Shanghai's signing key has been replaced: line 0 of its history is closed, line 3 is open."""
    new = fresh(SHANGHAI)
    chain.change(at_once(SHANGHAI, new.signing_certificate.pem, Closed.ROTATED), by=(JIANGSU, ZHEJIANG, ANHUI))
    chain.keys[SHANGHAI] = new
    return chain


def backdated(chain: Chain) -> Membership:
    """Shanghai's key ends with the version before the one held."""
    second_issued = chain.current.issued
    chain.change(moved)
    return line(chain.draft(at_once(SHANGHAI, fresh(SHANGHAI).signing_certificate.pem)), 3, until=second_issued)


def back(chain: Chain) -> Membership:
    """Shanghai's first certificate listed again, its line opened again."""
    old = Chain.found().current.members[0]
    draft = chain.draft()
    keys = list(draft.members[0].keys)
    keys[0] = replace(keys[0], until="", reason="")
    keys[3] = replace(keys[3], until=draft.issued, reason="rotated")
    return member(draft, signing=old.signing, keys=tuple(keys))


def comes_back(chain: Chain) -> Membership:
    """A removed member with the keys that it had."""
    old = chain.current.members[3]
    chain.change(without(ANHUI))
    draft = chain.draft()
    return replace(draft, members=(*draft.members[:3], old))


REWRITTEN: list[Any] = [
    pytest.param(lambda c: replace(c.draft(), members=c.current.members[1:]), Flaw.HISTORY_CHANGED, id="a member gone"),
    pytest.param(
        lambda c: member(c.draft(), keys=c.draft().members[0].keys[1:]), Flaw.HISTORY_CHANGED, id="a closed line gone"
    ),
    pytest.param(
        lambda c: line(c.draft(), 0, reason="compromised"), Flaw.HISTORY_CHANGED, id="the reason of a closed line"
    ),
    pytest.param(
        lambda c: line(c.draft(), 0, until=c.draft().issued), Flaw.HISTORY_CHANGED, id="the end of a closed line"
    ),
    pytest.param(lambda c: line(c.draft(), 0, key_id="ab" * 32), Flaw.HISTORY_CHANGED, id="the key of a closed line"),
    pytest.param(
        lambda c: line(c.draft(), 3, since=c.draft().issued), Flaw.HISTORY_CHANGED, id="the beginning of an open line"
    ),
    pytest.param(
        lambda c: member(c.draft(), keys=tuple(reversed(c.draft().members[0].keys))),
        Flaw.HISTORY_CHANGED,
        id="the order of the lines",
    ),
    pytest.param(backdated, Flaw.HISTORY_CHANGED, id="a key ended before the version that ends it was begun"),
    pytest.param(
        lambda c: line(c.draft(at_once(SHANGHAI, fresh(SHANGHAI).signing_certificate.pem)), 4, since=c.current.issued),
        Flaw.HISTORY_CHANGED,
        id="a key listed before the version that lists it",
    ),
    pytest.param(back, Flaw.KEY_REUSED, id="a key that was given up is back"),
    pytest.param(comes_back, Flaw.KEY_REUSED, id="a removed member is back with the keys it had"),
]


@pytest.mark.parametrize(("rewritten", "flaw"), REWRITTEN)
def test_history_is_not_rewritten_even_if_all_sign(rewritten: Callable[[Chain], Membership], flaw: Flaw) -> None:
    chain = second(Chain.found())
    signed = chain.signed(rewritten(chain), *PROVINCES)

    with pytest.raises(MembershipError) as caught:
        chain.offer(signed)
    assert caught.value.reason == flaw


def test_a_compromised_key_does_not_come_back_under_another_certificate() -> None:
    chain = Chain.found()
    again = renewed(chain.keys[SHANGHAI])
    chain.keys[SHANGHAI] = fresh(SHANGHAI)
    draft = chain.draft(at_once(SHANGHAI, again.pem))

    with pytest.raises(MembershipError, match="has a new certificate") as caught:
        chain.offer(chain.signed(draft, *PROVINCES[1:]))
    assert caught.value.reason == Flaw.KEY_REUSED


def test_a_certificate_is_renewed_over_the_same_key() -> None:
    chain = Chain.found()
    again = renewed(chain.keys[SHANGHAI])
    chain.keys[SHANGHAI] = replace(chain.keys[SHANGHAI], signing_certificate=again)
    renewal = at_once(SHANGHAI, again.pem, Closed.ROTATED)

    assert chain.change(renewal, by=PROVINCES[1:]).member(SHANGHAI).signing_certificate == again


def renewed(identity: LocalIdentity) -> Certificate:
    """Another certificate over the same signing key, by the same CA."""
    return new_certificate(identity.province, Usage.SIGNING, identity.signing_key.public)


def test_a_removed_member_comes_back_with_new_keys_and_keeps_its_history() -> None:
    chain = Chain.found()
    before = chain.current.member(ANHUI).keys
    chain.change(without(ANHUI))
    returned = chain.change(lambda d: changes.add(d, introduction(fresh(ANHUI)))).member(ANHUI)

    assert [key.key_id for key in returned.keys[:3]] == [key.key_id for key in before]
    assert {key.reason for key in returned.keys[:3]} == {"removed"}
    assert all(key.open for key in returned.keys[3:])


def test_the_entry_of_a_removed_member_stays_as_it_is() -> None:
    chain = Chain.found()
    chain.change(without(ANHUI))
    draft = chain.draft()
    gone = replace(draft.members[3], endpoints=("192.0.2.9:1",))

    with pytest.raises(MembershipError, match="entry of a removed member") as caught:
        chain.offer(chain.signed(replace(draft, members=(*draft.members[:3], gone)), *PROVINCES[:3]))
    assert caught.value.reason == Flaw.HISTORY_CHANGED


def test_one_malicious_member_alone_changes_nothing() -> None:
    """Whatever Anhui writes and signs with every key it has, also in the names of others: three others must sign."""
    chain, forged = Chain.found(), [fresh(code) for code in PROVINCES[:3]]
    drafts = [
        chain.draft(moved),
        chain.draft(threshold(1)),
        chain.draft(*(without(code) for code in PROVINCES[:1])),
        chain.draft(lambda d: changes.threshold(without(ZHEJIANG)(d), 1)),
        chain.draft(*(at_once(one.province, one.signing_certificate.pem) for one in forged)),
        replace(chain.draft(threshold(1)), members=(chain.current.members[3],)),
    ]
    for draft in drafts:
        signed = chain.signed(draft, ANHUI, *forged)
        with pytest.raises(MembershipError) as caught:
            chain.offer(signed)
        assert caught.value.reason == Flaw.UNDER_SIGNED


def test_a_signature_of_one_document_does_not_serve_another() -> None:
    chain = Chain.found()
    good = chain.signed(chain.draft(moved), *PROVINCES)
    stolen = replace(chain.signed(chain.draft(threshold(1))), signatures=good.signatures)

    with pytest.raises(MembershipError, match="signed by 0 of the 3"):
        chain.offer(stolen)


def test_a_chain_that_expired_long_ago_is_walked_through_and_its_end_can_be_asked() -> None:
    chain = Chain.found()
    for _ in range(3):
        chain.change(moved)
    end = instant(chain.current.expires)

    assert chain.current.version == 4
    assert (expired(chain.current, end), expired(chain.current, end + DAY)) == (False, True)


def test_a_rotation_in_three_steps_keeps_the_order_the_history_and_the_pins() -> None:
    chain = Chain.found()
    new = fresh(SHANGHAI)
    pem = new.tls_certificate_pem.decode()
    old = chain.current.member(SHANGHAI)
    one = chain.change(lambda d: changes.announce(d, SHANGHAI, KeyUsage.TLS, pem)).member(SHANGHAI)
    two = chain.change(lambda d: changes.promote(d, SHANGHAI, KeyUsage.TLS)).member(SHANGHAI)
    three = chain.change(lambda d: changes.drop(d, SHANGHAI, KeyUsage.TLS, Closed.ROTATED)).member(SHANGHAI)

    assert one.tls == joined(old.tls, pem)
    assert two.tls == joined(pem, old.tls)
    assert (two.tls_pins[1], len(two.tls_pins)) == (old.tls_pins[0], 2)
    assert three.tls == joined(pem)
    assert [(key.usage, key.reason) for key in three.keys if key.usage == "tls"] == [("tls", "rotated"), ("tls", "")]


def test_the_founding_document_is_proven_backwards_by_digests() -> None:
    chain = Chain.found()
    for _ in range(3):
        chain.change(moved)
    shuffled = chain.documents[::-1]

    assert founding_digest(shuffled, chain.digest) == chain.documents[0].fingerprint
    assert founding_digest(chain.documents[:1], chain.documents[0].fingerprint) == chain.documents[0].fingerprint
    for missing in ([*chain.documents[:1], *chain.documents[2:]], chain.documents[:-1], []):
        with pytest.raises(MembershipError, match="is missing") as caught:
            founding_digest(missing, chain.digest)
        assert caught.value.reason == Flaw.VERSION_SKIPPED
