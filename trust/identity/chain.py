"""Chains of two: a leaf, and the root of its province's CA, with the CA's revocation list where there is one."""

import threading
from collections import OrderedDict
from datetime import datetime

from trust.errors import IdentityError, RevokedError
from trust.identity.certificate import Certificate, Usage
from trust.identity.crl import UNKNOWN, Crl, ListState, RevocationStatus


def verify_chain(
    leaf: Certificate,
    ca: Certificate,
    *,
    usage: Usage,
    at: datetime,
    crl: Crl | None = None,
    require_fresh: bool = False,
) -> RevocationStatus:
    """Believe a leaf because its province's root vouches for it, and say what is known of its revocation.

    Two SM2 verifications, three with a list, each 0.25 ms: keep the answer (`ChainCache`). A missing or stale list is a state in the
    answer, unless `require_fresh`. `at` is now, or the moment of a signature that is judged later.

    Raises:
        RevokedError: revoked at `at`; or revoked later because the key may be in other hands, which could have made the signature
            since. Who can prove the signature's time otherwise (by the evidence log) may decide differently: the error holds the facts.
        IdentityError: a role, name, province, date or signature is wrong, or the list is another CA's; the sentence says which.
    """
    _check_fields(leaf, ca, usage, at)
    _check_signatures(leaf, ca, crl)
    return _check_revocation(leaf, at, crl, require_fresh=require_fresh)


class ChainCache:
    """`verify_chain` that remembers which signatures it has verified; dates and revocation are judged anew each time.

    A chain is known by the fingerprints of leaf, root and list: a list's number alone is what anybody can write into a forged one. Only
    what verified is kept, the least recently used goes first. Threads may share it.
    """

    def __init__(self, size: int = 256) -> None:
        """`size`: chains kept, each some 200 bytes."""
        self._size = size
        self._known: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def verify(
        self,
        leaf: Certificate,
        ca: Certificate,
        *,
        usage: Usage,
        at: datetime,
        crl: Crl | None = None,
        require_fresh: bool = False,
    ) -> RevocationStatus:
        """Do as `verify_chain` does.

        Raises:
            RevokedError, IdentityError: as there.
        """
        _check_fields(leaf, ca, usage, at)
        chain = leaf.fingerprint, ca.fingerprint, "" if crl is None else crl.fingerprint
        if not self._recall(chain):
            _check_signatures(leaf, ca, crl)
            self._remember(chain)
        return _check_revocation(leaf, at, crl, require_fresh=require_fresh)

    def _recall(self, chain: tuple[str, str, str]) -> bool:
        with self._lock:
            known = chain in self._known
            if known:
                self._known.move_to_end(chain)
            return known

    def _remember(self, chain: tuple[str, str, str]) -> None:
        with self._lock:
            self._known[chain] = None
            if len(self._known) > self._size:
                self._known.popitem(last=False)


def _check_fields(leaf: Certificate, ca: Certificate, usage: Usage, at: datetime) -> None:
    """Everything that can be seen without arithmetic."""
    for wrong, sentence in (
        (leaf.usages != {usage}, f"the leaf is not a certificate for {usage} alone"),
        (ca.usages != {Usage.CA}, "the issuer's certificate is not a CA's"),
        (ca.issuer != ca.subject, "the CA's certificate is not self-signed"),
        (leaf.issuer != ca.subject, "the leaf was issued by another CA"),
        (not leaf.province, "the leaf names no province"),
        (ca.province not in ("", leaf.province), "the CA belongs to another province than the leaf"),
        (at < leaf.not_before, f"the leaf is valid only from {leaf.not_before:%Y-%m-%d %H:%M:%SZ}"),
        (at > leaf.not_after, f"the leaf expired at {leaf.not_after:%Y-%m-%d %H:%M:%SZ}"),
        (at < ca.not_before, f"the CA's certificate is valid only from {ca.not_before:%Y-%m-%d %H:%M:%SZ}"),
        (at > ca.not_after, f"the CA's certificate expired at {ca.not_after:%Y-%m-%d %H:%M:%SZ}"),
    ):
        if wrong:
            raise IdentityError(sentence)


def _check_signatures(leaf: Certificate, ca: Certificate, crl: Crl | None) -> None:
    if not ca.public_key.verify_der(ca.tbs, ca.signature):
        raise IdentityError("the CA's signature on its own certificate does not verify")
    if not ca.public_key.verify_der(leaf.tbs, leaf.signature):
        raise IdentityError("the CA's signature on the leaf does not verify")
    if crl is not None:
        crl.verify(ca)


def _check_revocation(leaf: Certificate, at: datetime, crl: Crl | None, *, require_fresh: bool) -> RevocationStatus:
    status = UNKNOWN if crl is None else crl.status(leaf, at)
    entry = status.revocation
    if entry is not None and (status.revoked or entry.compromised):
        raise RevokedError(at=entry.at, reason=entry.reason, compromised=entry.compromised)
    if require_fresh and status.list_state is not ListState.FRESH:
        raise IdentityError(f"the CA's revocation list is {status.list_state}; fetch the current one")
    return status
