"""By which lists a province was left out of a search. Clause 8.2, DESIGN §6.3; the other grounds are in `grounds`.

That it was left out for this reason is the consumer's claim, and stays one: the file shows that the versions it names were published, by
their signed heads, and not what they say. Whoever doubts it reads them: every province holds them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from federation.model.publication import KINDS, Head, PublicationError, from_document, read
from federation.model.refusal import Reason
from federation.receipt.document import Receipt
from federation.receipt.words import word_of
from trust.errors import EvidenceError
from trust.gm import PublicKey

NOT_BY_LISTS = frozenset({Reason.NOT_CHOSEN, Reason.PEER_STOPPED})
"""Why a province may be left out whatever the lists say: the caller chose others, or the others stopped it."""
CATALOGUE, DECISIONS, USELIST = "catalogue", "decisions", "uselist"
_SAYS_SO = {
    Reason.TYPE_NOT_OFFERED: CATALOGUE,
    Reason.USE_LIST_UNDECIDED: DECISIONS,
    Reason.USE_LIST_REJECTED: DECISIONS,
    Reason.LINE_SUSPENDED_THERE: DECISIONS,
}
"""The list that has to be named for a reason; for every other it is the consumer's own use list."""


def publisher_of(kind: str, province: str, consumer: str) -> str:
    """Whose list of this kind decides whether a consumer asks a province."""
    return consumer if kind == USELIST else province


def left_out(
    receipt: Receipt, keys: Callable[[str], Sequence[PublicKey]], province: str, claim: Mapping[str, Any]
) -> str:
    """The reason that is claimed for not asking a province, and how much of it is shown.

    Raises:
        EvidenceError: no reason is claimed, the list that it rests on is not named, or was never published in that version.
    """
    reason = word_of(claim, "refusal")
    if reason not in set(Reason):
        raise EvidenceError("it was left out, and for no reason")
    if reason in NOT_BY_LISTS:
        return reason
    named = claim.get("lists")
    if (
        not isinstance(named, dict)
        or not set(named) <= set(KINDS)
        or _SAYS_SO.get(Reason(reason), USELIST) not in named
    ):
        raise EvidenceError(f"it was left out for {reason}, and the list that says so is not named")
    heads = [_published(receipt, keys, (kind, province), version) for kind, version in sorted(named.items())]
    shown = ", ".join(f"{one.kind} {one.version} of {one.publisher} ({one.issued.date()})" for one in heads)
    return f"{reason}; shown to be published: {shown}"


def _published(
    receipt: Receipt, keys: Callable[[str], Sequence[PublicKey]], of: tuple[str, str], version: object
) -> Head:
    """The head of a list that decides about a province, in this version.

    Raises:
        EvidenceError: the file has none that the publisher signed.
    """
    kind, province = of
    publisher = publisher_of(kind, province, receipt.consumer)
    for document in receipt.lists.get(publisher, ()):
        for key in keys(publisher):
            head = _read(document, kind, publisher, key)
            if head is not None and head.version == version:
                return head
    raise EvidenceError(
        f"it was left out by version {version} of the {kind} of {publisher}, which is not shown to exist"
    )


def _read(document: bytes, kind: str, publisher: str, key: PublicKey) -> Head | None:
    """The head, if it is one of this list and signed with this key."""
    try:
        signed = from_document(document, kind)
        return read(signed, kind=kind, publisher=publisher, keys={signed.key_id: key})
    except PublicationError:
        return None
