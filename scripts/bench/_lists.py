"""Invented lists of any length for the lists benchmark: entries as large and as varied as a province's, every one of them well formed."""

from collections.abc import Iterator
from typing import Any

from node.library.holder import make_credit_code
from node.library.invented import PROVINCES

UNITS, ITEMS = 400, 2_000
"""How many using units and items the lines speak of."""


def catalogue(province: str, count: int) -> Iterator[dict[str, Any]]:
    """`count` catalogue entries of a province."""
    for number in range(count):
        authority = make_credit_code("11", "100000", f"B{number // 900:08d}")
        yield {
            "type_code": f"{authority}{number % 900 + 1:03d}",
            "version": 1,
            "status": "PUBLISHED",
            "province_code": province,
            "type_name": f"样例许可证第{number:05d}类",
            "local_type_name": f"样例许可证（{PROVINCES[province]}）第{number:05d}类",
            "category": "1",
            "define_authority_name": f"国家样例主管部门第{number // 900:03d}司",
            "define_authority_code": authority,
            "define_authority_level": "国家级",
            "related_item_names": [f"样例事项{number:05d}"],
            "related_item_codes": [f"{number:012d}"],
            "holder_category": "法人",
            "holder_type_codes": ["001"],
            "validity_ranges": ["1年", "长期"],
            "issuing_authority_levels": ["省级", "地市级"],
            "trust_level": "A",
            "share_modes": ["FILE", "DATA"],
            "file_formats": ["OFD"],
            "surface_schema": [
                {"column_name": f"KZ_栏目{one}", "name": f"栏目{one}", "value_type": "TEXT", "sensitive": one == 0}
                for one in range(4)
            ],
            "issue_scope": [province],
            "history_from": "2015-01-01",
            "update_latency": "1h",
            "auth_required": "ITEM_DUTY",
            "valid_from": "2024-01-01",
            "valid_to": "2034-12-31",
            "publisher_org": f"{PROVINCES[province]}数据局（样例）",
            "contact": "样例政务服务热线 12345",
        }


def uselist(province: str, count: int, types: list[str]) -> Iterator[dict[str, Any]]:
    """`count` lines of a province's use list that ask all the others for these types, three at a time."""
    others = [code for code in PROVINCES if code != province]
    for number in range(count):
        unit = make_credit_code("11", province, f"C{number % UNITS:08d}")
        yield {
            "use_list_id": f"{province}-L{number:06d}",
            "version": 1,
            "status": "ACTIVE",
            "consumer_province": province,
            "provider_provinces": others,
            "scene_name": "服务大厅窗口",
            "scene_type": "COUNTER",
            "item_code": f"{unit}{number % ITEMS:015d}",
            "item_name": f"样例事项第{number % ITEMS:04d}项核验",
            "business_code": f"B-{number % 97:02d}",
            "use_org_code": unit,
            "use_org_name": f"{PROVINCES[province]}样例受理大厅第{number % UNITS:03d}号",
            "type_codes": [types[(number + step) % len(types)] for step in range(3)],
            "purpose": "核验申请人在长三角各省取得的许可，办理样例事项",
            "legal_basis": "《国务院关于在线政务服务的若干规定》（国务院令第716号）",
            "auth_mode": "DUTY",
            "output_modes": ["FILE", "DATA"],
            "allowed_fields": [f"KZ_栏目{one}" for one in range(4)],
            "daily_limit": 500,
            "rate_per_minute": 30,
            "app_ids": ["js-counter"],
            "operator_scope": [],
            "valid_from": "2024-01-01",
            "valid_to": "2034-12-31",
        }
