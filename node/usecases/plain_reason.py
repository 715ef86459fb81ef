"""A reason that a clerk of another province reads: one line of plain text without numbers of persons. Clauses 7.3, 11.4, P5."""

import re
import unicodedata

from federation.model.refusal import Reason
from node.errors import RefusedError

_NUMBERS = re.compile(r"[0-9Xx]{6,}")


def plain_reason(reason: str, *, needed: bool, most: int) -> str:
    """The reason as it is kept; `most` characters at most.

    Raises:
        RefusedError: BAD_PARAMETER: none where one is needed, too long, not plain, or with a number that could be a person's.
    """
    said = reason.strip()
    if needed and not said:
        raise RefusedError(Reason.BAD_PARAMETER, "reason: a rejection needs one")
    if len(said) > most or any(unicodedata.category(char)[0] == "C" for char in said):
        raise RefusedError(Reason.BAD_PARAMETER, f"reason: at most {most} plain characters")
    if _NUMBERS.search(unicodedata.normalize("NFKC", said)):
        raise RefusedError(
            Reason.BAD_PARAMETER, "reason: without numbers of persons; the clerk of the other province reads it"
        )
    return said
