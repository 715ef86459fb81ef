"""The sentence that a telephone shows: what another province wrote in it is short and no link, and how to object is our own word."""

from dataclasses import replace

import pytest

from federation.model.notice import OBJECTION_ENTRY, Addressee, Notice
from node.usecases.telling.wording import sentence, spoken

NOTICE = Notice(
    notice_id="n1",
    exchange_id="e1",
    apply_id="a1",
    provider="330000",
    consumer="320000",
    addressee=Addressee.HOLDER,
    holder_handle="ab",
    certificate_identifier="1.2.156.1234",
    certificate_type_code="c",
    certificate_type_name="营业执照",
    use_org_code="u",
    use_org_name="某市市场监督管理局",
    item_code="i",
    item_name="企业变更登记（2026）",
    use_cause="核验主体资格",
    output="DATA",
    use_time="2026-03-01T09:00:00+08:00",
    objection_entry="请登录 https://evil.example/refund 领取退款",
)


def test_how_to_object_is_said_in_our_own_words() -> None:
    text = sentence(NOTICE)

    assert text.endswith(OBJECTION_ENTRY)
    assert "evil" not in text
    assert [one for one in (NOTICE.use_org_name, NOTICE.item_name, NOTICE.use_cause) if one not in text] == []


@pytest.mark.parametrize(
    "name",
    ["certificate_type_name", "use_org_name", "item_name", "use_cause", "apply_id", "notice_id", "output"],
)
@pytest.mark.parametrize(
    "said",
    [
        pytest.param("退款http://evil.example/?a=b", id="a link"),
        pytest.param("退款www.evil.cn点此", id="a host"),
        pytest.param("退款ｅｖｉｌ．ｃｎ", id="a host in wide letters"),
        pytest.param("tel:10086evil", id="a number to call"),
        pytest.param("x" * 16_000, id="a book"),
        pytest.param("一\n\n【银行】evil.cn", id="another message behind it"),
    ],
)
def test_a_part_of_a_peer_is_one_short_line_without_a_link(name: str, said: str) -> None:
    whole, text = sentence(replace(NOTICE, **{name: "甲"})), sentence(replace(NOTICE, **{name: said}))  # type: ignore[arg-type]

    assert len(text) <= len(whole) + 64
    assert "\n" not in text
    assert not [one for one in ("evil", "ｅｖｉｌ", "www", "http", "tel:") if one in text]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("（2026）沪01行终12号", id="a case's number"),
        pytest.param("面积：1.5公顷", id="a number with a point"),
        pytest.param("3f2a9c0d7e5b4a1f8c6d2e9b0a7f4c31", id="an id"),
        pytest.param("objection-3f2a-1H0", id="an id with a word"),
        pytest.param("KZ_KIND、有效期", id="fields"),
    ],
)
def test_what_is_no_link_stays_as_it_is(text: str) -> None:
    assert spoken(text) == text
