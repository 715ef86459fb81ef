"""What a receipt proves, found without a node and without a network: with the membership documents alone. Clause 8.2, DESIGN §2.3.

For every province that the consumer's entry names:

* OK, EMPTY and DENIED need the province's own word: its entry, in its log, about the answer that the consumer's entry quotes, to a question
  that the consumer's entry shows was sent to it; and it has to say the same, about the same application, types and scope. A rejected
  application and a stop order are such words, too.
* TIMEOUT and ERROR claim silence, so the province was asked and there is no word of it.
* SKIPPED claims that there was no need to ask it: it names the lists that say so, and their versions were published.
* The consumer's own province answered itself: its entry is the proof.

Nobody is left out: every member of the time is named, each once.

Then the verdict over them is made anew by the rule the node uses. What cannot be shown from here: that a province left out as SKIPPED was
so rightly; the lists that are named tell, or the caller's choice. Nor that a stop order had not been lifted: the orders tell.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from federation.model.refusal import Reason, Refusal
from federation.model.search import Completeness, Outcome, ProvinceOutcome, completeness
from federation.receipt.document import Receipt
from federation.receipt.grounds import ANSWERED, Case, Keys, Members, Stopped, ground_of
from federation.receipt.words import Basis, Questions, question, texts_of, time_of, word_of
from trust.envelope import LogProof
from trust.errors import EvidenceError
from trust.gm import PublicKey
from trust.proven_entry import proven


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is shown of one province; `problem` is "" where the claim holds; `basis` says on what it rests, `detail` the reason given."""

    province: str
    outcome: str
    basis: Basis | None = None
    detail: str = ""
    problem: str = ""

    @property
    def ground(self) -> str:
        """Basis and detail as one sentence."""
        return ": ".join(one for one in (self.basis, self.detail) if one)

    @property
    def shown(self) -> bool:
        """Whether it is somebody's own word on record; else, without a problem, it is what the consumer claims."""
        return not self.problem and self.outcome in ANSWERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a receipt proves. `verdict` is made anew; `problems` are those of the receipt as a whole.

    `apply_id` and `types` say what was searched, and `scope` whether for one certificate number alone ("narrowed"), which the file does
    not hold, or also for what is not valid ("invalid"); `asked` is when, by the consumer's entry.
    """

    consumer: str
    exchange_id: str
    apply_id: str
    types: tuple[str, ...]
    scope: tuple[str, ...]
    asked: str
    claimed: str
    verdict: str
    findings: tuple[Finding, ...]
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything that is claimed holds."""
        return not self.problems and not any(one.problem for one in self.findings)


def check(receipt: Receipt, keys: Keys, stopped: Stopped, members: Members) -> Report:
    """Check a receipt.

    Raises:
        EvidenceError: not even the consumer's own entries hold, so nothing is claimed by anybody.
    """
    own = keys(receipt.consumer)
    answered = _own_entry(receipt.answered, receipt, own, "answered")
    asked = [_own_entry(one, receipt, own, "asked") for one in receipt.requests]
    claims = _claims(answered)
    questions = Questions(tuple(question(one) for one in asked), str(answered.get("apply", "")))
    case = Case(receipt, time_of(answered), questions, keys, stopped)
    findings = tuple(_finding(case, code, claims[code]) for code in sorted(claims))
    verdict = completeness(tuple(_outcome(code, claims[code]) for code in sorted(claims)))
    claimed = str(answered.get("verdict", ""))
    return Report(
        consumer=receipt.consumer,
        exchange_id=receipt.exchange_id,
        apply_id=questions.apply_id,
        types=tuple(sorted(questions.types)),
        scope=tuple(sorted(questions.scope)),
        asked=min((str(one.get("time", "")) for one in asked), default=""),
        claimed=claimed,
        verdict=verdict.value,
        findings=findings,
        problems=(*_of_names(answered, members(case.at)), *_problems(case, answered, claims, verdict)),
    )


def _own_entry(proof: LogProof, receipt: Receipt, keys: tuple[PublicKey, ...], step: str) -> dict[str, Any]:
    """An entry of the consumer about this search.

    Raises:
        EvidenceError: it is none.
    """
    entry = proven(proof, province=receipt.consumer, keys=keys)
    if (entry.get("type"), entry.get("step"), entry.get("exchange")) != ("SEARCH", step, receipt.exchange_id):
        raise EvidenceError(f"the entry is not what {receipt.consumer} has on record as '{step}' of this search")
    return entry


def _claims(answered: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What the consumer's entry says of each province."""
    outcomes = answered.get("outcomes")
    if not isinstance(outcomes, list) or not all(isinstance(one, dict) and "province" in one for one in outcomes):
        raise EvidenceError("the consumer's entry has no outcomes")
    return {str(one["province"]): one for one in outcomes}


def _of_names(answered: Mapping[str, Any], versions: tuple[frozenset[str], ...]) -> list[str]:
    """Who is named twice, and whether a member is not named at all."""
    named = Counter(str(one["province"]) for one in answered["outcomes"])
    missing = min((version - set(named) for version in versions), key=len)
    found = [f"{code} is named more than once" for code, times in sorted(named.items()) if times > 1]
    return found + [f"{code} is a member and is not named" for code in sorted(missing)]


def _problems(case: Case, answered: Mapping[str, Any], claims: Mapping[str, Any], verdict: Completeness) -> list[str]:
    found = [f"{code} was asked and is not named" for code in case.questions.peers if code not in claims]
    if sorted(texts_of(answered.get("peers"))) != list(case.questions.peers):
        found.append("the questions shown are not those that the consumer's entry of the outcomes names")
    if {one.apply_id for one in case.questions.each} - {case.questions.apply_id}:
        found.append("a question is of another application than the outcomes are")
    if len({(one.types, one.scope) for one in case.questions.each}) > 1:
        found.append("the questions are not about the same")
    if answered.get("verdict") != verdict.value:
        found.append(f"the verdict is {verdict.value} and not {answered.get('verdict')}")
    strangers = {*case.receipt.answers, *case.receipt.rejections, *case.receipt.stops} - set(claims)
    return found + [f"there is a proof for {code}, which is not named" for code in sorted(strangers)]


def _finding(case: Case, province: str, claim: Mapping[str, Any]) -> Finding:
    outcome = str(claim.get("outcome", ""))
    try:
        basis, detail = ground_of(case, province, outcome, claim)
    except EvidenceError as error:
        return Finding(province=province, outcome=outcome, problem=str(error))
    return Finding(province=province, outcome=outcome, basis=basis, detail=detail)


def _outcome(province: str, claim: Mapping[str, Any]) -> ProvinceOutcome:
    """A claim as the rule of completeness takes it; an outcome or a reason that is none counts as an error."""
    word, reason = str(claim.get("outcome", "")), word_of(claim, "refusal")
    return ProvinceOutcome(
        province=province,
        outcome=Outcome(word) if word in set(Outcome) else Outcome.ERROR,
        refusal=Refusal(reason=Reason(reason)) if reason in set(Reason) else None,
        elapsed_ms=0,
        truncated=bool(word_of(claim, "truncated")),
    )
