"""Checks of the witnesses: the log is whole, enough peers cosign it, and no log is known to have forked or gone back. DESIGN §2.7, §7."""

from collections.abc import Iterator

from node.doctor.facts import WitnessFacts
from node.doctor.finding import Finding, Owner, State

_LATE_S = 900.0  # a day's work of a sleeping peer is no alarm here; that nobody cosigns for a quarter of an hour is


def witness(facts: WitnessFacts) -> Iterator[Finding]:
    """What was lost, who is accused, what is not witnessed."""
    findings = [*_lost(facts), *_unasked(facts), *_accused(facts), *_late(facts)]
    yield from findings
    if not findings:
        policy = f"{facts.quorum} others cosign" if facts.quorum else "membership asks for none"
        told = f"{facts.witnessed} of {facts.size} entries are cosigned ({policy})"
        yield Finding(check="witness", state=State.OK, what=told)


def _lost(facts: WitnessFacts) -> Iterator[Finding]:
    if facts.lost:
        yield Finding(
            check="witness",
            state=State.CRITICAL,
            what=f"this log signed a head of size {facts.lost} that it does not have; it has {facts.size} entries",
            why="the database was put back to an older state: the node signs no head any more, and does not exchange with peers",
            todo="stop the node, put back the database that holds what was signed, compare with `certmesh evidence verify`, start it;"
            " if it is gone for good, tell the other operators before anything else",
        )


def _unasked(facts: WitnessFacts) -> Iterator[Finding]:
    if facts.unasked:
        yield Finding(
            check="witness",
            state=State.WARNING,
            what=f"the node signs heads of its log, and {', '.join(facts.unasked)} did not say yet what they hold of it",
            why="they were not there when it started: had its database been put back to an older state, it could not know, and would fork",
            todo="have their nodes started; each is asked before it is offered a head",
            owner=Owner.PEER,
        )


def _accused(facts: WitnessFacts) -> Iterator[Finding]:
    for province in facts.accused:
        yield Finding(
            check="witness",
            state=State.CRITICAL,
            what=f"files are kept against the evidence log of {province}",
            why="it signed heads that do not fit together, or did not show that they do",
            todo=f"run `certmesh evidence convict` on <data>/exhibits/fork-{province}-*.json, and talk to {province}'s operators;"
            " move the files away when it is settled",
            owner=Owner.PEER,
        )


def _late(facts: WitnessFacts) -> Iterator[Finding]:
    if facts.quorum and facts.behind_s > _LATE_S:
        yield Finding(
            check="witness",
            state=State.WARNING,
            what=f"{facts.size - facts.witnessed} entries are not cosigned by {facts.quorum} others, since {facts.behind_s:.0f} s",
            why="the node goes on, but only its own word stands for them",
            todo="see in `certmesh status` which peers cosigned what, and whether the others are reached",
            owner=Owner.PEER,
        )
