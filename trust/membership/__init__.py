"""The membership document: which provinces belong to the mesh, and with which keys and endpoints. DESIGN §4 (**fixed** format).

A DSSE envelope in JSON around canonical JSON. `records` is what it says, `signed` its form with signatures, `document` the rules of one
document, `succession` and `history` those of the next, `conviction` what a refused document proves, and against whom. Everything is a
pure function over bytes and values: no files, no clock, no network. Who stores, carries and adopts documents is the node's matter.
"""

from trust.membership import changes
from trust.membership.certificates import joined, key_id
from trust.membership.conviction import Finding, Verdict, convict
from trust.membership.difference import Difference, cautions, differences
from trust.membership.document import check, instant, parse
from trust.membership.exhibit import MAX_EXHIBIT_BYTES, Exhibit
from trust.membership.fingerprint import grouped, spoken, words
from trust.membership.flaws import Flaw
from trust.membership.records import MAX_MEMBERS, Closed, Introduction, Key, KeyUsage, Member, Membership, MemberStatus
from trust.membership.signed import (
    MAX_DOCUMENT_BYTES,
    PAYLOAD_TYPE,
    SignedMembership,
    add_signature,
    combined,
    signed_from_dict,
    signed_from_json,
    signers,
)
from trust.membership.standing import signing_key_counts
from trust.membership.succession import (
    Quorum,
    check_succession,
    check_version,
    expired,
    founding_digest,
    quorum,
    verify_anchor,
    verify_next,
)

__all__ = [
    "MAX_DOCUMENT_BYTES",
    "MAX_EXHIBIT_BYTES",
    "MAX_MEMBERS",
    "PAYLOAD_TYPE",
    "Closed",
    "Difference",
    "Exhibit",
    "Finding",
    "Flaw",
    "Introduction",
    "Key",
    "KeyUsage",
    "Member",
    "MemberStatus",
    "Membership",
    "Quorum",
    "SignedMembership",
    "Verdict",
    "add_signature",
    "cautions",
    "changes",
    "check",
    "check_succession",
    "check_version",
    "combined",
    "convict",
    "differences",
    "expired",
    "founding_digest",
    "grouped",
    "instant",
    "joined",
    "key_id",
    "parse",
    "quorum",
    "signed_from_dict",
    "signed_from_json",
    "signers",
    "signing_key_counts",
    "spoken",
    "verify_anchor",
    "verify_next",
    "words",
]
