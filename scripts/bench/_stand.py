"""The mesh that a benchmark measures: four provinces as in config/four-provinces, with real keys, free ports and filled libraries.

Keys, membership and imports are made in this process, not through the command line, which only saves time; the nodes are `certmesh serve`
processes (`scripts._mesh`). Nothing is measured here.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from node import keys, membership_file
from node.daemon import Base, load_base, new_id, utc_now
from node.library.demo import DemoCertificate
from node.library.invented import PROVINCES
from node.library.manifest import write_manifest
from node.usecases.import_certificates import Importer
from scripts._mesh.folder import claim
from scripts._mesh.mesh import Mesh
from trust.membership import add_signature
from trust.tls import tls_host

CONSUMER = "320000"
"""The province whose counter asks, as in the story of scripts/mesh."""
Library = Mapping[str, Iterable[DemoCertificate]]


@contextmanager
def founded(libraries: Library) -> Iterator[Mesh]:
    """A mesh with keys, membership and these libraries, no node started. On leaving, all nodes are ended and the folder is removed.

    The folder is in the working directory: /tmp is often memory, where an fsync costs nothing.
    """
    with TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        mesh = Mesh(claim(Path(folder) / "mesh", free_ports=True))
        try:
            _found(mesh)
            for code, certificates in libraries.items():
                source = Path(folder) / f"import-{code}"
                write_manifest(((one.record, one.file) for one in certificates), source)
                asyncio.run(_import(base_of(mesh, code), source))
            yield mesh
        finally:
            mesh.close()


def base_of(mesh: Mesh, code: str) -> Base:
    """Identity, membership and folders of a province."""
    return load_base(mesh.config(code))


def _found(mesh: Mesh) -> None:
    cards, now = [], utc_now()
    passphrases = {code: (mesh.folder.of(code) / "passphrase").read_text().strip().encode() for code in PROVINCES}
    for code, name in PROVINCES.items():
        folder = mesh.folder.of(code) / "keys"
        keys.create(folder, province=code, name=name, passphrase=passphrases[code], now=now)
        card = membership_file.write_card(
            mesh.folder.of(code) / "card.json",
            province=code,
            name=name,
            endpoint=mesh.config(code).peer.listen,
            certificates=keys.load_certificates(folder),
        )
        cards.append(card)
    signed = membership_file.found(cards, threshold=3, now=now, valid_days=30)
    for code in PROVINCES:
        key, certificate = keys.load_signing(mesh.folder.of(code) / "keys", passphrases[code])
        signed = add_signature(signed, key_id=certificate.fingerprint, signer=key.sign)
    mesh.folder.membership.write_bytes(signed.to_json())


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
            files=base.files(),
            vault=base.vault,
            recorder=base.recorder(),
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
