"""A record as the page of its demonstration certificate, with the GB/T 36903 short names as custom data. REQUIREMENTS §3.2.

Only for certificates this project invents; an issued file is never made, changed or replaced by it.
"""

from collections.abc import Iterator
from datetime import date

from node.library.codes import default_codes
from node.library.dates import LONG_TERM
from node.library.demo import forms
from node.library.demo.form_parts import Slot
from node.library.holder import CITIZEN_ID
from node.library.record import CertificateRecord
from trust.ofd.marks import Page, Text, advance

_SMALLER = 0.94
_LEADING = 1.4  # the distance of two lines, in sizes


def face_of(record: CertificateRecord) -> Page:
    """The page that shows a record.

    Raises:
        KeyError: there is no form for the record's type.
    """
    blueprint = forms.BLUEPRINTS[record.type_code]
    values = values_of(record)
    marks = tuple(line for slot in blueprint.slots for line in _fill(slot, values[slot.key]))
    return Page(
        title=record.name,
        form=blueprint.form,
        marks=marks,
        custom_data=custom_data(record),
        created=record.issued,
    )


def values_of(record: CertificateRecord) -> dict[str, str]:
    """What can be printed of a record, by the keys of `forms`."""
    until = LONG_TERM if record.valid_until is None else _chinese(record.valid_until)
    return {
        forms.NUMBER: record.number,
        forms.HOLDERS: "、".join(one.name for one in record.holders),
        forms.HOLDER_CODES: "、".join(one.code for one in record.holders),
        forms.VALIDITY: f"自{_chinese(record.valid_from)}至{until}",
        forms.ISSUER: record.issuer_name,
        forms.ISSUED: _chinese(record.issued),
        forms.IDENTIFIER: record.identifier,
        **{field.name: field.value for field in record.face},
        **_told_by_number(record),
    }


def _told_by_number(record: CertificateRecord) -> dict[str, str]:
    """A citizen's sex and day of birth, which the number says (GB 11643)."""
    first = record.holders[0]
    if first.type_code != CITIZEN_ID:
        return {}
    born = date(int(first.code[6:10]), int(first.code[10:12]), int(first.code[12:14]))
    return {forms.SEX: "男" if int(first.code[16]) % 2 else "女", forms.BIRTH: _chinese(born)}


def _fill(slot: Slot, value: str) -> Iterator[Text]:
    """The value in its slot, printed smaller where it would not fit."""
    size = slot.size
    while len(lines := _broken(value, slot.width / size)) > slot.lines:
        size *= _SMALLER
    for place, line in enumerate(lines):
        yield Text(text=line, x=slot.x, y=slot.y + place * size * _LEADING, size=size)


def _broken(text: str, room: float) -> list[str]:
    """A text in lines of at most `room` sizes."""
    lines, left = [""], room
    for char in text:
        wide = advance(char, 1)
        if wide > left and lines[-1]:
            lines.append("")
            left = room
        lines[-1] += char
        left -= wide
    return lines


def custom_data(record: CertificateRecord) -> tuple[tuple[str, str], ...]:
    """A record as (short name, value) pairs of GB/T 36903; several holders are joined with ^."""
    kinds = default_codes().holder_types
    types = [one.type_code for one in record.holders]
    return (
        ("ZZMC", record.name),
        ("ZZLXDM", record.type_code),
        ("ZZBS", record.identifier),
        ("ZZBH", record.number),
        ("ZZBFJG", record.issuer_name),
        ("ZZBFJGDM", record.issuer_code),
        ("ZZBFRQ", _compact(record.issued)),
        ("CZZT", "^".join(one.name for one in record.holders)),
        ("CZZTDM", "^".join(one.code for one in record.holders)),
        ("CZZTDMLX", "^".join(kinds[code].name if code in kinds else code for code in types)),
        ("CZZTDMLXDM", "^".join(types)),
        ("ZZYXQQSRQ", _compact(record.valid_from)),
        ("ZZYXQJZRQ", LONG_TERM if record.valid_until is None else _compact(record.valid_until)),
        *((f"KZ_{field.name}", field.value) for field in record.face),
    )


def _compact(day: date) -> str:
    return f"{day:%Y%m%d}"


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
