"""A demonstration file for a record: the face of the certificate with the GB/T 36903 short names as custom data. REQUIREMENTS §3.2.

Only for certificates this project invents; an issued file is never made, changed or replaced by it.
"""

from datetime import date

from node.library.codes import default_codes
from node.library.dates import LONG_TERM
from node.library.record import CertificateRecord
from trust.ofd import CertificateFace, write_certificate


def render(record: CertificateRecord) -> bytes:
    """The OFD file that shows a record.

    Raises:
        ValueError: a text of the record holds characters that XML cannot carry.
    """
    until = LONG_TERM if record.valid_until is None else _chinese(record.valid_until)
    lines = (
        ("证照编号", record.number),
        ("持证主体", "、".join(one.name for one in record.holders)),
        *((field.name, field.value) for field in record.face),
        ("有效期限", f"自{_chinese(record.valid_from)}至{until}"),
        ("颁发机构", record.issuer_name),
        ("颁发日期", _chinese(record.issued)),
        ("证照标识", record.identifier),
    )
    face = CertificateFace(title=record.name, lines=lines, custom_data=custom_data(record), created=record.issued)
    return write_certificate(face)


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
