"""Hypothesis strategies for every kind of message, built from the dataclasses of `federation.model`.

A strategy fits each field's type; what the codec bounds further (times in whole milliseconds, digests of 32 bytes) is said here by name.
"""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import Any, get_args, get_origin

from hypothesis import strategies as st

from federation.codec import _KIND_OF
from federation.codec._values import MAX_NUMBER
from federation.model.evidence import ConsistencyAnswer, TileRequest
from federation.model.holder_uses import UsesAnswer
from federation.model.membership import MembershipHead
from federation.model.objection import ObjectionTell, ObjectionTold
from federation.model.orders import OrdersPull, OrdersPullAnswer
from federation.model.publication import Delta, Key, Mark, Pull, PullAnswer, SignedHead
from federation.model.reconcile import (
    Admitted,
    Bound,
    Claim,
    Element,
    Finding,
    Part,
    Range,
    ReconcileAnswer,
    ReconcileRequest,
)
from federation.model.refusal import MAX_RETRY_S, Reason, Refusal
from federation.model.retrieval import FileHead
from federation.model.witness import AccuseRequest, AddCheckpointAnswer
from trust.envelope import LogProof

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
DIGEST = st.just(b"") | st.binary(min_size=32, max_size=32)
TIME = st.integers(0, 4_102_444_800_000).map(lambda ms: EPOCH + timedelta(milliseconds=ms))
REFUSAL = st.builds(Refusal, reason=st.sampled_from(Reason), detail=TEXT, retry_after_s=st.integers(0, MAX_RETRY_S))

_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(0, MAX_NUMBER),
    bool: st.booleans(),
    bytes: st.binary(max_size=64),
    datetime: TIME,
    datetime | None: st.none() | TIME.filter(lambda time: time.timestamp() > 0),
    Refusal: REFUSAL,
    Refusal | None: st.none() | REFUSAL,
}
_BY_FIELD: dict[tuple[type, str], st.SearchStrategy[Any]] = {
    (Mark, "digest"): DIGEST.map(bytes.hex),
    (MembershipHead, "digest"): DIGEST.map(bytes.hex),
    (FileHead, "size"): st.integers(0, 4 << 30),
    (FileHead, "chunk_key"): st.binary(min_size=16, max_size=16),
    (FileHead, "sm3"): st.binary(min_size=32, max_size=32),
}
_BY_FIELD |= {
    (OrdersPull, "known"): st.lists(st.binary(min_size=16, max_size=16), max_size=4).map(b"".join),
    **{(model, "state"): DIGEST for model in (OrdersPull, OrdersPullAnswer)},
}
_BODIES = st.lists(st.binary(min_size=1, max_size=64), max_size=4).map(tuple)
_KEY = st.builds(Key, id=TEXT.filter(bool), version=st.integers(0, MAX_NUMBER))
_BY_FIELD |= {
    (TileRequest, "paths"): st.lists(TEXT, min_size=1, max_size=4).map(tuple),
    (UsesAnswer, "salt"): DIGEST,
    (ObjectionTell, "documents"): st.lists(st.binary(max_size=64), min_size=1, max_size=5).map(tuple),
    (ObjectionTell, "salt"): DIGEST,
    (ObjectionTold, "held"): st.integers(0, 5),
    (SignedHead, "payload"): st.binary(min_size=1, max_size=64),
    (SignedHead, "key_id"): st.binary(min_size=32, max_size=32).map(bytes.hex),
    (SignedHead, "signature"): st.binary(min_size=64, max_size=64),
    (Delta, "puts"): _BODIES,
    (Delta, "drops"): st.lists(_KEY, max_size=4).map(tuple),
    (Pull, "after"): st.just(Key()) | _KEY,
    (PullAnswer, "next"): st.just(Key()) | _KEY,
}
_PROOF = st.lists(st.binary(min_size=32, max_size=32), max_size=4).map(tuple)
_BY_FIELD |= {(ConsistencyAnswer, "others"): st.lists(_PROOF, max_size=4).map(tuple)}
_STAMP = st.integers(0, 4_102_444_800_000)
_BOUND = st.builds(Bound, _STAMP, st.binary(max_size=32))
_ELEMENT = st.builds(Element, _STAMP, st.binary(min_size=32, max_size=32))
_LOG_PROOF = st.builds(
    LogProof,
    entry=st.binary(max_size=64),
    index=st.integers(0, MAX_NUMBER),
    path=st.lists(st.binary(min_size=32, max_size=32), max_size=4).map(tuple),
    checkpoint=st.binary(max_size=64),
)
_BY_TYPE |= {
    Element: _ELEMENT,
    Admitted: st.builds(Admitted, _ELEMENT, st.sampled_from(Finding)),
    LogProof: _LOG_PROOF,
    LogProof | None: st.none() | _LOG_PROOF,
    Part: st.builds(Part, end=_BOUND, count=st.integers(0, MAX_NUMBER), fingerprint=st.binary(min_size=16, max_size=16))
    | st.builds(
        lambda end, some: Part(end=end, count=len(some), elements=tuple(some)), _BOUND, st.lists(_ELEMENT, max_size=4)
    ),
}
_BY_FIELD |= {
    (ReconcileRequest, "describe"): st.lists(_BOUND, max_size=5).map(
        lambda some: tuple(Range(*pair) for pair in pairwise(sorted(some)))
    ),
    (ReconcileAnswer, "findings"): st.lists(st.sampled_from(["", *Finding]).map(str), max_size=4).map(tuple),
    (ReconcileAnswer, "shown"): st.lists(
        st.none() | st.builds(Claim, element=_ELEMENT, own=_LOG_PROOF), max_size=4
    ).map(tuple),
}
_DIGESTS = {"mask_digest", "original_sm3", "salt"}


def _field(model: type, name: str, kind: Any) -> st.SearchStrategy[Any]:
    if (model, name) in _BY_FIELD:
        return _BY_FIELD[model, name]
    if name in _DIGESTS and kind is not str:
        return DIGEST
    if name in {"proof", "path"}:
        return _PROOF
    return _of(kind)


def _of(kind: Any) -> st.SearchStrategy[Any]:
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    if get_origin(kind) is tuple:
        return st.lists(_of(get_args(kind)[0]), max_size=4).map(tuple)
    if type(None) in get_args(kind):
        (one,) = (each for each in get_args(kind) if each is not type(None))
        return st.none() | record(one)
    if get_origin(kind) is dict:
        return st.dictionaries(st.sampled_from(("step", "by", "at")), TEXT)
    if issubclass(kind, StrEnum | IntEnum):
        return st.sampled_from(kind)
    return record(kind)


def record(model: Any) -> st.SearchStrategy[Any]:
    """Any record of this dataclass."""
    return st.builds(model, **{one.name: _field(model, one.name, one.type) for one in fields(model)})


MESSAGES: dict[str, st.SearchStrategy[Any]] = {kind: record(model) for model, kind in _KIND_OF.items()}
"""A strategy for every kind; importing this fails where a field of a new message has a type that none fits."""

MESSAGES |= {
    "AddCheckpointAnswer": st.builds(AddCheckpointAnswer, cosignature=TEXT.filter(bool))
    | st.builds(AddCheckpointAnswer, held=st.lists(TEXT, max_size=4).map(tuple)),
    "AccuseRequest": st.builds(AccuseRequest, exhibit=st.binary(min_size=1, max_size=64)),
}
