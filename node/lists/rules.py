"""What a good entry of our own lists is: every member by itself, and the rules between members. Clauses 6.2, 6.3 and 9; REQUIREMENTS §2.

Not the rules between a line and catalogues (`across`), nor how peers' entries are read: those are taken as they are (`federation.model`).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from federation.model.decision import Ruling, decision_id
from federation.model.publication import MAX_ENTRY_BYTES
from node.library.codes import Codes
from node.lists.fields import FIELDS, Field
from node.lists.forms import is_day, missing
from node.lists.problem import Problem, quoted
from node.lists.values import MAX_SHOWN, Judge
from node.ports.lists import Kind
from trust import canonical

_LONGEST_NAME = 40
_AUTHORITY = 18  # characters of a type code
_NAMES = {kind: tuple(field.name for field in fields) for kind, fields in FIELDS.items()}


def problems(kind: Kind, raw: Mapping[str, Any], *, province: str, codes: Codes, today: date) -> list[Problem]:
    """Everything that is wrong with an entry as it is written, in the order of its members; [] for a good one.

    `raw` may leave out what `fields.completed` adds. `today` is the day (Beijing time) at which codes must hold.
    """
    judge = Judge(codes, today)
    found = list(_unknown(kind, raw))
    for field in FIELDS[kind]:
        found += _member(judge, field, raw, province)
    faulty = {one.field for one in found}
    found += [one for one in _BETWEEN[kind](raw) if one.field not in faulty]
    return found or list(_size(raw))


def _unknown(kind: Kind, raw: Mapping[Any, Any]) -> Iterator[Problem]:
    names = _NAMES[kind]
    for name in [one for one in raw if one not in names][:MAX_SHOWN]:
        shown = quoted(str(name))
        near = get_close_matches(str(name), names, n=1) if len(str(name)) <= _LONGEST_NAME else []
        hint, hint_zh = (f"did you mean {near[0]}?", f"是否应为“{near[0]}”？") if near else ("remove it", "请删除")
        yield Problem(shown, f"is not a known member; {hint}", f"不是规定的数据项，{hint_zh}")


def _member(judge: Judge, field: Field, raw: Mapping[str, Any], province: str) -> Iterator[Problem]:
    if field.name not in raw:
        if field.needed:
            yield missing(field)
        return
    value = raw[field.name]
    if not field.given:
        yield from judge.problems(field, value)
    elif value != province:
        yield Problem(
            field.name,
            f"is not our own province; write {province} or leave it out",
            f"不是本省（市），请填写{province}或留空",
        )


def _size(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Called for entries that are good otherwise: their values have a canonical form."""
    size = len(canonical.dumps(dict(raw)))
    if size > MAX_ENTRY_BYTES:
        yield Problem(
            "",
            f"the entry has {size} bytes, more than {MAX_ENTRY_BYTES}; divide it",
            f"该条目共{size}字节，超过{MAX_ENTRY_BYTES}字节，请拆分",
        )


def _needed_with(kind: Kind, raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Members that another member's word makes needed."""
    for field in FIELDS[kind]:
        if field.needed_with is None or raw.get(field.name):
            continue
        name, word = field.needed_with
        chosen = raw.get(name)
        if isinstance(chosen, list) and word in chosen:
            heading = next(one.heading for one in FIELDS[kind] if one.name == name)
            yield Problem(
                field.name,
                f"is missing, but {name} has {word}; add it or remove {word}",
                f"{heading}含{word}时必须填写，请补充或去掉{word}",
            )


def _days(raw: Mapping[str, Any]) -> Iterator[Problem]:
    first, last = raw.get("valid_from"), raw.get("valid_to")
    days = isinstance(first, str) and isinstance(last, str) and is_day(first) and is_day(last)
    if days and str(last) < str(first):
        yield Problem("valid_to", "is before valid_from; correct one of the two", "早于有效起始日期，请更正其中之一")


def _catalogue(raw: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _needed_with(Kind.CATALOGUE, raw)
    code, authority = raw.get("type_code"), raw.get("define_authority_code")
    if isinstance(code, str) and isinstance(authority, str) and code[:_AUTHORITY] != authority:
        yield Problem(
            "define_authority_code",
            "is not the first 18 characters of type_code; correct one of the two",
            "与证照类型代码的前18位不一致，请更正其中之一",
        )
    yield from _days(raw)


def _uselist(raw: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _needed_with(Kind.USELIST, raw)
    yield from _days(raw)


def _decision(raw: Mapping[str, Any]) -> Iterator[Problem]:
    said = (raw.get("consumer"), raw.get("use_list_id"), raw.get("line_version"))
    if raw.get("decision_id") != decision_id(*said):  # type: ignore[arg-type]  # values of a wrong kind make another text
        yield Problem(
            "decision_id",
            "is not consumer/use_list_id/line_version; correct one of them",
            "应为“用证省/用证清单标识/清单版本号”，请更正",
        )
    limits = ("type_codes", "output_modes", "allowed_fields", "daily_limit", "rate_per_minute", "valid_to", "review")
    if raw.get("status") == Ruling.LIMITED and not any(raw.get(name) for name in limits):
        yield Problem("status", "is LIMITED, but no limit is given; add one or accept", "限定同意须至少填写一项限定")
    if raw.get("status") == Ruling.REJECTED and not raw.get("reasons"):
        yield Problem("reasons", "are missing for a rejection; add one", "不同意时必须填写理由")


_BETWEEN: dict[Kind, Callable[[Mapping[str, Any]], Iterator[Problem]]] = {
    Kind.CATALOGUE: _catalogue,
    Kind.USELIST: _uselist,
    Kind.DECISIONS: _decision,
}
