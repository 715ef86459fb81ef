"""What a usage copy says of itself, and its custom data: four fields of GB/T 36903 (REQUIREMENTS §3.2) and three of our own.

Our names begin with `certmesh.`; the short names of GB/T 36903 are capitals, digits and underscores, so neither can be taken for the other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from trust.errors import DocumentError
from trust.ofd.markup import is_text

CREATED, CREATOR, CAUSE, EXPIRES = "JZJZZSJ", "JZJZZZ", "JZJZZSY", "JZJYXQJZSJ"
USING_UNIT, EXCHANGE_ID, ORIGINAL_SM3 = "certmesh.usingUnit", "certmesh.exchangeId", "certmesh.originalSM3"
OWN = frozenset({USING_UNIT, EXCHANGE_ID, ORIGINAL_SM3})
NAMES = frozenset({CREATED, CREATOR, CAUSE, EXPIRES, *OWN})

CHINA = timezone(timedelta(hours=8))
"""The zone of every moment in custom data and watermark."""

_MOST = {"creator": 256, "cause": 200, "using_unit": 256, "exchange_id": 128}
"""Characters: c..256 by REQUIREMENTS §3.2, and 200 of a cause, which is what provinces' inputs take."""

_MOMENT = re.compile(r"[0-9]{14}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_FIRST_YEAR, _LAST_YEAR = 2000, 9000


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageTerms:
    """By whom, for what, for whom and until when a copy is made. Moments are aware, and kept in whole seconds.

    Raises:
        DocumentError: an empty or too long text, one with control characters or blanks around it, a moment without a zone, or an end that
            is not after the making.
    """

    creator: str
    cause: str = field(repr=False)
    using_unit: str
    exchange_id: str
    created: datetime
    expires: datetime

    def __post_init__(self) -> None:
        for name, most in _MOST.items():
            _check_text(name, getattr(self, name), most)
        for name in ("created", "expires"):
            object.__setattr__(self, name, _moment(name, getattr(self, name)))
        if self.created >= self.expires:
            raise DocumentError("usage copy: it would expire before it is made; give a later end")


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageCopy:
    """What a copy says of itself: its terms, and the SM3 of the original file, 64 hex digits.

    Raises:
        DocumentError: not such a digest.
    """

    terms: UsageTerms
    original_sm3: str

    def __post_init__(self) -> None:
        if not _DIGEST.fullmatch(self.original_sm3):
            raise DocumentError("usage copy: the original's SM3 is not 64 hex digits")

    def expired(self, at: datetime) -> bool:
        """Whether its time is over; its last second still counts."""
        return at.replace(microsecond=0) > self.terms.expires


def write_custom_data(copy: UsageCopy) -> dict[str, str]:
    """The custom data of a copy."""
    terms = copy.terms
    return {
        CREATED: f"{terms.created.astimezone(CHINA):%Y%m%d%H%M%S}",
        CREATOR: terms.creator,
        CAUSE: terms.cause,
        EXPIRES: f"{terms.expires.astimezone(CHINA):%Y%m%d%H%M%S}",
        USING_UNIT: terms.using_unit,
        EXCHANGE_ID: terms.exchange_id,
        ORIGINAL_SM3: copy.original_sm3,
    }


def read_custom_data(data: Mapping[str, str]) -> UsageCopy | None:
    """The copy that custom data describe; None without a name of our own.

    Raises:
        DocumentError: a field is missing or out of bounds.
    """
    if OWN.isdisjoint(data):
        return None
    missing = sorted(name for name in NAMES if name not in data)
    if missing:
        raise DocumentError(f"usage copy: the custom data lack {', '.join(missing)}")
    terms = UsageTerms(
        creator=data[CREATOR],
        cause=data[CAUSE],
        using_unit=data[USING_UNIT],
        exchange_id=data[EXCHANGE_ID],
        created=_parsed(CREATED, data[CREATED]),
        expires=_parsed(EXPIRES, data[EXPIRES]),
    )
    return UsageCopy(terms=terms, original_sm3=data[ORIGINAL_SM3])


def _check_text(name: str, text: str, most: int) -> None:
    if not 0 < len(text) <= most:
        raise DocumentError(f"usage copy: {name} has no or more than {most} characters")
    if text != text.strip() or _CONTROL.search(text) or not is_text(text):
        raise DocumentError(f"usage copy: {name} holds control characters, or blanks around it")


def _moment(name: str, moment: datetime) -> datetime:
    if moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise DocumentError(f"usage copy: {name} has no zone, or a year outside of {_FIRST_YEAR} to {_LAST_YEAR}")
    return moment.astimezone(UTC).replace(microsecond=0)


def _parsed(name: str, text: str) -> datetime:
    try:
        if _MOMENT.fullmatch(text):
            return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
    except ValueError:
        pass
    raise DocumentError(f"usage copy: {name} is not a moment of 14 digits")
