"""What a consumer may do under a verdict this node gave: the base of search and retrieval at the provider. DESIGN §2.4.

Permission comes before existence: every function here decides without looking whether a certificate exists.
"""

from dataclasses import dataclass
from datetime import datetime

from federation.model.application import Output
from federation.model.refusal import Reason, Refusal
from node.ports.applications import GivenVerdict
from node.ports.store import Nouns
from node.usecases.admission.anomaly import Pauses
from node.usecases.admission.case import china_day, ground_of
from node.usecases.admission.catalogue import ended
from node.usecases.admission.checks import check_still, turned_down
from node.usecases.lists import Lists
from node.usecases.stops import Stops
from trust import gm


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether what a verdict of `province` rests on still stands: no stop order, and the line and the acceptance of it still there."""

    province: str
    lists: Lists
    stops: Stops
    pauses: Pauses

    def refusal(self, verdict: GivenVerdict, now: datetime) -> Refusal | None:
        """Why the verdict is worth nothing any more. Clause 6.1: withdrawals act at once."""
        ground = ground_of(
            self.lists,
            verdict.use_list_id,
            consumer=verdict.consumer,
            provider=self.province,
            here=self.province,
            now=now,
        )
        return self.stops.verdict(verdict) or check_still(ground) or self._taken_back(verdict)

    def _taken_back(self, verdict: GivenVerdict) -> Refusal | None:
        """A suspension of the version that the verdict was given under, also where the consumer has published another since."""
        ruling = self.lists.ruling(self.province, verdict.consumer, verdict.use_list_id, verdict.line_version)
        return turned_down(ruling) if ruling is not None and not ruling.admits else None

    def ended(self, type_code: str, now: datetime) -> Refusal | None:
        """Why nothing of this type is handed out any more, whatever was admitted before."""
        stopped = self.stops.type(self.province, type_code)
        if stopped is not None:
            return stopped
        why = ended(self.lists.entry(self.province, type_code, now), china_day(now).isoformat())
        return Refusal(reason=Reason.TYPE_NOT_OFFERED, detail=f"{type_code}: {why}") if why else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """A verdict in force, or why there is none."""

    verdict: GivenVerdict | None = None
    refusal: Refusal | None = None


def _refused(reason: Reason, detail: str) -> Entitlement:
    return Entitlement(refusal=Refusal(reason=reason, detail=detail))


def for_search(
    nouns: Nouns,
    standing: Standing,
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
    return _while_standing(nouns, standing, verdict, now)


def for_retrieval(
    nouns: Nouns, standing: Standing, *, consumer: str, apply_id: str, use_code: str, output: Output, now: datetime
) -> Entitlement:
    """Whether this consumer may retrieve in this form with this use code."""
    verdict = nouns.applications.given(consumer, apply_id)
    if verdict is None or verdict.expires_at < now or gm.sm3(use_code.encode()).hex() != verdict.use_code_digest:
        return _refused(Reason.USE_CODE_SPENT, "no such use code in force")
    if output.value not in verdict.outputs:
        return _refused(Reason.OUTPUT_NOT_ALLOWED, output.value)
    return _while_standing(nouns, standing, verdict, now)


def spent(holder: str) -> Refusal:
    """Why a use is not to be had: another exchange holds it; "": this one does, in another period of the application."""
    if holder:
        return Refusal(reason=Reason.USE_CODE_SPENT, detail="this use was made in another exchange")
    detail = "this exchange made the use in an earlier period: another Idempotency-Key makes another use"
    return Refusal(reason=Reason.USE_CODE_SPENT, detail=detail)


def _while_standing(nouns: Nouns, standing: Standing, verdict: GivenVerdict, now: datetime) -> Entitlement:
    refusal = standing.refusal(verdict, now)
    refusal = refusal or standing.pauses.refusal(nouns, verdict.consumer, verdict.operator, now)
    return Entitlement(verdict=verdict) if refusal is None else Entitlement(refusal=refusal)
