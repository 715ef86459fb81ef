"""Where provinces contradict one another about a holder's uses: who left one out, who shows it, and how well it is shown. Clause 8.5.

Only provinces that gave a list are held to it, and only to what another one's log shows:

* the consumer got something, so the provider has it on record; and the provider gave something, so the consumer had asked;
* the holder's home was told by the provider; and the provider holds the home's receipt, so the home has the notice;
* a province answered a question like this one, so the other had asked it;
* and where consumer and provider both list a use, they say the same of it.

What is shown by one province's entry alone is its word, on record and signed; where the other province's own log has an entry of the use
(`Claim.admitted`), nothing is left to deny.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from federation.holder_uses.listing import Claim
from federation.model.holder_uses import Role
from federation.model.search import Completeness, Outcome


class Kind(StrEnum):
    """What is wrong."""

    OMITTED = "OMITTED"
    """The province does not list what the other shows."""
    DIFFERS = "DIFFERS"
    """Both list it and do not say the same: certificate, or what was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """`province` says otherwise than `accuser` shows (in its part `role`, by entry `index` of its log).

    `certain`: the province's own log shows it, too; else it is the accuser's word on record.
    """

    province: str
    exchange_id: str
    kind: Kind
    accuser: str
    role: Role
    index: int
    certain: bool


Lists = Mapping[str, tuple[Claim, ...]]
Covered = Callable[[str, Claim], bool]
_SAME = ("certificate", "output")


def _all_covered(_province: str, _claim: Claim) -> bool:
    """Before anybody was asked again, every difference is worth a question."""
    return True


def contradictions(lists: Lists, covered: Covered = _all_covered) -> tuple[Contradiction, ...]:
    """Every contradiction between the provinces that gave a list, ordered; of one omission the best shown.

    `covered`: whether what a province was asked covers a use (`document.covers`): else that it does not list it says nothing.
    """
    found = [one for claims in lists.values() for claim in claims for one in _against(claim, lists, covered)]
    best: dict[tuple[str, str, Kind], Contradiction] = {}
    for one in sorted(found, key=lambda one: (not one.certain, one.accuser)):
        best.setdefault((one.province, one.exchange_id, one.kind), one)
    return tuple(best[key] for key in sorted(best))


def verdict_of(outcomes: Iterable[tuple[str, bool]], lists: Lists) -> Completeness:
    """Whether the lists together are the whole: `outcomes` are each province's word and whether its list was cut short.

    Every member has to have given its list, and none may contradict another, whether or not that can be held against it. DENIED is no list.
    """
    found = contradictions(lists)
    whole = all(word in {Outcome.OK, Outcome.EMPTY} and not cut for word, cut in outcomes)
    return Completeness.COMPLETE if whole and not found else Completeness.INCOMPLETE


def _against(claim: Claim, lists: Lists, covered: Covered) -> Iterator[Contradiction]:
    """Whom this claim contradicts."""
    for province, roles in _owed(claim):
        if province == claim.province or province not in lists:
            continue
        theirs = next((one for one in lists[province] if _is_part(one, claim, roles)), None)
        if theirs is None and not covered(province, claim):
            continue
        if theirs is None:
            yield _contradiction(province, claim, Kind.OMITTED)
        elif claim.role is Role.CONSUMER and any(_differ(claim, theirs, name) for name in _SAME):
            yield _contradiction(province, claim, Kind.DIFFERS)


def _owed(claim: Claim) -> Iterator[tuple[str, frozenset[Role]]]:
    """Which provinces have to list the use if this claim is true, and in which part."""
    match claim.role:
        case Role.CONSUMER if claim.ended or claim.admitted:
            yield claim.peer, frozenset({Role.PROVIDER})
        case Role.PROVIDER:
            yield claim.peer, frozenset({Role.CONSUMER})
        case Role.HOME:
            yield claim.peer, frozenset({Role.PROVIDER, Role.OWN})
        case Role.ANSWERER:
            yield claim.peer, frozenset({Role.ASKER})
        case _:
            pass
    for home in claim.told:
        yield home, frozenset({Role.HOME})


def _is_part(theirs: Claim, claim: Claim, roles: frozenset[Role]) -> bool:
    """Whether a claim of the other province is its side of the same use: an exchange id alone is not, anybody may choose one."""
    same = theirs.exchange_id == claim.exchange_id and theirs.role in roles
    return same and (theirs.role in {Role.OWN, Role.ASKER} or claim.role is Role.HOME or theirs.peer == claim.province)


def _differ(one: Claim, other: Claim, name: str) -> bool:
    """Whether both say something of it, and not the same."""
    said = one.entry.get(name), other.entry.get(name)
    return None not in said and said[0] != said[1]


def _contradiction(province: str, claim: Claim, kind: Kind) -> Contradiction:
    return Contradiction(
        province=province,
        exchange_id=claim.exchange_id,
        kind=kind,
        accuser=claim.province,
        role=claim.role,
        index=claim.index,
        certain=claim.admitted and claim.peer == province,
    )
