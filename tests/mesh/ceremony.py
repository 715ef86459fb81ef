"""The ceremonies of a running mesh, as operators hold them: the next document made, signed by provinces with their keys, brought to a node.

Drafts and signatures are made in this process (the commands have tests of their own); a document is brought by `certmesh membership adopt`.
"""

import json
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from node import keys
from scripts._mesh.mesh import Mesh, wait_for
from scripts._mesh.process import certmesh
from trust import gm
from trust.identity import Certificate
from trust.membership import (
    Membership,
    SignedMembership,
    add_signature,
    changes,
    signed_from_json,
    verify_anchor,
    verify_next,
)

Change = Callable[[Membership], Membership]


class Ceremony:
    """The chain of one mesh, and who can sign."""

    def __init__(self, mesh: Mesh) -> None:
        """Go on from the founding document."""
        self.mesh = mesh
        signed = signed_from_json(mesh.folder.membership.read_bytes())
        self.founding = self.digest = signed.fingerprint
        self.current = verify_anchor(signed)
        self._opened: dict[str, tuple[gm.PrivateKey, Certificate]] = {}

    def passphrase(self, province: str) -> bytes:
        """The passphrase of a province's keys."""
        return (self.mesh.folder.of(province) / "passphrase").read_bytes().strip()

    def _signing(self, province: str) -> tuple[gm.PrivateKey, Certificate]:
        """A province's signing key, opened once as long as its certificate is the same."""
        folder = self.mesh.folder.of(province) / "keys"
        label = (folder / "signing.crt").read_text()
        if label not in self._opened:
            self._opened[label] = keys.load_signing(folder, self.passphrase(province))
        return self._opened[label]

    def next(self, change: Change, by: Iterable[str]) -> Path:
        """The next version, signed and written; the ceremony goes on from it."""
        now = datetime.now(UTC)
        draft = changes.following(self.current, self.digest, now=now, expires=now + timedelta(days=365))
        draft = changes.settle(self.current, self.digest, change(draft))
        signed = SignedMembership(payload=draft.payload(), signatures={})
        for province in by:
            key, certificate = self._signing(province)
            signed = add_signature(signed, key_id=certificate.fingerprint, signer=key.sign)
        self.current, self.digest = verify_next(self.current, self.digest, signed), signed.fingerprint
        path = self.mesh.folder.root / f"membership.{draft.version}.json"
        path.write_bytes(signed.to_json())
        return path

    def adopt(self, province: str, *documents: Path) -> int:
        """Bring documents to a province's node, whether it runs or not; returns the version it then holds."""
        config = self.mesh.folder.config(province)
        held: dict[str, int] = json.loads(certmesh("membership", "adopt", *documents, "--config", config, "--json"))
        return held["version"]

    def versions(self, provinces: Iterable[str]) -> set[int]:
        """What these nodes hold."""
        return {self.mesh.status(code)["membership"]["version"] for code in provinces}

    def spread(self, path: Path, at: str, to: Iterable[str]) -> float:
        """Bring a document to one node and wait until these hold it; returns after how many seconds."""
        to, start = list(to), time.monotonic()
        self.adopt(at, path)
        wait_for(f"{path.name} everywhere", lambda: self.versions(to) == {self.current.version})
        return time.monotonic() - start
