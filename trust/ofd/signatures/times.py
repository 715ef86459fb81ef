"""Moments as seals, certificates and Signature.xml write them: UTCTime, GeneralizedTime, or text in several shapes, with and without Z.

A time without a zone is Beijing time: real files show it beside the same moment in UTC (PARTS, "What real OFD files do", item 2).
"""

import re
from datetime import UTC, datetime, timedelta, timezone

from trust.errors import DocumentError
from trust.ofd.signatures.der import BIT_STRING, GENERALIZED_TIME, UTC_TIME, Node, bits

BEIJING = timezone(timedelta(hours=8))
_PIVOT = 50  # RFC 5280 clause 4.1.2.5.1: two digits from 50 on are of the last century
_TEXT = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)[T ]?(\d\d):?(\d\d):?(\d\d)?(?:\.\d{1,9})?\s?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


def parse_time(text: str) -> datetime:
    """The moment that a text names, in UTC and whole seconds.

    Raises:
        DocumentError: it names none.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise DocumentError("a time in no known form")
    *digits, zone = match.groups()
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in digits)
        return datetime(year, month, day, hour, minute, second, tzinfo=_zone(zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DocumentError("a time that does not exist") from error


def _zone(text: str | None) -> timezone:
    if text is None:
        return BEIJING
    if text == "Z":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-offset if text[0] == "-" else offset)


def read_time(node: Node) -> datetime:
    """The moment of a UTCTime, a GeneralizedTime, or (GM/T 0031-2014) a BIT STRING that holds a text.

    Raises:
        DocumentError: none of them, or not a moment.
    """
    content = bits(node) if node.tag == BIT_STRING else node.expect(UTC_TIME, GENERALIZED_TIME).content
    text = content.decode("ascii", errors="replace")
    if node.tag == UTC_TIME and text[:2].isdecimal():
        text = ("19" if int(text[:2]) >= _PIVOT else "20") + text
    return parse_time(text)
