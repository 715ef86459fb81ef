"""What changes from one document to the next, in plain words, and what is worth a second thought."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.federation.samples import PROVINCES, stranger
from tests.trust.membership.chain import Chain, fresh, introduction
from trust.membership import (
    Closed,
    Difference,
    Introduction,
    KeyUsage,
    Membership,
    cautions,
    changes,
    differences,
    instant,
    key_id,
    words,
)

SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = PROVINCES
FUJIAN = "350000"
NEW = stranger(SHANGHAI).tls_certificate_pem.decode()
Change = Callable[[Membership], Membership]


def told(*edits: Change) -> dict[str, tuple[str, ...]]:
    """The sentences by word, of a version with these edits; what is in every version is left out."""
    chain = Chain.found()
    return by_word(differences(chain.current, chain.draft(*edits)))


def by_word(found: tuple[Difference, ...]) -> dict[str, tuple[str, ...]]:
    ordinary = {"version", "previous", "issued", "expires"}
    words = {one.what for one in found} - ordinary
    return {word: tuple(one.sentence for one in found if one.what == word) for word in words}


def announced(draft: Membership) -> Membership:
    return changes.announce(draft, SHANGHAI, KeyUsage.TLS, NEW)


def first(draft: Membership, **change: Any) -> Membership:
    return replace(draft, members=(replace(draft.members[0], **change), *draft.members[1:]))


SHORT = key_id(NEW)[:16]
TOLD: list[Any] = [
    pytest.param((), {}, id="nothing"),
    pytest.param(
        (lambda d: changes.threshold(d, 2),),
        {"threshold": ("2 provinces must sign the next version instead of 3",)},
        id="the threshold",
    ),
    pytest.param(
        (lambda d: changes.witness_quorum(d, 2),),
        {"witness_quorum": ("2 other provinces must witness the head of a log instead of 0",)},
        id="the witness quorum",
    ),
    pytest.param((announced,), {"keys": (f"310000: the tls certificate {SHORT} is announced",)}, id="announced"),
    pytest.param(
        (lambda d: first(d, name="沪"),), {"name": ("310000 is called 沪 instead of 310000",)}, id="another name"
    ),
    pytest.param(
        (lambda d: first(d, ca=d.members[1].ca),), {"ca": ("310000 has another certificate authority",)}, id="the CA"
    ),
    pytest.param(
        (lambda d: replace(d, members=d.members[1:]),),
        {"vanished": ("310000 VANISHES from the document",)},
        id="a member vanishes",
    ),
    pytest.param(
        (lambda d: first(d, keys=d.members[0].keys[:2]),),
        {"history": ("310000: its key history is REWRITTEN",)},
        id="a line vanishes",
    ),
    pytest.param(
        (lambda d: first(d, keys=(replace(d.members[0].keys[0], since=d.issued), *d.members[0].keys[1:])),),
        {"history": ("310000: its key history is REWRITTEN",)},
        id="a line changes",
    ),
]


@pytest.mark.parametrize(("edits", "sentences"), TOLD)
def test_told(edits: tuple[Change, ...], sentences: dict[str, tuple[str, ...]]) -> None:
    assert told(*edits) == sentences


def test_a_newcomer_joins_with_its_keys() -> None:
    found = told(lambda d: changes.add(d, introduction(stranger(FUJIAN))))

    assert found["added"] == ("350000 350000 joins the mesh",)
    assert len(found["keys"]) == 3
    assert words(introduction(stranger(FUJIAN)).fingerprint) in found["card"][0]


def test_who_recovers_or_comes_back_is_compared_by_card() -> None:
    new = introduction(stranger(SHANGHAI))
    chain = Chain.found()
    before = chain.change(lambda d: changes.recover(d, new), by=PROVINCES[1:])
    gone = chain.change(lambda d: changes.remove(d, SHANGHAI), by=PROVINCES[1:])
    back = changes.add(chain.draft(), introduction(fresh(SHANGHAI)))

    assert new.fingerprint == Introduction.of(before.member(SHANGHAI)).fingerprint
    assert by_word(differences(Chain.found().current, before))["card"][0].endswith("compare it with 310000")
    assert "card" in by_word(differences(gone, back))
    assert "card" not in by_word(differences(before, gone))


def test_every_key_of_who_leaves_ends() -> None:
    found = told(lambda d: changes.remove(d, ANHUI))

    assert found["removed"] == ("340000 340000 leaves the mesh",)
    assert len(found["ended"]) == 3
    assert set(found) == {"removed", "ended"}


def test_promoting_and_dropping_are_told() -> None:
    chain = Chain.found()
    old = key_id(chain.current.member(SHANGHAI).tls)[:16]
    before = chain.change(announced)
    promoted = chain.change(lambda d: changes.promote(d, SHANGHAI, KeyUsage.TLS))
    dropped = chain.change(lambda d: changes.drop(d, SHANGHAI, KeyUsage.TLS, Closed.ROTATED))

    assert by_word(differences(before, promoted)) == {
        "keys": (f"310000: the tls certificate {SHORT} comes into use, {old} stays valid beside it",)
    }
    assert by_word(differences(promoted, dropped)) == {
        "keys": (f"310000: only {SHORT} stays listed for tls",),
        "ended": (f"310000: the tls certificate {old} ends, rotated",),
    }


def test_cautions_name_what_is_dangerous() -> None:
    chain = Chain.found()
    late = (instant(chain.current.issued) + timedelta(days=330)).isoformat()

    assert cautions(chain.current) == ()
    assert "no more than half" in cautions(replace(chain.current, threshold=2))[0]
    assert "one lost key" in cautions(replace(chain.current, threshold=4))[0]
    assert len(cautions(replace(chain.current, issued=late))) == 12
