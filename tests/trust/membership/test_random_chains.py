"""Random chains of valid and invalid changes against a model that only counts: who holds which key, who has signed, how many must."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.federation.samples import PROVINCES
from tests.trust.membership.chain import Chain, fresh, introduction
from trust.errors import MembershipError
from trust.local import LocalIdentity
from trust.membership import (
    Closed,
    Exhibit,
    Finding,
    KeyUsage,
    Membership,
    MemberStatus,
    SignedMembership,
    changes,
    convict,
    verify_anchor,
    verify_next,
)

CODES = (*PROVINCES, "350000", "360000")
Keys = dict[str, LocalIdentity]
Change = Callable[[Membership], Membership]


class Model:
    """What should happen: keys in use by province, and the threshold."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.in_use: Keys = dict(chain.keys)
        self.announced: Keys = {}
        self.every: list[LocalIdentity] = list(chain.keys.values())

    def made(self, province: str) -> LocalIdentity:
        identity = fresh(province)
        self.every.append(identity)
        return identity

    def plan(self, what: str, code: str, needed: int) -> tuple[Change, Keys, Keys, int]:
        """The edit, and the keys in use, the keys announced and the threshold after it. An edit that cannot be made is no edit."""
        in_use, announced = dict(self.in_use), dict(self.announced)
        now = self.chain.current.threshold
        change: Change = _unchanged
        match what:
            case "add" if code not in in_use:
                in_use[code] = new = self.made(code)
                change = partial(changes.add, newcomer=introduction(new))
            case "remove" if code in in_use and len(in_use) > now:
                del in_use[code]
                announced.pop(code, None)
                change = partial(changes.remove, province=code)
            case "threshold" if needed <= len(in_use):
                now, change = needed, partial(changes.threshold, needed=needed)
            case "announce" if code in in_use and code not in announced:
                announced[code] = new = self.made(code)
                pem = new.signing_certificate.pem
                change = partial(changes.announce, province=code, usage=KeyUsage.SIGNING, pem=pem)
            case "promote" if code in announced:
                in_use[code] = announced.pop(code)
                change = partial(_promoted, code=code)
            case "recover" if code in in_use:
                in_use[code] = new = self.made(code)
                announced.pop(code, None)
                change = partial(changes.recover, newcomer=introduction(new))
            case _:
                pass
        return change, in_use, announced, now


def _unchanged(draft: Membership) -> Membership:
    return draft


def _promoted(draft: Membership, code: str) -> Membership:
    """Promoted and dropped in one version, so that three listed certificates are never too many."""
    promoted = changes.promote(draft, code, KeyUsage.SIGNING)
    return changes.drop(promoted, code, KeyUsage.SIGNING, Closed.ROTATED)


def _votes(keys: Keys, signing: list[LocalIdentity]) -> int:
    return sum(any(one is voice for one in signing) for voice in keys.values())


def _tampered(draft: Membership, how: str) -> Membership:
    """What no number of signatures makes good."""
    first = draft.members[0]
    match how:
        case "skip":
            return replace(draft, version=draft.version + 1)
        case "other past":
            return replace(draft, previous="ab" * 32)
        case "rewrite":
            keys = (replace(first.keys[0], since=draft.issued), *first.keys[1:])
            return replace(draft, members=(replace(first, keys=keys), *draft.members[1:]))
        case "half removed":
            other = MemberStatus.REMOVED if first.active else MemberStatus.ACTIVE
            return replace(draft, members=(replace(first, status=other), *draft.members[1:]))
        case _:
            return draft


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "threshold", "announce", "promote", "recover", "nothing"]),
        st.sampled_from(CODES),
        st.integers(1, 5),
        st.sets(st.integers(0, 11), min_size=2),
        st.sampled_from(["", "", "", "skip", "other past", "rewrite", "half removed"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=40)
@given(STEPS)
def test_a_document_is_believed_exactly_if_enough_keys_in_use_have_signed_it_and_no_rule_is_broken(
    steps: list[tuple[str, str, int, set[int], str]],
) -> None:
    chain = Chain.found(threshold=3)
    model = Model(chain)
    for what, code, needed, voices, how in steps:
        change, in_use, announced, threshold = model.plan(what, code, needed)
        pool = sorted(model.every, key=lambda one: (one not in in_use.values(), one.province))
        signing = [one for at, one in enumerate(pool) if at in voices]
        signed = chain.signed(_tampered(chain.draft(change), how), *signing)
        enough = _votes(model.in_use, signing) >= chain.current.threshold and _votes(in_use, signing) >= threshold
        believed = _believed(chain, signed)

        assert believed == (enough and not how)
        _judge(chain, model, signed, signing, believed=believed)
        if believed:
            chain.adopt(signed)
            model.in_use, model.announced = in_use, announced
    _walk(chain)


def _believed(chain: Chain, signed: SignedMembership) -> bool:
    try:
        chain.offer(signed)
    except MembershipError:
        return False
    return True


def _judge(
    chain: Chain, model: Model, signed: SignedMembership, signing: list[LocalIdentity], *, believed: bool
) -> None:
    """A verdict agrees with what a node does, and never names a province that has not signed with a key in use."""
    exhibit = Exhibit(
        chain=tuple(chain.documents), offered=signed.to_json(), reason="", carried_by="350000", at=chain.current.issued
    )
    verdict = convict(exhibit.to_bytes(), chain.documents[0].fingerprint)
    ever = {one.province for one in signing if one in model.in_use.values()}

    assert (verdict.finding is Finding.INNOCENT) == believed
    if verdict.finding is not Finding.BROKEN_RULE:
        assert verdict.guilty == ()
    assert set(verdict.guilty) <= {one.province for one in signing}
    assert verdict.flaw in {"UNFIT", "MALFORMED", "VERSION_SKIPPED"} or set(verdict.signed_by) == ever


def _walk(chain: Chain) -> None:
    """The chain as a newcomer believes it."""
    current = verify_anchor(chain.documents[0])
    for before, signed in zip(chain.documents, chain.documents[1:], strict=False):
        current = verify_next(current, before.fingerprint, signed)

    assert current == chain.current
