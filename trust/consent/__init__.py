"""The holder's consent (授权凭据): who lets whom use what, for what, from when until when; signed by the province that took it. Clause 7.2.

`records` is what it says, `document` its signed form. No name and no number of a person stands in it: grantor and delegate are handles that
every province of the mesh computes alike, expression and operator are digests. A handle is a pseudonym and no secret (`node.vault`): who
has the document can try numbers until one fits. Keep it as personal data are kept. Whether a consent fits an application is
`node.usecases.consent`'s matter; whether it was revoked, the stop orders' (`trust.orders`, kind CONSENT). Pure: no clock, no files.
"""

from trust.consent.document import (
    MAX_DOCUMENT_BYTES,
    MAX_PAYLOAD_BYTES,
    PAYLOAD_TYPE,
    SignedConsent,
    read,
    sign,
    verify,
)
from trust.consent.records import MAX_VALIDITY, Channel, Consent, Mode, check

__all__ = [
    "MAX_DOCUMENT_BYTES",
    "MAX_PAYLOAD_BYTES",
    "MAX_VALIDITY",
    "PAYLOAD_TYPE",
    "Channel",
    "Consent",
    "Mode",
    "SignedConsent",
    "check",
    "read",
    "sign",
    "verify",
]
