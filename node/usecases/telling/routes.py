"""Which systems of this province are told of an event: the channel of its holder, or the system of its issuing unit. Clause 8.4."""

from collections.abc import Iterable, Sequence

from federation.model.event import Event
from federation.model.notice import Addressee
from node.ports.notices import WEBHOOK
from node.ports.webhooks import Hook, HookKind


class Routes:
    """The configured webhooks by whom they tell."""

    def __init__(self, hooks: Iterable[Hook] = ()) -> None:
        """A unit named by several webhooks is told by each; one named by none, by those that name nobody."""
        self._hooks = {one.name: one for one in hooks}

    @property
    def hooks(self) -> Sequence[Hook]:
        """All, in the order of the configuration."""
        return tuple(self._hooks.values())

    def hook(self, name: str) -> Hook | None:
        """One by its name."""
        return self._hooks.get(name)

    def targets(self, event: Event) -> Sequence[str]:
        """The targets of an event that concerns somebody of this province: none where its addressee is neither holder nor issuer."""
        match event.text("addressee"):
            case Addressee.HOLDER.value:
                told = [one for one in self._hooks.values() if one.kind is HookKind.HOLDER_CHANNEL]
            case Addressee.ISSUER.value:
                told = self._of_issuer(event.text("issuer_code"))
            case _:
                told = []
        return [WEBHOOK + one.name for one in told]

    def _of_issuer(self, code: str) -> list[Hook]:
        issuing = [one for one in self._hooks.values() if one.kind is HookKind.ISSUER]
        return [one for one in issuing if code in one.issuers] or [one for one in issuing if not one.issuers]
