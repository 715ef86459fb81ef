"""What a running node watches of trust: the members' revocation lists, the peers' clocks and its own, and what ends when.

The parts decide for themselves (`node.revocation`, `federation.clocks`, `node.clock_watch`); `view` shows them to the operator.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from federation.clocks import Clocks
from node.clock_watch import ClockWatch
from node.config import IdentitySection
from node.revocation import MemberCertificates, Revocations
from node.usecases.trust_view import TrustView
from trust.identity import Certificate
from trust.local import LocalIdentity
from trust.membership import Membership
from trust.tls import tls_not_after


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustWatch:
    """The parts of one node; owned by its event loop."""

    revocations: Revocations
    clocks: Clocks
    clock_watch: ClockWatch
    view: TrustView


def make_watch(
    identity: Callable[[], LocalIdentity],
    membership: Callable[[], Membership],
    section: IdentitySection,
    *,
    folder: Path,
    clock: Callable[[], datetime],
    monotonic: Callable[[], float],
) -> TrustWatch:
    """Read the cached lists in `folder` and put the parts together; `identity` and `membership` are of the moment of asking."""
    clocks = Clocks()
    clock_watch = ClockWatch(clock, monotonic, jumped=clocks.forget)
    revocations = Revocations(
        MemberCertificates(membership),
        folder=folder,
        sources=section.crls,
        refuse_stale=section.stale == "refuse",
        clock=clock,
    )
    revocations.load()
    view = TrustView(ends=Ends(identity, membership), lists=revocations, clocks=clocks, jumps=clock_watch, clock=clock)
    return TrustWatch(revocations=revocations, clocks=clocks, clock_watch=clock_watch, view=view)


class Ends:
    """What ends when, by (province, kind); the certificates are parsed once for each membership."""

    def __init__(self, identity: Callable[[], LocalIdentity], membership: Callable[[], Membership]) -> None:
        """Our own certificates as the node holds them, the others' as the membership names them."""
        self._identity = identity
        self._membership = membership
        self._read: Membership | None = None
        self._ends: dict[tuple[str, str], datetime] = {}

    def __call__(self) -> dict[tuple[str, str], datetime]:
        """As of the membership in force."""
        now = self._membership()
        if now is not self._read:
            self._ends = {**_members_ends(now), **_own_ends(self._identity(), now)}
            self._read = now
        return self._ends


def _members_ends(membership: Membership) -> dict[tuple[str, str], datetime]:
    ends = {}
    for code in membership.provinces:
        member = membership.member(code)
        ends[code, "ca"] = Certificate.from_pem(member.ca).not_after
        ends[code, "signing"] = member.signing_certificate.not_after
        ends[code, "encryption"] = member.encryption_certificate.not_after
        ends[code, "tls"] = tls_not_after(member.tls.encode())
    return ends


def _own_ends(identity: LocalIdentity, membership: Membership) -> dict[tuple[str, str], datetime]:
    me = identity.province
    return {
        (me, "membership"): datetime.fromisoformat(membership.expires),
        (me, "signing"): identity.signing_certificate.not_after,
        (me, "encryption"): identity.encryption_certificate.not_after,
        (me, "tls"): tls_not_after(identity.tls_certificate_pem),
    }
