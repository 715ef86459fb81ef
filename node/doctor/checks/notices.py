"""Judges what the node has to tell: notices that were given up, that wait for long, and webhooks that cannot be reached. Clause 8.4."""

from collections.abc import Iterator

from node.doctor.facts import NoticeFacts
from node.doctor.finding import Finding, Owner, State

LONG_S = 86_400.0  # our choice: a holder should be told within a day


def notices(facts: NoticeFacts) -> Iterator[Finding]:
    """All three, or that all is well."""
    if not facts.running:
        yield Finding(check="notices", state=State.OK, what="not asked: no node runs")
        return
    found = [*_dead(facts), *_late(facts), *_unreached(facts)]
    yield from found
    if not found:
        yield Finding(check="notices", state=State.OK, what="none was given up, none waits for long")


def _dead(facts: NoticeFacts) -> Iterator[Finding]:
    for target, count in sorted(facts.dead.items()):
        if count:
            yield Finding(
                check="notices",
                state=State.WARNING,
                what=f"{count} notices were given up: {target} refused them",
                why="holders or issuers were not told of uses, as clause 8.4 demands",
                todo=f"see why with certmesh notices list, mend it, then certmesh notices resend --target {target}",
            )


def _late(facts: NoticeFacts) -> Iterator[Finding]:
    for target, age_s in sorted(facts.oldest_s.items()):
        if age_s >= LONG_S:
            yield Finding(
                check="notices",
                state=State.WARNING,
                what=f"the oldest notice to {target} waits for {age_s / 3600:.0f} hours",
                why="holders or issuers learn late of uses",
                todo="ask the operator of the other side, and see the log for why it is not taken",
                owner=Owner.NETWORK,
            )


def _unreached(facts: NoticeFacts) -> Iterator[Finding]:
    for name, why in sorted(facts.webhooks.items()):
        if why:
            yield Finding(
                check="notices",
                state=State.WARNING,
                what=f"the webhook {name} takes no notices: {why}",
                why="what it should pass on waits here",
                todo="see that its system runs and its url, ca and certificate fit; then certmesh notices resend or wait",
                owner=Owner.SYSTEM,
            )
