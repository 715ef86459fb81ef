"""One list of a holder's uses out of what every province says of each. Pure; clause 8.4.

Of an exchange the province that provided knows the most, then the one that used its own, then the holder's home, then the consumer.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from federation.holder_uses import Claim
from federation.model.holder_uses import ASKINGS, ListedUse, Role, UseFacts
from node.ports.holder_uses import HolderUse, What

_KNOWS_MOST = (Role.PROVIDER, Role.OWN, Role.HOME, Role.CONSUMER, Role.ASKER, Role.ANSWERER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A use that a province lists, and what its log shows of it."""

    use: ListedUse
    claim: Claim


def merged(shown: Iterable[Shown]) -> tuple[HolderUse, ...]:
    """Every exchange once, the last first."""
    exchanges: dict[tuple[str, str], list[Shown]] = defaultdict(list)
    for one in shown:
        exchanges[one.use.exchange_id, _consumer(one)].append(one)
    each = (_merged(exchange_id, parts) for (exchange_id, _), parts in exchanges.items())
    return tuple(sorted(each, key=lambda one: (one.at, one.exchange_id), reverse=True))


def _consumer(one: Shown) -> str:
    """Who began the exchange: two may have chosen the same id."""
    return one.use.facts.consumer


def _merged(exchange_id: str, parts: Sequence[Shown]) -> HolderUse:
    by_role = sorted(parts, key=lambda one: _KNOWS_MOST.index(one.use.role))
    roles = {one.use.role for one in parts}
    said = sorted({(one.claim.province, one.use.role) for one in parts})
    return HolderUse(
        exchange_id=exchange_id,
        what=_what(parts, roles),
        at=by_role[0].use.at,
        facts=_facts([one.use.facts for one in by_role]),
        said_by=tuple(said),
        told=Role.HOME in roles or any(one.claim.told for one in parts),
    )


def _what(parts: Sequence[Shown], roles: set[Role]) -> What:
    if roles <= ASKINGS:
        return What.ASKING
    given = roles & {Role.PROVIDER, Role.OWN, Role.HOME} or any(one.claim.ended for one in parts)
    return What.USE if given else What.ATTEMPT


def _facts(several: Sequence[UseFacts]) -> UseFacts:
    """Of every fact the first that is known."""
    names: Mapping[str, str] = {
        name: next((value for one in several if (value := getattr(one, name))), "")
        for name in UseFacts.__dataclass_fields__
    }
    return UseFacts(**names)
