"""The completeness receipt of a fused search, for whoever was not there: its form, and the check of it. Clause 8.2, DESIGN §2.3, §6.3.

It shows, by the provinces' own logs, what each said, and that the consumer asked; so "none found" cannot be claimed for one that was
silent. It holds evidence entries and therefore no personal data. How it is gathered is the node's matter.
"""

from federation.receipt.both_sides import (
    ExchangeReceipt,
    ExchangeReport,
    check_exchange,
    exchange_receipt,
)
from federation.receipt.check import Finding, Report, check
from federation.receipt.document import MAX_RECEIPT_BYTES, Receipt, Rejection, from_json
from federation.receipt.grounds import check_answer
from federation.receipt.lists import NOT_BY_LISTS, publisher_of
from federation.receipt.members import keys_of, members_of, stopped_by
from federation.receipt.verdicts import check_verdict, passes
from federation.receipt.words import Basis, Question

__all__ = [
    "MAX_RECEIPT_BYTES",
    "NOT_BY_LISTS",
    "Basis",
    "ExchangeReceipt",
    "ExchangeReport",
    "Finding",
    "Question",
    "Receipt",
    "Rejection",
    "Report",
    "check",
    "check_answer",
    "check_exchange",
    "check_verdict",
    "exchange_receipt",
    "from_json",
    "keys_of",
    "members_of",
    "passes",
    "publisher_of",
    "stopped_by",
]
