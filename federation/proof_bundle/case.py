"""What the checks of one bundle have found so far: each fills in what the later ones rest on. No check is made here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from federation.proof_bundle.admission import Admission
from federation.proof_bundle.chain import Chain
from federation.proof_bundle.lists import Published
from federation.proof_bundle.logs import Proven
from federation.proof_bundle.members import Keys
from federation.proof_bundle.parts import Manifest, What
from federation.proof_bundle.story import Use
from federation.proof_bundle.verdict import State
from trust.identity import Crl

Said = tuple[State, str, str]
"""What a check that was made says: its state, in Chinese, in English."""


@dataclass(slots=True, kw_only=True)
class Case:
    """What was found so far. Each member is there once the check that fills it has passed."""

    data: bytes
    fingerprint: str
    brought: tuple[bytes, ...] = ()
    brought_crls: tuple[bytes, ...] = ()
    parts: Mapping[str, bytes] = field(default_factory=dict)
    manifest: Manifest | None = None
    chain: Chain | None = None
    crls: Mapping[str, Crl] = field(default_factory=dict)
    keys: Keys | None = None
    seal: Proven | None = None
    entries: tuple[Proven, ...] = ()
    use: Use | None = None
    admission: Admission | None = None
    salts: Mapping[str, bytes] = field(default_factory=dict)
    opened: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    published: Published | None = None

    def of(self, what: What) -> dict[str, bytes]:
        """The parts of a kind, in order."""
        rows = self.manifest.rows if self.manifest else ()
        return {one.name: self.parts[one.name] for one in rows if one.what is what}


def used(case: Case) -> Use:
    """The use; there once the exchange has been checked."""
    assert case.use is not None, "it rests on the exchange"
    return case.use
