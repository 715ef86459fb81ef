"""What the consumer of a search believes of an answer: what a receipt could show, and nothing else. Clause 8.2, DESIGN §2.1, §4.

An answer whose entry in the province's log is missing, or says otherwise, counts as an error: one province that lies spoils no receipt.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from federation.fanout import Part
from federation.model.application import Result
from federation.model.refusal import Reason, Refusal
from federation.model.search import Answer, Outcome, ProvinceOutcome, Query
from federation.ports import Reply
from federation.receipt import Question, check_answer
from node.usecases.applying.taking import MAX_FLAW, flaw_of
from node.usecases.record import answered_member, refusal_member
from trust.errors import EvidenceError

_WORDS = frozenset({Outcome.OK, Outcome.EMPTY, Outcome.DENIED})  # the others are what we make of silence


@dataclass(frozen=True, slots=True)
class Taking:
    """Takes the answers to one search of `province`."""

    province: str
    exchange_id: str
    query: Query

    def taken(self, code: str, part: Part[Reply[Answer]], digest: str, answers: dict[str, Answer]) -> ProvinceOutcome:
        """What became of a province that was sent the question of this digest; its answer goes to the others, where it may be believed."""
        if part.value is None:
            refusal = part.refusal or Refusal(reason=Reason.PEER_ERROR)
            word = Outcome.TIMEOUT if refusal.reason is Reason.PEER_TIMEOUT else Outcome.ERROR
            return unasked(code, word, refusal, part.elapsed_ms)
        answer = part.value.message
        if answer.verdict is not None and answer.verdict.result is not Result.PASS:
            denied = Answer(outcome=Outcome.DENIED, refusal=_rejection(answer))
            answer = replace(denied, items=answer.items, catalogue_version=answer.catalogue_version)
        outcome = replace(
            of_answer(code, answer, part.elapsed_ms, part.value.digest), answer_issued=part.value.issued_at
        )
        flaw = self._flaw(answer) or self._belied(part.value, outcome, digest)
        if flaw:
            refusal = Refusal(reason=Reason.PEER_ERROR, detail=flaw[:MAX_FLAW])
            error = unasked(code, Outcome.ERROR, refusal, part.elapsed_ms)
            return replace(error, answer_digest=outcome.answer_digest, answer_issued=outcome.answer_issued)
        answers[code] = answer
        return outcome

    def _flaw(self, answer: Answer) -> str:
        """Why an answer makes no sense; "" where it does."""
        if answer.outcome not in _WORDS or bool(answer.items) != (answer.outcome is Outcome.OK):
            return f"the answer says {answer.outcome} with{'' if answer.items else 'out'} items"
        if not {item.type_code for item in answer.items} <= set(self.query.type_codes):
            return "the answer holds types that were not asked for"
        return ""

    def _belied(self, reply: Reply[Answer], outcome: ProvinceOutcome, digest: str) -> str:
        """Why the province's log does not bear the answer out; "" where it does, or where there are no logs to go by."""
        if reply.proof is None:
            return ""  # only a node without a log gets it this far: `Post.open_answer`
        query = self.query
        question = Question(
            digest=digest,
            peers=frozenset({outcome.province}),
            types=frozenset(query.type_codes),
            apply_id=query.apply_id,
            scope=frozenset(query.scope),
        )
        try:
            check_answer(
                json.loads(reply.proof.entry),
                outcome_member(outcome),
                consumer=self.province,
                exchange_id=self.exchange_id,
                asked=(question,),
            )
        except EvidenceError as error:
            return str(error)
        verdict = reply.message.verdict
        if verdict is None:
            return ""
        return flaw_of(
            verdict,
            reply.proof,
            consumer=self.province,
            apply_id=query.apply_id,
            exchange_id=self.exchange_id,
            request=digest,
        )


def _rejection(answer: Answer) -> Refusal:
    """Why a province did not admit the application; it may not have said."""
    reasons = answer.verdict.reasons if answer.verdict else ()
    return next(iter(reasons), None) or answer.refusal or Refusal(reason=Reason.PEER_ERROR)


def unasked(code: str, word: Outcome, refusal: Refusal, elapsed_ms: int = 0) -> ProvinceOutcome:
    """The outcome of a province without an answer that is believed."""
    return ProvinceOutcome(province=code, outcome=word, refusal=refusal, elapsed_ms=elapsed_ms)


def of_answer(code: str, answer: Answer, elapsed_ms: int, digest: str) -> ProvinceOutcome:
    """The outcome that a province's answer is; `digest` is that of the signed answer, "" for our own."""
    return ProvinceOutcome(
        province=code,
        outcome=answer.outcome,
        refusal=answer.refusal,
        elapsed_ms=elapsed_ms,
        answer_digest=digest,
        catalogue_version=answer.catalogue_version,
        truncated=answer.truncated,
    )


def outcome_member(one: ProvinceOutcome, lists: Mapping[str, int] | None = None) -> dict[str, Any]:
    """One outcome for the entry, with the digest of the signed answer behind it, or the versions of the `lists` by which nobody asked."""
    member: dict[str, Any] = {"province": one.province, "outcome": one.outcome.value}
    if one.truncated:
        member["truncated"] = True
    if one.answer_digest:
        member |= answered_member(one.answer_digest, one.answer_issued)
    if one.refusal is not None:
        member["refusal"] = refusal_member(one.refusal)
    if lists:
        member["lists"] = dict(lists)
    return member
