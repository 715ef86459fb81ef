"""Stop orders: a province stops something of its own at once, k provinces stop a peer; lifting is as explicit. DESIGN §4.

`document` is one order: its form, its signatures, whose it may be. `book` is what is known of all orders, and what follows from it:
which stops are in force. Both are pure: no clock, no files, no transport. Who sends orders to whom is `node.usecases.orders`.

Why all nodes agree, in whatever order the orders reach them:

* An order is judged by itself and by the membership document, never by what was known before it.
* Of each province, kind, subject and action only the order of the highest rank (number, then digest) is kept; of orders to stop a peer
  the highest that k provinces signed, and the highest draft above it. Signatures of one order add up.
* A stop is in force unless a lift with a higher number counts; with equal numbers the stop wins.
* A key under a stop can still stop, and lift nothing: a thief's key cannot undo what was done against it.

What one member can do to the others' stores is bounded: a document has at most `MAX_DOCUMENT_BYTES`, a province at most
`MAX_ORDERS_PER_PROVINCE` orders and `MAX_CONSENTS_PER_PROVINCE` consents taken back, and every order carries the signature of the province
it counts for. Of its own consents a node keeps every revocation; peers take what is beyond the bound as older ones are over. Numbers
cannot be used up: an order's number is at most its time of issue in milliseconds, so that a later order can always have a higher one.
"""

from trust.orders.book import (
    MAX_CONSENTS_PER_PROVINCE,
    MAX_ORDERS_PER_PROVINCE,
    Book,
    Change,
    Scope,
    is_complete,
    scope_of,
)
from trust.orders.document import (
    CONSENT_REMEMBERED,
    MAX_DOCUMENT_BYTES,
    MAX_REASON,
    PAYLOAD_TYPE,
    Action,
    Kind,
    Order,
    SignedOrder,
    check,
    concerns,
    countersign,
    is_over,
    key_ids,
    merged,
    read,
    reopen,
    sign,
    signing_keys,
    supporters,
    tls_key_id,
)

__all__ = [
    "CONSENT_REMEMBERED",
    "MAX_CONSENTS_PER_PROVINCE",
    "MAX_DOCUMENT_BYTES",
    "MAX_ORDERS_PER_PROVINCE",
    "MAX_REASON",
    "PAYLOAD_TYPE",
    "Action",
    "Book",
    "Change",
    "Kind",
    "Order",
    "Scope",
    "SignedOrder",
    "check",
    "concerns",
    "countersign",
    "is_complete",
    "is_over",
    "key_ids",
    "merged",
    "read",
    "reopen",
    "scope_of",
    "sign",
    "signing_keys",
    "supporters",
    "tls_key_id",
]
