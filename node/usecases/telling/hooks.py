"""Passing events on to the systems of this province, from the outbox, in order, one in flight per webhook. Clause 8.4.

At least once: the idempotency key is the notice's id, so a system takes a repeat for what it is. Each attempt is on record before it
leaves, and what became of it after. A system that answers "later", or not at all, keeps its queue; one that refuses a notice again and
again gets it marked DEAD, as a peer would (`node.usecases.notice`).
"""

from collections.abc import Callable

from federation.model.evidence import EventType
from node.ports.notices import WEBHOOK, OutboxItem, OutboxState
from node.ports.signing import Signing
from node.ports.store import Nouns, Store
from node.ports.webhooks import Hook, HookAnswer, HookCaller, HookUnreachableError
from node.usecases.notice import MOST_DEAD, REFUSALS_UNTIL_DEAD, letter_members, still_first
from node.usecases.record import Recorder
from node.usecases.telling.passing import Fate, fate, request_for
from node.usecases.telling.routes import Routes
from node.usecases.telling.signing import signed
from trust.errors import CustodyError
from trust.signed_event import SignedEvent

MAX_RETRY_AFTER_S = 3600.0


class HookLaterError(Exception):
    """A webhook could not be passed its oldest notice now; it stays the oldest. `after_s`: not before so many seconds."""

    def __init__(self, reason: str, *, after_s: float = 0.0, gone: bool = False) -> None:
        """Keep why; `gone`: the other side says that nobody will ever take it there."""
        super().__init__(f"not passed on: {reason}")
        self.reason = reason
        self.after_s = after_s
        self.gone = gone


class HookOutbox:
    """Works off the queues of the webhooks."""

    def __init__(
        self,
        *,
        routes: Routes,
        store: Store,
        caller: HookCaller,
        recorder: Recorder,
        signing: Signing,
        new_nonce: Callable[[], str],
        counted: Callable[[str, str], None],
    ) -> None:
        """Post with `caller`; `counted` is told each outcome of a webhook."""
        self._routes = routes
        self._store = store
        self._caller = caller
        self._recorder = recorder
        self._signing = signing
        self._new_nonce = new_nonce
        self._counted = counted

    async def deliver_next(self, name: str) -> bool:
        """Pass the oldest pending notice of a webhook on; False where its queue is empty.

        Raises:
            HookLaterError: not now.
        """
        hook = self._routes.hook(name)
        item = self._store.read.notices.head(WEBHOOK + name)
        if hook is None or item is None:
            return False
        try:
            answer = await self._posted(hook, item)
        except CustodyError as error:  # the key is not ours alone to use: it comes back
            raise HookLaterError(f"the key's keeper is {error.reason}") from error
        except HookUnreachableError as error:
            self._counted(name, error.reason)
            raise HookLaterError(error.reason) from error
        if answer is not None:
            await self._judge(hook, item, answer)
        return True

    async def _posted(self, hook: Hook, item: OutboxItem) -> HookAnswer | None:
        """What it answered; None where the letter may not leave any more (`node.usecases.notice`)."""
        signatory, now = self._signing(), self._recorder.now()
        told = await signed(item, self._recorder.province, signatory)
        nonce = self._new_nonce()
        request = await request_for(hook, item, told, signatory=signatory, nonce=nonce, now=now)
        passing = await self._store.transact(lambda nouns: self._passing(nouns, item, told))
        return await self._caller.post(hook, request) if passing else None

    def _passing(self, nouns: Nouns, item: OutboxItem, told: SignedEvent) -> bool:
        if not still_first(nouns, item):
            return False
        if told.signature != item.signature:
            nouns.notices.sign(item.seq, told.certificate.der, told.signature)
        self._record(nouns, item, "passing", 0)
        return True

    async def _judge(self, hook: Hook, item: OutboxItem, answer: HookAnswer) -> None:
        """What the answer means for the notice.

        Raises:
            HookLaterError: it stays the oldest.
        """
        meaning, status = fate(answer.status), answer.status
        self._counted(hook.name, meaning.name)
        if meaning is Fate.RECEIVED:
            await self._store.transact(lambda nouns: self._settled(nouns, item, OutboxState.DELIVERED, status))
            return
        if meaning is Fate.REFUSED:
            await self._refused(item, status)
            return
        after = min(answer.retry_after_s, MAX_RETRY_AFTER_S)
        raise HookLaterError(f"HTTP {status}", after_s=after, gone=meaning is Fate.GONE)

    async def _refused(self, item: OutboxItem, status: int) -> None:
        """Count a refusal, or bury what was refused too often.

        Raises:
            HookLaterError: it stays the oldest.
        """
        full = self._store.read.notices.outbox_counts().get((item.target, OutboxState.DEAD), 0) >= MOST_DEAD
        if full or item.attempts + 1 < REFUSALS_UNTIL_DEAD:
            await self._store.transact(lambda nouns: nouns.notices.count_attempt(item.seq, f"HTTP {status}"))
            raise HookLaterError(f"HTTP {status}")
        await self._store.transact(lambda nouns: self._settled(nouns, item, OutboxState.DEAD, status))

    def _settled(self, nouns: Nouns, item: OutboxItem, state: OutboxState, status: int) -> None:
        if state is OutboxState.DEAD and not still_first(nouns, item):
            return  # deferred on its way: when that ends it goes again
        detail = "" if state is OutboxState.DELIVERED else f"HTTP {status}"
        nouns.notices.settle(item.seq, state, self._recorder.now(), detail=detail)
        self._record(nouns, item, "passed" if state is OutboxState.DELIVERED else "dead", status)

    def _record(self, nouns: Nouns, item: OutboxItem, step: str, status: int) -> None:
        said = {"webhook": item.target.removeprefix(WEBHOOK), "status": status or None, **letter_members(item)}
        nouns.evidence.append(self._recorder.entry(EventType.NOTICE, step, item.notice_id, **said))
