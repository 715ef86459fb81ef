"""The composition root: one node, put together from its configuration. The only module that knows everything; decides nothing itself.

Running it, in its written order of start and stop, is `node.serve`.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc

from federation.channels import open_channels
from federation.client import Client
from federation.directory import Directory
from federation.model import publication as publications_model
from federation.model.publication import Publication
from federation.peers import Peers, Work
from federation.post import Post
from node import keys, membership_file
from node.config import Config
from node.errors import ConfigError
from node.library.documents import Documents
from node.library.files import FileStore
from node.library.spool import Spool
from node.metrics import Metrics
from node.ports.store import Store
from node.revocation import standing_words
from node.rpc import services
from node.rpc.edge import Edge
from node.storage.sqlite import open_sqlite
from node.trust_watch import TrustWatch, make_watch
from node.usecases.application import ApplicationConsumer
from node.usecases.delivery import Provider, RetrievalProvider
from node.usecases.evidence import EvidenceProvider
from node.usecases.exchange import Exchange
from node.usecases.file_verification import FileVerification
from node.usecases.handout import Handout
from node.usecases.lists import Lists
from node.usecases.local_search import Library, SearchProvider
from node.usecases.notice import NoticeOutbox, NoticeReceiver
from node.usecases.own_retrieval import OwnRetrieval
from node.usecases.publication import Publications
from node.usecases.reception import Receiver
from node.usecases.record import Recorder
from node.usecases.retrieval import RetrievalConsumer
from node.usecases.search import SearchConsumer
from node.usecases.status import Status
from node.usecases.verification import ApplicationProvider, Verifier
from node.usecases.wish import Wishes
from node.vault import Vault
from trust import gm
from trust.checkpoint import Checkpoint, sign_note
from trust.errors import DocumentError
from trust.local import LocalIdentity
from trust.membership import Membership
from trust.ofd import Trust
from trust.ofd.signatures import Signer


def utc_now() -> datetime:
    """The clock of a running node."""
    return datetime.now(UTC)


def new_id() -> str:
    """A fresh identifier of 32 hex digits."""
    return uuid4().hex


def log_origin(province: str) -> str:
    """The name of a province's evidence log, and of the key that signs its checkpoints."""
    return f"certmesh.cn/{province}/evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What every command needs of a node: identity, membership, vault and the folders."""

    config: Config
    identity: LocalIdentity
    membership: Membership
    fingerprint: str
    vault: Vault

    @property
    def database(self) -> Path:
        """The store's file."""
        return self.config.node.data / "certmesh.db"

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
        certificate, key = self.identity.signing_certificate, self.identity.document_signer
        return Documents(
            seals=load_trust(section.trust, section.crls),
            members=Trust.from_bytes(
                anchors=[self.membership.member(code).ca.encode() for code in self.membership.provinces]
            ),
            accept=section.accept,
            signer=Signer(certificate=certificate.der, key=key),
            creator=self.config.node.name,
        )

    def recorder(self) -> Recorder:
        """Makes evidence entries."""
        return Recorder(self.config.node.province, utc_now)

    def sign_checkpoint(self, size: int, root: bytes) -> bytes:
        """A signed note over the log's head."""
        origin = log_origin(self.config.node.province)
        checkpoint = Checkpoint(origin=origin, size=size, root=root)
        return sign_note(checkpoint, self.identity.signing_certificate.public_key, self.identity.signing_key.sign)

    async def open_store(self) -> Store:
        """The durable store.

        Raises:
            StoreError: it cannot be opened.
        """
        return await open_sqlite(
            self.database,
            sign_checkpoint=self.sign_checkpoint,
            checkpoint_interval_s=self.config.evidence.checkpoint_interval,
        )


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
    """Read keys and membership, and check that they belong together.

    Raises:
        ConfigError: a file is missing, wrong, or not of this province.
        CryptoUnavailableError: this machine cannot do SM2.
    """
    gm.self_test()
    province = config.node.province
    passphrase = keys.read_passphrase(
        file=config.keys.passphrase_file,
        environment=config.keys.passphrase_env,
        credential=config.keys.passphrase_credential,
    )
    identity = keys.load_identity(config.keys.folder, province, passphrase)
    membership, fingerprint = membership_file.load(
        config.membership.file, now=utc_now(), expected=config.membership.fingerprint
    )
    if province not in membership.provinces:
        raise ConfigError(
            f"{config.membership.file}: does not name {province}; node.province is wrong or the document is"
        )
    if membership.member(province).signing_certificate != identity.signing_certificate:
        raise ConfigError(f"{config.keys.folder}: not the keys that {config.membership.file} names for {province}")
    config.node.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    vault = Vault(keys.load_master(config.keys.folder, passphrase), fingerprint)
    return Base(config=config, identity=identity, membership=membership, fingerprint=fingerprint, vault=vault)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node put together, not yet running."""

    base: Base
    directory: Directory
    store: Store
    peers: Peers
    channels: Mapping[str, grpc.aio.Channel]
    metrics: Metrics
    handlers: Mapping[str, Any]
    publications: Publications
    applications: ApplicationConsumer
    search: SearchConsumer
    retrieval: RetrievalConsumer
    outbox: NoticeOutbox
    spool: Spool
    copies: FileStore
    verification: FileVerification
    status: Status
    watch: TrustWatch

    @property
    def province(self) -> str:
        """This node's province."""
        return self.base.config.node.province

    async def close(self) -> None:
        """Close channels, then the store."""
        for channel in self.channels.values():
            await channel.close()
        await self.store.close()


async def build(base: Base) -> Node:
    """Open the store and put all parts together.

    Raises:
        StoreError: the store cannot be opened.
        PublicationError: a stored publication does not verify.
    """
    store = await base.open_store()
    try:
        return _assemble(base, store)
    except BaseException:
        await store.close()
        raise


def _assemble(base: Base, store: Store) -> Node:
    config, province, vault, clock = base.config, base.config.node.province, base.vault, utc_now
    directory = Directory(base.membership)
    others, members = directory.others(province), base.membership.provinces
    peers, lists, recorder = Peers(others), Lists(), base.recorder()
    watch = make_watch(
        base.identity,
        lambda: base.membership,
        config.identity,
        folder=config.node.data / "crls",
        clock=clock,
        monotonic=time.monotonic,
    )
    status = Status(base_facts=_facts(base), store=store, peers=peers, members=members, clock=clock, trust=watch.view)
    metrics = Metrics(status.levels)
    post = Post(
        base.identity, directory, clock=clock, monotonic=time.monotonic, standing=standing_words(watch.revocations)
    )
    channels = open_channels(base.identity, directory)
    client = Client(channels, post, peers, observe=metrics.peer_call, clocks=watch.clocks, clock=clock)
    exchange = Exchange(store=store, mail=post, vault=vault, recorder=recorder, clock=clock)
    spool, copies, documents = Spool(config.node.data / "spool"), base.copies(), base.documents()
    handout = Handout(
        store=store,
        documents=documents,
        originals=base.files(),
        copies=copies,
        vault=vault,
        clock=clock,
        lifetime=timedelta(seconds=config.documents.copy_lifetime),
    )
    verifier = Verifier(province=province, lists=lists, vault=vault, clock=clock)
    library = Library(province=province, lists=lists, vault=vault, clock=clock)
    provider = Provider(
        province=province,
        members=members,
        vault=vault,
        recorder=recorder,
        clock=clock,
        new_id=new_id,
        wake=partial(peers.wake, work=Work.OUTBOX),
    )
    publications = Publications(
        province=province,
        store=store,
        exchange=exchange,
        mail=post,
        peers=client,
        lists=lists,
        recorder=recorder,
        clock=clock,
        new_id=new_id,
        sign=_publication_signer(base.identity),
        verify=_publication_verifier(directory),
        wake=partial(peers.wake, work=Work.SYNC),
    )
    publications.load(members)
    edge = Edge(post=post, directory=directory, peers=peers, exchange=exchange, metrics=metrics)
    handlers = services.handlers(
        edge,
        application=ApplicationProvider(exchange=exchange, verifier=verifier),
        search=SearchProvider(exchange=exchange, library=library),
        delivery=RetrievalProvider(store=store, exchange=exchange, provider=provider, handout=handout),
        notice=NoticeReceiver(exchange=exchange, clock=clock),
        evidence=EvidenceProvider(store=store, exchange=exchange),
        publications=publications,
    )
    return Node(
        base=base,
        directory=directory,
        store=store,
        peers=peers,
        channels=channels,
        metrics=metrics,
        handlers=handlers,
        publications=publications,
        applications=ApplicationConsumer(
            store=store,
            mail=post,
            peers=client,
            verifier=verifier,
            recorder=recorder,
            clock=clock,
            new_id=new_id,
            provinces=members,
            deadline_s=config.search.deadline,
        ),
        search=SearchConsumer(
            store=store,
            mail=post,
            peers=client,
            library=library,
            recorder=recorder,
            new_id=new_id,
            provinces=members,
            deadline_s=config.search.deadline,
        ),
        retrieval=RetrievalConsumer(
            province=province,
            store=store,
            mail=post,
            peers=client,
            wishes=Wishes(store=store, vault=vault, recorder=recorder, new_id=new_id),
            own=OwnRetrieval(province=province, store=store, provider=provider, handout=handout, recorder=recorder),
            receiver=Receiver(documents=documents, vault=vault, clock=clock),
            signing_key=lambda code: directory.peers[code].signing_key_id,
            spool=spool,
            vault=vault,
            recorder=recorder,
            timeout_s=config.retrieval.data_timeout,
            file_timeout_s=config.retrieval.file_timeout,
        ),
        outbox=NoticeOutbox(store=store, mail=post, peers=client, recorder=recorder),
        spool=spool,
        copies=copies,
        verification=FileVerification(documents=documents, store=store, recorder=recorder, clock=clock, new_id=new_id),
        status=status,
        watch=watch,
    )


def _facts(base: Base) -> dict[str, Any]:
    """What the status says that never changes while the node runs."""
    return {
        "province": base.config.node.province,
        "name": base.config.node.name,
        "membership": {
            "version": base.membership.version,
            "fingerprint": base.fingerprint,
            "expires": base.membership.expires,
            "members": list(base.membership.provinces),
        },
    }


def _publication_signer(identity: LocalIdentity) -> Any:
    def sign(publication: Publication) -> bytes:
        return publications_model.sign(
            publication, key_id=identity.signing_certificate.fingerprint, signer=identity.document_signer.sign
        )

    return sign


def _publication_verifier(directory: Directory) -> Any:
    def verify(document: bytes, kind: str, publisher: str) -> Publication:
        peer = directory.peers[publisher]
        return publications_model.read(
            document, kind=kind, publisher=publisher, key_id=peer.signing_key_id, public_key=peer.signing_key
        )

    return verify
