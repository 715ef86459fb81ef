"""Compares what is said of a certificate with what was issued, and says so in one code. REQUIREMENTS §3.6, S8. Pure.

Values are compared as people mean them: width, blanks and the way of writing a day do not count. Which value is wrong is not said: the
presenter would otherwise learn the right ones by trying.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date

from federation.model.info_verification import InfoQuery, InfoResult
from node.library.dates import LONG_TERM, parse_day
from node.library.record import CertificateRecord

BASIC = frozenset(
    {"certificateName", "issueDept", "issueDeptCode", "issueDate", "certificateValidateStart", "certificateValidateEnd"}
)
"""Claims on list metadata that can be compared: what a search shows anyway."""

RIGHT: Mapping[str, InfoResult] = {
    "VALID": InfoResult.VALID,
    "NOT_ACTIVE": InfoResult.NOT_ACTIVE,
    "SUSPENDED": InfoResult.SUSPENDED,
    "REVOKED": InfoResult.NO_LONGER_VALID,
    "CANCELLED": InfoResult.NO_LONGER_VALID,
    "EXPIRED": InfoResult.NO_LONGER_VALID,
    "TRANSFERRED": InfoResult.NO_LONGER_VALID,
    "SUPERSEDED": InfoResult.NO_LONGER_VALID,
    "OTHER": InfoResult.AMBIGUOUS,
}
"""What right data mean in each state (§3.6)."""


def compared(record: CertificateRecord, holder_name: str, query: InfoQuery, today: date) -> InfoResult:
    """The code for this certificate; `holder_name` is that of the holder it was asked for."""
    verdicts = list(_verdicts(record, holder_name, query))
    if all(verdicts):
        return RIGHT[record.status_on(today).value]
    return InfoResult.PARTLY_WRONG if any(verdicts) else InfoResult.MISMATCH


def _verdicts(record: CertificateRecord, holder_name: str, query: InfoQuery) -> Iterator[bool]:
    if query.holder_name:
        yield normal(query.holder_name) == normal(holder_name)
    basic = _basic(record)
    for claim in query.basic:
        yield normal(claim.value) == normal(basic[claim.name])
    surface = {one.column: one.value for one in record.face}
    for claim in query.surface:
        yield claim.name in surface and normal(claim.value) == normal(surface[claim.name])


def _basic(record: CertificateRecord) -> dict[str, str]:
    until = record.valid_until
    return {
        "certificateName": record.name,
        "issueDept": record.issuer_name,
        "issueDeptCode": record.issuer_code,
        "issueDate": record.issued.isoformat(),
        "certificateValidateStart": record.valid_from.isoformat(),
        "certificateValidateEnd": LONG_TERM if until is None else until.isoformat(),
    }


def normal(text: str) -> str:
    """A value without what does not count: full width, blanks, case, and another way of writing the same day."""
    folded = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    plain = unicodedata.normalize("NFKC", folded)  # without its blank a mark may join the letter before it
    try:
        return parse_day(plain).isoformat()
    except ValueError:
        return plain
