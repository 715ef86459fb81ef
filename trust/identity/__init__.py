"""Node identities: SM2 certificates of a province's CA, its signing key and its encryption key (DESIGN §4, GB/T 20518).

A province's CA signs exactly two leaves, one for signing and one for encryption, as Chinese practice wants; there are
no intermediates, because the openssl command line could not check them. The CA may be this product's or another's: requests go out,
certificates and revocation lists come in. Who is a member is not decided here (`trust.membership`).
"""

from trust.identity.certificate import MAX_CERTIFICATE_BYTES, Certificate, Usage
from trust.identity.chain import ChainCache, verify_chain
from trust.identity.crl import Crl, Freshness, ListState, Reason, Revocation, RevocationStatus, accept_crl, read_crl
from trust.identity.expiry import ExpiryWarning, Level, expiry_warnings
from trust.identity.issuing import issue, issue_ca, issue_from_request
from trust.identity.request import Request, make_request, read_request
from trust.identity.revoking import make_crl, renew_crl

__all__ = [
    "MAX_CERTIFICATE_BYTES",
    "Certificate",
    "ChainCache",
    "Crl",
    "ExpiryWarning",
    "Freshness",
    "Level",
    "ListState",
    "Reason",
    "Request",
    "Revocation",
    "RevocationStatus",
    "Usage",
    "accept_crl",
    "expiry_warnings",
    "issue",
    "issue_ca",
    "issue_from_request",
    "make_crl",
    "make_request",
    "read_crl",
    "read_request",
    "renew_crl",
    "verify_chain",
]
