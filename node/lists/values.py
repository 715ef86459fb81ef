"""What is wrong with the value of one member: its kind, length, form and words. Not the rules between members (`rules`)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from node.library.codes import Codes
from node.lists.fields import Field, Form
from node.lists.forms import is_day, is_time, missing, plain_problem, too_many, wrong_kind
from node.lists.problem import Problem, quoted
from node.lists.shapes import shape_problem
from node.lists.tables import word_problem

MAX_SHOWN = 10
"""So many wrong items of one list are told."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges values at a day."""

    codes: Codes
    today: date

    def problems(self, field: Field, value: Any) -> Iterator[Problem]:
        """Everything that is wrong with a value that is there."""
        return _BY_FORM[field.form](self, field, value)

    def text(self, field: Field, value: Any) -> Iterator[Problem]:
        """A text, a code or a word."""
        if not isinstance(value, str):
            yield wrong_kind(field)
        elif field.needed and not value:
            yield missing(field)
        elif value:
            yield from self._content(field, value, "", "")

    def texts(self, field: Field, value: Any) -> Iterator[Problem]:
        """A list of texts, none twice."""
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            yield wrong_kind(field)
        elif field.needed and not value:
            yield missing(field)
        elif len(value) > field.items:
            yield too_many(field, value)
        else:
            yield from self._items(field, value)

    def _items(self, field: Field, value: Sequence[str]) -> Iterator[Problem]:
        found: list[Problem] = []
        seen: set[str] = set()
        for place, one in enumerate(value, start=1):
            where, where_zh = f"item {place}: ", f"第{place}项："
            if not one:
                found.append(Problem(field.name, f"{where}is empty; remove it", f"{where_zh}为空，请删除"))
            elif one in seen:
                found.append(Problem(field.name, f"{where}stands twice; remove one", f"{where_zh}重复，请删除一项"))
            else:
                found += self._content(field, one, where, where_zh)
            if "^" in one or "\n" in one:
                what, what_zh = "holds ^ or a line break, which part items; remove it", "含分隔符 ^ 或换行，请删除"
                found.append(Problem(field.name, where + what, where_zh + what_zh))
            seen.add(one)
        yield from found[:MAX_SHOWN]

    def _content(self, field: Field, value: str, where: str, where_zh: str) -> Iterator[Problem]:
        """A text that is there: printable, short enough, of its form, and a word of its table."""
        found = plain_problem(field, value)
        if found is None and field.table:
            found = word_problem(self.codes, field.table, value, self.today, field.name)
        elif found is None and field.shape:
            found = shape_problem(field.shape, value, field.name)
        if found is not None:
            yield Problem(field.name, where + found.message, where_zh + found.zh)

    def number(self, field: Field, value: Any) -> Iterator[Problem]:
        """A whole number in its range."""
        if type(value) is not int:
            yield wrong_kind(field)
        elif not field.low <= value <= field.high:
            yield Problem(
                field.name,
                f"is not between {field.low} and {field.high}; correct the number",
                f"应在{field.low}至{field.high}之间，请更正数字",
            )

    def day(self, field: Field, value: Any) -> Iterator[Problem]:
        """A day in the one form in which days compare as texts."""
        if field.needed and value == "":
            yield missing(field)
        elif not isinstance(value, str) or (value and not is_day(value)):
            yield wrong_kind(field)

    def time(self, field: Field, value: Any) -> Iterator[Problem]:
        """A time in the one form in which times compare as texts."""
        if not isinstance(value, str) or (value and not is_time(value)):
            yield wrong_kind(field)

    def face(self, field: Field, value: Any) -> Iterator[Problem]:
        """Face fields: objects, or column names alone; no column twice."""
        if not isinstance(value, list) or not all(isinstance(one, str | dict) for one in value):
            yield wrong_kind(field)
        elif len(value) > field.items:
            yield too_many(field, value)
        else:
            found = list(self._face(field, value))
            yield from found[:MAX_SHOWN]

    def _face(self, field: Field, value: Sequence[Any]) -> Iterator[Problem]:
        seen: set[str] = set()
        for place, one in enumerate(value, start=1):
            raw = {"column_name": one} if isinstance(one, str) else one
            column = raw.get("column_name")
            if isinstance(column, str) and column in seen:
                yield Problem(
                    field.name,
                    f"item {place}: this column stands twice; remove one",
                    f"第{place}项：字段名重复，请删除一项",
                )
            elif isinstance(column, str):
                seen.add(column)
            for found in self._face_members(field, raw):
                yield Problem(field.name, f"item {place}: {found.message}", f"第{place}项：{found.zh}")

    def _face_members(self, field: Field, raw: dict[Any, Any]) -> Iterator[Problem]:
        unknown = [one for one in raw if one not in _FACE_MEMBERS]
        if unknown:
            name = quoted(str(unknown[0]))
            yield Problem(field.name, f"{name} is not a known member; remove it", f"“{name}”不是规定的成员，请删除")
        for name, member in _FACE_MEMBERS.items():
            if name not in raw:
                if member is not None and member.needed:
                    yield Problem(field.name, f"{name} is missing; add it", f"缺少{member.heading}，请补充")
            elif member is None:
                if not isinstance(raw[name], bool):
                    yield Problem(field.name, f"{name} is true or false; correct it", "是否敏感应为是或否，请更正")
            else:
                for found in self.text(member, raw[name]):
                    yield Problem(field.name, f"{name} {found.message}", f"{member.heading}{found.zh}")

    def steps(self, field: Field, value: Any) -> Iterator[Problem]:
        """What the software itself writes of who took which step."""
        good = isinstance(value, list) and len(value) <= field.items
        if not good or not all(isinstance(one, dict) for one in value):
            yield wrong_kind(field)


_FACE_MEMBERS: dict[str, Field | None] = {
    "column_name": Field(name="column_name", heading="字段名", needed=True, limit=64, shape="column"),
    "name": Field(name="name", heading="名称", limit=64, shape="face-name"),
    "value_type": Field(name="value_type", heading="数据类型", table="value_types"),
    "sensitive": None,
}
_BY_FORM: dict[Form, Callable[[Judge, Field, Any], Iterator[Problem]]] = {
    Form.TEXT: Judge.text,
    Form.NUMBER: Judge.number,
    Form.DAY: Judge.day,
    Form.TIME: Judge.time,
    Form.TEXTS: Judge.texts,
    Form.FACE: Judge.face,
    Form.STEPS: Judge.steps,
}
