"""The one-file proof of a use: what is in it, and what a stranger finds of it offline. Clause 8.5 and 10 (C10-7), DESIGN §7.

A pure reading of bytes: no node, no network, no clock. How a bundle is gathered is the node's matter; its zip is `trust.bundle`'s.
"""

from federation.proof_bundle.check import verify_bundle
from federation.proof_bundle.verdict import (
    BundleVerdict,
    Check,
    EntryFact,
    Finding,
    Membership,
    PartRow,
    State,
    Use,
)

__all__ = ["BundleVerdict", "Check", "EntryFact", "Finding", "Membership", "PartRow", "State", "Use", "verify_bundle"]
