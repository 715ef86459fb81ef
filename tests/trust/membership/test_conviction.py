"""What a refused document proves, and against whom: judged from the file and one fingerprint."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.federation.samples import PROVINCES, stranger
from tests.trust.membership.chain import DAY, Chain, fresh, introduction
from trust import canonical
from trust.errors import MembershipError
from trust.gm import second_opinion
from trust.membership import (
    Exhibit,
    Finding,
    Flaw,
    Membership,
    SignedMembership,
    Verdict,
    add_signature,
    changes,
    convict,
)
from trust.membership.signed import MAX_DOCUMENT_BYTES

SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = PROVINCES


def moved(draft: Membership) -> Membership:
    return changes.endpoints(draft, ANHUI, ("192.0.2.7:7443",))


def elsewhere(draft: Membership) -> Membership:
    return changes.endpoints(draft, ANHUI, ("192.0.2.8:7443",))


def kept(mesh: Chain, offered: SignedMembership | bytes, **change: Any) -> Exhibit:
    """What a node keeps that holds the chain's newest document."""
    raw = offered if isinstance(offered, bytes) else offered.to_json()
    exhibit = Exhibit(chain=tuple(mesh.documents), offered=raw, reason="", carried_by=ANHUI, at=mesh.current.issued)
    return replace(exhibit, **change)


def judged(chain: Chain, offered: SignedMembership | bytes, **change: Any) -> Verdict:
    """The verdict of a machine that trusts the first document's fingerprint."""
    return convict(kept(chain, offered, **change).to_bytes(), chain.documents[0].fingerprint)


def three() -> Chain:
    """A mesh that holds version 3."""
    chain = Chain.found()
    for _ in range(2):
        chain.change(moved)
    return chain


def rival_of_2(chain: Chain, *by: str) -> SignedMembership:
    """Another second version."""
    early = Chain(documents=chain.documents[:1], current=Chain.found().current, keys=chain.keys)
    return early.signed(early.draft(elsewhere), *by)


def shrunk(chain: Chain) -> Membership:
    """A member has vanished."""
    draft = chain.draft(moved)
    return replace(draft, members=draft.members[:3])


Case = Callable[[Chain], SignedMembership]
CASES: list[Any] = [
    pytest.param(lambda c: c.signed(c.draft(moved), *PROVINCES[:3]), Finding.INNOCENT, "", (), id="a valid next one"),
    pytest.param(lambda c: c.documents[2], Finding.INNOCENT, "", (), id="the one held"),
    pytest.param(lambda c: c.documents[1], Finding.ROLLED_BACK, "ROLLED_BACK", (), id="an older one, genuine"),
    pytest.param(lambda c: c.documents[0], Finding.ROLLED_BACK, "ROLLED_BACK", (), id="the first one"),
    pytest.param(
        lambda c: rival_of_2(c, *PROVINCES[1:]),
        Finding.FORK,
        "FORKED",
        (JIANGSU, ZHEJIANG),
        id="two second versions: who signed both is guilty, who signed one is not",
    ),
    pytest.param(
        lambda c: rival_of_2(c, JIANGSU, ZHEJIANG),
        Finding.UNDER_SIGNED,
        "UNDER_SIGNED",
        (),
        id="a draft of a second version that too few signed is no offence",
    ),
    pytest.param(
        lambda c: c.signed(replace(Chain.found().current, threshold=2), *PROVINCES),
        Finding.FORK,
        "FORKED",
        PROVINCES,
        id="two founding documents that all signed",
    ),
    pytest.param(
        lambda c: c.signed(replace(Chain.found().current, threshold=2), SHANGHAI),
        Finding.UNDER_SIGNED,
        "UNDER_SIGNED",
        (),
        id="a draft of the founding document",
    ),
    pytest.param(lambda _: foreign(), Finding.FORGED, "UNDER_SIGNED", (), id="the founding document of another mesh"),
    pytest.param(
        lambda c: c.signed(c.draft(moved), *PROVINCES[:2]), Finding.UNDER_SIGNED, "UNDER_SIGNED", (), id="a draft"
    ),
    pytest.param(lambda c: c.signed(c.draft(moved)), Finding.FORGED, "UNDER_SIGNED", (), id="unsigned"),
    pytest.param(
        lambda c: c.signed(c.draft(moved), *map(stranger, PROVINCES)),
        Finding.FORGED,
        "UNDER_SIGNED",
        (),
        id="signed by strangers in the members' names",
    ),
    pytest.param(
        lambda c: c.signed(
            c.draft(*(usurped(code) for code in PROVINCES[:3])), ANHUI, *(stranger(code) for code in PROVINCES[:3])
        ),
        Finding.UNDER_SIGNED,
        "UNDER_SIGNED",
        (),
        id="keys that only the document itself names convict nobody",
    ),
    pytest.param(
        lambda c: replace(c.signed(c.draft(moved)), signatures=c.documents[-1].signatures),
        Finding.FORGED,
        "UNDER_SIGNED",
        (),
        id="with the signatures of another",
    ),
    pytest.param(
        lambda c: c.signed(shrunk(c), *PROVINCES[:3]),
        Finding.BROKEN_RULE,
        "HISTORY_CHANGED",
        PROVINCES[:3],
        id="history rewritten by three",
    ),
    pytest.param(
        lambda c: c.signed(shrunk(c), ANHUI),
        Finding.BROKEN_RULE,
        "HISTORY_CHANGED",
        (ANHUI,),
        id="history rewritten by one",
    ),
    pytest.param(lambda c: c.signed(shrunk(c)), Finding.FORGED, "UNDER_SIGNED", (), id="history rewritten by nobody"),
    pytest.param(
        lambda c: c.signed(replace(c.draft(), threshold=9), ZHEJIANG),
        Finding.BROKEN_RULE,
        "UNFIT",
        (ZHEJIANG,),
        id="a document that does not fit together, signed",
    ),
    pytest.param(
        lambda c: c.signed(replace(c.draft(), threshold=9)), Finding.FORGED, "UNFIT", (), id="the same, unsigned"
    ),
    pytest.param(
        lambda c: c.signed(replace(c.draft(moved), previous="ab" * 32), *PROVINCES[:3]),
        Finding.FORK,
        "FORKED",
        (),
        id="after another third version: its signers may know that one only",
    ),
    pytest.param(
        lambda c: c.signed(replace(c.draft(moved), previous="ab" * 32), SHANGHAI),
        Finding.UNDER_SIGNED,
        "UNDER_SIGNED",
        (),
        id="a draft after another third version",
    ),
    pytest.param(
        lambda c: c.signed(replace(c.draft(moved), version=5), *PROVINCES),
        Finding.VERSION_SKIPPED,
        "VERSION_SKIPPED",
        (),
        id="a version too far ahead",
    ),
]


def usurped(code: str) -> Callable[[Membership], Membership]:
    return lambda draft: changes.recover(draft, introduction(stranger(code)))


def foreign() -> SignedMembership:
    """The founding document of a mesh of the same provinces under other keys."""
    keys = {code: fresh(code) for code in PROVINCES}
    founded = Chain.found().current
    others = replace(
        founded,
        members=tuple(changes.entry(introduction(keys[one.province]), founded.issued) for one in founded.members),
    )
    return Chain.found().signed(others, *keys.values())


@pytest.mark.parametrize(("offered", "finding", "flaw", "guilty"), CASES)
def test_the_verdict_on(offered: Case, finding: Finding, flaw: str, guilty: tuple[str, ...]) -> None:
    chain = three()
    verdict = judged(chain, offered(chain))

    assert (verdict.finding, verdict.flaw, verdict.guilty) == (finding, flaw, guilty)
    assert verdict.bad == (finding is not Finding.INNOCENT)
    assert verdict.sentence


def test_two_libraries_give_the_same_verdict_on_a_fork() -> None:
    chain = Chain.found()
    chain.change(moved)
    with second_opinion.on_every_signature():
        verdict = judged(chain, rival_of_2(chain, *PROVINCES[1:]))

    assert (verdict.finding, verdict.guilty) == (Finding.FORK, (JIANGSU, ZHEJIANG))


def test_a_valid_document_that_came_after_its_time_convicts_nobody() -> None:
    chain = three()
    signed = chain.signed(replace(chain.draft(moved), expires=(chain.now + DAY).isoformat()), *PROVINCES)
    late = judged(chain, signed, at=(chain.now + 2 * DAY).isoformat())
    in_time = judged(chain, signed, at=(chain.now + timedelta(hours=1)).isoformat())

    assert (late.finding, late.guilty) == (Finding.EXPIRED, ())
    assert in_time.finding is Finding.INNOCENT
    assert judged(chain, signed, at="yesterday").finding is Finding.INNOCENT


@pytest.mark.parametrize("raw", [b"", b"\xff", b"{}", b"[" * 5000, bytes(MAX_DOCUMENT_BYTES + 9)], ids=len)
def test_bytes_that_are_no_document_convict_nobody(raw: bytes) -> None:
    verdict = judged(Chain.found(), raw)

    assert (verdict.finding, verdict.flaw, verdict.guilty, verdict.version) == (Finding.FORGED, "MALFORMED", (), 0)


def test_a_signed_payload_that_is_no_membership_convicts_its_signer() -> None:
    chain = three()
    key_id, signer = chain.keys[ANHUI].signing_certificate.fingerprint, chain.keys[ANHUI].signing_key.sign
    signed = add_signature(SignedMembership(payload=b"{}", signatures={}), key_id=key_id, signer=signer)
    verdict = judged(chain, signed)

    assert (verdict.finding, verdict.flaw, verdict.guilty) == (Finding.BROKEN_RULE, "MALFORMED", (ANHUI,))


def test_a_fork_that_disjoint_halves_signed_convicts_nobody_and_says_why() -> None:
    chain = Chain.found(threshold=2)
    chain.change(moved, by=PROVINCES[:2])
    early = Chain.found(threshold=2)
    verdict = judged(chain, early.signed(early.draft(elsewhere), *PROVINCES[2:]))

    assert (verdict.finding, verdict.guilty, verdict.signed_by) == (Finding.FORK, (), PROVINCES[2:])
    assert "k is not over half" in verdict.sentence


def test_a_key_that_was_given_up_since_makes_its_province_doubtful_not_guilty() -> None:
    chain = three()
    rival = rival_of_2(chain, *PROVINCES[1:])
    chain.change(lambda d: changes.recover(d, introduction(fresh(JIANGSU))), by=(SHANGHAI, ZHEJIANG, ANHUI))
    verdict = judged(chain, rival)

    assert (verdict.finding, verdict.guilty, verdict.doubtful) == (Finding.FORK, (ZHEJIANG,), (JIANGSU,))


def test_nobody_escapes_by_a_further_signature_with_a_key_that_was_given_up() -> None:
    chain = three()
    stolen, new = chain.keys[JIANGSU], fresh(JIANGSU)
    chain.change(lambda d: changes.recover(d, introduction(new)), by=(SHANGHAI, ZHEJIANG, ANHUI))
    verdict = judged(chain, chain.signed(shrunk(chain), new, stolen))

    assert (verdict.finding, verdict.guilty, verdict.doubtful) == (Finding.BROKEN_RULE, (JIANGSU,), ())


def test_a_later_document_that_the_judge_trusts_is_enough() -> None:
    chain = three()
    data = kept(chain, rival_of_2(chain, *PROVINCES[1:])).to_bytes()

    assert convict(data, chain.documents[0].fingerprint).finding is Finding.FORK
    assert convict(data, chain.documents[1].fingerprint).finding is Finding.FORK
    assert convict(data, chain.documents[2].fingerprint).finding is Finding.ROLLED_BACK


def test_a_file_proves_nothing_to_whom_trusts_another_document() -> None:
    chain = three()
    with pytest.raises(MembershipError, match="does not hold the document with this fingerprint") as caught:
        convict(kept(chain, chain.documents[1]).to_bytes(), "ab" * 32)
    assert caught.value.reason == Flaw.UNTRUSTED


def test_a_file_whose_own_chain_is_broken_proves_nothing() -> None:
    chain = three()
    under = chain.signed(chain.draft(moved), SHANGHAI)
    exhibit = kept(chain, chain.documents[1], chain=(*chain.documents, under))
    with pytest.raises(MembershipError, match="signed by 1 of the 3") as caught:
        convict(exhibit.to_bytes(), chain.documents[0].fingerprint)
    assert caught.value.reason == Flaw.UNDER_SIGNED


def test_an_exhibit_reads_back() -> None:
    chain = three()
    exhibit = kept(chain, chain.documents[0], reason="ROLLED_BACK")

    assert Exhibit.from_bytes(exhibit.to_bytes()) == exhibit


NO_EXHIBIT: list[Any] = [
    pytest.param(lambda raw: raw | {"type": "x"}, id="another type"),
    pytest.param(lambda raw: raw | {"more": ""}, id="another member"),
    pytest.param(lambda raw: {name: raw[name] for name in raw if name != "at"}, id="a member missing"),
    pytest.param(lambda raw: raw | {"chain": []}, id="no chain"),
    pytest.param(lambda raw: raw | {"chain": {}}, id="a chain that is an object"),
    pytest.param(lambda raw: raw | {"chain": raw["chain"] * 2000}, id="a chain without end"),
    pytest.param(lambda raw: raw | {"chain": [7]}, id="a chain of numbers"),
    pytest.param(lambda raw: raw | {"offered": "?"}, id="no base64"),
    pytest.param(lambda raw: raw | {"reason": 7}, id="a reason that is a number"),
    pytest.param(lambda raw: raw | {"carried_by": "x" * 65}, id="a long carrier"),
    pytest.param(lambda raw: raw | {"carried_by": "\x1b[2J"}, id="a carrier that clears the screen"),
    pytest.param(lambda _: [], id="a list"),
]


@pytest.mark.parametrize("change", NO_EXHIBIT)
def test_what_is_no_exhibit_is_refused(change: Callable[[dict[str, Any]], Any]) -> None:
    chain = Chain.found()
    raw = json.loads(kept(chain, chain.documents[0]).to_bytes())
    with pytest.raises(MembershipError) as caught:
        Exhibit.from_bytes(canonical.dumps(change(raw)))
    assert caught.value.reason == Flaw.MALFORMED


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=300))
def test_random_bytes_are_no_exhibit(data: bytes) -> None:
    with pytest.raises(MembershipError):
        Exhibit.from_bytes(data)
