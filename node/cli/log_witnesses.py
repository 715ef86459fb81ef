"""Who else has seen a checkpoint: the cosignatures under it, judged by documents of membership. For `evidence verify`. DESIGN §7.

A cosignature counts by a signing key that a member other than the log's owner was ever listed with, unless it was given up otherwise than
in a rotation: whoever has such a key can state any time. Whether enough have seen it is what membership asks for; too few is no fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from trust.checkpoint import parse_note
from trust.cosignature import owner, witnesses
from trust.gm import PublicKey
from trust.membership import Membership


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """When each province cosigned (POSIX seconds), and how many membership asks for; None: it was not named, so nobody looked."""

    seen: Mapping[str, int] = field(default_factory=dict)
    quorum: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Members of a command's JSON."""
        enough = None if self.quorum is None else len(self.seen) >= self.quorum
        return {"witnesses": dict(self.seen), "witness_quorum": self.quorum, "witnessed": enough}

    def line(self) -> str:
        """The same for people."""
        if self.quorum is None:
            return "witnesses: not looked at (--membership names their keys)"
        told = ", ".join(
            f"{code} {datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%SZ}" for code, at in self.seen.items()
        )
        few = "" if len(self.seen) >= self.quorum else f": too few, membership asks for {self.quorum}"
        return f"witnesses: {told or 'none'}{few}"


def witnesses_of(note: bytes, documents: Sequence[Membership]) -> Witnesses:
    """The witnesses of a checkpoint; `documents` are the chain that is believed, oldest first.

    Raises:
        EvidenceError: a cosignature by a known key is wrong.
    """
    if not documents:
        return Witnesses()
    newest = documents[-1]
    own = owner(parse_note(note).checkpoint.origin)
    keys = {code: _keys(code, documents) for code in newest.provinces if code != own}
    found = witnesses(note, keys)
    return Witnesses(seen={code: found[code].seconds for code in sorted(found)}, quorum=newest.witness_quorum)


def _keys(province: str, documents: Sequence[Membership]) -> list[PublicKey]:
    members = [one for document in documents if (one := document.by_province.get(province))]
    disowned = {key.key_id for key in members[-1].keys if key.disowned}
    every = {one.fingerprint: one for member in members for one in member.signing_certificates}
    return [one.public_key for fingerprint, one in every.items() if fingerprint not in disowned]
