"""What a receipt proves, found without a node and without a network: with the membership documents alone. Clause 8.2, DESIGN §2.3.

For every province that the consumer's entry names:

* OK, EMPTY and DENIED need the province's own word: its entry, in its log, about the answer that the consumer's entry quotes, to a question
  that the consumer's entry shows was sent to it; and it has to say the same. A rejected application and a stop order are such words, too.
* TIMEOUT and ERROR claim silence, so the province was asked and there is no word of it; SKIPPED, so it was not asked.
* The consumer's own province answered itself: its entry is the proof.

Then the verdict over them is made anew by the rule the node uses. What cannot be shown from here: that a province left out as SKIPPED had
nothing to say; its catalogue and the use list, which are published, tell.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from federation.model.refusal import Reason, Refusal
from federation.model.search import Completeness, Outcome, ProvinceOutcome, completeness
from federation.receipt.document import Receipt, Rejection
from federation.receipt.words import Question, Questions, question
from trust.envelope import LogProof
from trust.errors import EvidenceError
from trust.gm import PublicKey
from trust.proven_entry import proven

Keys = Callable[[str], tuple[PublicKey, ...]]
"""The signing keys of a province that count; none for one that is no member."""
Stopped = Callable[[str, tuple[bytes, ...]], frozenset[str]]
"""The certificate types that these documents, as stop orders of a province, stop there; those that do not hold stop nothing."""
_ANSWERED = frozenset({Outcome.OK, Outcome.EMPTY, Outcome.DENIED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is shown of one province; `problem` is "" where the claim holds, `ground` says on what it rests."""

    province: str
    outcome: str
    ground: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a receipt proves. `verdict` is made anew; `problems` are those of the receipt as a whole."""

    consumer: str
    exchange_id: str
    claimed: str
    verdict: str
    findings: tuple[Finding, ...]
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything that is claimed holds."""
        return not self.problems and not any(one.problem for one in self.findings)


def check(receipt: Receipt, keys: Keys, stopped: Stopped) -> Report:
    """Check a receipt.

    Raises:
        EvidenceError: not even the consumer's own entries hold, so nothing is claimed by anybody.
    """
    own = keys(receipt.consumer)
    answered = _own_entry(receipt.answered, receipt, own, "answered")
    questions = [question(_own_entry(one, receipt, own, "asked")) for one in receipt.requests]
    claims = _claims(answered)
    case = _Case(receipt, Questions(tuple(questions), str(answered.get("apply", ""))), keys, stopped)
    findings = tuple(_finding(case, code, claims[code]) for code in sorted(claims))
    verdict = completeness(tuple(_outcome(code, claims[code]) for code in sorted(claims)))
    claimed = str(answered.get("verdict", ""))
    return Report(
        consumer=receipt.consumer,
        exchange_id=receipt.exchange_id,
        claimed=claimed,
        verdict=verdict.value,
        findings=findings,
        problems=tuple(_problems(case, answered, claims, verdict)),
    )


@dataclass(frozen=True, slots=True)
class _Case:
    receipt: Receipt
    questions: Questions
    keys: Keys
    stopped: Stopped


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


def _problems(case: _Case, answered: Mapping[str, Any], claims: Mapping[str, Any], verdict: Completeness) -> list[str]:
    found = [f"{code} was asked and is not named" for code in case.questions.peers if code not in claims]
    if sorted(answered.get("peers", [])) != list(case.questions.peers):
        found.append("the questions shown are not those that the consumer's entry of the outcomes names")
    if answered.get("verdict") != verdict.value:
        found.append(f"the verdict is {verdict.value} and not {answered.get('verdict')}")
    strangers = {*case.receipt.answers, *case.receipt.rejections, *case.receipt.stops} - set(claims)
    return found + [f"there is a proof for {code}, which is not named" for code in sorted(strangers)]


def _finding(case: _Case, province: str, claim: Mapping[str, Any]) -> Finding:
    outcome = str(claim.get("outcome", ""))
    try:
        ground = _ground(case, province, outcome, claim)
    except EvidenceError as error:
        return Finding(province=province, outcome=outcome, problem=str(error))
    return Finding(province=province, outcome=outcome, ground=ground)


def _ground(case: _Case, province: str, outcome: str, claim: Mapping[str, Any]) -> str:
    """On what a claim rests.

    Raises:
        EvidenceError: on nothing.
    """
    if outcome not in set(Outcome):
        raise EvidenceError("this is no outcome")
    asked = case.questions.asked(province)
    if province == case.receipt.consumer:
        if asked:
            raise EvidenceError("the consumer asked itself")
        return "the consumer's own entry"
    if outcome in _ANSWERED and (asked or province in case.receipt.answers):
        return _answer(case, province, outcome, claim, asked)
    if outcome == Outcome.DENIED:
        return _denied_before(case, province, claim)
    if outcome in _ANSWERED:
        raise EvidenceError(f"it was not asked, so it cannot have said {outcome}")
    return _silence(case, province, outcome, asked=bool(asked))


def _silence(case: _Case, province: str, outcome: str, *, asked: bool) -> str:
    if province in case.receipt.answers:
        raise EvidenceError(f"it did answer, and {outcome} says that it did not")
    if outcome == Outcome.SKIPPED and asked:
        raise EvidenceError("it was asked, so it was not skipped")
    if outcome != Outcome.SKIPPED and not asked:
        raise EvidenceError("it was not asked, so it was not silent either")
    return "it was not asked" if outcome == Outcome.SKIPPED else "it was asked, and no answer is claimed"


def _answer(case: _Case, province: str, outcome: str, claim: Mapping[str, Any], asked: tuple[Question, ...]) -> str:
    """The province's own entry of its answer says the same."""
    proof = case.receipt.answers.get(province)
    if proof is None:
        raise EvidenceError(f"{outcome} without a word of the province")
    entry = proven(proof, province=province, keys=case.keys(province))
    _check_addressed(entry, case.receipt, "SearchAnswer")
    if entry.get("exchange") != case.receipt.exchange_id:
        raise EvidenceError("the province's entry is about another exchange")
    if entry.get("request") not in {one.digest for one in asked}:
        raise EvidenceError("the province answered another question than the one it was sent")
    if _sent(entry, "SearchAnswer") != claim.get("answer"):
        raise EvidenceError("the province's entry is about another answer than the one that is quoted")
    for member, name in (("outcome", "outcome"), ("refusal", "reason"), ("truncated", "whether it holds more")):
        said, told = _word(entry, member), _word(claim, member)
        if said != told:
            raise EvidenceError(f"the province said {said or 'nothing'}, not {told or 'nothing'} ({name})")
    return "the province's own entry"


def _denied_before(case: _Case, province: str, claim: Mapping[str, Any]) -> str:
    rejection = case.receipt.rejections.get(province)
    if rejection is not None:
        return _rejected(case, province, claim, rejection)
    documents = case.receipt.stops.get(province, ())
    if documents and case.questions.types <= case.stopped(province, documents):
        return "the province's stop order"
    raise EvidenceError("DENIED without a word of the province")


def _rejected(case: _Case, province: str, claim: Mapping[str, Any], rejection: Rejection) -> str:
    """The province turned the application down that this search rests on."""
    request = question(proven(rejection.request, province=case.receipt.consumer, keys=case.keys(case.receipt.consumer)))
    entry = proven(rejection.answer, province=province, keys=case.keys(province))
    kind = "SubmitAnswer" if entry.get("type") == "VERIFY" else "SearchAnswer"
    _check_addressed(entry, case.receipt, kind)
    _sent(entry, kind)
    if entry.get("request") != request.digest or province not in request.peers:
        raise EvidenceError("the province decided on another question than the one that is shown")
    if {entry.get("apply"), request.apply_id} != {case.questions.apply_id}:
        raise EvidenceError("the rejection is of another application")
    reasons = entry.get("reasons") or [entry.get("refusal")]
    said = _word({"refusal": reasons[0]}, "refusal") if isinstance(reasons, list) else ""
    if entry.get("result") != "REJECT" or said not in {"", _word(claim, "refusal")}:
        raise EvidenceError("the province did not turn it down for this reason")
    return "the province's entry of its verdict"


def _check_addressed(entry: Mapping[str, Any], receipt: Receipt, kind: str) -> None:
    if entry.get("peer") != receipt.consumer:
        raise EvidenceError(f"the province's entry is about a message to another than {receipt.consumer}")
    if entry.get("type") not in {"SEARCH", "VERIFY"}:
        raise EvidenceError(f"the province's entry is not of a {kind}")


def _sent(entry: Mapping[str, Any], kind: str) -> object:
    """The digest of the message of this kind that an entry says was sent."""
    sent = entry.get("sent")
    member = sent.get(kind) if isinstance(sent, dict) else None
    if not isinstance(member, str) or not isinstance(entry.get(member), str):
        raise EvidenceError(f"the entry does not say that a {kind} was sent")
    return entry[member]


def _word(members: Mapping[str, Any], name: str) -> str:
    """A member as one word; of a refusal its reason."""
    value = members.get(name)
    if isinstance(value, dict):
        value = value.get("reason")
    return "" if value in (None, False) else str(value)


def _outcome(province: str, claim: Mapping[str, Any]) -> ProvinceOutcome:
    """A claim as the rule of completeness takes it; an outcome or a reason that is none counts as an error."""
    word, reason = str(claim.get("outcome", "")), _word(claim, "refusal")
    return ProvinceOutcome(
        province=province,
        outcome=Outcome(word) if word in set(Outcome) else Outcome.ERROR,
        refusal=Refusal(reason=Reason(reason)) if reason in set(Reason) else None,
        elapsed_ms=0,
        truncated=claim.get("truncated") is True,
    )
