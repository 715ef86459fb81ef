"""Messages of `federation.model` to and from the bytes of `certmesh.v1`. The only place, with its modules, that sees generated code.

`encode` and `decode` work by kind, the name of the protobuf message. Decoding bounds what it takes; it does not judge: rules are in
`node.usecases`.
"""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError

from federation.codec import (
    application,
    evidence,
    holder,
    holder_uses,
    info_verification,
    membership,
    notice,
    objection,
    orders,
    publication,
    reconcile,
    retrieval,
    search,
    witness,
)
from federation.errors import CodecError
from federation.ports import Encoded

_TABLES = (
    *(application.KINDS, evidence.KINDS, holder.KINDS, membership.KINDS, notice.KINDS, orders.KINDS),
    objection.KINDS,
    *(publication.KINDS, reconcile.KINDS, retrieval.KINDS, info_verification.KINDS, search.KINDS, witness.KINDS),
    holder_uses.KINDS,
)
_BY_KIND: dict[str, tuple[Callable[[Any], bytes], Callable[[bytes], Any]]] = {
    kind: (encoder, decoder) for table in _TABLES for kind, (_, encoder, decoder) in table.items()
}
_KIND_OF: dict[type, str] = {model: kind for table in _TABLES for kind, (model, _, _) in table.items()}


def encode(message: Any) -> Encoded:
    """The bytes of a message, and its kind."""
    kind = _KIND_OF[type(message)]
    return Encoded(kind=kind, body=_BY_KIND[kind][0](message))


def decode(kind: str, body: bytes) -> Any:
    """The message of this kind.

    Raises:
        CodecError: the bytes are not such a message, or it is beyond its bounds.
    """
    try:
        return _BY_KIND[kind][1](body)
    except (DecodeError, ValueError, TypeError) as error:
        raise CodecError(f"not a {kind}: {error}") from error


def payload_type(kind: str) -> str:
    """The payload type that an envelope around this kind names."""
    return f"application/vnd.certmesh.v1.{kind}+protobuf"
