"""Keys for tests that open them again and again: sealed with as many rounds as OpenSSL's command line takes by itself, not 600,000.

That the product's own keys have all 600,000: tests/trust/gm/test_pkcs8.py and tests/node/test_keys.py. Meshes whose founding
is looked at (whole runs of scripts/mesh) have those too.
"""

from datetime import UTC, datetime

from node import keys, membership_file
from node.library.invented import PROVINCES
from scripts._mesh.mesh import Mesh

ROUNDS = 2048


class LightMesh(Mesh):
    """Four nodes whose keys open at once; all else is as in `scripts/mesh`."""

    def init(self, code: str) -> None:
        """Make the keys and the card that `certmesh init` makes."""
        own = self.folder.of(code)
        phrase = keys.read_passphrase(file=own / "passphrase", environment=None)
        who = {"province": code, "name": PROVINCES[code]}
        keys.create(own / "keys", **who, passphrase=phrase, now=datetime.now(UTC), rounds=ROUNDS)
        membership_file.write_card(
            own / f"{code}.card.json",
            **who,
            endpoint=self.config(code).peer.listen,
            certificates=keys.load_certificates(own / "keys"),
        )
