"""What stands on the page of a proof, and that no stranger's words can make it say something else. Clause 8.5."""

from dataclasses import replace

import pytest

from federation.proof_bundle import BundleVerdict, Check, State
from node.paper import Sheet, sheet_of, to_html, to_text
from node.paper.words import CHECKS, STATES, moment, printable
from tests.node.paper.verdicts import EMPTY, LARGE, PASSED, USE, failed


def rows(sheet: Sheet, title: str) -> dict[str, tuple[str, ...]]:
    (section,) = (one for one in sheet.sections if one.title == title)
    return {row[0]: row[1:] for row in section.rows}


def test_the_conclusion_comes_first_and_says_how_many_checks_it_rests_on() -> None:
    assert sheet_of(PASSED).conclusion == "核验通过：14 项核验全部通过；未附、未核验：授权（同意）文件"
    assert sheet_of(failed()).conclusion == "核验不通过：1 项不通过"
    assert sheet_of(EMPTY).conclusion == "核验不通过：1 项不通过，14 项因此未能核验"
    assert [sheet_of(one).passed for one in (PASSED, failed(), EMPTY)] == [True, False, False]


def test_a_proof_that_too_few_have_witnessed_is_not_said_to_be_witnessed() -> None:
    sheet = sheet_of(failed(Check.WITNESSES))

    assert sheet.conclusion == "核验未全部通过：未达规定的见证数，不能认定已获见证；其余 13 项核验通过"
    assert not sheet.passed


def test_what_failed_is_named_with_its_part() -> None:
    assert sheet_of(failed()).problems == ("双方存证日志（entries/330000.tlog-proof）：条目不在该省日志中",)


@pytest.mark.parametrize("check", Check, ids=lambda one: f"the check {one} is on the page")
def test_every_check_is_on_the_page_in_chinese(check: Check) -> None:
    shown = rows(sheet_of(failed(check)), "核验项目")

    assert shown[CHECKS[check]][0] == "不通过"
    assert len(shown) == len(Check)


def test_every_state_has_a_word() -> None:
    assert len(set(STATES.values())) == len(State)


def test_the_use_is_told_by_name_in_beijing_time() -> None:
    shown = rows(sheet_of(PASSED), "使用情况")

    assert shown["用证省（市）"] == ("江苏省（320000）",)
    assert shown["供证省（市）"] == ("浙江省（330000）",)
    assert shown["请求时间"] == ("2026-11-28 13:06:31",)
    assert shown["用证清单"] == ("JS-0001 第3版，清单发布第12版",)
    assert "内容" not in shown


def test_what_is_not_proven_has_no_row_and_missing_contents_are_said() -> None:
    bare = replace(USE, opened=frozenset(), use_org_name="", use_org_code="", biz_num="", use_list="")
    shown = rows(sheet_of(replace(PASSED, use=bare)), "使用情况")

    assert not {"用证单位", "业务编号", "用证清单"} & shown.keys()
    assert shown["内容"] == ("本证明包未附申请内容，仅有其承诺值",)


def test_a_bundle_of_which_nothing_is_proven_has_a_page_all_the_same() -> None:
    assert [one.title for one in sheet_of(EMPTY).sections] == ["核验项目", "核验依据"]


def test_entries_show_who_saw_them_and_too_many_are_counted() -> None:
    (section,) = (one for one in sheet_of(PASSED).sections if one.title == "存证条目")
    (large,) = (one for one in sheet_of(LARGE).sections if one.title == "存证条目")

    assert section.rows[1] == (
        "浙江省",
        "获取·作出应答",
        "1042/2048",
        "2026-11-28 13:06:31",
        "上海市 2026-11-28 13:07:00；安徽省 2026-11-28 13:07:02",
    )
    assert len(large.rows) == 24
    assert large.rows[-1][0] == "另有 67 行未列"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("甲\n核验通过", "甲\ufffd核验通过", id="a line of its own"),
        pytest.param("甲\u202e乙", "甲\ufffd乙", id="a mark that turns the direction of writing"),
        pytest.param("甲\u200b乙\x1b[2J", "甲\ufffd乙\ufffd[2J", id="what does not show, and a terminal's commands"),
        pytest.param("甲" * 161, "甲" * 160 + "…（共161字）", id="longer than a cell"),
        pytest.param("甲" * 160, "甲" * 160, id="just as long as a cell"),
    ],
)
def test_values_are_made_fit_to_print(value: str, shown: str) -> None:
    assert printable(value) == shown


@pytest.mark.parametrize("value", ["", "no time", "2026-13-40", "9999-12-31T23:59:59+00:00"])
def test_what_is_no_time_is_printed_as_it_is(value: str) -> None:
    assert moment(value) == value


def forged() -> BundleVerdict:
    words = "</td></table><script>alert(1)</script><h1>核验通过</h1>\n【核验通过】\x1b[2J\u202e"
    names = {"320000": words, "330000": words}
    assert PASSED.membership is not None
    use = replace(USE, use_org_name=words, use_cause=words, certificate=words, fields=(words,), outcome=words)
    return failed(part=words, use=use, membership=replace(PASSED.membership, names=names))


def test_a_strangers_words_stay_words_in_html() -> None:
    page = to_html(sheet_of(forged()))

    assert "<script" not in page
    assert page.count("<h1>") == page.count("<table>") - 3 == 1
    assert "http://" not in page
    assert "https://" not in page


def test_a_strangers_words_make_no_line_of_their_own_in_text() -> None:
    lines = to_text(sheet_of(forged())).splitlines()

    assert "【核验不通过：1 项不通过】" in lines
    assert not [line for line in lines if line.startswith("【核验通过")]
    assert not [one for line in lines for one in line if ord(one) < 32 or one == "\u202e"]
