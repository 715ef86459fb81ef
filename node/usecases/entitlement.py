"""What a consumer may do under a verdict this node gave: the base of search and retrieval at the provider. DESIGN §2.4.

Permission comes before existence: every function here decides without looking whether a certificate exists.
"""

from dataclasses import dataclass
from datetime import datetime

from federation.model.application import Output
from federation.model.refusal import Reason, Refusal
from node.ports.store import GivenVerdict, Nouns
from node.usecases.stops import Stops
from trust import gm


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """A verdict in force, or why there is none."""

    verdict: GivenVerdict | None = None
    refusal: Refusal | None = None


def _refused(reason: Reason, detail: str) -> Entitlement:
    return Entitlement(refusal=Refusal(reason=reason, detail=detail))


def for_search(
    nouns: Nouns,
    stops: Stops,
    *,
    consumer: str,
    apply_id: str,
    holder_digest: str,
    type_codes: tuple[str, ...],
    now: datetime,
) -> Entitlement:
    """Whether this consumer may search at least one of these types for this holder."""
    verdict = nouns.applications.given(consumer, apply_id)
    if verdict is None or verdict.expires_at < now:
        return _refused(Reason.USE_CODE_SPENT, "no application in force under this id")
    if verdict.holder_digest != holder_digest:
        return _refused(Reason.MATTER_MISMATCH, "another holder than the application's")
    if not set(type_codes) & set(verdict.type_codes):
        return _refused(Reason.MATTER_MISMATCH, "none of the types is in the verdict")
    return _unless_stopped(stops, verdict)


def for_retrieval(
    nouns: Nouns, stops: Stops, *, consumer: str, apply_id: str, use_code: str, output: Output, now: datetime
) -> Entitlement:
    """Whether this consumer may retrieve in this form with this use code."""
    verdict = nouns.applications.given(consumer, apply_id)
    if verdict is None or verdict.expires_at < now or gm.sm3(use_code.encode()).hex() != verdict.use_code_digest:
        return _refused(Reason.USE_CODE_SPENT, "no such use code in force")
    if output.value not in verdict.outputs:
        return _refused(Reason.OUTPUT_NOT_ALLOWED, output.value)
    return _unless_stopped(stops, verdict)


def _unless_stopped(stops: Stops, verdict: GivenVerdict) -> Entitlement:
    """A verdict in force is worth nothing while its line, unit, application, operator or province is stopped."""
    refusal = stops.verdict(verdict)
    return Entitlement(verdict=verdict) if refusal is None else Entitlement(refusal=refusal)
