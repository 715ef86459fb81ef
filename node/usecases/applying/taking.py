"""What the consumer of an application believes of a verdict: what the province's own log bears out, and nothing else. Clause 7.3.

A verdict that its entry does not say is no verdict: the province is asked again. So no receipt rests on one, and no auditor misses one.
"""

import json
from dataclasses import replace

from federation.fanout import Part
from federation.model.application import Result, Verdict
from federation.model.refusal import PASSING, Reason, Refusal
from federation.ports import Draft, Reply
from federation.receipt import check_verdict, passes
from trust.envelope import LogProof
from trust.errors import EvidenceError

MAX_FLAW = 200
"""Characters that are told of what is wrong with an answer: it quotes the entry of a province that is not believed."""


def is_lasting(verdict: Verdict) -> bool:
    """Whether a verdict is the province's last word. One that passes by itself is not kept: the next search asks that province again.

    So it does where a person has yet to decide.
    """
    reasons = verdict.reasons if verdict.result is Result.REJECT else ()
    passing = any(one.retry_after_s or one.reason in PASSING for one in reasons)
    return verdict.result is not Result.PENDING and not passing


def believed(part: Part[Reply[Verdict]], *, consumer: str, apply_id: str, request: Draft) -> Part[Reply[Verdict]]:
    """What came of a request with an application: an error where the province's log says something else, or nothing."""
    if part.value is None:
        return part
    flaw = flaw_of(
        part.value.message,
        part.value.proof,
        consumer=consumer,
        apply_id=apply_id,
        exchange_id=request.exchange_id,
        request=request.digest,
    )
    if not flaw:
        return part
    return replace(part, value=None, refusal=Refusal(reason=Reason.PEER_ERROR, detail=flaw[:MAX_FLAW]))


def flaw_of(
    verdict: Verdict, proof: LogProof | None, *, consumer: str, apply_id: str, exchange_id: str, request: str
) -> str:
    """Why the province's log does not bear a verdict out that answers the request of this digest; "" where it does, or without logs."""
    if proof is None:
        return ""  # only a node without a log gets it this far: `Post.open_answer`
    entry = json.loads(proof.entry)
    refusal = verdict.reasons[0].reason.value if verdict.reasons else ""
    claim = {"result": verdict.result.value, "refusal": refusal}
    try:
        check_verdict(entry, claim, consumer=consumer, apply_id=apply_id, request=request)
    except EvidenceError as error:
        return str(error)
    if entry.get("exchange") != exchange_id:  # by which a receipt finds what was asked
        return "the province's entry is about another exchange"
    if is_lasting(verdict) and passes(entry):
        return "the province's entry says that what it turned down passes by itself"
    return ""
