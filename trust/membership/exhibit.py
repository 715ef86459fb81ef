"""A membership document that was refused, kept as a file: what was held, what was offered, why, through whom and when.

The file claims, it does not prove: what it proves, and against whom, is `trust.membership.conviction`, on any machine. It holds public
documents only and can be handed to anybody.
"""

import base64
from dataclasses import dataclass
from typing import Any, Self

from trust import canonical
from trust.errors import MembershipError
from trust.membership.flaws import Flaw
from trust.membership.signed import MAX_DOCUMENT_BYTES, SignedMembership, signed_from_dict

EXHIBIT_TYPE = "application/vnd.certmesh.membership-exhibit.v1+json"
MAX_EXHIBIT_BYTES = 64 << 20
MAX_CHAIN = 1024  # versions; one a week for twenty years
_MAX_WORD = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """`chain`: the signed documents from one that others trust too (its fingerprint was compared) up to the one that was held.

    `offered` are the bytes that came, whatever they are; `reason` the word of the refusal; `carried_by` the province whose connection
    brought them; `at` when, by the clock of the node that kept them.
    """

    chain: tuple[SignedMembership, ...]
    offered: bytes
    reason: str
    carried_by: str
    at: str

    def to_bytes(self) -> bytes:
        """The file: canonical JSON. Of bytes larger than any document only as much is kept as shows that."""
        return canonical.dumps(
            {
                "type": EXHIBIT_TYPE,
                "chain": [one.to_dict() for one in self.chain],
                "offered": base64.b64encode(self.offered[: MAX_DOCUMENT_BYTES + 1]).decode(),
                "reason": self.reason,
                "carried_by": self.carried_by,
                "at": self.at,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read the file; nothing in it is believed.

        Raises:
            MembershipError: MALFORMED: too large, or not such a file.
        """
        if len(data) > MAX_EXHIBIT_BYTES:
            raise MembershipError(Flaw.MALFORMED, f"an exhibit has at most {MAX_EXHIBIT_BYTES >> 20} MiB")
        try:
            return cls(**_fields(canonical.loads(data)))
        except (ValueError, KeyError, TypeError) as error:
            raise MembershipError(Flaw.MALFORMED, "not an exhibit about a membership document") from error


def _fields(raw: Any) -> dict[str, Any]:
    """Raise ValueError, KeyError or TypeError on what is no exhibit."""
    words = {name: raw[name] for name in ("reason", "carried_by", "at")}
    if raw["type"] != EXHIBIT_TYPE or set(raw) != {"type", "chain", "offered", *words}:
        raise ValueError("another type, or other members")
    if not all(isinstance(word, str) and len(word) <= _MAX_WORD and word.isprintable() for word in words.values()):
        raise ValueError("the words are short texts that can be shown")
    chain, offered = raw["chain"], base64.b64decode(raw["offered"], validate=True)
    if not isinstance(chain, list) or not 1 <= len(chain) <= MAX_CHAIN or len(offered) > MAX_DOCUMENT_BYTES + 1:
        raise ValueError("between 1 and 1024 documents are held, and one is offered")
    return {"chain": tuple(signed_from_dict(one) for one in chain), "offered": offered, **words}
