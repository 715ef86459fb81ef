"""What became of each province, as answers say it; and whom a partial answer lacks, and why. DESIGN §2.3, REQUIREMENTS §4.4.

What makes an answer partial is `federation.model.search.gap`; here are the words.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import Field

from federation.model.refusal import Owner
from federation.model.search import Gap, Outcome, ProvinceOutcome, gap
from node.rest.envelope import SUCCESS, AnswerModel

PARTIAL = "209"  # REQUIREMENTS §4.4: partial result, see outcomes
_MESSAGES = {Outcome.OK: "成功", Outcome.EMPTY: "无记录"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    owner: Owner
    zh: str
    next_step: str
    zh_step: str


_GAPS = {
    Gap.HERE: _Words(
        owner=Owner.NODE,
        zh="因本节点原因，未取得部分省（市）的应答",
        next_step="see outcomes for what this node lacks",
        zh_step="未应答不等于没有证照",  # after what each row says
    ),
    Gap.SILENT: _Words(
        owner=Owner.PEER,
        zh="部分省（市）未应答",
        next_step="see outcomes for who did not answer; ask again later",
        zh_step="请稍后重试；未应答不等于没有证照",
    ),
    Gap.PENDING: _Words(
        owner=Owner.PEER,
        zh="部分省（市）尚待人工核验",
        next_step="search again when that province's reviewer has decided",
        zh_step="请等供证方核验人员办理后再次检索",
    ),
    Gap.STOPPED: _Words(
        owner=Owner.PEER,
        zh="部分省（市）已被其他成员共同停用",
        next_step="search again when the stop is lifted; see `certmesh orders`",
        zh_step="请等停用解除后再次检索",
    ),
    Gap.TRUNCATED: _Words(
        owner=Owner.CALLER,
        zh="部分省（市）的证照多于一次可返回的数量，仅列出最新的一部分",
        next_step="narrow the search by certificateTypeCode or certificateNumber",
        zh_step="请按证照类型或证照编号缩小范围后再次检索",
    ),
}
INCOMPLETE_ZH = f"结果不完整，{_GAPS[Gap.SILENT].zh}"
INCOMPLETE_STEP = _GAPS[Gap.SILENT].next_step


class OutcomeRow(AnswerModel):
    """What became of one province. The digest is the SM3 of its signed answer."""

    area_code: str
    outcome: Outcome
    code: str
    reason: str
    owner: str
    message: str
    next_step: str
    next_step_zh: str
    detail: str
    truncated: bool = Field(description="It holds more than it answered: the newest are here.")
    elapsed_ms: int
    answer_digest: str
    catalogue_version: int


def outcome_row(one: ProvinceOutcome) -> OutcomeRow:
    """`one` as it stands in answers; an answer that was cut and nothing else has code 209, and what to do."""
    refusal = one.refusal
    cut = _GAPS[Gap.TRUNCATED] if refusal is None and one.truncated else None
    said = refusal or cut
    return OutcomeRow(
        area_code=one.province,
        outcome=one.outcome,
        code=str(refusal.code) if refusal else PARTIAL if cut else SUCCESS,
        reason=refusal.reason if refusal else Gap.TRUNCATED if cut else "",
        owner=said.owner if said else "",
        message=said.zh if said else _MESSAGES.get(one.outcome, ""),
        next_step=said.next_step if said else "",
        next_step_zh=said.zh_step if said else "",
        detail=refusal.detail if refusal else "",
        truncated=one.truncated,
        elapsed_ms=one.elapsed_ms,
        answer_digest=one.answer_digest,
        catalogue_version=one.catalogue_version,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """What the head of a partial answer says: whom it lacks and why, each reason once, the gravest first."""

    owner: Owner
    message: str
    next_step: str
    next_step_zh: str
    detail: str


def shortfall(rows: Iterable[OutcomeRow]) -> Shortfall | None:
    """What is lacking in an answer with these outcomes; None where nothing is."""
    lacks = [(kind, row) for row in rows if (kind := _gap_of(row))]
    kinds = [kind for kind in Gap if any(kind is one for one, _ in lacks)]
    if not kinds:
        return None
    codes = {kind: "、".join(dict.fromkeys(row.area_code for one, row in lacks if one is kind)) for kind in kinds}
    here = [row for kind, row in lacks if kind is Gap.HERE]  # each has a step of its own
    every = [_GAPS[kind] for kind in kinds]
    return Shortfall(
        owner=every[0].owner,
        message="结果不完整，" + "；".join(f"{_GAPS[kind].zh}（{codes[kind]}）" for kind in kinds),
        next_step="; ".join(dict.fromkeys([*(row.next_step for row in here), *(one.next_step for one in every)])),
        next_step_zh="；".join(dict.fromkeys([*(row.next_step_zh for row in here), *(one.zh_step for one in every)])),
        detail=", ".join(dict.fromkeys(f"{row.area_code} {_why(kind, row)}" for kind, row in lacks)),
    )


def _gap_of(row: OutcomeRow) -> Gap | None:
    return gap(row.outcome, row.reason, owner=row.owner, truncated=row.truncated)


def _why(kind: Gap, row: OutcomeRow) -> str:
    """One word: of a silent province its outcome, else the reason."""
    return row.outcome if kind is Gap.SILENT else kind if kind is Gap.TRUNCATED else row.reason
