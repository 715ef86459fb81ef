"""What list entries consist of: one table a kind, from which checks, columns and displays are made. REQUIREMENTS §2 (6.2, 6.3), §3.1.

Names are those of `federation.model`, headings the Chinese names of REQUIREMENTS. Not the rules between members (`rules`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from node.ports.lists import Kind

_NAMES = ("column", "app", "account")
"""Shapes of texts that others chose and that must stay to the letter."""


class Form(StrEnum):
    """What a member is made of."""

    TEXT = "a text"
    NUMBER = "a whole number"
    DAY = "a day such as 2026-01-31"
    TIME = "a time such as 2026-01-31T16:00:00Z"
    TEXTS = "a list of texts"
    FACE = "a list of face fields"
    STEPS = "a list of steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One member.

    Attributes:
        name: the member's name; heading: what clerks call it.
        needed: it must be there; `needed_with` = (member, word): it must where that member has that word.
        limit: most characters of the text, or of each item; most for a number is `high`, least is `low`.
        items: most items of a list.
        table: the code table its words come from (`tables`); shape: the form its text has (`shapes`).
        given: the node itself says it, and where it is there it must say the same.
        column: whether it has a column in spreadsheets.
    """

    name: str
    heading: str
    form: Form = Form.TEXT
    needed: bool = False
    needed_with: tuple[str, str] | None = None
    limit: int = 256
    items: int = 200
    low: int = 0
    high: int = 1_000_000_000
    table: str = ""
    shape: str = ""
    given: bool = False
    column: bool = True
    default: Any = None

    @property
    def empty(self) -> Any:
        """What a member that is not there stands for."""
        if self.default is not None:
            return self.default
        if self.form in (Form.TEXTS, Form.FACE, Form.STEPS):
            return []
        return 0 if self.form is Form.NUMBER else ""

    @property
    def is_code(self) -> bool:
        """Whether its text is a code, in which blanks and full-width characters are slips of typing; names are not."""
        return bool(self.table or self.shape) and self.shape not in _NAMES


_VERSION = Field(name="version", heading="版本号", form=Form.NUMBER, low=1, high=999, default=1)
_EFFECTIVE = Field(name="effective", heading="生效时间", form=Form.TIME)
_APPROVALS = Field(name="approvals", heading="审批记录", form=Form.STEPS, items=20, column=False)

CATALOGUE = (
    Field(name="type_code", heading="证照类型代码", needed=True, limit=21, shape="type-code"),
    _VERSION,
    Field(name="status", heading="状态", table="catalogue_statuses", default="PUBLISHED"),
    _EFFECTIVE,
    Field(name="province_code", heading="发布省（市）", table="provinces", given=True),
    Field(name="type_name", heading="证照类型名称", needed=True),
    Field(name="local_type_name", heading="本省证照名称"),
    Field(name="category", heading="证照分类", limit=64),
    Field(name="define_authority_name", heading="证照定义机构", needed=True),
    Field(name="define_authority_code", heading="证照定义机构代码", needed=True, limit=18, shape="credit-code"),
    Field(name="define_authority_level", heading="证照定义机构级别", needed=True, table="authority_levels"),
    Field(name="related_item_names", heading="关联事项名称", form=Form.TEXTS, items=100),
    Field(name="related_item_codes", heading="关联事项代码", form=Form.TEXTS, limit=64, shape="item-code"),
    Field(name="holder_category", heading="持证主体类别", needed=True, table="holder_categories"),
    Field(name="holder_type_codes", heading="持证主体代码类型", form=Form.TEXTS, needed=True, table="holder_types"),
    Field(name="validity_ranges", heading="有效期限范围", form=Form.TEXTS, needed=True, limit=16, shape="validity"),
    Field(
        name="issuing_authority_levels",
        heading="证照颁发机构级别",
        form=Form.TEXTS,
        needed=True,
        table="authority_levels",
    ),
    Field(name="trust_level", heading="可信等级", table="trust_levels"),
    Field(name="share_modes", heading="共享方式", form=Form.TEXTS, needed=True, table="share_modes"),
    Field(
        name="file_formats",
        heading="文件格式",
        form=Form.TEXTS,
        needed_with=("share_modes", "FILE"),
        table="file_formats",
    ),
    Field(name="surface_schema", heading="照面项定义", form=Form.FACE, needed_with=("share_modes", "DATA"), limit=64),
    Field(name="issue_scope", heading="覆盖区域", form=Form.TEXTS, needed=True, table="regions"),
    Field(name="history_from", heading="历史数据起始", form=Form.DAY, needed=True),
    Field(name="update_latency", heading="更新时效", limit=16, shape="latency"),
    Field(name="auth_required", heading="授权要求", needed=True, table="auth_required", default="ITEM_DUTY"),
    Field(name="valid_from", heading="有效起始日期", form=Form.DAY),
    Field(name="valid_to", heading="有效截止日期", form=Form.DAY),
    Field(name="publisher_org", heading="发布单位", needed=True),
    Field(name="filing_no", heading="备案号", limit=64),
    Field(name="contact", heading="联系方式", needed=True),
    _APPROVALS,
)

USELIST = (
    Field(name="use_list_id", heading="用证清单标识", needed=True, limit=64, shape="id"),
    _VERSION,
    Field(name="status", heading="状态", table="uselist_statuses", default="ACTIVE"),
    _EFFECTIVE,
    Field(name="consumer_province", heading="用证省（市）", table="provinces", given=True),
    Field(name="provider_provinces", heading="供证省（市）", form=Form.TEXTS, needed=True, table="provinces"),
    Field(name="scene_name", heading="应用场景", needed=True, limit=200),
    Field(name="scene_type", heading="应用场景类型", needed=True, table="scene_types"),
    Field(name="item_code", heading="事项编码", needed=True, limit=64, shape="item-code"),
    Field(name="item_name", heading="事项名称", needed=True),
    Field(name="business_code", heading="业务编码", limit=32),
    Field(name="use_org_code", heading="用证单位代码", needed=True, limit=18, shape="credit-code"),
    Field(name="use_org_name", heading="用证单位", needed=True),
    Field(
        name="type_codes", heading="所用证照类型", form=Form.TEXTS, needed=True, limit=21, items=500, shape="type-code"
    ),
    Field(name="purpose", heading="用证事由", needed=True, limit=200),
    Field(name="legal_basis", heading="办理依据", needed=True, limit=500),
    Field(name="auth_mode", heading="用证模式", needed=True, table="auth_modes"),
    Field(name="output_modes", heading="获取方式", form=Form.TEXTS, needed=True, table="output_modes"),
    Field(
        name="allowed_fields",
        heading="允许的照面项",
        form=Form.TEXTS,
        needed_with=("output_modes", "DATA"),
        limit=64,
        items=500,
        shape="column",
    ),
    Field(name="daily_limit", heading="日限额", form=Form.NUMBER),
    Field(name="rate_per_minute", heading="每分钟限次", form=Form.NUMBER),
    Field(name="standing_days", heading="常用授权天数", form=Form.NUMBER, high=366),
    Field(name="app_ids", heading="访问系统", form=Form.TEXTS, limit=64, shape="app"),
    Field(name="operator_scope", heading="经办人范围", form=Form.TEXTS, limit=64, items=500, shape="account"),
    Field(name="review", heading="核验方式", table="reviews"),
    Field(name="valid_from", heading="有效起始日期", form=Form.DAY, needed=True),
    Field(name="valid_to", heading="有效截止日期", form=Form.DAY, needed=True),
    _APPROVALS,
)

DECISIONS = (
    Field(name="decision_id", heading="决定标识", needed=True, limit=128),
    _VERSION,
    Field(name="status", heading="决定", needed=True, table="rulings"),
    Field(name="consumer", heading="用证省（市）", needed=True, table="provinces"),
    Field(name="use_list_id", heading="用证清单标识", needed=True, limit=64, shape="id"),
    Field(name="line_version", heading="清单版本号", form=Form.NUMBER, needed=True, low=1, high=999),
    Field(name="line_digest", heading="清单内容摘要", needed=True, limit=64, shape="digest"),
    Field(name="reasons", heading="理由", form=Form.TEXTS, limit=500, items=20),
    Field(name="type_codes", heading="限定证照类型", form=Form.TEXTS, limit=21, items=500, shape="type-code"),
    Field(name="output_modes", heading="限定获取方式", form=Form.TEXTS, table="output_modes"),
    Field(name="allowed_fields", heading="限定照面项", form=Form.TEXTS, limit=64, items=500, shape="column"),
    Field(name="daily_limit", heading="日限额", form=Form.NUMBER),
    Field(name="rate_per_minute", heading="每分钟限次", form=Form.NUMBER),
    Field(name="valid_to", heading="有效截止日期", form=Form.DAY),
    Field(name="review", heading="核验方式", table="reviews"),
    Field(name="basis", heading="决定方式", table="bases", default="hand"),
    _APPROVALS,
)

FIELDS: Mapping[Kind, tuple[Field, ...]] = MappingProxyType(
    {Kind.CATALOGUE: CATALOGUE, Kind.USELIST: USELIST, Kind.DECISIONS: DECISIONS}
)
KEYS: Mapping[Kind, str] = MappingProxyType(
    {Kind.CATALOGUE: "type_code", Kind.USELIST: "use_list_id", Kind.DECISIONS: "decision_id"}
)
"""The member that is an entry's id; with `version` it is the entry's key."""
TITLES: Mapping[Kind, str] = MappingProxyType(
    {Kind.CATALOGUE: "证照目录", Kind.USELIST: "用证清单", Kind.DECISIONS: "用证决定"}
)


def completed(kind: Kind, raw: Mapping[str, Any], province: str) -> dict[str, Any]:
    """The entry with every member it may have: what is not there stands for nothing, and the province is ours.

    Equal entries are then equal bytes, however they were written. Of a needed member that is missing nothing is invented.
    """
    entry = dict(raw)
    for field in FIELDS[kind]:
        if field.given:
            entry.setdefault(field.name, province)
        elif not field.needed or field.default is not None:
            entry.setdefault(field.name, field.empty)
    if isinstance(schema := entry.get("surface_schema"), list):
        entry["surface_schema"] = [_face_field(one) for one in schema]
    return entry


def _face_field(one: Any) -> Any:
    """A face field with all its members; the column's name alone is a field of that name."""
    if isinstance(one, str):
        one = {"column_name": one}
    if not isinstance(one, dict) or not isinstance(one.get("column_name"), str):
        return one
    return {"name": one["column_name"].removeprefix("KZ_"), "value_type": "TEXT", "sensitive": False} | one
