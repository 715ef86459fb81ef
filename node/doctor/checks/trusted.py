"""Checks of what ends and of who is believed: expiry, revocation lists, membership and what the peers hold of it."""

from collections.abc import Iterator

from node.doctor.facts import ExpiryFacts, ListFacts, MembershipFacts, PeerView, RevocationFacts
from node.doctor.finding import Finding, Owner, State
from trust.identity import Level, expiry_warnings

_STATES = {Level.NOTICE: State.NOTICE, Level.WARNING: State.WARNING, Level.CRITICAL: State.CRITICAL}


def expiry(facts: ExpiryFacts) -> Iterator[Finding]:
    """What ends within 60, 30 and 7 days, ours and the peers'. A peer's is its own matter: never worse than a warning here."""
    by_name = {f"{one.what} of {one.province}": one for one in facts.ends}
    due = expiry_warnings({name: one.not_after for name, one in by_name.items()}, facts.now)
    for warning in due:
        ours = by_name[warning.what].province == facts.me
        word = "has ended" if warning.days_left < 0 else f"ends in {warning.days_left} days"
        state = _STATES[warning.level]
        yield Finding(
            check="expiry",
            state=state if ours else min(state, State.WARNING, key=lambda one: one.weight),
            what=f"{warning.what} {word}, at {warning.not_after:%Y-%m-%d %H:%M}Z",
            why="when it has ended, messages are refused on both sides",
            todo="renew it and announce the new one through the membership"
            if ours
            else "tell that province's operator",
            owner=Owner.OPERATOR if ours else Owner.PEER,
        )
    if not due:
        yield Finding(check="expiry", state=State.OK, what=f"none of {len(by_name)} ends within 60 days")


def revocation(facts: RevocationFacts) -> Iterator[Finding]:
    """Our own certificates are not revoked, and every CA's list is here and fresh."""
    for sentence in facts.revoked:
        yield Finding(
            check="revocation",
            state=State.CRITICAL,
            what=sentence,
            why="peers with the CA's list refuse it",
            todo="have the CA issue another over a new key, and the others sign a membership that names it",
            owner=Owner.CA,
        )
    for province in facts.strangers:
        yield Finding(
            check="revocation",
            state=State.NOTICE,
            what=f"identity.crls names a list for {province}, which is no member",
            why="it is fetched and never used",
            todo="correct the code, or remove the line",
        )
    findings = [_list(one, refuses=facts.refuses) for one in facts.lists]
    yield from (one for one in findings if one.state is not State.OK)
    if not facts.revoked and not facts.strangers and all(one.state is State.OK for one in findings):
        yield Finding(check="revocation", state=State.OK, what=f"{len(findings)} revocation lists are fresh")


def _list(one: ListFacts, *, refuses: bool) -> Finding:
    late = f", due {one.late_s / 3600:.0f} h ago" if one.late_s > 0 else ""
    age = "" if one.age_s is None else f" ({one.age_s / 3600:.0f} h old{late})"
    fetch = f"; the last fetch: {one.problem}" if one.problem else ""
    what = f"the revocation list of {one.province}'s CA is {one.state}{age}{fetch}"
    if one.state == "fresh":
        state = State.NOTICE if one.problem else State.OK
    elif refuses:
        state = State.CRITICAL
    else:
        state = State.WARNING if one.configured else State.NOTICE
    consequence = (
        "its messages are refused (identity.stale)" if refuses else "a revoked key of it may still be believed"
    )
    return Finding(
        check="revocation",
        state=state,
        what=what,
        why="" if state is State.OK else consequence,
        todo="" if state is State.OK else _list_remedy(one),
        owner=Owner.CA if one.state == "stale" and not one.problem else Owner.OPERATOR,
    )


def _list_remedy(one: ListFacts) -> str:
    if not one.configured:
        return f'name where the list is: identity.crls."{one.province}", a file or a URL'
    if one.problem:
        return "mend the source or the link to it; the node goes on trying"
    return "ask the CA for its current list"


def membership(facts: MembershipFacts) -> Iterator[Finding]:
    """The document is believed, in force, compared at first contact, and the one the peers hold."""
    if facts.problem:
        yield Finding(
            check="membership",
            state=State.CRITICAL,
            what=facts.problem,
            why="without it the node knows no peer and does not start",
            todo="fetch the document from any peer and compare its fingerprint by voice: `certmesh membership show`",
        )
        return
    findings = [*_document(facts), *(_peer(one, facts) for one in facts.peers)]
    yield from (one for one in findings if one is not None)
    if facts.running and facts.peers and not any(findings):
        yield _good(facts, f"; {len(facts.peers)} peers hold the same")
    elif not any(findings):
        yield _good(facts, "; the peers were not asked: no node runs" if not facts.running else "")


def _good(facts: MembershipFacts, more: str) -> Finding:
    age = "" if facts.issued is None else f", {(facts.now - facts.issued).days} days old"
    return Finding(check="membership", state=State.OK, what=f"version {facts.version}{age}{more}")


def _document(facts: MembershipFacts) -> Iterator[Finding]:
    if not facts.names_us:
        yield Finding(
            check="membership",
            state=State.CRITICAL,
            what=f"version {facts.version} does not name {facts.me}",
            why="no peer gives this node a handshake",
            todo="correct node.province, or ask the others why the province was removed",
        )
    if facts.expires is not None and facts.now > facts.expires:
        yield Finding(
            check="membership",
            state=State.CRITICAL,
            what=f"version {facts.version} expired at {facts.expires:%Y-%m-%d %H:%M}Z",
            why="peers are no longer believed; local functions go on",
            todo="have the next version signed by the threshold, or fetch it from a peer that has it",
        )
    if not facts.compared:
        yield Finding(
            check="membership",
            state=State.NOTICE,
            what="membership.fingerprint is not set",
            why="whoever replaces the file replaces the peers",
            todo=f"compare the fingerprint with the other provinces by voice and set it: {facts.file_fingerprint}",
        )


def _peer(one: PeerView, facts: MembershipFacts) -> Finding | None:
    if one.version is None:
        return Finding(
            check="membership",
            state=State.NOTICE,
            what=f"which membership {one.province} holds is not known",
            why="it has not said so since this node started",
            todo="wait for the next poll, or ask its operator",
            owner=Owner.PEER,
        )
    if one.version == facts.version and one.fingerprint == facts.fingerprint:
        return None
    if one.version == facts.version:
        return Finding(
            check="membership",
            state=State.CRITICAL,
            what=f"{one.province} holds another version {one.version}: {one.fingerprint[:16]}… against {facts.fingerprint[:16]}…",
            why="two documents of one version: somebody signed a fork, or one side was given a forgery",
            todo="keep both files, tell all operators, and compare fingerprints by voice before anything else",
            owner=Owner.PEER,
        )
    behind = one.version < facts.version
    return Finding(
        check="membership",
        state=State.NOTICE if behind else State.WARNING,
        what=f"{one.province} holds version {one.version}, this node version {facts.version}",
        why="keys of one side may be unknown to the other",
        todo="none where it lasts minutes; else see whether that node reaches anybody"
        if behind
        else "see in the log why this node does not take the newer version",
        owner=Owner.PEER if behind else Owner.OPERATOR,
    )


def peers(facts: MembershipFacts) -> Iterator[Finding]:
    """Which peers answer."""
    if not facts.running:
        yield Finding(check="peers", state=State.OK, what="not asked: no node runs")
        return
    down = [one for one in facts.peers if not one.up]
    for one in down:
        yield Finding(
            check="peers",
            state=State.WARNING,
            what=f"{one.province} does not answer ({one.failures} failures in a row)",
            why="searches are incomplete and notices to it wait",
            todo="ask its operator; if its node is up, look at the link and at peer.listen behind the firewall",
            owner=Owner.NETWORK,
        )
    if not down:
        yield Finding(check="peers", state=State.OK, what=f"{len(facts.peers)} peers answer")
