"""The mesh that a benchmark measures: provinces as in config/four-provinces, with real keys, free ports and filled libraries.

Keys, membership and imports are made in this process and not through the command line, which only saves time; the nodes are
`certmesh serve` processes (`scripts._mesh`). Nothing is measured here.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from node import keys, membership_file
from node.daemon import Base, load_base
from node.library.demo import DemoCertificate
from node.library.invented import PROVINCES
from node.library.manifest import write_manifest
from node.moment import new_id, utc_now
from node.usecases.import_certificates import Importer
from scripts._mesh.folder import claim
from scripts._mesh.mesh import Mesh, each
from scripts._mesh.process import CERTMESH
from trust.membership import add_signature
from trust.tls import tls_host

CONSUMER = "320000"
"""The province whose counter asks, as in the story of scripts/mesh."""
_ROUNDS = 2048
"""OpenSSL's own default for a key file: no benchmark measures how a passphrase becomes a key, which takes most of a start otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A founded mesh, and each member's identity and folders. Who is a member of it: the provinces that were given a library."""

    mesh: Mesh
    bases: Mapping[str, Base]


@contextmanager
def founded(libraries: Mapping[str, Iterable[DemoCertificate]], program: Sequence[str] = CERTMESH) -> Iterator[Stand]:
    """A mesh of the provinces that have a library here, no node started; `program` will run as each.

    On leaving, all nodes are ended and the folder is removed. It is made in the working directory: /tmp is often memory, where an fsync
    costs nothing.
    """
    with TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        mesh = Mesh(claim(Path(folder) / "mesh", free_ports=True), program)
        try:
            mesh.folder.accept_all()  # a benchmark's files are not all sealed
            _found(mesh, tuple(libraries))
            bases = each(libraries, lambda code: load_base(mesh.config(code)))
            for code, certificates in libraries.items():
                source = Path(folder) / f"import-{code}"
                write_manifest(((one.record, one.file) for one in certificates), source)
                asyncio.run(_import(bases[code], source))
            yield Stand(mesh=mesh, bases=bases)
        finally:
            mesh.close()


def _found(mesh: Mesh, codes: tuple[str, ...]) -> None:
    """Make keys and the membership document; threads share the work."""
    now = utc_now()
    cards = each(codes, lambda code: _card(mesh, code, now))
    signed = membership_file.found(list(cards.values()), threshold=len(codes), now=now, valid_days=30)
    signers = each(codes, lambda code: keys.load_signing(_keys(mesh, code), _passphrase(mesh, code)))
    for key, certificate in signers.values():
        signed = add_signature(signed, key_id=certificate.fingerprint, signer=key.sign)
    mesh.folder.membership.write_bytes(signed.to_json())


def _card(mesh: Mesh, code: str, now: datetime) -> membership_file.Card:
    folder, name = _keys(mesh, code), PROVINCES[code]
    keys.create(folder, province=code, name=name, passphrase=_passphrase(mesh, code), now=now, rounds=_ROUNDS)
    return membership_file.write_card(
        folder / "card.json",
        province=code,
        name=name,
        endpoint=mesh.config(code).peer.listen,
        certificates=keys.load_certificates(folder),
    )


def _keys(mesh: Mesh, code: str) -> Path:
    return mesh.folder.of(code) / "keys"


def _passphrase(mesh: Mesh, code: str) -> bytes:
    return keys.read_passphrase(file=mesh.folder.of(code) / "passphrase", environment=None)


async def _import(base: Base, source: Path) -> None:
    """Import a folder.

    Raises:
        RuntimeError: a row was refused.
    """
    store = await base.open_store()
    try:
        importer = Importer(
            province=base.config.node.province,
            store=store,
            documents=base.documents(),
            files=base.files(),
            vault=base.vault,
            recorder=base.recorder(),
            clock=utc_now,
            new_id=new_id,
        )
        report = await importer.run(source, lambda _rows: None)
    finally:
        await store.close()
    if not report.ok:
        raise RuntimeError(f"import of {source.name}: {report.errors[0].message}")


def tls_spec(base: Base) -> dict[str, str]:
    """The channel identity of a province, for a child (`_tls`)."""
    identity = base.identity
    return {
        "key": identity.tls_key_pem.decode(),
        "certificate": identity.tls_certificate_pem.decode(),
        "host": tls_host(identity.province),
    }
