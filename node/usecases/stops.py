"""The stops in force, in memory: asked at every decision, answered in microseconds. Changed in the wake of the unit that keeps an order.

Which stops follow from the orders known is `trust.orders`'s matter, keeping and spreading them `orders`'s. DESIGN §4.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from federation.model.refusal import Reason, Refusal
from node.ports.applications import GivenVerdict
from trust.orders import Kind, Scope, SignedOrder, tls_key_id

_REASONS = {
    Kind.KEY: Reason.KEY_STOPPED,
    Kind.TYPE: Reason.TYPE_STOPPED,
    Kind.LINE: Reason.LINE_STOPPED,
    Kind.UNIT: Reason.UNIT_STOPPED,
    Kind.APPLICATION: Reason.APPLICATION_STOPPED,
    Kind.OPERATOR: Reason.OPERATOR_STOPPED,
    Kind.PEER: Reason.PEER_STOPPED,
    Kind.CONSENT: Reason.CONSENT_ENDED,
}
STOPPED = frozenset(_REASONS.values())
"""The reasons that say: a stop order is in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What of a use its own province can stop; `operator` is the digest that orders name operators by.

    `consent` is the holder's consent by the province that took it, its id, and the key that signed it; "" each where the use rests on none.
    `home` is the holder's home province, which takes consents back for the holder wherever they were taken; "" where there is none.
    """

    consumer: str
    line: str
    unit: str
    apply_id: str
    operator: str
    consent: tuple[str, str, str] = ("", "", "")
    home: str = ""


class Stops:
    """What is stopped. Owned by the event loop."""

    def __init__(self) -> None:
        """Nothing is."""
        self._tables: dict[Kind, dict[tuple[str, str], SignedOrder]] = {kind: {} for kind in Kind}
        self._disowned: frozenset[tuple[str, str]] = frozenset()
        self._any = False

    def __bool__(self) -> bool:
        return self._any

    def replace(
        self, in_force: Mapping[Scope, SignedOrder], disowned: frozenset[tuple[str, str]] = frozenset()
    ) -> None:
        """These and no others; `disowned` are signing keys, by province and id, that the membership took back for what they signed, too."""
        for table in self._tables.values():
            table.clear()
        self._disowned = disowned
        self._any = bool(disowned)
        for scope, order in in_force.items():
            self.set(scope, order)

    def set(self, scope: Scope, order: SignedOrder | None) -> None:
        """One is in force, or is no longer."""
        table = self._tables[scope.kind]
        if order is None:
            table.pop((scope.owner, scope.subject), None)
        else:
            table[scope.owner, scope.subject] = order
        self._any = any(self._tables.values()) or bool(self._disowned)

    def get(self, scope: Scope) -> SignedOrder | None:
        """The order by which this is stopped."""
        return self._tables[scope.kind].get((scope.owner, scope.subject))

    def counts(self) -> dict[str, int]:
        """How many are in force, by kind; every kind is named."""
        return {kind.value: len(table) for kind, table in self._tables.items()}

    def peer(self, province: str) -> Refusal | None:
        """Why nothing is exchanged with this province."""
        return self._refusal(Kind.PEER, "", province)

    def key(self, province: str, key_id: str) -> Refusal | None:
        """Why nothing under this key of the province is believed."""
        return self._refusal(Kind.KEY, province, key_id)

    def type(self, provider: str, type_code: str) -> Refusal | None:
        """Why the province hands out nothing of this type."""
        return self._refusal(Kind.TYPE, provider, type_code)

    def types(self, provider: str, type_codes: Iterable[str]) -> Refusal | None:
        """The first refusal for these types; None where none of them is stopped."""
        return next((found for code in type_codes if (found := self.type(provider, code)) is not None), None)

    def use(self, use: Use) -> Refusal | None:
        """Why a use may not go on, by what its own province ordered."""
        if not self._any:
            return None
        return (
            self._refusal(Kind.LINE, use.consumer, use.line)
            or self._refusal(Kind.UNIT, use.consumer, use.unit)
            or self._refusal(Kind.APPLICATION, use.consumer, use.apply_id)
            or self._refusal(Kind.OPERATOR, use.consumer, use.operator)
            or self._basis(*use.consent, use.home)
        )

    def consent(self, province: str, consent_id: str, home: str) -> Refusal | None:
        """Why a consent that this province took counts no more: the holder took it back there, or at home ("": home is nowhere)."""
        return self._refusal(Kind.CONSENT, province, consent_id) or self._refusal(Kind.CONSENT, home, consent_id)

    def _basis(self, province: str, consent_id: str, key_id: str, home: str) -> Refusal | None:
        """Why a use does not rest on this consent any more: it was taken back, or whoever has the key that signed it may have made it."""
        return (
            self.consent(province, consent_id, home)
            or self.key(province, key_id)
            or self._disowned_key(province, key_id)
        )

    def _disowned_key(self, province: str, key_id: str) -> Refusal | None:
        if (province, key_id) not in self._disowned:
            return None
        return Refusal(
            reason=Reason.KEY_STOPPED, detail=f"the membership ended the key of {province} that signed the consent"
        )

    def verdict(self, verdict: GivenVerdict) -> Refusal | None:
        """The same for a verdict given before; and its consumer may be stopped as a whole."""
        return self.peer(verdict.consumer) or self.use(use_of(verdict))

    def _refusal(self, kind: Kind, owner: str, subject: str) -> Refusal | None:
        table = self._tables[kind]
        signed = table.get((owner, subject)) if table else None
        if signed is None:
            return None
        return Refusal(reason=_REASONS[kind], detail=f"order {signed.order.id} of {signed.order.province}")


def use_of(verdict: GivenVerdict) -> Use:
    """What of a given verdict can be stopped."""
    return Use(
        consumer=verdict.consumer,
        line=verdict.use_list_id,
        unit=verdict.use_org_code,
        apply_id=verdict.apply_id,
        operator=verdict.operator,
        consent=(verdict.consent_province, verdict.consent_id, verdict.consent_key),
        home=verdict.consent_home,
    )


class StopBar:
    """What the stops keep out at the edges. Implements `federation.ports.Bar`."""

    def __init__(self, stops: Stops, relied_on: Callable[[str], Iterable[str]]) -> None:
        """`relied_on` names the keys (by id) that a call to a province relies on: its encryption key and its channel key."""
        self._stops = stops
        self._relied_on = relied_on

    def message(self, sender: str, key_id: str) -> Refusal | None:
        """A stopped province, or a stopped signing key."""
        return self._stops.peer(sender) or self._stops.key(sender, key_id)

    def call(self, province: str) -> Refusal | None:
        """A stopped province, or one that could only be called under a stopped key: nothing is sealed to that any more."""
        if not self._stops:
            return None
        keys = (self._stops.key(province, key_id) for key_id in self._relied_on(province))
        return self._stops.peer(province) or next((one for one in keys if one is not None), None)

    def channel(self, province: str, certificate: bytes) -> Refusal | None:
        """A stopped channel key. Stop orders do not come through such a connection either; this node fetches them itself."""
        return self._stops.key(province, tls_key_id(certificate.decode("ascii", "replace"))) if self._stops else None
