"""The newest cosigned checkpoint of a node's own log, for what leaves it: proofs and exports."""

from node.ports.store import Nouns
from trust.membership import parse, signed_from_json


def cosigned(nouns: Nouns, *, above: int = -1) -> bytes:
    """The newest head that as many peers as membership asks for have cosigned, else any have, with their lines; b"" where there is none.

    `above`: an index that it has to cover.
    """
    latest = nouns.memberships.latest()
    quorum = parse(signed_from_json(latest.document).payload).witness_quorum if latest else 0
    for least in dict.fromkeys((max(quorum, 1), 1)):
        head = nouns.cosignatures.newest(least=least)
        if head is not None and head.size > above:
            return head.cosigned
    return b""
