"""The words and codes a member may have at a day: dated tables of config/codes, closed sets of the protocol. REQUIREMENTS §3.5–3.7.

Not the tables' files (`node.library.codes`).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from functools import partial

from federation.model.application import AuthMode, Output
from federation.model.catalogue import EntryStatus
from federation.model.decision import Ruling
from federation.model.uselist import MANUAL, LineStatus
from node.library.codes import Codes, ListWord
from node.lists.problem import Problem, quoted

_PROTOCOL: Mapping[str, Mapping[str, str]] = {
    "catalogue_statuses": {
        EntryStatus.PUBLISHED: "已发布",
        EntryStatus.SUSPENDED: "已暂停",
        EntryStatus.WITHDRAWN: "已撤回",
    },
    "uselist_statuses": {LineStatus.ACTIVE: "有效", LineStatus.SUSPENDED: "已暂停", LineStatus.WITHDRAWN: "已撤回"},
    "rulings": {
        Ruling.ACCEPTED: "同意",
        Ruling.LIMITED: "限定同意",
        Ruling.REJECTED: "不同意",
        Ruling.SUSPENDED: "暂停",
    },
    "reviews": {MANUAL: "人工核验"},
    "bases": {"hand": "人工", "policy": "自动"},
    "share_modes": {Output.FILE: "文件", Output.DATA: "数据", Output.VERIFY: "核验", "IMAGE": "图像"},
    "output_modes": {Output.FILE: "文件", Output.ORIGINAL: "原件", Output.DATA: "数据", Output.VERIFY: "核验"},
    "auth_modes": {AuthMode.DUTY: "依职能", AuthMode.HOLDER: "持证人", AuthMode.ENTRUST: "委托授权"},
    "auth_required": {"NONE": "无需授权", "ITEM_DUTY": "事项依据", "HOLDER_CONSENT": "持证人同意"},
    "trust_levels": {"A": "", "B": "", "C": "", "D": ""},
    "value_types": {"TEXT": "文本", "NUMBER": "数字", "DATE": "日期"},
}
_CLOSED: Mapping[str, Mapping[str, ListWord]] = {
    table: {str(code): ListWord(name=name) for code, name in words.items()} for table, words in _PROTOCOL.items()
}
_REGION_DIGITS = 6
_DAY = timedelta(days=1)
SHOWN = 12
"""So many words of a table stand in a message; longer tables are not listed."""


def words(codes: Codes, table: str) -> Mapping[str, ListWord]:
    """All words of a table, also those that hold no more or not yet.

    Raises:
        KeyError: there is no such table.
    """
    return _CLOSED[table] if table in _CLOSED else codes.words[table]


def holding(codes: Codes, table: str, today: date) -> tuple[str, ...]:
    """The words of a table that hold today, in the table's order."""
    return tuple(code for code, word in words(codes, table).items() if _holds(word, today))


def word_problem(codes: Codes, table: str, value: str, today: date, field: str) -> Problem | None:
    """What is wrong with a word at this day: it is in no table, not valid yet, or no more (and since when)."""
    word = words(codes, table).get(value)
    if word is None:
        return None if table == "regions" and _is_county(codes, value) else _unknown(codes, table, value, today, field)
    if _holds(word, today):
        return None
    say = partial(Problem, field)
    if word.valid_to is not None and word.valid_to < today:
        since = word.valid_to + _DAY
        instead, instead_zh = (f"write {word.now}", f"请改为{word.now}") if word.now else ("remove it", "请删除")
        return say(f"{value} is no longer valid since {since}; {instead}", f"{value}自{since}起已停用，{instead_zh}")
    return say(
        f"{value} is not valid before {word.valid_from}; write a code of today",
        f"{value}自{word.valid_from}起才有效，请填写现行代码",
    )


def _holds(word: ListWord, today: date) -> bool:
    begun = word.valid_from is None or word.valid_from <= today
    return begun and (word.valid_to is None or today <= word.valid_to)


def _is_county(codes: Codes, value: str) -> bool:
    """The table has no counties: a county is known by its city."""
    digits = len(value) == _REGION_DIGITS and value.isascii() and value.isdigit()
    return digits and not value.endswith("00") and f"{value[:4]}00" in codes.regions


def _unknown(codes: Codes, table: str, value: str, today: date, field: str) -> Problem:
    known = holding(codes, table, today)
    near = get_close_matches(value, known, n=1) if len(value) <= SHOWN else []
    shown = quoted(value)
    if near:
        return Problem(
            field,
            f"{shown} is not a known code; did you mean {near[0]}?",
            f"“{shown}”不是有效代码，是否应为“{near[0]}”？请更正",
        )
    if len(known) <= SHOWN:
        names = words(codes, table)
        listed = "、".join(f"{one}（{names[one].name}）" if names[one].name else one for one in known)
        return Problem(
            field,
            f"{shown} is not a known code; write one of {', '.join(known)}",
            f"“{shown}”不是有效代码，请填写：{listed}",
        )
    return Problem(
        field, f"{shown} is not a known code; write a code of the table", f"“{shown}”不是有效代码，请按代码表填写"
    )
