"""Members and key history from one version to the next: nothing vanishes, nothing is rewritten, no key that was given up comes back."""

from dataclasses import replace

from trust.errors import MembershipError
from trust.membership.certificates import key_id, parsed
from trust.membership.document import instant
from trust.membership.flaws import Flaw
from trust.membership.records import Key, KeyUsage, Member, Membership
from trust.tls import tls_pin


def check_history(current: Membership, following: Membership) -> None:
    """Check every member of both versions. Both have passed `document.check`.

    Raises:
        MembershipError: HISTORY_CHANGED or KEY_REUSED.
    """
    before, after = current.by_province, following.by_province
    for code, member in before.items():
        if code not in after:
            raise MembershipError(
                Flaw.HISTORY_CHANGED, f"{code} has vanished; a member that leaves stays in the list as REMOVED"
            )
        _check_lines(member, after[code], current, following)
        _check_removed(member, after[code])
    for code, member in after.items():
        known = len(before[code].keys) if code in before else 0
        for key in member.keys[known:]:
            _check_new(code, key, following)
    _check_burnt(current, following)


def _check_lines(member: Member, later: Member, current: Membership, following: Membership) -> None:
    """Lines stay as they are and where they are; an open one may be closed, at a time between the two documents."""
    kept = later.keys[: len(member.keys)]
    if len(kept) != len(member.keys):
        raise MembershipError(Flaw.HISTORY_CHANGED, f"{member.province}: a line of the key history has vanished")
    for key, now in zip(member.keys, kept, strict=True):
        if replace(now, until=key.until, reason=key.reason) != key:
            raise MembershipError(Flaw.HISTORY_CHANGED, f"{member.province}: a line of the key history has changed")
        if key.open:
            if now.until and not instant(current.issued) <= instant(now.until) <= instant(following.issued):
                raise MembershipError(
                    Flaw.HISTORY_CHANGED, f"{member.province}: a key's end does not lie between the two versions"
                )
        elif now.open:
            raise MembershipError(Flaw.KEY_REUSED, f"{member.province}: a key that was given up is back")
        elif now != key:
            raise MembershipError(Flaw.HISTORY_CHANGED, f"{member.province}: a line of the key history has changed")


def _check_removed(member: Member, later: Member) -> None:
    """Who is removed keeps its last certificates, and its entry does not change any more until it comes back with new keys."""
    if not later.active and replace(later, status=member.status, keys=member.keys) != member:
        raise MembershipError(Flaw.HISTORY_CHANGED, f"{member.province}: the entry of a removed member has changed")


def _check_new(province: str, key: Key, following: Membership) -> None:
    """A new line begins open, with the document that lists it: nobody's past is written afterwards."""
    if not key.open or instant(key.since) != instant(following.issued):
        raise MembershipError(
            Flaw.HISTORY_CHANGED,
            f"{province}: a new line of the key history does not begin with version {following.version}",
        )


def _check_burnt(current: Membership, following: Membership) -> None:
    """A key closed as compromised or lost is not listed again under another certificate."""
    after = following.by_province
    burnt: set[str | bytes] = set()
    for member in current.members:
        closed = {key.key_id for key in after[member.province].keys if key.burnt}
        burnt |= {_key(usage, pem) for usage in KeyUsage for pem in member.listed(usage) if key_id(pem) in closed}
    for member in following.members if burnt else ():
        for usage in KeyUsage if member.active else ():
            if burnt & {_key(usage, pem) for pem in member.listed(usage)}:
                raise MembershipError(
                    Flaw.KEY_REUSED, f"{member.province}: a key given up as lost or compromised has a new certificate"
                )


def _key(usage: KeyUsage, pem: str) -> str | bytes:
    """What tells keys apart, not certificates: a pin, or a point."""
    return tls_pin(pem.encode()) if usage is KeyUsage.TLS else parsed(pem).public_key.point
