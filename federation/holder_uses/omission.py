"""The file that shows an omission, to whoever was not there: another's entry of a use, and the lists that leave it out. Clause 8.5.

    {"v":1, "type":"certmesh.holder.omission", "province":"320000", "asker":…, "asked":…, "use":…, "accuser":"330000",
     "shown":USE, "checkpoint":…,      what the accuser listed, and the note it is proven under
     "listings":[LISTING…]}            every list of the province that is named, with its own entries of its answers

It names no holder. The province's entries commit to the lists and to what they answer: so who asked for little, or not for this use, cannot
show that it was left out. What the file proves is what the accuser's log and the province's own say; whether the accuser's entry is true,
the province may dispute, unless its own log has an entry of the use (`certain`).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from federation.holder_uses.contradictions import Contradiction, Kind, contradictions
from federation.holder_uses.document import Listing, covers, listing_dict, listing_from, use_dict, use_from
from federation.holder_uses.listing import check_listing, claim_of, joined
from federation.holder_uses.report import heads_of
from federation.model.holder_uses import ListedUse
from trust import canonical
from trust.errors import EvidenceError
from trust.gm import PublicKey
from trust.proven_entry import proven

TYPE = "certmesh.holder.omission"
MAX_BYTES = 4 << 20
_MOST = 8  # lists of one province in one asking


@dataclass(frozen=True, slots=True, kw_only=True)
class OmissionFile:
    """An exhibit as read; nothing of it is believed yet."""

    province: str
    asker: str
    asked: str
    use: str
    accuser: str
    shown: ListedUse
    checkpoint: bytes
    listings: tuple[Listing, ...]

    def to_json(self) -> bytes:
        """As a file."""
        return canonical.dumps(
            {
                "v": 1,
                "type": TYPE,
                "province": self.province,
                "asker": self.asker,
                "asked": self.asked,
                "use": self.use,
                "accuser": self.accuser,
                "shown": use_dict(self.shown),
                "checkpoint": self.checkpoint.decode(),
                "listings": [listing_dict(one) for one in self.listings],
            }
        )


def from_json(data: bytes) -> OmissionFile:
    """Read an exhibit strictly.

    Raises:
        ValueError: too large, or not in this form.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"an omission's file has at most {MAX_BYTES} bytes")
    try:
        return _read(json.loads(data))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not an omission's file: {type(error).__name__} at {error}") from error


def _read(raw: Any) -> OmissionFile:
    if raw["v"] != 1 or raw["type"] != TYPE:
        raise ValueError(f"not a {TYPE} of version 1")
    if not isinstance(raw["listings"], list) or not 0 < len(raw["listings"]) <= _MOST:
        raise ValueError(f"not one to {_MOST} lists")
    named = {name: raw[name] for name in ("province", "asker", "asked", "use", "accuser")}
    if not all(isinstance(one, str) for one in (*named.values(), raw["checkpoint"])):
        raise TypeError("a text was expected")
    return OmissionFile(
        **named,
        shown=use_from(raw["shown"]),
        checkpoint=raw["checkpoint"].encode(),
        listings=tuple(listing_from(one) for one in raw["listings"]),
    )


def judged(file: OmissionFile, keys: Callable[[str], tuple[PublicKey, ...]]) -> Contradiction:
    """The omission, shown by nothing but the file and the members' keys.

    Raises:
        EvidenceError: it is not: a proof does not hold, or the lists do not leave the use out.
    """
    open_head = heads_of(keys)
    accusing = claim_of(file.accuser, file.shown, open_head(file.accuser, file.checkpoint), open_head)
    lists = []
    for one in file.listings:
        entry = proven(one.answer, province=file.province, keys=keys(file.province))
        about = (entry.get("type"), entry.get("exchange"), entry.get("peer", file.asker))
        if about != ("DISCLOSE", file.asked, file.asker) or entry.get("step") not in {"answered", "own"}:
            raise EvidenceError("the province's entry is of another answer")
        lists.append(check_listing(file.province, entry, one.said, one.asked, open_head))
    covered = covers({file.province: file.listings})
    found = contradictions({file.accuser: (accusing,), file.province: joined(lists)}, covered)
    guilty = (
        one for one in found if (one.province, one.exchange_id, one.kind) == (file.province, file.use, Kind.OMITTED)
    )
    against = next(guilty, None)
    if against is None:
        raise EvidenceError("the lists do not leave out what is shown")
    return against
