"""Whether the face data that a province sent are what was asked for and allowed, and nothing besides. Clause 8.3, 8.5.

No look-up and no record here: what does not fit is refused by `consumer`, so that nothing gets to a line system outside the mask.
"""

import json
from typing import Any

from federation.model.retrieval import DataAnswer
from node.usecases.retrieval.face_data import mask_digest
from node.usecases.retrieval.wish import Wish

_MEMBERS = frozenset(
    {
        *("certificateIdentifier", "certificateName", "certificateType", "certificateTypeCode", "certificateNumber"),
        *("issueDept", "issueDeptCode", "issueDate", "certificateValidateStart", "certificateValidateEnd"),
        *("status", "sourceDigest", "surface"),
    }
)
_COLUMN = frozenset({"name", "columnName", "value", "valueType"})
"""What `delivery.face_data` writes; all values but `surface` are strings."""


def checked_face(answer: DataAnswer, wish: Wish) -> dict[str, Any] | None:
    """The data of an answer; None where they are not what may be handed on.

    That is: of the certificate asked for, no member and no field beyond what was wanted and what the verdict allows, fitting the mask.
    """
    try:
        data: dict[str, Any] = json.loads(answer.data)
        columns = tuple(sorted(one["columnName"] for one in data["surface"]))
        fits = mask_digest(columns) == answer.mask_digest and data["certificateIdentifier"] == wish.form.identifier
        plain = _is_plain(data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    wanted = set(wish.form.fields or wish.allowed) & set(wish.allowed)
    return data if fits and plain and set(columns) <= wanted else None


def _is_plain(data: dict[str, Any]) -> bool:
    """Whether there are the known members alone, and no structure where a value belongs."""
    values = [value for name, value in data.items() if name != "surface"]
    for one in data["surface"]:
        if one.keys() != _COLUMN:
            return False
        values += one.values()
    return data.keys() == _MEMBERS and all(isinstance(value, str) for value in values)
