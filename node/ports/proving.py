"""The port of proofs: one file that proves a use to a stranger. Clauses 8.5 and 10 (C10-7). See `usecases.proving.making`."""

from dataclasses import dataclass, field
from typing import Protocol

from federation.proof_bundle import BundleVerdict
from node.ports.services import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A bundle (zip), and what its own verification found, by the fingerprint of the newest membership this node holds.

    All of it holds, but that fewer may have witnessed a head than is asked for (`verdict.unwitnessed`): then it does not pass, and says so.
    """

    bundle: bytes = field(repr=False)
    verdict: BundleVerdict


class Proofs(Protocol):
    """Makes proofs of the uses that this node was a side of."""

    async def make(
        self, exchange_id: str, *, contents: bool = True, file: bytes = b"", caller: Caller | None = None
    ) -> Made:
        """The proof of the use that an exchange was; with `caller`, of one of its own alone.

        `contents`: with what the entries bind; `file`: with the file that was handed out, where the caller kept it.

        Raises:
            RefusedError: no such use, too large, or not proven yet; where only witnesses are missing it is made all the same.
        """
