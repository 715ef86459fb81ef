"""The ordered checks of clause 7.3 on an application: made by the consumer, and again by the provider on its own copy of the lists.

Check 1 (signature, membership, time, nonce) is done before a message reaches the use-cases; check 6 (the holder's consent) is in
`node.usecases.consent`; check 7 is in `anomaly` and `limits`. Pure: a case in, the first refusal out. Every check has a name, so that
`explanation` can walk the very same ones.

What goes beyond the line is the caller's error and refused. What goes beyond a provider's own limits or catalogue is what that province
does not give: it gives the rest, and refuses where nothing is left.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum

from federation.model.application import Application, Holder, Kind
from federation.model.decision import Decision, Ruling
from federation.model.refusal import Reason, Refusal
from federation.model.uselist import LineStatus
from node.errors import RefusedError
from node.library.holder import HolderCodeError, check_holder_code
from node.usecases.admission.case import MAX_TYPES, Case, Ground
from node.usecases.admission.catalogue import check_catalogue
from node.usecases.admission.waiting import seconds_until
from trust.envelope import MAX_SKEW

MAX_CAUSE = 200  # characters; REQUIREMENTS 7.2
_MAX_REASONS = 200  # characters of a provider's reasons in a detail


class Check(StrEnum):
    """The checks, by their numbers in clause 7.3.

    FORM, HOLDER 2; LINE to OPERATOR 3; MATTER to STANDING_RIGHT, and STANDING_BOUND, 4; CATALOGUE 5; AUTHORISATION 6; ANOMALY and LIMITS 7;
    CALLER 8.
    """

    CALLER = "CALLER"
    PEER = "PEER"
    FORM = "FORM"
    HOLDER = "HOLDER"
    STOPS = "STOPS"
    LINE = "LINE"
    VERSION = "VERSION"
    STANDING = "STANDING"
    DECISION = "DECISION"
    UNIT = "UNIT"
    SYSTEM = "SYSTEM"
    OPERATOR = "OPERATOR"
    MATTER = "MATTER"
    TYPES = "TYPES"
    GROUND = "GROUND"
    OUTPUTS = "OUTPUTS"
    FIELDS = "FIELDS"
    STANDING_RIGHT = "STANDING_RIGHT"
    CATALOGUE = "CATALOGUE"
    STANDING_BOUND = "STANDING_BOUND"
    AUTHORISATION = "AUTHORISATION"
    TYPE_STOPS = "TYPE_STOPS"
    ANOMALY = "ANOMALY"
    LIMITS = "LIMITS"


Step = tuple[Check, Callable[[Case], Refusal | None]]


def first_refusal(steps: Sequence[Step], case: Case) -> Refusal | None:
    """The refusal of the first check that fails."""
    for _, test in steps:
        refusal = test(case)
        if refusal is not None:
            return refusal
    return None


def check_form(case: Case) -> Refusal | None:
    """Check 2: mandatory fields, within their bounds."""
    application = case.application
    for name, value in _mandatory(application):
        if not value:
            return Refusal(reason=Reason.MISSING_PARAMETER, detail=name)
    if len(application.type_codes) > MAX_TYPES or len(application.use_cause) > MAX_CAUSE:
        return Refusal(reason=Reason.BAD_PARAMETER, detail="certificateTypeCodes or useCause is too long")
    return None


def _mandatory(application: Application) -> tuple[tuple[str, object], ...]:
    return (
        ("useListId", application.use_list_id),
        ("itemCode", application.item_code),
        ("useOrgCode", application.use_org_code),
        ("operator.account", application.operator.account),
        ("operator.name", application.operator.name),
        ("useCause", application.use_cause),
        ("certificateTypeCodes", application.type_codes),
        ("wantedOutputs", application.outputs),
    )


def check_holder(case: Case) -> Refusal | None:
    """Check 2: the holder code's own rules."""
    holder = case.application.holder
    for name, value in (("holderCode", holder.code), ("holderTypeCode", holder.type_code)):
        if not value:
            return Refusal(reason=Reason.MISSING_PARAMETER, detail=name)
    try:
        check_holder_code(holder.type_code, holder.code, today=date.fromisoformat(case.today))
    except HolderCodeError as error:
        return Refusal(reason=Reason.HOLDER_CODE_INVALID, detail=str(error))
    return None


def check_line(ground: Ground) -> Refusal | None:
    """Check 3: a version of the line is effective and names the provider."""
    line = ground.line
    if line is None and ground.versions:
        coming = ground.versions[0].line
        detail = f"{coming.use_list_id}: effective from {coming.effective}"
        return Refusal(
            reason=Reason.USE_LIST_NOT_IN_FORCE,
            detail=detail,
            retry_after_s=seconds_until(coming.effective, ground.now),
        )
    if line is None or ground.provider not in (*line.provider_provinces, ""):
        return Refusal(reason=Reason.USE_LIST_MISSING, detail=ground.use_list_id)
    return None


def check_version(case: Case) -> Refusal | None:
    """Check 3: the version quoted is the one that is effective (C9-4)."""
    assert case.line is not None, "check_line came before"
    line, quoted = case.line, case.application.use_list_version
    if quoted == line.version:
        return None
    if quoted < line.version:
        detail = f"{line.use_list_id}: version {line.version} is in force"
        return Refusal(reason=Reason.USE_LIST_SUPERSEDED, detail=detail)
    held = next((one.line for one in case.versions if one.line.version == quoted), None)
    if held is None:
        detail = f"{line.use_list_id}: version {line.version} is the newest known here"
        return Refusal(reason=Reason.USE_LIST_UNKNOWN_VERSION, detail=detail)
    detail = f"{line.use_list_id}: version {quoted} is effective from {held.effective}"
    wait = seconds_until(held.effective, case.now)
    return Refusal(reason=Reason.USE_LIST_NOT_IN_FORCE, detail=detail, retry_after_s=wait)


def check_standing(ground: Ground) -> Refusal | None:
    """Check 3: the line is in date and not suspended."""
    assert ground.line is not None, "check_line came before"
    line = ground.line
    if line.status == LineStatus.SUSPENDED:
        return Refusal(reason=Reason.USE_LIST_SUSPENDED, detail=line.use_list_id)
    if line.status != LineStatus.ACTIVE:
        detail = f"{line.use_list_id}: {line.status[:20].lower()}"
        return Refusal(reason=Reason.USE_LIST_NOT_IN_FORCE, detail=detail)
    if not line.valid_from <= ground.today <= line.valid_to:
        detail = f"{line.use_list_id}: valid from {line.valid_from[:10]} to {line.valid_to[:10]}"
        return Refusal(reason=Reason.USE_LIST_NOT_IN_FORCE, detail=detail)
    return None


def check_decision(ground: Ground) -> Refusal | None:
    """Check 3: the provider's own decision on this version of the line admits it (clause 6.1, C9-2)."""
    if not ground.needs_decision or (not ground.decisions_known and not ground.decides_here):
        return None
    decision, line_id = ground.decision, ground.use_list_id
    if decision is None or decision.status not in _RULED:
        return Refusal(reason=Reason.USE_LIST_UNDECIDED, detail=line_id)
    if not decision.admits:
        return turned_down(decision)
    if decision.valid_to and decision.valid_to < ground.today:
        detail = f"{line_id}: accepted by {ground.provider} until {decision.valid_to[:10]}"
        return Refusal(reason=Reason.USE_LIST_NOT_IN_FORCE, detail=detail)
    return None


def turned_down(decision: Decision) -> Refusal:
    """A decision that does not admit, as a refusal with the province's reasons."""
    words, line_id = "; ".join(decision.reasons)[:_MAX_REASONS], decision.use_list_id
    reason = _RULED.get(decision.status, Reason.USE_LIST_UNDECIDED)
    return Refusal(reason=reason, detail=f"{line_id}: {words}" if words else line_id)


_RULED: dict[str, Reason] = {
    Ruling.ACCEPTED: Reason.USE_LIST_UNDECIDED,  # never shown: it admits
    Ruling.LIMITED: Reason.USE_LIST_UNDECIDED,
    Ruling.REJECTED: Reason.USE_LIST_REJECTED,
    Ruling.SUSPENDED: Reason.LINE_SUSPENDED_THERE,
}


def check_unit(case: Case) -> Refusal | None:
    """Check 3: the using unit is the line's."""
    assert case.line is not None, "check_line came before"
    if case.application.use_org_code != case.line.use_org_code:
        return Refusal(reason=Reason.OUT_OF_SCOPE, detail="useOrgCode")
    return None


def check_system(case: Case) -> Refusal | None:
    """Check 3: the line system is one of the line's."""
    assert case.line is not None, "check_line came before"
    if case.line.app_ids and case.application.app_id not in case.line.app_ids:
        return Refusal(reason=Reason.OUT_OF_SCOPE, detail="appId")
    return None


def check_operator(case: Case) -> Refusal | None:
    """Check 3: the operator is one of the line's."""
    assert case.line is not None, "check_line came before"
    if case.line.operator_scope and case.application.operator.account not in case.line.operator_scope:
        return Refusal(reason=Reason.OUT_OF_SCOPE, detail="operator.account")
    return None


def check_matter(case: Case) -> Refusal | None:
    """Check 4: the matter is the line's."""
    assert case.line is not None, "check_line came before"
    application, line = case.application, case.line
    if application.item_code != line.item_code or application.business_code != line.business_code:
        return Refusal(reason=Reason.MATTER_MISMATCH, detail="itemCode or businessCode")
    return None


def check_types(case: Case) -> Refusal | None:
    """Check 4: the types are the line's, and the provider accepts one of them at least."""
    assert case.line is not None, "check_line came before"
    if not set(case.application.type_codes) <= set(case.line.type_codes):
        return Refusal(reason=Reason.MATTER_MISMATCH, detail="certificateTypeCodes")
    if not case.type_codes:
        return Refusal(reason=Reason.MATTER_MISMATCH, detail=f"certificateTypeCodes: {_NOT_ACCEPTED}")
    return None


def check_ground(case: Case) -> Refusal | None:
    """Check 4: the ground on which the unit acts is the line's."""
    assert case.line is not None, "check_line came before"
    if case.application.auth_mode.value != case.line.auth_mode:
        return Refusal(reason=Reason.MATTER_MISMATCH, detail="authMode")
    return None


def check_outputs(case: Case) -> Refusal | None:
    """Check 4: the outputs are the line's, and the provider accepts one of them at least."""
    assert case.line is not None, "check_line came before"
    if not set(case.application.outputs) <= set(case.line.output_modes):
        return Refusal(reason=Reason.OUTPUT_NOT_ALLOWED, detail="wantedOutputs")
    if not case.outputs:
        return Refusal(reason=Reason.OUTPUT_NOT_ALLOWED, detail=f"wantedOutputs: {_NOT_ACCEPTED}")
    return None


def check_fields(case: Case) -> Refusal | None:
    """Check 4: the face fields are the line's, and the provider accepts one of those wanted at least."""
    assert case.line is not None, "check_line came before"
    if not set(case.application.fields) <= set(case.line.allowed_fields):
        return Refusal(reason=Reason.OUTPUT_NOT_ALLOWED, detail="wantedFields")
    if case.application.fields and not case.fields:
        return Refusal(reason=Reason.OUTPUT_NOT_ALLOWED, detail=f"wantedFields: {_NOT_ACCEPTED}")
    return None


def check_standing_right(case: Case) -> Refusal | None:
    """Check 4: a standing application (常用授权) is one of a line that admits it, and ends in time; no other names an end.

    How long one may hold is the line's `standing_days`; each node has a bound of its own besides.
    """
    assert case.line is not None, "check_line came before"
    application = case.application
    if application.kind is Kind.PER_USE:
        return None if application.valid_until is None else Refusal(reason=Reason.BAD_PARAMETER, detail="validUntil")
    if case.line.standing_days < 1:
        return Refusal(reason=Reason.MATTER_MISMATCH, detail="applyKind: the line admits no standing application")
    if application.requested_at > case.now + MAX_SKEW:
        return Refusal(reason=Reason.CLOCK_SKEW, detail="requestTime: in the future")
    latest = application.requested_at + timedelta(days=case.line.standing_days)
    if application.valid_until is None or not application.requested_at < application.valid_until <= latest:
        detail = f"validUntil: within {case.line.standing_days} days of the application"
        return Refusal(reason=Reason.MATTER_MISMATCH, detail=detail)
    if application.valid_until < case.now:
        return Refusal(reason=Reason.USE_CODE_SPENT, detail="validUntil: the standing application has ended")
    return None


_NOT_ACCEPTED = "the province accepts none of them for this line"

FORM: tuple[Step, ...] = ((Check.FORM, check_form), (Check.HOLDER, check_holder))
"""What is wrong whatever the lists say."""

LINE: tuple[Step, ...] = (
    (Check.LINE, check_line),
    (Check.VERSION, check_version),
    (Check.STANDING, check_standing),
    (Check.DECISION, check_decision),
    (Check.UNIT, check_unit),
    (Check.SYSTEM, check_system),
    (Check.OPERATOR, check_operator),
    (Check.MATTER, check_matter),
    (Check.TYPES, check_types),
    (Check.GROUND, check_ground),
    (Check.OUTPUTS, check_outputs),
    (Check.FIELDS, check_fields),
    (Check.STANDING_RIGHT, check_standing_right),
    (Check.CATALOGUE, check_catalogue),
)
"""What the lists say."""


def check_still(ground: Ground) -> Refusal | None:
    """Whether a verdict given under the line may still be used: a withdrawal, a suspension, an end of the dates hold at once (clause 6.1).

    A newer version of the line, and a decision that is still to come, leave running cases their half hour; what the province says to the
    version that the verdict was given under is `entitlement`'s to ask. An exchange that is repeated gets its answer again (DESIGN §2.5).
    """
    refusal = check_line(ground) or check_standing(ground)
    if refusal is None and ground.decision is not None:
        refusal = check_decision(ground)
    return refusal


def normal_holder(holder: Holder) -> Holder:
    """The holder with the code in its one normal form, so that equal holders have equal digests everywhere.

    Raises:
        RefusedError: HOLDER_CODE_INVALID.
    """
    try:
        code = check_holder_code(holder.type_code, holder.code)
    except HolderCodeError as error:
        raise RefusedError(Reason.HOLDER_CODE_INVALID, str(error)) from error
    return replace(holder, code=code)
