"""What was signed with a key that its province gave up as stolen or lost counts no more: its heads are dropped. DESIGN §2.7.

A thief signs heads of any size. While one of them stays the newest or the cosigned one, nothing that the province signs with its new key
fits, and the province itself is told that it lost entries it never had. So a new membership that disowns a key has every head dropped that
no other key of the province signed. Heads under keys given up in an ordinary rotation stay. What such a key signed before the theft goes
with it: the next head of the new key is the first again. Files that convict stay where they are.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from node.usecases.heads import HeadKeeper
from trust.checkpoint import evidence_log, verify_note
from trust.errors import EvidenceError
from trust.gm import PublicKey


class DisownedHeads:
    """Looks whether the membership is another. One per node, owned by its event loop."""

    def __init__(
        self,
        *,
        keeper: HeadKeeper,
        version: Callable[[], int],
        robbed: Callable[[], Iterable[str]],
        keys: Callable[[str], Sequence[PublicKey]],
        dropped: Callable[[str], None],
    ) -> None:
        """`version` is that of the membership in force, `robbed` are the provinces that disowned a signing key, `keys` those that count.

        `dropped` is told of each province whose heads were gone through.
        """
        self._keeper = keeper
        self._version = version
        self._robbed = robbed
        self._keys = keys
        self._dropped = dropped
        self._seen = 0

    async def look(self) -> None:
        """Drop what counts no more, once for each version of the membership; costs nothing otherwise.

        Raises:
            StoreError: not everything was dropped; the next look tries again.
        """
        version = self._version()
        if version == self._seen:
            return
        for province in self._robbed():
            counts = partial(signed_by_one_of, province=province, keys=tuple(self._keys(province)))
            await self._keeper.forget(province, counts)
            self._dropped(province)
        self._seen = version


def signed_by_one_of(note: bytes, province: str, keys: Iterable[PublicKey]) -> bool:
    """Whether a note is a head of this province's log, signed with one of these keys."""
    for key in keys:
        try:
            verify_note(note, evidence_log(province), key)
        except EvidenceError:
            continue
        return True
    return False
