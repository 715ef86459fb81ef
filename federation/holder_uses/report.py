"""What the receipt of an asking proves, found without a node and a network: with the membership documents alone. Clause 8.4, 8.5.

The asker's entry names what came of every province. OK and EMPTY need the province's own entry of its answer, and the list that this entry
commits to, every use of it proven. Then the contradictions and the verdict are made anew, by the rules the node uses.

What cannot be shown from here: whose uses they are (entries hold keyed digests), and what nobody lists.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from federation.holder_uses.contradictions import Contradiction, contradictions, verdict_of
from federation.holder_uses.document import Listing, UsesReceipt, covers
from federation.holder_uses.listing import Claim, Head, OpenHead, check_listing, joined, members_of
from federation.model.search import Outcome
from trust.checkpoint import evidence_log, verify_note
from trust.envelope import LogProof
from trust.errors import EvidenceError, UnknownSignerError
from trust.gm import PublicKey
from trust.proven_entry import proven

Keys = Callable[[str], tuple[PublicKey, ...]]
_LISTED = frozenset({Outcome.OK, Outcome.EMPTY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is shown of one province: its outcome, its uses, and "" or what does not hold."""

    province: str
    outcome: str
    uses: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a receipt proves. `verdict` and `contradictions` are made anew; `problems` are those of the receipt as a whole."""

    asker: str
    exchange_id: str
    asked: str
    claimed: str
    verdict: str
    findings: tuple[Finding, ...]
    contradictions: tuple[Contradiction, ...]
    claims: tuple[Claim, ...]
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything that is claimed holds; that provinces contradict one another is no flaw of the receipt."""
        return not self.problems and not any(one.problem for one in self.findings)


def check(receipt: UsesReceipt, keys: Keys, members: frozenset[str] = frozenset()) -> Report:
    """Check a receipt; `members` are those who have to be named.

    Raises:
        EvidenceError: not even the asker's own entries hold, so nothing is claimed by anybody.
    """
    answered = _own(receipt, receipt.answered, keys, "answered")
    asked = [_own(receipt, one, keys, "asked") for one in receipt.requests]
    digests = frozenset(str(one["request"]) for one in asked if "request" in one)
    outcomes, examination = _outcomes(answered), _Examination(receipt, digests, keys, heads_of(keys))
    lists: dict[str, tuple[Claim, ...]] = {}
    findings = [examination.finding(code, outcomes[code], lists) for code in sorted(outcomes)]
    found = contradictions(lists, covers(receipt.listings))
    verdict = verdict_of(((str(one["outcome"]), bool(one.get("truncated"))) for one in outcomes.values()), lists)
    return Report(
        asker=receipt.asker,
        exchange_id=receipt.exchange_id,
        asked=min((str(one.get("time", "")) for one in asked), default=""),
        claimed=str(answered.get("verdict", "")),
        verdict=verdict.value,
        findings=tuple(findings),
        contradictions=found,
        claims=tuple(claim for claims in lists.values() for claim in claims),
        problems=tuple(_problems(receipt, answered, outcomes, found, verdict.value, members)),
    )


def heads_of(keys: Keys) -> Callable[[str, bytes], Head]:
    """Opens notes with the keys that the membership documents list; each note once."""
    opened: dict[tuple[str, bytes], Head] = {}

    def open_head(province: str, note: bytes) -> Head:
        if (province, note) not in opened:
            opened[province, note] = _opened(province, note, keys(province))
        return opened[province, note]

    return open_head


def _opened(province: str, note: bytes, keys: tuple[PublicKey, ...]) -> Head:
    for key in keys:
        try:
            return verify_note(note, evidence_log(province), key)
        except UnknownSignerError:
            continue
    raise EvidenceError(f"the checkpoint is not signed with a known key of {province}")


def _own(receipt: UsesReceipt, proof: LogProof, keys: Keys, step: str) -> dict[str, Any]:
    """An entry of the asker about this asking.

    Raises:
        EvidenceError: it is none.
    """
    entry = proven(proof, province=receipt.asker, keys=keys(receipt.asker))
    if (entry.get("type"), entry.get("step"), entry.get("exchange")) != ("DISCLOSE", step, receipt.exchange_id):
        raise EvidenceError(f"the entry is not what {receipt.asker} has on record as '{step}' of this asking")
    return entry


def _outcomes(answered: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    outcomes = answered.get("outcomes")
    if not isinstance(outcomes, list) or not all(isinstance(one, dict) for one in outcomes):
        raise EvidenceError("the asker's entry has no outcomes")
    if not all({"province", "outcome"} <= one.keys() for one in outcomes):
        raise EvidenceError("an outcome names no province")
    return {str(one["province"]): one for one in outcomes}


@dataclass(frozen=True, slots=True)
class _Examination:
    """What the lists are held against: the questions that were asked, by digest, and the keys."""

    receipt: UsesReceipt
    digests: frozenset[str]
    keys: Keys
    open_head: OpenHead

    def finding(self, province: str, claim: Mapping[str, Any], lists: dict[str, tuple[Claim, ...]]) -> Finding:
        """What is shown of a province; its uses go to the lists."""
        outcome = str(claim["outcome"])
        try:
            claims = self._claims(province, outcome, claim.get("answer"))
        except EvidenceError as error:
            return Finding(province=province, outcome=outcome, problem=str(error))
        if claims is not None:
            lists[province] = claims
        return Finding(province=province, outcome=outcome, uses=len(claims or ()))

    def _claims(self, province: str, outcome: str, answer: object) -> tuple[Claim, ...] | None:
        """The uses that a province lists, None where it gave no list.

        Raises:
            EvidenceError: the outcome, or one of the uses, is not shown.
        """
        listings = self.receipt.listings.get(province, ())
        if outcome not in _LISTED and listings:
            raise EvidenceError(f"it gave a list, and {outcome} says that it did not")
        if outcome not in _LISTED:
            return None
        if not listings:
            raise EvidenceError(f"{outcome} without a list of the province")
        first = members_of(listings[0].answer.entry, province)
        if province != self.receipt.asker and first.get("answer") != answer:
            raise EvidenceError("its list came with another answer than the one that is quoted")
        if first.get("outcome") != outcome:
            raise EvidenceError(f"the province said {first.get('outcome')}")
        return joined(self._listed(province, one) for one in listings)

    def _listed(self, province: str, listing: Listing) -> tuple[Claim, ...]:
        """The uses of one list, which the province's own entry of its answer to one of these questions means."""
        asker = self.receipt.asker
        entry = proven(listing.answer, province=province, keys=self.keys(province))
        step, peer = ("own", None) if province == asker else ("answered", asker)
        about = (entry.get("type"), entry.get("step"), entry.get("exchange"), entry.get("peer"))
        if about != ("DISCLOSE", step, self.receipt.exchange_id, peer):
            raise EvidenceError("the province's entry is of another answer")
        if province != asker and entry.get("request") not in self.digests:
            raise EvidenceError("the province answered another question than the ones that are shown")
        return check_listing(province, entry, listing.said, listing.asked, self.open_head)


def _problems(
    receipt: UsesReceipt,
    answered: Mapping[str, Any],
    outcomes: Mapping[str, Any],
    found: tuple[Contradiction, ...],
    verdict: str,
    members: frozenset[str],
) -> list[str]:
    problems = [f"{code} is a member and is not named" for code in sorted(members - set(outcomes))]
    problems += [
        f"there is a list of {code}, which is not named" for code in sorted(set(receipt.listings) - set(outcomes))
    ]
    if answered.get("verdict") != verdict:
        problems.append(f"the verdict is {verdict} and not {answered.get('verdict')}")
    if answered.get("found", []) != found_members(found):
        problems.append("the asker's entry names other contradictions than there are")
    return problems


def found_members(found: tuple[Contradiction, ...]) -> list[dict[str, str]]:
    """Contradictions as the asker's entry holds them."""
    return [
        {"province": one.province, "use": one.exchange_id, "kind": one.kind.value, "by": one.accuser} for one in found
    ]
