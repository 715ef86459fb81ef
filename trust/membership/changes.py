"""What one version changes in the next: pure edits of a membership, made for the commands. Whether they count is for signatures to say.

`following` begins a next version; every other function edits one. The caller ends with `settle`, which refuses what succession would.
A rotation goes announce [old, new] → promote [new, old] → drop [new]; a compromised key is replaced at once: [new].
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from trust.errors import IdentityError, MembershipError
from trust.membership.certificates import MAX_LISTED, joined, key_id
from trust.membership.document import check, instant
from trust.membership.flaws import Flaw
from trust.membership.records import Closed, Introduction, Key, KeyUsage, Member, Membership, MemberStatus
from trust.membership.succession import check_succession
from trust.tls import tls_pin


def entry(newcomer: Introduction, since: str, past: tuple[Key, ...] = ()) -> Member:
    """A province's entry from `since` on; `past`: the lines of history it has already.

    Raises:
        IdentityError: a certificate that is none.
    """
    fresh = Member(
        province=newcomer.province,
        name=newcomer.name,
        endpoints=newcomer.endpoints,
        ca=joined(newcomer.ca),
        signing=joined(newcomer.signing),
        encryption=joined(newcomer.encryption),
        tls=joined(newcomer.tls),
        tls_pins=(tls_pin(newcomer.tls.encode()),),
        status=MemberStatus.ACTIVE,
        keys=past,
    )
    lines = tuple(Key(key_id=name, usage=usage, since=since) for name, usage in fresh.listed_ids())
    return replace(fresh, keys=(*past, *lines))


def following(current: Membership, current_digest: str, *, now: datetime, expires: datetime) -> Membership:
    """The next version, in which nothing has changed yet but its time.

    Raises:
        MembershipError: TIME_REVERSED: the clock stands before the current version's time of issue.
    """
    if now < instant(current.issued):
        raise MembershipError(
            Flaw.TIME_REVERSED, f"version {current.version} was issued at {current.issued}, after this clock's {now}"
        )
    return replace(
        current,
        version=current.version + 1,
        previous=current_digest,
        issued=now.isoformat(timespec="seconds"),
        expires=expires.isoformat(timespec="seconds"),
    )


def resume(current: Membership, current_digest: str, draft: Membership, *, now: datetime) -> Membership:
    """A draft of the next version, to be changed further: what it begins and ends, it begins and ends now.

    Raises:
        MembershipError: the draft does not follow the current version.
    """
    check_succession(current, current_digest, draft)
    if draft.version != current.version + 1:
        raise _refused(f"the draft is of version {draft.version}, not of version {current.version + 1}")
    at = now.isoformat(timespec="seconds")
    before = current.by_province
    members = tuple(_restamped(one, before.get(one.province), at) for one in draft.members)
    return replace(draft, issued=at, members=members)


def _restamped(member: Member, before: Member | None, at: str) -> Member:
    """The lines that the draft added begin at another time, those that it closed end then."""
    past = () if before is None else before.keys
    closed = tuple(
        replace(now, until=at) if line.open and not now.open else now
        for line, now in zip(past, member.keys, strict=False)
    )
    return replace(member, keys=(*closed, *(replace(key, since=at) for key in member.keys[len(past) :])))


def settle(current: Membership, current_digest: str, draft: Membership) -> Membership:
    """The draft, if it keeps the rules of a document and of succession.

    Raises:
        MembershipError: the first rule that is broken.
    """
    check(draft)
    check_succession(current, current_digest, draft)
    return draft


def add(draft: Membership, newcomer: Introduction) -> Membership:
    """Take a province in, or back in with new keys.

    Raises:
        MembershipError: it is a member, or a certificate is none.
    """
    known = draft.by_province.get(newcomer.province)
    if known is not None and known.active:
        raise _refused(f"{newcomer.province} is a member already")
    member = _introduced(newcomer, draft.issued, () if known is None else known.keys)
    others = tuple(one for one in draft.members if one.province != newcomer.province)
    return replace(draft, members=tuple(sorted((*others, member), key=lambda one: one.province)))


def remove(draft: Membership, province: str) -> Membership:
    """Let a province go; its entry stays, and all its keys end.

    Raises:
        MembershipError: it is not a member, or fewer would be left than must sign or witness.
    """
    gone = _edit(
        draft, province, lambda one: replace(_closed(one, draft.issued, Closed.REMOVED), status=MemberStatus.REMOVED)
    )
    if draft.threshold > len(gone.provinces):
        raise _refused(
            f"{len(gone.provinces)} provinces are left and {draft.threshold} must sign; lower the threshold with it"
        )
    if draft.witness_quorum >= len(gone.provinces):
        raise _refused(
            f"{len(gone.provinces)} provinces are left and {draft.witness_quorum} others must witness each log; lower the witness"
            " quorum first (certmesh membership witness-quorum), then remove with --onto"
        )
    return gone


def endpoints(draft: Membership, province: str, addresses: tuple[str, ...]) -> Membership:
    """Let a province be reached elsewhere.

    Raises:
        MembershipError: it is not a member.
    """
    return _edit(draft, province, lambda one: replace(one, endpoints=addresses))


def threshold(draft: Membership, needed: int) -> Membership:
    """Let another number of provinces sign from now on. Unfit numbers are refused by `settle`."""
    return replace(draft, threshold=needed)


def witness_quorum(draft: Membership, needed: int) -> Membership:
    """Let another number of provinces witness each log from now on; 0 ends the policy. Unfit numbers are refused by `settle`."""
    return replace(draft, witness_quorum=needed)


def announce(draft: Membership, province: str, usage: KeyUsage, pem: str) -> Membership:
    """List a further certificate behind the one in use.

    Raises:
        MembershipError: not a member, not a certificate, or three are listed.
    """
    member = draft.member(province)
    if len(member.listed(usage)) >= MAX_LISTED:
        raise _refused(f"{province} lists {MAX_LISTED} certificates for {usage}; drop one first")
    return _edit(draft, province, lambda one: _relisted(one, usage, (*one.listed(usage), pem), draft.issued, ""))


def promote(draft: Membership, province: str, usage: KeyUsage) -> Membership:
    """Put the certificate announced last into use; the others are tolerated behind it.

    Raises:
        MembershipError: not a member, or nothing is announced.
    """
    member = draft.member(province)
    fresh = announced(member, usage)
    if not fresh:
        raise _refused(f"{province} has announced no {usage} certificate; announce one first")
    others = tuple(pem for pem in member.listed(usage) if pem != fresh[-1])
    return _edit(draft, province, lambda one: _relisted(one, usage, (fresh[-1], *others), draft.issued, ""))


def drop(draft: Membership, province: str, usage: KeyUsage, reason: Closed) -> Membership:
    """End what is listed behind the certificate in use; or end the one in use as compromised, if a next one is announced to take its place.

    Raises:
        MembershipError: not a member, or only one certificate is listed.
    """
    member = draft.member(province)
    fresh = announced(member, usage)
    kept = fresh[-1] if fresh and reason is Closed.COMPROMISED else member.listed(usage)[0]
    if len(member.listed(usage)) == 1:
        raise _refused(f"{province} lists one {usage} certificate only; replace it instead")
    return _edit(draft, province, lambda one: _relisted(one, usage, (kept,), draft.issued, reason))


def substitute(draft: Membership, province: str, usage: KeyUsage, pem: str, reason: Closed) -> Membership:
    """End everything that is listed, and put one new certificate into use at once.

    Raises:
        MembershipError: not a member, or not a certificate.
    """
    return _edit(draft, province, lambda one: _relisted(one, usage, (pem,), draft.issued, reason))


def recover(draft: Membership, newcomer: Introduction) -> Membership:
    """Give a province that has lost its keys new ones, all at once; its own old signature is not needed, the others' are.

    Raises:
        MembershipError: it is not a member, or a certificate is none.
    """
    past = _closed(draft.member(newcomer.province), draft.issued, Closed.LOST).keys
    member = _introduced(newcomer, draft.issued, past)
    return _edit(draft, newcomer.province, lambda _: member)


def announced(member: Member, usage: KeyUsage) -> tuple[str, ...]:
    """What is listed behind the certificate in use and has not been in use yet: it was listed no earlier than that one."""
    since = {key.key_id: instant(key.since) for key in member.keys if key.usage == usage.value}
    used, *others = member.listed(usage)
    return tuple(pem for pem in others if since[key_id(pem)] >= since[key_id(used)])


def _introduced(newcomer: Introduction, since: str, past: tuple[Key, ...]) -> Member:
    try:
        return entry(newcomer, since, past)
    except IdentityError as error:
        raise _refused(f"card of {newcomer.province}: {error}") from error


def _edit(draft: Membership, province: str, change: Callable[[Member], Member]) -> Membership:
    draft.member(province)
    return replace(draft, members=tuple(change(one) if one.province == province else one for one in draft.members))


def _closed(member: Member, until: str, reason: Closed) -> Member:
    return replace(
        member,
        keys=tuple(replace(key, until=until, reason=reason.value) if key.open else key for key in member.keys),
    )


def _relisted(member: Member, usage: KeyUsage, pems: tuple[str, ...], at: str, reason: str) -> Member:
    """Other certificates for one purpose; lines of history are closed and opened as that needs."""
    try:
        ids = {key_id(pem) for pem in pems}
        pins = tuple(tls_pin(pem.encode()) for pem in pems) if usage is KeyUsage.TLS else member.tls_pins
    except IdentityError as error:
        raise _refused(f"{member.province}: {error}") from error
    known = {key.key_id for key in member.keys}
    kept = tuple(
        replace(key, until=at, reason=str(reason))
        if key.open and key.usage == usage.value and key.key_id not in ids
        else key
        for key in member.keys
    )
    fresh = tuple(Key(key_id=key_id(pem), usage=usage.value, since=at) for pem in pems if key_id(pem) not in known)
    text = joined(*pems)
    return replace(
        member,
        signing=text if usage is KeyUsage.SIGNING else member.signing,
        encryption=text if usage is KeyUsage.ENCRYPTION else member.encryption,
        tls=text if usage is KeyUsage.TLS else member.tls,
        tls_pins=pins,
        keys=(*kept, *fresh),
    )


def _refused(sentence: str) -> MembershipError:
    return MembershipError(Flaw.UNFIT, sentence)
