"""What a consent says, and the rules of its form. Not its signature (`document`), not whether it fits an application. Clause 7.2."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from trust import canonical
from trust.envelope import MAX_SKEW
from trust.errors import ConsentError

MAX_VALIDITY = timedelta(days=366)  # from when it was taken; so long a revocation has to be remembered
_MAX_LIST, _MAX_WORD = 64, 64  # entries of a list, characters of a text
_HEX = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:/-]{0,63}")
_PROVINCE = re.compile(r"[0-9]{2}0000")


class Channel(StrEnum):
    """Where it was given."""

    HOME = "HOME"
    """In the app of the holder's own province."""
    COUNTER = "COUNTER"
    """At a counter of the using province, with an operator's help; the holder's expression on paper or pad is kept there."""


class Mode(StrEnum):
    """Who will act on it."""

    HOLDER = "HOLDER"
    """The holder."""
    ENTRUST = "ENTRUST"
    """Whom the holder sends: the delegate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What is consented to.

    `province` took it. `grantor` and `delegate` ("" unless ENTRUST) are handles of persons; `grantee_unit` is the using unit of
    `grantee_province`. `fields` () is every field that the grantee's line admits. `since`, `until` and `taken` are times with an offset,
    `until` inclusive. `expression` is the SM3 (hex) of what the holder signed, `operator` a digest of who assisted; both only, and always,
    of the COUNTER. `salt` is what nobody can guess: logs hold the SM3 of the whole, and without it that would tell the grantor to who tries
    every number; "" of older nodes.
    """

    id: str
    province: str
    channel: Channel
    mode: Mode
    grantor: str
    delegate: str
    grantee_province: str
    grantee_unit: str
    item: str
    types: tuple[str, ...]
    outputs: tuple[str, ...]
    fields: tuple[str, ...]
    since: str
    until: str
    taken: str
    expression: str
    operator: str
    salt: str = ""

    def payload(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical.dumps(asdict(self))

    @property
    def begins(self) -> datetime:
        """`since` as a time."""
        return datetime.fromisoformat(self.since)

    @property
    def ends(self) -> datetime:
        """`until` as a time."""
        return datetime.fromisoformat(self.until)


def check(consent: Consent) -> None:
    """The rules of the form.

    Raises:
        ConsentError: MALFORMED, with the member that breaks one.
    """
    for name, rule in _FORMS.items():
        value = getattr(consent, name)
        if not isinstance(value, str) or not rule.fullmatch(value):
            raise ConsentError("MALFORMED", name)
    for name in ("types", "outputs", "fields"):
        _check_list(name, getattr(consent, name))
    if not consent.types or not consent.outputs:
        raise ConsentError("MALFORMED", "types and outputs: at least one of each")
    counter, entrust = consent.channel is Channel.COUNTER, consent.mode is Mode.ENTRUST
    for name, needed in (("delegate", entrust), ("expression", counter), ("operator", counter)):
        value = getattr(consent, name)
        if not isinstance(value, str) or (_HEX.fullmatch(value) is not None) is not needed or (value and not needed):
            raise ConsentError(
                "MALFORMED", f"{name}: 64 hex digits where {consent.channel} and {consent.mode} ask for it"
            )
    _check_times(consent)


_FORMS = {
    "id": _WORD,
    "province": _PROVINCE,
    "grantor": _HEX,
    "salt": re.compile(r"([0-9a-f]{64})?"),
    "grantee_province": _PROVINCE,
    "grantee_unit": re.compile(r"[0-9A-Z]{18}"),
    "item": re.compile(r"[^\s\x00-\x1f\x7f]{1,64}"),
}


def _check_list(name: str, values: Any) -> None:
    """A short list of short words, none twice.

    Raises:
        ConsentError: MALFORMED.
    """
    words = isinstance(values, tuple) and all(isinstance(one, str) and 0 < len(one) <= _MAX_WORD for one in values)
    if not words or len(values) > _MAX_LIST or len(set(values)) != len(values):
        raise ConsentError(
            "MALFORMED", f"{name}: at most {_MAX_LIST} words of at most {_MAX_WORD} characters, none twice"
        )


def _check_times(consent: Consent) -> None:
    try:
        since, until, taken = (datetime.fromisoformat(one) for one in (consent.since, consent.until, consent.taken))
        ahead, held, backdated = until - taken, until - since, taken - since
    except (ValueError, TypeError, OverflowError) as error:
        raise ConsentError("MALFORMED", "since, until, taken: times with an offset") from error
    if None in {since.tzinfo, until.tzinfo, taken.tzinfo}:
        raise ConsentError("MALFORMED", "since, until, taken: times with an offset")
    if held <= timedelta(0) or ahead > MAX_VALIDITY:
        raise ConsentError("MALFORMED", f"until: after since, and within {MAX_VALIDITY.days} days of when it was taken")
    if backdated > MAX_SKEW:
        raise ConsentError("MALFORMED", "since: not before it was taken")
