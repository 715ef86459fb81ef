"""POST /elc/v1/search: fused search over the provinces. Clause 8.2, REQUIREMENTS S5; no rules, they are in `node.usecases`."""

from aiohttp import web
from pydantic import Field

from federation.model.application import Holder
from federation.model.search import Completeness, FusedAnswer, MergedItem
from node.ports.services import Search, SearchForm
from node.rest.answers import Responder
from node.rest.call import Call, Route
from node.rest.envelope import Answer, AnswerHead, AnswerModel, Request, RequestModel
from node.rest.fields import (
    Areas,
    OptionalHolderCode,
    OptionalHolderType,
    OptionalNumber,
    OptionalText,
    OptionalWord,
    RequestId,
    Word,
    Words,
)
from node.rest.holders import StoodFor
from node.rest.limits import Limits, bounded
from node.rest.outcomes import PARTIAL, OutcomeRow, outcome_row, shortfall

PATH = "/elc/v1/search"
_MAX_PAGE = 1_000_000
MAX_PAGE_SIZE = 200
MAX_DEADLINE_MS = 30_000


class FiveElements(RequestModel):
    """五要素 as Shanghai's callers send them with every call. The application has bound them: here they are read and not used."""

    use_for: OptionalText = ""
    org_name: OptionalText = ""
    username: OptionalText = ""
    item_name: OptionalText = ""
    item_code: OptionalWord = ""
    business_code: OptionalWord = ""


class SearchData(FiveElements, StoodFor):
    """What is searched, and which page of it is wanted."""

    holder_needed = ("certificate_holder_code", "certificate_holder_type_code")

    apply_id: Word
    certificate_holder_code: OptionalHolderCode = ""
    certificate_holder_type_code: OptionalHolderType = ""
    certificate_holder_name: OptionalText = ""
    certificate_type_code: Words = Field((), description="Empty: every type of the application.")
    certificate_number: OptionalNumber = ""
    area_codes: Areas = Field((), description="Provinces to ask; empty: all of the application.")
    include_invalid: bool = False
    page_no: int = Field(1, ge=1, le=_MAX_PAGE)
    page_size: int = Field(50, ge=1, le=MAX_PAGE_SIZE)
    exchange_id: RequestId | None = Field(
        None,
        description="Of an earlier search with the same fields: a page of its answer, without asking anybody again.",
    )
    deadline_ms: int | None = Field(None, ge=1, le=MAX_DEADLINE_MS, description="Left out: the node's own deadline.")


class FoundItem(AnswerModel):
    """List metadata of one certificate."""

    certificate_id: str = Field(alias="certificateID")
    certificate_name: str
    certificate_type: str
    certificate_type_code: str
    certificate_number: str
    certificate_area_code: str
    data_source: tuple[str, ...] = Field(description="Every province that named it, first the one it is from.")
    issue_dept: str
    issue_dept_code: str
    issue_date: str
    certificate_validate_start: str
    certificate_validate_end: str
    status: str
    superseded_by: str = Field(description="The newest version, where this is an old one.")
    disputed: bool = Field(
        description="Somebody has objected to it (异议), and that is not settled; or several provinces say that it is theirs."
    )
    node_id: str = Field(description="The province to retrieve it from.")


class SearchAnswerData(AnswerModel):
    """One page of the merged answer, and the receipt that says for whom it speaks."""

    total: int = Field(description="Certificates found, over all pages.")
    data_list: tuple[FoundItem, ...]
    verdict: Completeness
    outcomes: tuple[OutcomeRow, ...]
    elapsed_ms: int
    exchange_id: str


SearchRequest = Request[SearchData]
SearchAnswer = Answer[SearchAnswerData]


def form_of(data: SearchData) -> SearchForm:
    """The search that a line system asks for."""
    return SearchForm(
        apply_id=data.apply_id,
        holder=Holder(
            code=data.certificate_holder_code,
            type_code=data.certificate_holder_type_code,
            name=data.certificate_holder_name,
        ),
        type_codes=data.certificate_type_code,
        number=data.certificate_number,
        area_codes=data.area_codes,
        include_invalid=data.include_invalid,
        deadline_ms=data.deadline_ms,
        exchange_id=data.exchange_id or "",
    )


def _item(merged: MergedItem) -> FoundItem:
    item = merged.item
    return FoundItem(
        certificate_id=item.identifier,
        certificate_name=item.name,
        certificate_type=item.type_name,
        certificate_type_code=item.type_code,
        certificate_number=item.number,
        certificate_area_code=item.area_code,
        data_source=merged.provinces,
        issue_dept=item.issuer_name,
        issue_dept_code=item.issuer_code,
        issue_date=item.issued,
        certificate_validate_start=item.valid_from,
        certificate_validate_end=item.valid_until,
        status=item.status,
        superseded_by=item.superseded_by,
        disputed=item.disputed,
        node_id=merged.provinces[0],
    )


def page_of(fused: FusedAnswer, page_no: int, page_size: int) -> SearchAnswerData:
    """One page (from 1) of a merged answer, with its receipt."""
    start = (page_no - 1) * page_size
    return SearchAnswerData(
        total=len(fused.items),
        data_list=tuple(_item(merged) for merged in fused.items[start : start + page_size]),
        verdict=fused.completeness,
        outcomes=tuple(outcome_row(one) for one in fused.outcomes),
        elapsed_ms=fused.elapsed_ms,
        exchange_id=fused.exchange_id,
    )


def _head(request: web.Request, data: SearchAnswerData, responder: Responder) -> AnswerHead:
    lacks = shortfall(data.outcomes)
    if lacks is None:
        return responder.head(request)
    return responder.partial(
        request,
        status=PARTIAL,
        message=lacks.message,
        reason=Completeness.INCOMPLETE,
        owner=lacks.owner,
        next_step=lacks.next_step,
        next_step_zh=lacks.next_step_zh,
        detail=lacks.detail,
    )


def routes(search: Search, responder: Responder, limits: Limits) -> tuple[Route, ...]:
    """The interface S5 over `search`."""

    async def fused(request: web.Request, call: Call[SearchData]) -> web.Response:
        async with bounded(limits.answer_s):
            found = await search.fused(call.caller, form_of(call.data))
        data = page_of(found, call.data.page_no, call.data.page_size)
        answer = SearchAnswer(head=_head(request, data, responder), data=data)
        return responder.answer(request, answer, exchange_id=found.exchange_id)

    return (Route(path=PATH, summary="融合检索 · fused search", ask=SearchRequest, tell=SearchAnswer, serve=fused),)
