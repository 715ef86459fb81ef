"""Codec of what provinces tell for a holder who asks: `federation.model.holder_uses`. Bounds only; what it proves is judged elsewhere."""

from dataclasses import fields

from certmesh.v1 import envelope_pb2, evidence_pb2
from certmesh.v1 import holder_pb2 as pb

from federation.codec._values import Kinds, from_ms, number, refusal_from_proto, refusal_to_proto, text, texts, to_ms
from federation.codec.application import holder_from_proto, holder_to_proto
from federation.model.evidence import ProvenEntry
from federation.model.holder_uses import (
    MAX_EXCHANGES,
    MAX_USES,
    ListedUse,
    Place,
    Role,
    UseFacts,
    UsesAnswer,
    UsesQuery,
)
from federation.model.search import Outcome
from trust.commitment import SALT_BYTES
from trust.envelope import MAX_ENTRY_BYTES, MAX_EXCHANGE_ID, MAX_PATH, LogProof
from trust.merkle import HASH_BYTES

MAX_TOLD = 4  # notices of one use: to the holder and to the issuer, and room for more
MAX_NOTE = 16 * 1024  # bytes
_FACTS = tuple(one.name for one in fields(UseFacts))


def _encode_query(one: UsesQuery) -> bytes:
    return pb.HolderUsesRequest(
        holder=holder_to_proto(one.holder),
        place=one.place.value,
        app_id=one.app_id,
        since_ms=to_ms(one.since),
        until_ms=to_ms(one.until),
        operator=one.operator,
        expression=one.expression,
        exchanges=one.exchanges,
    ).SerializeToString(deterministic=True)


def _decode_query(body: bytes) -> UsesQuery:
    message = pb.HolderUsesRequest.FromString(body)
    if len(message.exchanges) > MAX_EXCHANGES:
        raise ValueError(f"more than {MAX_EXCHANGES} exchanges")
    return UsesQuery(
        holder=holder_from_proto(message.holder),
        place=Place(message.place),
        app_id=text(message.app_id),
        since=from_ms(message.since_ms),
        until=from_ms(message.until_ms),
        operator=text(message.operator, 64),
        expression=text(message.expression, 64),
        exchanges=texts(message.exchanges),
    )


def _encode_answer(one: UsesAnswer) -> bytes:
    return pb.HolderUsesAnswer(
        outcome=one.outcome.value,
        refusal=refusal_to_proto(one.refusal),
        uses=[_use_to_proto(each) for each in one.uses],
        truncated=one.truncated,
        checkpoint=one.checkpoint,
        salt=one.salt,
    ).SerializeToString(deterministic=True)


def _decode_answer(body: bytes) -> UsesAnswer:
    message = pb.HolderUsesAnswer.FromString(body)
    if len(message.uses) > MAX_USES:
        raise ValueError(f"more than {MAX_USES} uses")
    if len(message.checkpoint) > MAX_NOTE or len(message.salt) not in {0, SALT_BYTES}:
        raise ValueError("a checkpoint or a salt of another length than they have")
    return UsesAnswer(
        outcome=Outcome(message.outcome),
        refusal=refusal_from_proto(message.refusal),
        uses=tuple(_use(each) for each in message.uses),
        truncated=message.truncated,
        checkpoint=message.checkpoint,
        salt=message.salt,
    )


def _use_to_proto(one: ListedUse) -> pb.HolderUse:
    return pb.HolderUse(
        role=one.role.value,
        exchange_id=one.exchange_id,
        peer=one.peer,
        at_ms=to_ms(one.at),
        entry=_proven_to_proto(one.entry),
        told=[_proven_to_proto(each) for each in one.told],
        counterpart=_proof_to_proto(one.counterpart),
        facts=pb.UseFacts(**{name: getattr(one.facts, name) for name in _FACTS}),
    )


def _use(message: pb.HolderUse) -> ListedUse:
    if len(message.told) > MAX_TOLD:
        raise ValueError(f"more than {MAX_TOLD} notices of a use")
    return ListedUse(
        role=Role(message.role),
        exchange_id=text(message.exchange_id, MAX_EXCHANGE_ID),
        peer=text(message.peer, 64),
        at=from_ms(message.at_ms),
        entry=_proven(message.entry),
        told=tuple(_proven(each) for each in message.told),
        counterpart=_proof(message.counterpart) if message.HasField("counterpart") else None,
        facts=UseFacts(**{name: text(getattr(message.facts, name)) for name in _FACTS}),
    )


def _proven_to_proto(one: ProvenEntry) -> evidence_pb2.ProvenEntry:
    return evidence_pb2.ProvenEntry(index=one.index, entry=one.entry, proof=one.proof)


def _proven(message: evidence_pb2.ProvenEntry) -> ProvenEntry:
    return ProvenEntry(index=number(message.index), entry=_entry(message.entry), proof=_path(tuple(message.proof)))


def _proof_to_proto(one: LogProof | None) -> envelope_pb2.LogProof | None:
    if one is None:
        return None
    return envelope_pb2.LogProof(entry=one.entry, index=one.index, path=one.path, checkpoint=one.checkpoint)


def _proof(message: envelope_pb2.LogProof) -> LogProof:
    if len(message.checkpoint) > MAX_NOTE:
        raise ValueError("a checkpoint longer than a note may be")
    return LogProof(
        entry=_entry(message.entry),
        index=number(message.index),
        path=_path(tuple(message.path)),
        checkpoint=message.checkpoint,
    )


def _entry(value: bytes) -> bytes:
    if len(value) > MAX_ENTRY_BYTES:
        raise ValueError("an entry longer than a proof may have")
    return value


def _path(hashes: tuple[bytes, ...]) -> tuple[bytes, ...]:
    if len(hashes) > MAX_PATH or any(len(one) != HASH_BYTES for one in hashes):
        raise ValueError("a path that is none")
    return hashes


KINDS: Kinds = {
    "HolderUsesRequest": (UsesQuery, _encode_query, _decode_query),
    "HolderUsesAnswer": (UsesAnswer, _encode_answer, _decode_answer),
}
