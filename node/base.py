"""What every command needs of a node: configuration, keys, membership, vault and the folders; read, and checked to belong together.

A node is put together of it by `node.daemon` and run by `node.serve`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from node import keyring, keys, membership_chain
from node.config import Config
from node.errors import ConfigError
from node.library.documents import Documents
from node.library.files import FileStore
from node.membership_chain import Chain
from node.moment import utc_now
from node.ports.memberships import StoredMembership
from node.ports.signing_gate import SigningGate
from node.ports.store import Store
from node.renewal import members_trust, signer_of
from node.storage.sqlite import open_sqlite, open_sqlite_read_only
from node.usecases.record import Recorder
from node.usecases.sealed.store import SealedStore
from node.vault import Vault
from trust import gm
from trust.checkpoint import Checkpoint, evidence_log, sign_note
from trust.errors import DocumentError, IdentityError
from trust.local import KeyRing, LocalIdentity, Own
from trust.membership import Membership
from trust.ofd import Trust
from trust.orders import tls_key_id

DATABASE = "certmesh.db"  # in the data folder
MAX_VERSIONS = 100_000  # of the membership document, in one store


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What every command needs of a node: identity, membership, vault and the folders."""

    config: Config
    own: Own
    ring: KeyRing
    chain: Chain
    vault: Vault
    by_log: bool = True
    gate: SigningGate = field(default_factory=SigningGate)
    """False signs every message directly; only scripts/bench asks for that, to compare."""

    @property
    def identity(self) -> LocalIdentity:
        """The identity to act with at this moment."""
        return self.own.identity

    @property
    def membership(self) -> Membership:
        """The version that was in force when this was loaded."""
        return self.chain.newest.membership

    def load_ring(self) -> KeyRing:
        """Read the keys folder again. Blocking.

        Raises:
            ConfigError: it cannot be used.
        """
        return _load_ring(self.config)

    @property
    def database(self) -> Path:
        """The store's file."""
        return self.config.node.data / DATABASE

    def keys_in_use(self) -> frozenset[str]:
        """The ids of the keys this node signs with, opens with and connects with."""
        own = self.identity
        tls = tls_key_id(own.tls_certificate_pem.decode())
        return frozenset({own.signing_certificate.fingerprint, own.encryption_certificate.fingerprint, tls})

    def files(self) -> FileStore:
        """The issued files."""
        return FileStore(self.config.node.data / "files")

    def copies(self) -> FileStore:
        """Usage copies, while they are handed out."""
        return FileStore(self.config.node.data / "copies")

    def documents(self) -> Documents:
        """Verifies issued files and makes usage copies of them.

        Raises:
            ConfigError: a file of the trust list or a revocation list cannot be read.
        """
        section = self.config.documents
        return Documents(
            seals=load_trust(section.trust, section.crls),
            members=members_trust(self.membership),
            accept=section.accept,
            signer=signer_of(self.identity),
            creator=self.config.node.name,
        )

    def recorder(self) -> Recorder:
        """Makes evidence entries."""
        return Recorder(self.config.node.province, utc_now)

    def sign_checkpoint(self, size: int, root: bytes) -> bytes:
        """A signed note over the log's head.

        Raises:
            SigningRefusedError: the log lost what was signed before.
        """
        self.gate.check()
        origin = evidence_log(self.config.node.province)
        checkpoint = Checkpoint(origin=origin, size=size, root=root)
        return sign_note(checkpoint, self.identity.signing_certificate.public_key, self.identity.signing_key.sign)

    async def open_store(self, *, signing: bool = True) -> Store:
        """The durable store; what tells whose a row is lies sealed in it.

        Not `signing`: for a process that is not the node, whose gate knows nothing of what peers hold.

        Raises:
            StoreError: it cannot be opened.
        """
        opened = await open_sqlite(
            self.database,
            sign_checkpoint=self.sign_checkpoint if signing else None,
            may_sign=self.gate.check,
            checkpoint_interval_s=self.config.evidence.checkpoint_interval,
        )
        return SealedStore(opened, self.vault)


def load_trust(anchors: Iterable[Path], crls: Iterable[Path]) -> Trust:
    """The trust list for e-seals, from its files.

    Raises:
        ConfigError: one cannot be read, or holds nothing of its kind.
    """
    try:
        return Trust.from_bytes(anchors=map(read_listed, anchors), crls=map(read_listed, crls))
    except DocumentError as error:
        raise ConfigError(f"documents.trust or documents.crls: {error}; correct the file") from error


def read_listed(path: Path) -> bytes:
    """A file that the configuration names.

    Raises:
        ConfigError: unreadable.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"documents: {path} cannot be read ({error.strerror}); create it or correct the path"
        ) from error


def load_base(config: Config) -> Base:
    """Read keys and membership, and check that they belong together. The membership is the newest the store holds, if there is one.

    Raises:
        ConfigError: a file is missing, wrong, or not of this province.
        CryptoUnavailableError: this machine cannot do SM2.
        StoreError: there is a store and it cannot be read.
    """
    gm.self_test()
    ring = _load_ring(config)
    config.node.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = config.membership.file
    chain = membership_chain.resolve(file, config.membership.fingerprint, held_chain(config))
    newest = chain.newest.membership
    if ring.province not in newest.by_province:
        raise ConfigError(f"{file}: does not name {ring.province}; node.province is wrong or the document is")
    try:
        identity = membership_chain.identity(ring, newest) or ring.whole
    except IdentityError as error:
        raise ConfigError(
            f"{config.keys.folder}: not the keys that membership version {newest.version} names for {ring.province} ({error}); "
            "put them there, or bring the version that names these: certmesh membership adopt FILE"
        ) from error
    vault = Vault(keys.load_master(config.keys.folder, _passphrase(config)), _founding(config, chain))
    return Base(config=config, own=Own(identity), ring=ring, chain=chain, vault=vault)


def _passphrase(config: Config) -> bytes:
    section = config.keys
    return keys.read_passphrase(
        file=section.passphrase_file, environment=section.passphrase_env, credential=section.passphrase_credential
    )


def _load_ring(config: Config) -> KeyRing:
    return keyring.load(config.keys.folder, config.node.province, _passphrase(config))


def held_chain(config: Config) -> Sequence[StoredMembership]:
    """The chain in the store, if there is a store yet."""
    path = config.node.data / DATABASE
    if not path.exists():
        return ()
    reader = open_sqlite_read_only(path)
    try:
        return reader.read.memberships.after(0, MAX_VERSIONS)
    finally:
        reader.close()


def _founding(config: Config, chain: Chain) -> str:
    """The fingerprint of the mesh's first document.

    Raises:
        ConfigError: the chain here begins later, and the configuration does not say.
    """
    first = chain.links[0]
    if first.membership.version == 1:
        return first.head.digest
    if config.membership.founding is None:
        raise ConfigError(
            f"membership.founding: is missing, and {config.membership.file} is version {first.membership.version}; write the "
            "fingerprint of the mesh's first document there, as `certmesh membership log` shows it in any other province"
        )
    return config.membership.founding
