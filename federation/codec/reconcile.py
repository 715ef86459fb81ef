"""Codec of the noun `reconcile`: what two provinces compare of the answers between them. Everything is bounded here."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from certmesh.v1 import envelope_pb2 as envelope
from certmesh.v1 import reconcile_pb2 as pb

from federation.codec._values import Kinds, digest, from_ms, number
from federation.model import reconcile as model
from federation.model.reconcile import Admitted, Bound, Claim, Element, Finding, Part, Range
from trust.envelope import MAX_ENTRY_BYTES, MAX_PATH, LogProof

MAX_RANGES = 128  # of one request
MAX_PARTS = 16  # of one range
MAX_LISTED = 32  # elements of one part
MAX_CLAIMS = 64  # of one message
MAX_ADMITTED = 64
_DIGEST_BYTES = 32
_MAX_NOTE_BYTES = 16 * 1024

T = TypeVar("T")


def _encode_request(one: model.ReconcileRequest) -> bytes:
    message = pb.ReconcileRequest(
        describe=[pb.AnswerRange(start=_bound(each.start), end=_bound(each.end)) for each in one.describe],
        show=[_element(each) for each in one.show],
        claims=[_claim(each) for each in one.claims],
        admitted=[
            pb.AnswerAdmitted(element=_element(each.element), finding=each.finding.value) for each in one.admitted
        ],
    )
    return message.SerializeToString(deterministic=True)


def _decode_request(body: bytes) -> model.ReconcileRequest:
    message = pb.ReconcileRequest.FromString(body)
    return model.ReconcileRequest(
        describe=_apart(
            Range(_read_bound(each.start), _read_bound(each.end)) for each in _bounded(message.describe, MAX_RANGES)
        ),
        show=tuple(_read_element(each) for each in _bounded(message.show, MAX_CLAIMS)),
        claims=tuple(_read_claim(each) for each in _bounded(message.claims, MAX_CLAIMS)),
        admitted=tuple(
            Admitted(_read_element(each.element), Finding(each.finding))
            for each in _bounded(message.admitted, MAX_ADMITTED)
        ),
    )


def _encode_answer(one: model.ReconcileAnswer) -> bytes:
    message = pb.ReconcileAnswer(
        descriptions=[pb.AnswerParts(parts=[_part(each) for each in parts]) for parts in one.descriptions],
        shown=[pb.AnswerClaim() if each is None else _claim(each) for each in one.shown],
        findings=one.findings,
    )
    return message.SerializeToString(deterministic=True)


def _decode_answer(body: bytes) -> model.ReconcileAnswer:
    message = pb.ReconcileAnswer.FromString(body)
    findings = _bounded(message.findings, MAX_CLAIMS)
    return model.ReconcileAnswer(
        descriptions=tuple(
            tuple(_read_part(each) for each in _bounded(parts.parts, MAX_PARTS))
            for parts in _bounded(message.descriptions, MAX_RANGES)
        ),
        shown=tuple(
            _read_claim(each) if each.HasField("own") else None for each in _bounded(message.shown, MAX_CLAIMS)
        ),
        findings=tuple(Finding(each).value if each else "" for each in findings),
    )


def _bounded(values: Sequence[T], most: int) -> Sequence[T]:
    if len(values) > most:
        raise ValueError(f"more than {most} in a list")
    return values


def _apart(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Ranges in order, none reaching into the next: the same records are never summed twice for one message."""
    found, end = list[Range](), Bound(0)
    for one in ranges:
        if not tuple(end) <= tuple(one.start) <= tuple(one.end):
            raise ValueError("ranges that overlap, or are out of order")
        found.append(one)
        end = one.end
    return tuple(found)


def _bound(one: Bound) -> pb.AnswerBound:
    return pb.AnswerBound(issued_ms=one.issued_ms, prefix=one.prefix)


def _read_bound(message: pb.AnswerBound) -> Bound:
    from_ms(message.issued_ms)
    if len(message.prefix) > _DIGEST_BYTES:
        raise ValueError("a prefix longer than a digest")
    return Bound(message.issued_ms, message.prefix)


def _element(one: Element) -> pb.AnswerElement:
    return pb.AnswerElement(issued_ms=one.issued_ms, answer=one.answer)


def _read_element(message: pb.AnswerElement) -> Element:
    from_ms(message.issued_ms)
    if len(message.answer) != _DIGEST_BYTES:
        raise ValueError("a digest that is not 32 bytes")
    return Element(message.issued_ms, message.answer)


def _part(one: Part) -> pb.AnswerPart:
    return pb.AnswerPart(
        end=_bound(one.end),
        count=one.count,
        fingerprint=one.fingerprint,
        elements=[_element(each) for each in one.elements],
    )


def _read_part(message: pb.AnswerPart) -> Part:
    elements = tuple(_read_element(each) for each in _bounded(message.elements, MAX_LISTED))
    if message.fingerprint:
        if elements or len(message.fingerprint) != model.FINGERPRINT_BYTES:
            raise ValueError("a part has a fingerprint of 16 bytes, or all of its elements")
    elif len(elements) != message.count:
        raise ValueError("a part without a fingerprint lists all of its elements")
    return Part(
        end=_read_bound(message.end),
        count=number(message.count),
        fingerprint=message.fingerprint,
        elements=elements,
    )


def _claim(one: Claim) -> pb.AnswerClaim:
    kept = None if one.kept is None else _proof(one.kept)
    return pb.AnswerClaim(element=_element(one.element), own=_proof(one.own), kept=kept)


def _read_claim(message: pb.AnswerClaim) -> Claim:
    kept = _read_proof(message.kept) if message.HasField("kept") else None
    return Claim(element=_read_element(message.element), own=_read_proof(message.own), kept=kept)


def _proof(one: LogProof) -> envelope.LogProof:
    return envelope.LogProof(entry=one.entry, index=one.index, path=one.path, checkpoint=one.checkpoint)


def _read_proof(message: envelope.LogProof) -> LogProof:
    if len(message.entry) > MAX_ENTRY_BYTES or len(message.checkpoint) > _MAX_NOTE_BYTES:
        raise ValueError("an entry or a checkpoint longer than a proof may have")
    path = tuple(digest(each) for each in _bounded(message.path, MAX_PATH))
    return LogProof(entry=message.entry, index=number(message.index), path=path, checkpoint=message.checkpoint)


KINDS: Kinds = {
    "ReconcileRequest": (model.ReconcileRequest, _encode_request, _decode_request),
    "ReconcileAnswer": (model.ReconcileAnswer, _encode_answer, _decode_answer),
}
