"""Good entries for tests: one of each kind, as a person would write them, and a founding use list in TOML."""

from datetime import date
from typing import Any

from federation.model.decision import decision_id
from node.library.codes import default_codes
from node.lists.problem import Problem
from node.lists.rules import problems
from node.ports.lists import Kind

PROVINCE = "320000"
TODAY = date(2026, 11, 1)
TYPE_CODE = "11100000MB03271699901"
ORG_CODE = "11320700DEMA00216P"

CATALOGUE: dict[str, Any] = {
    "type_code": TYPE_CODE,
    "version": 1,
    "status": "PUBLISHED",
    "effective": "2026-01-31T16:00:00Z",
    "province_code": PROVINCE,
    "type_name": "采矿许可证",
    "define_authority_name": "自然资源部",
    "define_authority_code": "11100000MB03271699",
    "define_authority_level": "国家级",
    "holder_category": "法人",
    "holder_type_codes": ["001", "099"],
    "validity_ranges": ["10年", "长期"],
    "issuing_authority_levels": ["国家级", "省级"],
    "trust_level": "A",
    "share_modes": ["FILE", "DATA"],
    "file_formats": ["OFD", "PDF"],
    "surface_schema": [
        {"column_name": "KZ_矿山名称", "name": "矿山名称", "value_type": "TEXT", "sensitive": False},
        {"column_name": "KZ_负责人", "name": "负责人", "value_type": "TEXT", "sensitive": True},
    ],
    "issue_scope": ["320000", "320700"],
    "history_from": "2015-01-01",
    "update_latency": "1h",
    "auth_required": "ITEM_DUTY",
    "publisher_org": "江苏省电子证照管理部门（样例）",
    "contact": "样例热线 12345",
}
USELIST: dict[str, Any] = {
    "use_list_id": "320000-NR-0001",
    "version": 1,
    "status": "ACTIVE",
    "provider_provinces": ["310000", "330000"],
    "scene_name": "服务大厅窗口",
    "scene_type": "服务窗口",
    "item_code": "11320700DEMA00216P200011501400001",
    "item_name": "采矿权登记核验（样例）",
    "use_org_code": ORG_CODE,
    "use_org_name": "样例服务大厅",
    "type_codes": [TYPE_CODE, "11100000MB03271699902"],
    "purpose": "核验申请人在外省取得的采矿许可",
    "legal_basis": "《国务院关于在线政务服务的若干规定》（国务院令第716号）",
    "auth_mode": "DUTY",
    "output_modes": ["FILE", "DATA"],
    "allowed_fields": ["KZ_矿山名称"],
    "daily_limit": 500,
    "rate_per_minute": 20,
    "app_ids": ["js-resources-counter"],
    "operator_scope": ["clerk-1"],
    "valid_from": "2026-01-01",
    "valid_to": "2026-12-31",
}
DECISION: dict[str, Any] = {
    "decision_id": decision_id("310000", "310000-NR-0001", 2),
    "status": "LIMITED",
    "consumer": "310000",
    "use_list_id": "310000-NR-0001",
    "line_version": 2,
    "line_digest": "ab" * 32,
    "reasons": ["只限核验"],
    "daily_limit": 100,
}
GOOD = {Kind.CATALOGUE: CATALOGUE, Kind.USELIST: USELIST, Kind.DECISIONS: DECISION}

LINE = """\
[[lines]]
use_list_id = "JS-1"
provider_provinces = ["330000"]
scene_name = "样例"
scene_type = "服务窗口"
item_code = "I1"
item_name = "样例"
business_code = "B1"
use_org_code = "11320700DEMA00216P"
use_org_name = "样例"
type_codes = ["11100000MB03271699901"]
purpose = "样例"
legal_basis = "样例"
auth_mode = "DUTY"
output_modes = ["FILE"]
valid_from = 2026-01-01
valid_to = "2026-12-31"
"""


def found(kind: Kind, **changed: Any) -> list[Problem]:
    """What the rules say of the good entry with members changed; None takes a member away."""
    raw = {name: value for name, value in (GOOD[kind] | changed).items() if value is not None}
    return problems(kind, raw, province=PROVINCE, codes=default_codes(), today=TODAY)


def told(kind: Kind, **changed: Any) -> list[str]:
    """The same as sentences that begin with the member."""
    return [f"{one.field}: {one.message}" for one in found(kind, **changed)]
