"""What use-cases see of the federation: messages drafted, proven and sent, without wire types. Implemented by `post` and `client`."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from federation.methods import Method
from federation.model.refusal import Refusal
from federation.model.retrieval import Chunk, FileHead
from trust.envelope import LogProof

M = TypeVar("M")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A message as bytes, and the name of its kind (for example SearchAnswer)."""

    kind: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A payload that is ready to be proven; `digest` is its SM3 (hex), what evidence entries quote; `issued_at` its stamp, to the ms."""

    kind: str
    exchange_id: str
    payload: bytes
    digest: str
    issued_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A draft that is on record: its entry stands at `index` of the evidence log, in a unit of work that has committed."""

    draft: Draft
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming(Generic[M]):
    """A verified request of a peer.

    `key_id` names the signing certificate it was proven with. `digest` is the SM3 (hex) of its payload;
    `intent` the SM3 of what it asks, equal for a repeated request with another nonce. `proof` is that the request stands in the sender's
    evidence log; None where it was signed directly.
    """

    sender: str
    exchange_id: str
    message: M
    digest: str
    intent: bytes
    nonce: bytes
    nonce_deadline: datetime
    key_id: str = ""
    proof: LogProof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Generic[M]):
    """A peer's verified answer, and the SM3 (hex) of its payload; `issued_at` is its stamp by the peer's clock.

    `proof` is that it stands in the peer's evidence log; None where the peer signed it directly.
    """

    message: M
    digest: str
    issued_at: datetime | None = None
    proof: LogProof | None = None


class Mail(Protocol):
    """Drafting and proving of messages. Microseconds to draft.

    A message of an exchange leaves only as `Recorded`: the unit of work that drafts it records it and returns that, and `prove` makes the
    envelope. What has no entry (`methods.RECORDED_KINDS` names what has) is signed.
    """

    def encode(self, message: Any) -> Encoded:
        """A message of `federation.model` as bytes."""

    def decode(self, encoded: Encoded) -> Any:
        """The message that `encode` was given."""

    def draft_request(self, message: Any, *, recipients: Sequence[str], exchange_id: str) -> Draft:
        """A sealed request to one or more provinces; one envelope will serve them all."""

    def draft_answer(self, encoded: Encoded, incoming: Incoming[Any]) -> Draft:
        """A sealed answer to a request."""

    async def prove(self, recorded: Recorded) -> bytes:
        """The envelope that travels, proven by this node's evidence log. Call it when the unit of work has committed."""

    def sign(self, draft: Draft) -> bytes:
        """The envelope of a message without an entry, signed: one SM2 signature.

        Raises:
            ValueError: a kind that has an entry.
        """


class Peers(Protocol):
    """Calls to peers. Every method raises only `PeerError`."""

    async def ask(self, province: str, method: Method, draft: Draft, envelope: bytes, timeout_s: float) -> Reply[Any]:
        """Send a request in its envelope and return the verified answer."""

    def fetch(
        self, province: str, draft: Draft, envelope: bytes, timeout_s: float
    ) -> AsyncGenerator[Reply[FileHead] | Sequence[Chunk], None]:
        """Send a FileRequest in its envelope; yields one Reply[FileHead], then batches of sealed chunks of up to 1 MiB.

        Close it (`contextlib.aclosing`): that ends a call that is still running.
        """


class LogReader(Protocol):
    """Reads entries of other nodes' logs out of their proofs."""

    def entry(self, province: str, proof: LogProof) -> dict[str, Any]:
        """The members of an entry, where it stands in the province's log under a head that fits those seen before.

        Raises:
            EvidenceError: it does not.
        """


class Bar(Protocol):
    """What stop orders keep out: asked for every message, answers in microseconds."""

    def message(self, sender: str, key_id: str) -> Refusal | None:
        """Why a message of this province, signed with this key, is not believed."""

    def call(self, province: str) -> Refusal | None:
        """Why this province is not called."""

    def channel(self, province: str, certificate: bytes) -> Refusal | None:
        """Why a connection under this channel certificate (PEM) is not served."""


class OpenBar:
    """Keeps nothing out. Implements `Bar`."""

    def message(self, sender: str, key_id: str) -> Refusal | None:
        """Nothing."""

    def call(self, province: str) -> Refusal | None:
        """Nothing."""

    def channel(self, province: str, certificate: bytes) -> Refusal | None:
        """Nothing."""


class OrderCarrier(Protocol):
    """The province's stop orders as `federation.order_spread` keeps them equal among peers."""

    async def carry(self, peer: str) -> None:
        """Push what waits for this peer, and take what it has and this node lacks.

        Raises:
            PeerError: the peer could not be talked to now.
        """


class NoticeQueue(Protocol):
    """The province's outbox as `federation.outbox` works it off."""

    async def deliver_next(self, peer: str) -> bool:
        """Deliver the oldest pending notice of this peer's queue; False where the queue is empty.

        Raises:
            PeerError: it could not be delivered now; it stays the oldest.
        """


class CaseQueue(Protocol):
    """The cases of objections that peers are to be told of, as `federation.objecting` works them off."""

    async def tell_next(self, peer: str) -> bool:
        """Tell this peer of one case; False where nothing waits for it.

        Raises:
            PeerError: it could not be told now; it waits on, behind those that were tried less often.
        """


class PublicationExchange(Protocol):
    """The province's publications as `federation.sync` keeps them equal among peers."""

    async def exchange_with(self, peer: str) -> None:
        """Announce what the peer has not acknowledged, and pull what is newer there.

        Raises:
            PeerError: the peer could not be talked to now.
        """


class MembershipExchange(Protocol):
    """The membership document as `federation.sync` keeps it equal among peers."""

    async def exchange_with(self, peer: str) -> None:
        """Take the versions that the peer holds and we do not, or poke it where it is behind.

        Raises:
            PeerError: the peer could not be talked to now.
        """


class HeadCarrier(Protocol):
    """This node's own log, as `federation.witness` has it cosigned."""

    async def push(self, peer: str) -> None:
        """Have a peer cosign the head that is offered, if it has not, and tell it what it must know about other logs.

        Raises:
            PeerError: the peer could not be talked to now.
        """


class ProofCheck(Protocol):
    """The proofs by which peers' messages came, as `federation.witness` has them compared with the newest heads."""

    async def check(self, peer: str) -> None:
        """Have the peer show that the heads under the kept proofs of its log are part of the linked one.

        Raises:
            PeerError: the peer could not be talked to now.
        """


class LogWitness(Protocol):
    """What this node knows of the peers' evidence logs, as `federation.witness` keeps it linked."""

    async def link(self, peer: str) -> None:
        """Have the peer show that its newest head extends the one linked before, if it has grown.

        Raises:
            PeerError: the peer could not be talked to now.
        """
