"""The ordered checks of clause 7.3 on an application: made by the consumer, and again by the provider on its own copy of the list.

Check 1 (signature, membership, time, nonce) is done before a message reaches the use-cases; check 6 (the holder's consent) and check 7
(limits) come with their own issues. Pure: values in, the first refusal out.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

from federation.model.application import Application, AuthMode, Holder, Output
from federation.model.refusal import Reason, Refusal
from federation.model.uselist import UseListLine
from node.errors import RefusedError
from node.library.holder import HolderCodeError, check_holder_code
from node.usecases.lists import Catalogue

MAX_TYPES = 50
MAX_CAUSE = 200  # characters; REQUIREMENTS 7.2
CHINA = timezone(timedelta(hours=8))  # dates on certificates and lists are days of Beijing time


def china_day(moment: datetime) -> date:
    """The calendar day in China at a moment."""
    return moment.astimezone(CHINA).date()


def check_form(application: Application, today: date) -> Refusal | None:
    """Check 2: mandatory fields and the holder code's own rules."""
    mandatory = {
        "useListId": application.use_list_id,
        "itemCode": application.item_code,
        "useOrgCode": application.use_org_code,
        "operator.account": application.operator.account,
        "operator.name": application.operator.name,
        "useCause": application.use_cause,
        "certificateTypeCodes": application.type_codes,
        "wantedOutputs": application.outputs,
        "holderCode": application.holder.code,
        "holderTypeCode": application.holder.type_code,
    }
    for name, value in mandatory.items():
        if not value:
            return Refusal(reason=Reason.MISSING_PARAMETER, detail=name)
    if len(application.type_codes) > MAX_TYPES or len(application.use_cause) > MAX_CAUSE:
        return Refusal(reason=Reason.BAD_PARAMETER, detail="certificateTypeCodes or useCause is too long")
    try:
        check_holder_code(application.holder.type_code, application.holder.code, today=today)
    except HolderCodeError as error:
        return Refusal(reason=Reason.HOLDER_CODE_INVALID, detail=str(error))
    return None


def check_line(application: Application, line: UseListLine | None, provider: str, today: date) -> Refusal | None:
    """Checks 3 and 4: a line in force covers unit, application, operator, matter, types, purpose, outputs and fields."""
    if line is None or provider not in (*line.provider_provinces, ""):
        return Refusal(reason=Reason.USE_LIST_MISSING, detail=application.use_list_id)
    if not line.in_force(today):
        return Refusal(reason=Reason.USE_LIST_NOT_IN_FORCE, detail=line.use_list_id)
    if application.use_org_code != line.use_org_code:
        return Refusal(reason=Reason.OUT_OF_SCOPE, detail="useOrgCode")
    if line.app_ids and application.app_id not in line.app_ids:
        return Refusal(reason=Reason.OUT_OF_SCOPE, detail="appId")
    if line.operator_scope and application.operator.account not in line.operator_scope:
        return Refusal(reason=Reason.OUT_OF_SCOPE, detail="operator.account")
    return _check_matter(application, line)


def _check_matter(application: Application, line: UseListLine) -> Refusal | None:
    """Check 4, and the ground on which the unit acts."""
    if application.item_code != line.item_code or application.business_code != line.business_code:
        return Refusal(reason=Reason.MATTER_MISMATCH, detail="itemCode or businessCode")
    if not set(application.type_codes) <= set(line.type_codes):
        return Refusal(reason=Reason.MATTER_MISMATCH, detail="certificateTypeCodes")
    if application.auth_mode is not AuthMode(line.auth_mode):
        return Refusal(reason=Reason.MATTER_MISMATCH, detail="authMode")
    if not {output.value for output in application.outputs} <= set(line.output_modes):
        return Refusal(reason=Reason.OUTPUT_NOT_ALLOWED, detail="wantedOutputs")
    if not set(application.fields) <= set(line.allowed_fields):
        return Refusal(reason=Reason.OUTPUT_NOT_ALLOWED, detail="wantedFields")
    return None


def offered_types(application: Application, catalogue: Catalogue) -> tuple[str, ...]:
    """Check 5: those of the types wanted that the provider's catalogue offers in every output wanted."""
    return tuple(
        code
        for code in application.type_codes
        if code in catalogue.entries and _offers(catalogue.entries[code].share_modes, application.outputs)
    )


def _offers(share_modes: tuple[str, ...], outputs: tuple[Output, ...]) -> bool:
    """A catalogue offers files or not; whether it may be the original is the line's matter."""
    wanted = {Output.FILE if output is Output.ORIGINAL else output for output in outputs}
    return {output.value for output in wanted} <= set(share_modes)


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
