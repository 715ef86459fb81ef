"""Codec of the verification of certificate data: `VerifyRequest` and `VerifyAnswer` of retrieval.proto."""

from collections.abc import Iterable

from certmesh.v1 import retrieval_pb2 as pb

from federation.codec._values import Kinds, refusal_from_proto, refusal_to_proto, text
from federation.model.info_verification import MAX_CLAIMS, Claim, InfoAnswer, InfoQuery, InfoResult


def _encode_query(one: InfoQuery) -> bytes:
    return pb.VerifyRequest(
        apply_id=one.apply_id,
        use_code=one.use_code,
        identifier=one.identifier,
        type_code=one.type_code,
        number=one.number,
        holder_name=one.holder_name,
        basic=_claims_out(one.basic),
        surface=_claims_out(one.surface),
    ).SerializeToString(deterministic=True)


def _decode_query(body: bytes) -> InfoQuery:
    message = pb.VerifyRequest.FromString(body)
    return InfoQuery(
        apply_id=text(message.apply_id),
        use_code=text(message.use_code),
        identifier=text(message.identifier),
        type_code=text(message.type_code),
        number=text(message.number),
        holder_name=text(message.holder_name),
        basic=_claims_in(message.basic),
        surface=_claims_in(message.surface),
    )


def _claims_out(claims: Iterable[Claim]) -> list[pb.Claim]:
    return [pb.Claim(name=one.name, value=one.value) for one in claims]


def _claims_in(claims: Iterable[pb.Claim]) -> tuple[Claim, ...]:
    found = tuple(Claim(name=text(one.name), value=text(one.value)) for one in claims)
    if len(found) > MAX_CLAIMS:
        raise ValueError(f"more than {MAX_CLAIMS} claims")
    return found


def _encode_answer(one: InfoAnswer) -> bytes:
    message = pb.VerifyAnswer(refusal=refusal_to_proto(one.refusal), result=one.result.value, disputed=one.disputed)
    return message.SerializeToString(deterministic=True)


def _decode_answer(body: bytes) -> InfoAnswer:
    message = pb.VerifyAnswer.FromString(body)
    refusal = refusal_from_proto(message.refusal)
    if message.HasField("result"):
        return InfoAnswer(refusal=refusal, result=InfoResult(message.result), disputed=message.disputed)
    if refusal is None:
        raise ValueError("neither result nor refusal")
    return InfoAnswer(refusal=refusal)


KINDS: Kinds = {
    "VerifyRequest": (InfoQuery, _encode_query, _decode_query),
    "VerifyAnswer": (InfoAnswer, _encode_answer, _decode_answer),
}
