"""POST /admin/v1/uselist/explain: the dry run for list managers, of the own province as consumer or of another one to it as provider."""

from collections.abc import Iterable
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from federation.model.application import MAX_CONSENT_BYTES, AuthMode, Holder, Kind, Output
from federation.model.refusal import Reason
from node.admin.list_bodies import bounded
from node.admin.paths import EXPLAIN_PATH
from node.errors import RefusedError
from node.ports.explaining import CheckResult, Explained, Explanation, Question
from node.usecases.admission.explanation import Explainer

_MAX_BODY = 64 << 10
_Word = Annotated[str, Field(max_length=128)]
_Words = Annotated[tuple[_Word, ...], Field(max_length=50)]


class _Body(BaseModel):
    """What is asked; what is left out is taken from the line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    consumer: _Word
    line: _Word | None = None
    version: Annotated[int, Field(ge=0)] | None = None
    unit: _Word | None = None
    system: _Word | None = None
    operator: _Word | None = None
    item: _Word | None = None
    business: _Word | None = None
    types: _Words | None = None
    mode: AuthMode | None = None
    outputs: tuple[Output, ...] | None = None
    fields_: Annotated[_Words | None, Field(alias="fields")] = None
    holder: _Word | None = None
    holder_type: _Word = "111"
    consent: Annotated[str | None, Field(max_length=MAX_CONSENT_BYTES)] = None
    kind: Kind = Kind.PER_USE


def explain_routes(explainer: Explainer) -> Iterable[web.RouteDef]:
    """The route, over the node's explainer."""

    async def explain(request: web.Request) -> web.Response:
        body = _read(await bounded(request.content, _MAX_BODY))
        found = await explainer.explain(body.consumer, _question(body))
        return web.json_response({"allowed": any(one.allowed for one in found), "lines": [told(one) for one in found]})

    return (web.post(EXPLAIN_PATH, explain),)


def _read(body: bytes) -> _Body:
    """The question.

    Raises:
        RefusedError: BAD_PARAMETER, with the members that are wrong, never their values.
    """
    try:
        return _Body.model_validate_json(body)
    except ValidationError as error:
        names = sorted({str(one["loc"][0]) if one["loc"] else "body" for one in error.errors(include_input=False)})
        raise RefusedError(Reason.BAD_PARAMETER, f"wrong or unknown: {', '.join(names)[:200]}") from None


def _question(body: _Body) -> Question:
    return Question(
        use_list_id=body.line,
        use_list_version=body.version,
        use_org_code=body.unit,
        app_id=body.system,
        operator=body.operator,
        item_code=body.item,
        business_code=body.business,
        type_codes=body.types,
        auth_mode=body.mode,
        outputs=body.outputs,
        fields=body.fields_,
        holder=None if body.holder is None else Holder(code=body.holder, type_code=body.holder_type),
        consent=None if body.consent is None else body.consent.encode(),
        kind=body.kind,
    )


def told(one: Explanation) -> dict[str, Any]:
    """An explanation as JSON values."""
    return {
        "allowed": one.allowed,
        "consumer": one.consumer,
        "line": one.use_list_id,
        "version": one.line_version,
        "publication": one.uselist_version,
        "assumed": list(one.assumed),
        "own": _part(one.own) if one.own else None,
        "provinces": [_part(part) for part in one.provinces],
    }


def _part(one: Explained) -> dict[str, Any]:
    return {
        "province": one.province,
        "allowed": one.allowed,
        "decision": one.decision,
        "decisions_publication": one.decisions_version,
        "catalogue_publication": one.catalogue_version,
        "types": list(one.type_codes),
        "outputs": list(one.outputs),
        "fields": list(one.fields),
        "review": one.review,
        "checks": [_check(check) for check in one.checks],
    }


def _check(one: CheckResult) -> dict[str, Any]:
    shown: dict[str, Any] = {"check": one.check, "title": one.title, "state": one.state}
    if one.refusal is not None:
        shown |= {"refusal": one.refusal.to_dict(), "who": one.who}
    return shown
