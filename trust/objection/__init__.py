"""An objection (异议) to a certificate's data, and what becomes of it: signed documents that follow from one another. P5, REQUIREMENTS §6.

`records` is what they say, `document` their signed form, `case` how they follow: the province where it is raised signs the objection
and, if need be, its withdrawal; the province that owns it (the issuer's) signs every move. No name, no number of a person and none of the
words of the claim stand in them: the holder is a handle (a pseudonym, see `node.vault`), the claim a commitment (`trust.commitment`). A
move's reason is for clerks of all provinces, so whoever gives one keeps persons out of it. Pure: no clock, no files.
"""

from trust.objection.case import FINAL, Case, begun
from trust.objection.document import MAX_DOCUMENT_BYTES, Signed, read, sign, signed_as, to_sign, verify
from trust.objection.records import CLAIM, MAX_DOCUMENTS, Move, Raised, RaisedBy, State, Withdrawn, check

__all__ = [
    "CLAIM",
    "FINAL",
    "MAX_DOCUMENTS",
    "MAX_DOCUMENT_BYTES",
    "Case",
    "Move",
    "Raised",
    "RaisedBy",
    "Signed",
    "State",
    "Withdrawn",
    "begun",
    "check",
    "read",
    "sign",
    "signed_as",
    "to_sign",
    "verify",
]
