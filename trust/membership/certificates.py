"""The one to three certificates of one purpose that a member lists: PEM texts taken apart. What they are worth is judged elsewhere.

The first is in use; those after it are accepted beside it, because they were announced ahead or because they were in use until lately.
"""

import re
from functools import lru_cache

from trust import gm
from trust.errors import MembershipError
from trust.identity import Certificate
from trust.identity.certificate import MAX_CERTIFICATE_BYTES
from trust.identity.pem import unarmor
from trust.membership.flaws import Flaw

MAX_LISTED = 3
MAX_PEM = 24 * 1024  # characters of one block; base64 of the largest certificate, and its lines
_LABEL = "CERTIFICATE"
_BLOCKS = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\n?")


@lru_cache(maxsize=1024)
def blocks(text: str) -> tuple[str, ...]:
    """The PEM blocks of a text that holds one to three and nothing else.

    Raises:
        MembershipError: none, more, too large, or something between them.
    """
    if len(text) > MAX_LISTED * MAX_PEM:
        raise MembershipError(Flaw.MALFORMED, "the PEM text of a member's certificates is too large")
    found = tuple(_BLOCKS.findall(text))
    if not 1 <= len(found) <= MAX_LISTED or "".join(found) != text:
        raise MembershipError(Flaw.UNFIT, "a member lists one to three PEM certificates for each purpose")
    return found


def joined(*pems: str) -> str:
    """Such a text out of single certificates, each ending in one line feed."""
    return "".join(pem.strip() + "\n" for pem in pems)


@lru_cache(maxsize=1024)  # with the keys loaded: some 10 KiB each
def parsed(pem: str) -> Certificate:
    """One SM2 identity certificate; parsing costs a millisecond, so the last thousand are kept.

    Raises:
        IdentityError: as `Certificate.from_pem`.
    """
    return Certificate.from_pem(pem)


@lru_cache(maxsize=4096)
def key_id(pem: str) -> str:
    """The SM3 of a certificate's DER in hex, whatever kind of certificate it is.

    Raises:
        IdentityError: not one PEM certificate of at most 16 KiB.
    """
    return gm.sm3(unarmor(pem.encode(), _LABEL, MAX_CERTIFICATE_BYTES)).hex()
