"""The consumer's side of the holder's log: what our own units ask other provinces for, and what came of it. Clause 8.4.

A use is noted when the request leaves, so that a provider that delivers it is never contradicted by an answer that was lost on the way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from federation.model.holder_uses import Role, UseFacts
from node.library.identifier import IdentifierError, parse
from node.ports.store import Nouns
from node.usecases.holder_log.index import HolderIndex, Part, masked
from node.usecases.retrieval.wish import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class WishLog:
    """Notes the wishes of `province`."""

    province: str
    index: HolderIndex
    clock: Callable[[], datetime]

    def asked(self, nouns: Nouns, wish: Wish, index: int, type_code: str = "") -> None:
        """The request's entry stands at `index`; `type_code` where the identifier does not say it."""
        application, vault = wish.application, self.index.vault
        identifier = wish.form.identifier
        facts = UseFacts(
            consumer=self.province,
            provider=wish.province,
            use_org_code=application.use_org_code,
            use_org_name=application.use_org_name,
            item_code=application.item_code,
            item_name=application.item_name,
            use_cause=application.use_cause,
            certificate=masked(vault.reference(identifier)) if identifier else "",
            type_code=type_code or _type_of(identifier),
            output=wish.output.value,
        )
        self.index.begun(nouns, self._part(wish), index, self.clock(), facts, application.apply_id)

    def received(self, nouns: Nouns, wish: Wish, index: int) -> None:
        """What came of it stands at `index`."""
        self.index.ended(nouns, self._part(wish), index, self.clock())

    def _part(self, wish: Wish) -> Part:
        holder = wish.application.holder
        handle = self.index.vault.handle(holder.type_code, holder.code)
        return Part(handle=handle, exchange_id=wish.exchange_id, role=Role.CONSUMER, peer=wish.province)


def _type_of(identifier: str) -> str:
    try:
        return parse(identifier).identifier.type_code
    except IdentifierError:
        return ""
