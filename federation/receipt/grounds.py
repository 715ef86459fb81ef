"""On what a claim about one province rests: its own word, our own entry, or that nobody asked. Clause 8.2; `check` adds them up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation.model.refusal import Reason
from federation.model.search import Outcome
from federation.receipt.document import Receipt, Rejection
from federation.receipt.lists import left_out
from federation.receipt.verdicts import check_verdict, passes
from federation.receipt.words import Basis, Question, Questions, question, sent_in, time_of, word_of
from trust.envelope import MAX_SKEW
from trust.errors import EvidenceError
from trust.gm import PublicKey
from trust.proven_entry import proven

Keys = Callable[[str], tuple[PublicKey, ...]]
"""The signing keys of a province that count; none for one that is no member."""
Stopped = Callable[[str, tuple[bytes, ...], datetime], frozenset[str]]
"""The certificate types that these documents, as stop orders of a province given by that time, stop there; others stop nothing."""
Members = Callable[[datetime], tuple[frozenset[str], ...]]
"""The provinces that took part at a time, by each version of the membership document that may have been in force."""
ANSWERED = frozenset({Outcome.OK, Outcome.EMPTY, Outcome.DENIED})
"""The outcomes that need the province's own word; the others are claims of the consumer."""


@dataclass(frozen=True, slots=True)
class Case:
    """What claims are held against; `at` is when the search ended, by the consumer's entry."""

    receipt: Receipt
    at: datetime
    questions: Questions
    keys: Keys
    stopped: Stopped


def ground_of(case: Case, province: str, outcome: str, claim: Mapping[str, Any]) -> tuple[Basis, str]:
    """On what a claim rests, and the reason that is only claimed.

    Raises:
        EvidenceError: on nothing.
    """
    if outcome not in set(Outcome):
        raise EvidenceError("this is no outcome")
    asked = case.questions.asked(province)
    if province == case.receipt.consumer:
        if asked:
            raise EvidenceError("the consumer asked itself")
        return Basis.OWN, ""
    if outcome in ANSWERED and (asked or province in case.receipt.answers):
        _check_answered(case, province, outcome, claim, asked)
        return Basis.ANSWER, ""
    if outcome == Outcome.DENIED:
        return _denied_before(case, province, claim), ""
    if outcome in ANSWERED:
        raise EvidenceError(f"it was not asked, so it cannot have said {outcome}")
    _check_silence(case, province, outcome, asked=bool(asked))
    if outcome == Outcome.SKIPPED:
        return Basis.LEFT_OUT, left_out(case.receipt, case.keys, province, claim)
    reason = word_of(claim, "refusal")  # as OVERLOADED: what stands on record may never have left
    return Basis.SILENT, reason if reason in set(Reason) else "for no reason"


def _check_silence(case: Case, province: str, outcome: str, *, asked: bool) -> None:
    if province in case.receipt.answers:
        raise EvidenceError(f"it did answer, and {outcome} says that it did not")
    if outcome == Outcome.SKIPPED and asked:
        raise EvidenceError("it was asked, so it was not skipped")
    if outcome != Outcome.SKIPPED and not asked:
        raise EvidenceError("it was not asked, so it was not silent either")


def _check_answered(
    case: Case, province: str, outcome: str, claim: Mapping[str, Any], asked: tuple[Question, ...]
) -> None:
    """The province's own entry of its answer says the same."""
    proof = case.receipt.answers.get(province)
    if proof is None:
        raise EvidenceError(f"{outcome} without a word of the province")
    entry = proven(proof, province=province, keys=case.keys(province))
    check_answer(entry, claim, consumer=case.receipt.consumer, exchange_id=case.receipt.exchange_id, asked=asked)


def check_answer(
    entry: Mapping[str, Any], claim: Mapping[str, Any], *, consumer: str, exchange_id: str, asked: tuple[Question, ...]
) -> None:
    """A province's entry is about the answer that is claimed, to one of these questions, and says the same.

    The consumer holds every answer against it before it believes one: what would not be shown by a receipt counts as no answer.

    Raises:
        EvidenceError: it is not, or does not.
    """
    answer = sent_in(entry, "SearchAnswer", consumer)
    if entry.get("exchange") != exchange_id:
        raise EvidenceError("the province's entry is about another exchange")
    sent = next((one for one in asked if one.digest == entry.get("request")), None)
    if sent is None:
        raise EvidenceError("the province answered another question than the one it was sent")
    if other := sent.differs(entry):
        raise EvidenceError(f"the province's entry is about {other} than the question as the consumer has it on record")
    if answer != claim.get("answer"):
        raise EvidenceError("the province's entry is about another answer than the one that is quoted")
    for member, name in (("outcome", "outcome"), ("refusal", "reason"), ("truncated", "whether it holds more")):
        said, told = word_of(entry, member), word_of(claim, member)
        if said != told:
            raise EvidenceError(f"the province said {said or 'nothing'}, not {told or 'nothing'} ({name})")


def _denied_before(case: Case, province: str, claim: Mapping[str, Any]) -> Basis:
    rejection = case.receipt.rejections.get(province)
    if rejection is not None:
        _check_rejected(case, province, claim, rejection)
        return Basis.VERDICT
    documents = case.receipt.stops.get(province, ())
    if documents and case.questions.types <= case.stopped(province, documents, case.at):
        return Basis.ORDER
    raise EvidenceError("DENIED without a word of the province")


def _check_rejected(case: Case, province: str, claim: Mapping[str, Any], rejection: Rejection) -> None:
    """The province turned the application down that this search rests on."""
    request = question(proven(rejection.request, province=case.receipt.consumer, keys=case.keys(case.receipt.consumer)))
    entry = proven(rejection.answer, province=province, keys=case.keys(province))
    if province not in request.peers or request.apply_id != case.questions.apply_id:
        raise EvidenceError("the question that is shown was for another province, or is of another application")
    check_verdict(
        entry,
        {"result": "REJECT", "refusal": word_of(claim, "refusal")},
        consumer=case.receipt.consumer,
        apply_id=request.apply_id,
        request=request.digest,
    )
    if passes(entry):
        raise EvidenceError(
            "the province turned it down for a reason that passes by itself, so it was to be asked again"
        )
    if time_of(entry) > case.at + MAX_SKEW:
        raise EvidenceError("the province turned it down after the search")
