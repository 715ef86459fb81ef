"""What provinces say to a holder who asks who used their certificates, and what it proves. Clause 8.4, 8.5.

Every use is on record at the province that used, at the one that provided, and, once the holder's notice has arrived, at the holder's home.
So a province that leaves a use out is shown by another that does not; two that leave it out together, before the notice has arrived, are
not: nothing shows what nobody says. The provinces' lists are proven by their logs; the check needs no node and no network.
"""

from federation.holder_uses.contradictions import Contradiction, Kind, contradictions, verdict_of
from federation.holder_uses.document import MAX_BYTES, Listing, UsesReceipt, covers, from_json
from federation.holder_uses.listing import Claim, Head, OpenHead, check_listing, commitment_of, joined
from federation.holder_uses.omission import OmissionFile
from federation.holder_uses.report import Report, check, found_members

__all__ = [
    "MAX_BYTES",
    "Claim",
    "Contradiction",
    "Head",
    "Kind",
    "Listing",
    "OmissionFile",
    "OpenHead",
    "Report",
    "UsesReceipt",
    "check",
    "check_listing",
    "commitment_of",
    "contradictions",
    "covers",
    "found_members",
    "from_json",
    "joined",
    "verdict_of",
]
