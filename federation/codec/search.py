"""Codec of the noun `search`."""

from dataclasses import fields

from certmesh.v1 import search_pb2 as pb

from federation.codec._values import Kinds, number, refusal_from_proto, refusal_to_proto, text, texts
from federation.codec.application import (
    application_from_proto,
    application_to_proto,
    holder_from_proto,
    holder_to_proto,
    verdict_from_proto,
    verdict_to_proto,
)
from federation.model.search import MAX_ITEMS, Answer, Item, Outcome, Query

_LONG = {"name": 512, "type_name": 256, "issuer_name": 512}  # characters; GB/T 36903-2018, REQUIREMENTS §3.2
_ITEM = {one.name: _LONG.get(one.name, 128) for one in fields(Item) if one.type is str}


def _encode_query(one: Query) -> bytes:
    return pb.SearchRequest(
        apply_id=one.apply_id,
        holder=holder_to_proto(one.holder),
        type_codes=one.type_codes,
        number=one.number,
        include_invalid=one.include_invalid,
        application=None if one.application is None else application_to_proto(one.application),
    ).SerializeToString(deterministic=True)


def _decode_query(body: bytes) -> Query:
    message = pb.SearchRequest.FromString(body)
    return Query(
        apply_id=text(message.apply_id),
        holder=holder_from_proto(message.holder),
        type_codes=texts(message.type_codes),
        number=text(message.number),
        include_invalid=message.include_invalid,
        application=application_from_proto(message.application) if message.HasField("application") else None,
    )


def _encode_answer(one: Answer) -> bytes:
    return pb.SearchAnswer(
        outcome=one.outcome.value,
        refusal=refusal_to_proto(one.refusal),
        items=[
            pb.SearchItem(disputed=item.disputed, **{name: getattr(item, name) for name in _ITEM}) for item in one.items
        ],
        catalogue_version=one.catalogue_version,
        truncated=one.truncated,
        verdict=None if one.verdict is None else verdict_to_proto(one.verdict),
    ).SerializeToString(deterministic=True)


def _item(message: pb.SearchItem) -> Item:
    return Item(
        disputed=message.disputed, **{name: text(getattr(message, name), limit) for name, limit in _ITEM.items()}
    )


def _decode_answer(body: bytes) -> Answer:
    message = pb.SearchAnswer.FromString(body)
    if len(message.items) > MAX_ITEMS:
        raise ValueError(f"more than {MAX_ITEMS} items")
    return Answer(
        outcome=Outcome(message.outcome),
        refusal=refusal_from_proto(message.refusal),
        items=tuple(_item(item) for item in message.items),
        catalogue_version=number(message.catalogue_version),
        truncated=message.truncated,
        verdict=verdict_from_proto(message.verdict) if message.HasField("verdict") else None,
    )


KINDS: Kinds = {
    "SearchRequest": (Query, _encode_query, _decode_query),
    "SearchAnswer": (Answer, _encode_answer, _decode_answer),
}
