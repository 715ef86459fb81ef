"""Comparing with a peer, to its end: what a round came to stands in the log and in the store, also where the peer could not be asked."""

from datetime import datetime
from functools import partial

from federation.errors import PeerError
from node.ports.reconciliations import Result, Round
from node.ports.store import Nouns
from node.usecases.reconcile.case import Case, Tools, last_round
from node.usecases.reconcile.comparing import EndlessError
from node.usecases.reconcile.record import Findings


class Reconciler:
    """Compares with peers. One per node, owned by its event loop."""

    def __init__(self, tools: Tools) -> None:
        """Work with these."""
        self._tools = tools

    async def compare(self, peer: str, until: datetime) -> Round:
        """Compare what was issued before `until` (UTC); a peer that cannot be asked leaves a round that FAILED.

        Raises:
            StoreError: nothing was written down.
        """
        tools = self._tools
        case = Case(tools, peer, round(until.timestamp() * 1000))
        try:
            await case.examine()
        except (PeerError, EndlessError) as error:
            reason = error.refusal.reason.value if isinstance(error, PeerError) else "NONSENSE"
            return await tools.store.transact(partial(self._failed, peer, reason))
        for part in case.parts():
            tools.clerk.sound(await tools.store.transact(partial(case.part_written, part)))
        done, fresh = await tools.store.transact(case.written)
        tools.clerk.sound(fresh)
        return done

    def _failed(self, peer: str, reason: str, nouns: Nouns) -> Round:
        now = self._tools.clerk.now()
        before = last_round(nouns, peer, now)
        failed = Round(
            peer=peer,
            held_at=now,
            result=Result.FAILED,
            agreed_until_ms=before.agreed_until_ms,
            agreed_size=before.agreed_size,
            reason=reason,
        )
        nouns.reconciliations.put_round(failed)
        self._tools.clerk.append(nouns, "failed", peer, Findings(), result=failed.result.value, reason=reason)
        return failed
