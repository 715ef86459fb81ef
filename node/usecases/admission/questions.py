"""From a question about a request to the request: what it leaves open is taken from the line, or not asked. Pure; see `explanation`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from federation.model.application import Application, AuthMode, Holder, Kind, Operator, Output
from federation.model.uselist import UseListLine
from node.ports.explaining import Question
from node.ports.services import Caller
from node.usecases.admission.checks import Check
from node.usecases.consent.filling import handle_of
from node.vault import Vault

_OPEN = "-"  # stands where a form needs a word and no check reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The request, what in it was taken from the line, and the checks that the question says nothing about."""

    application: Application
    assumed: tuple[str, ...]
    unasked: frozenset[Check]


def as_application(
    question: Question, line_id: str, line: UseListLine | None, caller: Caller | None, now: datetime, vault: Vault
) -> Asked:
    """The request that the question is about, under this line; `caller` is the line system that would make it, where it is known."""
    app_id = caller.app_id if caller else question.app_id
    taken = _from_line(line)
    named: dict[str, Any] = {
        "use_list_version": question.use_list_version,
        "use_org_code": caller.use_org_code if caller else question.use_org_code,
        "item_code": question.item_code,
        "business_code": question.business_code,
        "type_codes": question.type_codes,
        "auth_mode": question.auth_mode,
        "outputs": question.outputs,
        "fields": question.fields,
    }
    values = {name: taken[name] if value is None else value for name, value in named.items()}
    application = Application(
        **values,
        apply_id=_OPEN,
        use_list_id=line_id,
        use_org_name=_OPEN,
        operator=Operator(account=_OPEN if question.operator is None else question.operator, name=_OPEN),
        use_cause=_OPEN,
        item_name=_OPEN,
        biz_num="",
        app_id=_OPEN if app_id is None else app_id,
        holder=question.holder or Holder(code="", type_code=""),
        requested_at=now,
        kind=question.kind,
        valid_until=_end(question, line, now),
        consent=question.consent or b"",
        delegate=handle_of(question.delegate, vault),
    )
    assumed = tuple(name for name, value in named.items() if value is None and name != "use_list_version")
    return Asked(application=application, assumed=assumed, unasked=_unasked(question, app_id, values["auth_mode"]))


def _from_line(line: UseListLine | None) -> dict[str, Any]:
    """What the line itself admits; without one, whatever a form has to have."""
    if line is None:
        return {
            "use_list_version": 0,
            "use_org_code": _OPEN,
            "item_code": _OPEN,
            "business_code": _OPEN,
            "type_codes": (_OPEN,),
            "auth_mode": AuthMode.DUTY,
            "outputs": (Output.FILE,),
            "fields": (),
        }
    return {
        "use_list_version": line.version,
        "use_org_code": line.use_org_code,
        "item_code": line.item_code,
        "business_code": line.business_code,
        "type_codes": line.type_codes,
        "auth_mode": AuthMode(line.auth_mode),
        "outputs": tuple(one for one in Output if one.value in line.output_modes),
        "fields": (),
    }


def _end(question: Question, line: UseListLine | None, now: datetime) -> datetime | None:
    """A standing application would hold as long as the line lets it."""
    if question.kind is Kind.PER_USE or line is None:
        return None
    return now + timedelta(days=line.standing_days)


def _unasked(question: Question, app_id: str | None, mode: AuthMode) -> frozenset[Check]:
    unasked = set()
    if mode is not AuthMode.DUTY and (question.consent is None or question.holder is None):
        unasked.add(Check.AUTHORISATION)
    if question.operator is None:
        unasked |= {Check.OPERATOR, Check.ANOMALY}
    if app_id is None:
        unasked |= {Check.CALLER, Check.SYSTEM}
    if question.holder is None:
        unasked.add(Check.HOLDER)
    return frozenset(unasked)
