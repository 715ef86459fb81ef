"""Provinces in one process: the use-cases wired as `node.daemon` wires them, over the memory store and the fake network.

The clock is one for all and moves on command; ids are counted. Nothing here is a test.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from federation.barred import BarredPeers
from federation.clocks import Clocks
from federation.directory import Directory
from federation.gate import Gate, GatedPeers
from federation.methods import (
    ACKNOWLEDGE,
    ANNOUNCE,
    CHAIN,
    CHECKPOINT,
    CONSISTENCY,
    DATA,
    FILE,
    HOLDER_CHECK,
    HOLDER_USES,
    NOTICE,
    POKE,
    PROVE,
    PULL,
    PULL_ORDERS,
    PUSH_ORDERS,
    SEARCH,
    SUBMIT,
    TILE,
    VERIFY,
)
from federation.model import publication as publications_model
from federation.model import uselist
from federation.model.application import AuthMode, Operator, Output
from federation.model.catalogue import CatalogueEntry
from federation.model.decision import Decision, Ruling, decision_id
from federation.model.event import Event
from federation.model.publication import SignedHead
from federation.model.refusal import Refusal
from federation.model.search import FusedAnswer, ProvinceOutcome
from federation.model.uselist import UseListLine
from federation.peers import Peers as Health
from federation.peers import Work
from federation.ports import Incoming
from federation.post import Post, claimed
from federation.rested import RestedPeers
from federation.testing import Handler, LocalNetwork
from node import publication_keys
from node.exhibits import Exhibits
from node.library.documents import MAX_WHOLE, Documents
from node.library.files import FileStore
from node.library.identifier import make
from node.library.invented import LAND_TYPE, MINING_TYPE, PROVINCES, STORY_HOLDER, issuer_of
from node.library.record import CertificateRecord, FaceField, Status
from node.library.shelf import Shelf
from node.library.spool import Spool
from node.ports.lists import Kind
from node.ports.reports import ReportOf
from node.ports.retrieving import RetrieveForm
from node.ports.services import ApplicationForm, Caller, SearchForm, Submitted
from node.ports.signing import Signatory
from node.ports.store import Nouns, Store
from node.renewal import Renewal
from node.rpc.retrieval import Frames
from node.storage.memory import MemoryStore
from node.usecases.admission.asking import Asking
from node.usecases.admission.limits import Limiter, NodeLimits, Side
from node.usecases.applying.application import ApplicationConsumer
from node.usecases.applying.review_queue import ReviewQueue
from node.usecases.applying.verification import ApplicationProvider, Verifier
from node.usecases.consent.checking import Authority
from node.usecases.contents import Keeper
from node.usecases.evidence import EvidenceProvider
from node.usecases.exchange import Answered, Exchange
from node.usecases.heads import HeadKeeper
from node.usecases.holder_log.consumer import WishLog
from node.usecases.holder_log.index import HolderIndex
from node.usecases.holder_mint import HolderProvider, Mint
from node.usecases.holders import Holders
from node.usecases.import_certificates import stored_certificate
from node.usecases.line_statistics import Tally
from node.usecases.lists import Lists
from node.usecases.membership import Memberships, Version, stored
from node.usecases.membership_refusals import Refusals
from node.usecases.notice import NoticeOutbox
from node.usecases.order_exchange import OrderExchange
from node.usecases.orders import Orders, OrderSigner
from node.usecases.presented.file import FileVerification
from node.usecases.presented.info import InfoVerification
from node.usecases.presented.info_provider import InfoProvider, InfoVerifier
from node.usecases.publication.exchanging import Publications
from node.usecases.record import Recorder
from node.usecases.retrieval.consumer import RetrievalConsumer
from node.usecases.retrieval.delivery import Provider
from node.usecases.retrieval.downloads import Downloads
from node.usecases.retrieval.handout import Handout, stored_report
from node.usecases.retrieval.naming import Naming
from node.usecases.retrieval.own import OwnRetrieval
from node.usecases.retrieval.previews import Previews
from node.usecases.retrieval.provider import RetrievalProvider
from node.usecases.retrieval.reception import Receiver
from node.usecases.retrieval.space import Space
from node.usecases.retrieval.wish import Wishes
from node.usecases.sealed.store import SealedStore
from node.usecases.search.fused import SearchConsumer
from node.usecases.search.local import Library, SearchProvider
from node.usecases.stops import StopBar, Stops
from node.usecases.telling.deferring import DeferralDesk
from node.usecases.telling.letters import Letters
from node.usecases.telling.receiving import NoticeReceiver
from node.usecases.telling.routes import Routes
from node.usecases.telling.teller import Teller
from node.vault import Vault
from tests.node.usecases import papers
from tests.node.usecases.holder_logs import holder_log_of
from tests.node.usecases.watching import DEADLINE_S, LIFETIME, verdicts_of, watches
from tests.trust.membership.chain import Chain, signed_by
from trust import gm
from trust.checkpoint import Checkpoint, sign_note
from trust.heads import Heads
from trust.local import ChannelPair, IdentityPair, KeyRing, LocalIdentity, Own
from trust.membership import Membership, SignedMembership
from trust.ofd import Trust, Verdict
from trust.ofd.signatures import Signer
from trust.orders import tls_key_id
from trust.tls import tls_pin

SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = PROVINCES
HOLDER = STORY_HOLDER
FACE = (
    FaceField(name="矿山名称", column="KZ_NAME", value="面值甲乙丙"),
    FaceField(name="开采矿种", column="KZ_KIND", value="面值丁戊己"),
    FaceField(name="生产规模", column="KZ_SCALE", value="面值庚辛壬"),
)
OPERATOR = Operator(account="clerk-7", name="经办人周甲")
ORG, ITEM, APP, LINE = "11320000DEMA00216X", "ITEM-1", "line-system", "JS-0001"
FINGERPRINT = "5a" * 32
COPY_LIFETIME = timedelta(days=30)
URL_LIFETIME = timedelta(seconds=600)
CALLER = Caller(app_id=APP, use_org_code=ORG, use_org_name="江苏样例大厅")
PROVIDERS = (JIANGSU, ZHEJIANG, ANHUI)


_START = datetime.now(UTC).replace(microsecond=0)  # one for all meshes: equal documents, equal signatures


@dataclass(slots=True)
class Clock:
    """A UTC clock that stands still until it is moved."""

    now: datetime = _START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def line(**changes: Any) -> dict[str, Any]:
    """A line of Jiangsu's use list that admits the standard application."""
    one = UseListLine(
        use_list_id=LINE,
        consumer_province=JIANGSU,
        provider_provinces=PROVIDERS,
        scene_name="样例",
        item_code=ITEM,
        item_name="样例事项",
        business_code="B1",
        use_org_code=ORG,
        use_org_name="江苏样例大厅",
        type_codes=(MINING_TYPE, LAND_TYPE),
        purpose="样例",
        legal_basis="样例",
        auth_mode="DUTY",
        output_modes=("FILE", "ORIGINAL", "DATA"),
        allowed_fields=("KZ_KIND", "KZ_NAME"),
        app_ids=(),
        operator_scope=(),
        valid_from="2020-01-01",
        valid_to="2099-12-31",
    )
    return replace(one, **changes).to_dict()


def entry(province: str, type_code: str, **changes: Any) -> dict[str, Any]:
    """A catalogue entry."""
    one = CatalogueEntry(
        province_code=province,
        type_code=type_code,
        type_name="样例",
        local_type_name="样例",
        define_authority_name="样例",
        define_authority_code="样例",
        holder_category="LEGAL",
        holder_type_codes=("001",),
        share_modes=("FILE", "DATA"),
        file_formats=("ofd",),
    )
    return replace(one, **changes).to_dict()


def decided(raw: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A provider's decision on a line: accepted, but for what is changed."""
    use_list_id, consumer, version = raw["use_list_id"], raw["consumer_province"], raw.get("version", 1)
    one = Decision(
        decision_id=decision_id(consumer, use_list_id, version),
        status=Ruling.ACCEPTED.value,
        consumer=consumer,
        use_list_id=use_list_id,
        line_version=version,
        line_digest=uselist.content_digest(raw),
    )
    return replace(one, **changes).to_dict()


CATALOGUES: dict[str, tuple[str, ...]] = {
    SHANGHAI: (MINING_TYPE, LAND_TYPE),
    JIANGSU: (LAND_TYPE,),
    ZHEJIANG: (MINING_TYPE, LAND_TYPE),
    ANHUI: (LAND_TYPE,),
}


def record(province: str, type_code: str = MINING_TYPE, *, serial: str = "1", **changes: Any) -> CertificateRecord:
    """A valid certificate of the story's holder."""
    issuer = issuer_of(province, type_code)
    one = CertificateRecord(
        identifier=make(type_code, issuer.code, serial, 1),
        name="样例证",
        type_name="样例证",
        type_code=type_code,
        number=f"号{serial}",
        issuer_name=issuer.name,
        issuer_code=issuer.code,
        issued=date(2024, 5, 1),
        valid_from=date(2024, 5, 1),
        valid_until=None,
        holders=(HOLDER,),
        area_code=province,
        status=Status.VALID,
        status_time=datetime(2024, 5, 1, tzinfo=UTC),
        version=1,
        face=FACE,
    )
    return replace(one, **changes)


def reissued(province: str, number: str) -> tuple[CertificateRecord, CertificateRecord]:
    """A certificate that was issued again under its number: the old version and the new one."""
    first = record(province, serial="51", number=number, status=Status.SUPERSEDED)
    second = make(first.type_code, first.issuer_code, "51", 2)
    return replace(first, superseded_by=second), replace(first, identifier=second, version=2, status=Status.VALID)


def form(**changes: Any) -> ApplicationForm:
    """The standard application."""
    one = ApplicationForm(
        use_list_id=LINE,
        operator=OPERATOR,
        use_cause="样例用途",
        item_code=ITEM,
        item_name="样例事项",
        business_code="B1",
        biz_num="2026-1",
        holder=HOLDER,
        type_codes=(MINING_TYPE, LAND_TYPE),
        auth_mode=AuthMode.DUTY,
        outputs=(Output.FILE, Output.ORIGINAL, Output.DATA),
    )
    return replace(one, **changes)


_HEADS: dict[tuple[str, bytes], SignedHead] = {}  # signed once for all meshes, by key and payload


class Province:
    """One node without edges."""

    def __init__(
        self,
        identity: LocalIdentity,
        network: LocalNetwork,
        directory: Directory,
        folder: Path,
        clock: Clock,
        handout: type[Handout] = Handout,
    ) -> None:
        """Wire everything and join the network; `handout` makes the copies."""
        self._handout = handout
        self.own, self.clock, self.network = Own(identity), clock, network
        self.code = code = identity.province
        self.origin = f"certmesh.cn/{code}/evidence"
        self.memory = MemoryStore(sign_checkpoint=self._sign_head)
        self.vault = Vault(code.encode().ljust(32, b"v"), FINGERPRINT)
        self.store: Store = SealedStore(self.memory, self.vault)
        self.stops = Stops()
        self.bar = StopBar(
            self.stops,
            lambda one: (
                directory.peers[one].recipient.key_id,
                tls_key_id(directory.peers[one].tls_certificates.decode()),
            ),
        )
        self.heads = Heads()
        self.post = Post(
            identity,
            directory,
            clock=clock,
            monotonic=time.monotonic,
            bar=self.bar,
            prove_entry=self.store.prove,
            heads=self.heads,
        )
        self.direct = Post(identity, directory, clock=clock, monotonic=time.monotonic)  # signs every message
        self.health = Health(directory.others(code))
        self.files, self.spool = FileStore(folder / code / "files"), Spool(folder / code / "spool")
        self.copies = FileStore(folder / code / "copies")
        self.shelf = Shelf(folder / code / "downloads")
        self.exhibits = Exhibits(folder=folder / code / "exhibits")
        self.documents = documents(identity)
        self.lists, self.recorder = Lists(lambda: self.store.read.publications), Recorder(code, clock)
        self.woken: list[str] = []
        self.woken_early = False
        self.exchange = Exchange(
            store=self.store, mail=self.post, vault=self.vault, recorder=self.recorder, clock=clock
        )
        self.directory, self._count = directory, 0
        self.verify = publication_keys.verifier(directory)
        self.membership = replace(directory.membership, threshold=2)
        self.signs_heads = False
        self.gate = Gate(directory, code, clock)
        self.ring = ring_of(identity)
        self._wire(BarredPeers(GatedPeers(RestedPeers(network.peers_of(code), self.health), self.gate), self.bar))
        self._wire_membership()
        network.join(self.post, self.handlers(), health=self.health, refused=self._disbelieved)

    async def _disbelieved(self, sender: str, path: str, envelope: bytes, refusal: Refusal) -> None:
        """Put on record, as the gRPC edge does."""
        digest, exchange_id = claimed(envelope)
        await self.exchange.refuse(sender, path, digest, refusal, exchange_id)

    def new_id(self) -> str:
        """An id that tells which province made it."""
        self._count += 1
        return f"{self.code}-{self._count:08}"

    def _wake_outbox(self, peer: str) -> None:
        """Note who was woken, and whether a unit of work was still open: the outbox would not see its notices yet."""
        self.woken.append(peer)
        self.woken_early |= self.memory._journal._undo is not None

    def _systems_of(self, event: Event) -> Sequence[str]:
        """Which systems are told, at this moment."""
        return self.systems.targets(event)

    def signatory(self) -> Signatory:
        """The key in use; it signs at once."""
        identity = self.identity

        async def sign(message: bytes) -> bytes:
            return identity.signing_key.sign(message)

        return Signatory(certificate=identity.signing_certificate, sign=sign)

    def _sign_head(self, size: int, root: bytes) -> bytes:
        """A signed note."""
        checkpoint = Checkpoint(origin=self.origin, size=size, root=root)
        return sign_note(checkpoint, self.identity.signing_certificate.public_key, self.identity.signing_key.sign)

    def sign(self, payload: bytes, kind: Kind) -> SignedHead:
        """A signed head of this province."""
        key = self.identity
        label = (key.signing_certificate.fingerprint, payload)
        if label not in _HEADS:
            _HEADS[label] = publications_model.sign_payload(
                payload, kind=kind.value, key_id=label[0], signer=key.signing_key.sign
            )
        return _HEADS[label]

    @property
    def identity(self) -> LocalIdentity:
        """The identity it acts with at this moment."""
        return self.own.identity

    def _wire_membership(self) -> None:
        renewal = Renewal(
            own=self.own,
            directory=self.directory,
            post=self.post,
            peers=self.health,
            documents=self.documents,
            ring=ring_of(self.identity),
            load_ring=lambda: self.ring,
        )
        self.refused: list[tuple[str, str]] = []
        self.spread = 0
        self.memberships = Memberships(
            store=self.store,
            exchange=self.exchange,
            mail=self.post,
            peers=self.peers,
            recorder=self.recorder,
            clock=self.clock,
            new_id=self.new_id,
            newest=Version(membership=self.directory.membership, signed=anchor()),
            refusals=Refusals(
                store=self.store,
                recorder=self.recorder,
                clock=self.clock,
                exhibits=self.exhibits,
                counted=lambda *what: self.refused.append(what),
            ),
            renew=renewal.prepare,
            wake=self._spread,
            poked=self.woken.append,
        )

    def _spread(self) -> None:
        self.spread += 1

    def _wire(self, peers: BarredPeers) -> None:
        self.peers = peers

        def members() -> tuple[str, ...]:
            return tuple(sorted({*self.directory.provinces, self.code}))

        code, clock, store, vault, post = self.code, self.clock, self.store, self.vault, self.post
        self.tally = Tally(lists=self.lists, clock=clock)
        own_limiter, peer_limiter = (Limiter(side=side, limits=NodeLimits(), vault=vault) for side in Side)
        common: dict[str, Any] = {
            "province": code,
            "lists": self.lists,
            "vault": vault,
            "clock": clock,
            "stops": self.stops,
        }
        own_watch, peer_watch = watches(vault, self.recorder, self.new_id)
        queue = ReviewQueue(vault=vault, lifetime=LIFETIME)
        authority = Authority(vault=vault, stops=self.stops, membership=lambda: self.membership)
        self.verifier = Verifier(
            **common, limiter=peer_limiter, watch=peer_watch, queue=queue, tally=self.tally, authority=authority
        )
        self.clocks = Clocks()
        self.asking = Asking(
            **common,
            limiter=own_limiter,
            watch=own_watch,
            authority=authority,
            down=self.health.down,
            clocks=self.clocks,
        )
        self.library = Library(**common, pauses=peer_watch.pauses, tally=self.tally)
        self.holder_index = HolderIndex(vault=vault)
        wish_log = WishLog(province=code, index=self.holder_index, clock=clock)
        self.systems = Routes()  # replaced by tests of what is passed on
        self.teller = Teller(province=code, clock=clock, systems=self._systems_of)
        self.provider = Provider(
            index=self.holder_index,
            province=code,
            members=members,
            vault=vault,
            recorder=self.recorder,
            clock=clock,
            new_id=self.new_id,
            wake=self._wake_outbox,
            teller=self.teller,
            standing=self.library.standing,
            tally=self.tally,
        )
        self.publications = Publications(
            province=code,
            store=store,
            exchange=self.exchange,
            mail=post,
            peers=peers,
            lists=self.lists,
            recorder=self.recorder,
            exhibits=self.exhibits,
            clock=clock,
            new_id=self.new_id,
            sign=self.sign,
            verify=self.verify,
            key_listed=publication_keys.listed(self.directory, self.code),
            others=lambda: self.directory.others(self.code),
            wake=self.woken.append,
            bar=self.bar,
        )
        self.applications = ApplicationConsumer(
            store=store,
            mail=post,
            peers=peers,
            verifier=self.verifier,
            asking=self.asking,
            tally=self.tally,
            recorder=self.recorder,
            clock=clock,
            new_id=self.new_id,
            provinces=members,
            deadline_s=DEADLINE_S,
        )
        self.mint = Mint(vault=vault, clock=clock, lifetime=timedelta(hours=24))
        self.holders = Holders(
            province=code,
            store=store,
            mail=post,
            peers=peers,
            mint=self.mint,
            recorder=self.recorder,
            members=members,
            new_id=self.new_id,
            timeout_s=DEADLINE_S,
        )
        self.search = SearchConsumer(
            store=store,
            mail=post,
            peers=peers,
            library=self.library,
            verifier=self.verifier,
            asking=self.asking,
            recorder=self.recorder,
            new_id=self.new_id,
            provinces=members,
            deadline_s=DEADLINE_S,
        )
        space = Space(MAX_WHOLE)
        self.handout = self._handout(
            store=store,
            documents=self.documents,
            originals=self.files,
            copies=self.copies,
            vault=vault,
            clock=clock,
            lifetime=COPY_LIFETIME,
            space=space,
        )
        self.wishes = Wishes(
            store=store,
            clock=clock,
            vault=vault,
            recorder=self.recorder,
            new_id=self.new_id,
            province=code,
            stops=self.stops,
            still=self.asking.still,
            down=self.health.down,
            paused=self.asking.paused,
            runs_out=self.asking.runs_out,
            renew=lambda caller, apply_id: verdicts_of(self).current(caller, apply_id),
        )
        self.retrieval = RetrievalConsumer(
            tally=self.tally,
            wish_log=wish_log,
            province=code,
            store=store,
            mail=post,
            peers=peers,
            wishes=self.wishes,
            naming=Naming(search=self.search),
            own=OwnRetrieval(
                province=code,
                store=store,
                provider=self.provider,
                handout=self.handout,
                recorder=self.recorder,
                contents=Keeper(vault=vault, clock=clock),
            ),
            receiver=Receiver(documents=self.documents, vault=vault, clock=clock),
            previews=Previews(spool=self.spool, store=store, recorder=self.recorder),
            signing_keys=self.directory.rotated_signing_keys,
            spool=self.spool,
            vault=vault,
            contents=Keeper(vault=vault, clock=clock),
            recorder=self.recorder,
            timeout_s=DEADLINE_S,
            file_timeout_s=5.0,
        )
        self.downloads = Downloads(
            store=store,
            shelf=self.shelf,
            vault=vault,
            recorder=self.recorder,
            clock=clock,
            lifetime=URL_LIFETIME,
            stopped=self.wishes.stopped,
        )
        self.forks: list[str] = []
        self.keeper = HeadKeeper(
            heads=self.heads,
            store=store,
            mail=post,
            peers=peers,
            exhibits=self.exhibits,
            recorder=self.recorder,
            new_id=self.new_id,
            forked=self.forks.append,
        )
        self.outbox = NoticeOutbox(store=store, mail=post, peers=peers, recorder=self.recorder, signing=self.signatory)
        self.delivery = RetrievalProvider(
            store=store, exchange=self.exchange, provider=self.provider, handout=self.handout
        )
        self.verification = FileVerification(
            documents=self.documents, store=store, recorder=self.recorder, clock=clock, new_id=self.new_id
        )
        self.counted: list[str] = []
        self.info_verifier = InfoVerifier(provider=self.provider, standing=self.library.standing, clock=clock)
        self.info_provider = InfoProvider(exchange=self.exchange, verifier=self.info_verifier)
        self.info_verification = InfoVerification(
            province=code,
            store=store,
            mail=post,
            peers=peers,
            wishes=self.wishes,
            naming=Naming(search=self.search),
            verifier=self.info_verifier,
            recorder=self.recorder,
            tally=self.tally,
            wish_log=wish_log,
            timeout_s=DEADLINE_S,
            holder_digest=vault.holder_digest,
            may_hold=lambda line_id, type_code: self.asking.may_hold(line_id, type_code, members()),
        )
        self.orders = Orders(
            province=code,
            store=store,
            stops=self.stops,
            recorder=self.recorder,
            clock=clock,
            new_id=self.new_id,
            membership=lambda: self.membership,
            signer=lambda: OrderSigner(
                key_id=self.identity.signing_certificate.fingerprint, sign=self.identity.signing_key.sign
            ),
            count=self.counted.append,
        )
        self.order_exchange = OrderExchange(
            orders=self.orders,
            exchange=self.exchange,
            mail=post,
            peers=peers,
            others=lambda: self.directory.others(code),
            new_id=self.new_id,
            wake=lambda peer: self.health.wake(peer, Work.ORDERS),
        )
        self.omitted: list[str] = []
        self.uses_provider, self.uses = holder_log_of(self)
        self.evidence = EvidenceProvider(store=store, exchange=self.exchange)
        self.receiver = NoticeReceiver(
            exchange=self.exchange,
            clock=clock,
            teller=self.teller,
            membership=lambda: self.directory.membership,
            wake=self._wake_outbox,
            index=self.holder_index,
        )
        self.letters = Letters(store=store, recorder=self.recorder, wake=self._wake_outbox)
        self.deferrals = DeferralDesk(
            store=store,
            recorder=self.recorder,
            teller=self.teller,
            members=members,
            clock=clock,
            new_id=self.new_id,
            digest=lambda account: vault.digest("manager", account),
            wake=self._wake_outbox,
        )

    def handlers(self) -> dict[str, Handler]:
        """Every method, as `node.rpc.services` lists them."""
        table: dict[str, Handler] = {
            SUBMIT.path: ApplicationProvider(exchange=self.exchange, verifier=self.verifier).submit,
            HOLDER_CHECK.path: HolderProvider(province=self.code, exchange=self.exchange, mint=self.mint).check,
            HOLDER_USES.path: self.uses_provider.uses,
            SEARCH.path: SearchProvider(
                exchange=self.exchange, library=self.library, verifier=self.verifier, recorder=self.recorder
            ).local,
            DATA.path: self.delivery.data,
            FILE.path: self._file,
            VERIFY.path: self.info_provider.verify,
            NOTICE.path: self.receiver.receive,
            CHECKPOINT.path: self.evidence.checkpoint,
            PROVE.path: self.evidence.prove,
            PUSH_ORDERS.path: self.order_exchange.pushed,
            PULL_ORDERS.path: self.order_exchange.pulled,
            POKE.path: self.memberships.poked,
            CHAIN.path: self.memberships.chain,
            CONSISTENCY.path: self.evidence.consistency,
            TILE.path: self.evidence.tiles,
        }
        for kind in Kind:
            table |= self._publication_handlers(kind)
        return table

    def _publication_handlers(self, kind: Kind) -> dict[str, Handler]:
        return {
            ANNOUNCE[kind.value].path: lambda incoming: self.publications.announced(kind, incoming),
            PULL[kind.value].path: lambda incoming: self.publications.pulled(kind, incoming),
            ACKNOWLEDGE[kind.value].path: lambda incoming: self.publications.acknowledged(kind, incoming),
        }

    async def _file(self, incoming: Incoming[Any]) -> tuple[Answered, Frames]:
        answer = await self.delivery.file(incoming)
        return answer.answered, Frames(answer, incoming.exchange_id)

    async def hold(self, publisher: "Province", kind: Kind) -> None:
        """Hold another's newest version as if it had been pulled: in a tenth of the time, without receipts and evidence."""
        theirs, me = publisher.store.read.publications, publisher.code
        newest = theirs.latest(kind, me)
        if newest is None:
            return
        changes = theirs.changes(kind, me, self.held(me, kind), newest.version, None, 10_000)

        def unit(nouns: Nouns) -> None:
            nouns.publications.stage(kind, me, newest.version, changes)
            nouns.publications.keep(newest, theirs.buckets(kind, me))
            nouns.publications.confirm(kind, me, self.clock())

        await self.store.transact(unit)
        self.lists.renewed(kind, me)

    def held(self, publisher: str, kind: Kind = Kind.CATALOGUE) -> int:
        """The version held of a publisher's list."""
        stored = self.store.read.publications.latest(kind, publisher)
        return stored.version if stored else 0

    def ids(self, publisher: str, kind: Kind = Kind.CATALOGUE) -> list[str]:
        """The ids of the entries held of a publisher's list, in order."""
        page = self.store.read.publications.page(kind, publisher, self.held(publisher, kind), None, 100_000)
        return [one.id for one in page]

    async def decide(self, *lines: dict[str, Any], **changes: Any) -> int:
        """Publish, as a provider, decisions on these lines: accepted, but for what is changed."""
        return await self.publications.publish(Kind.DECISIONS, [decided(one, **changes) for one in lines])

    async def keep(self, *certificates: CertificateRecord, file: bytes = b"", verified: bool = True) -> None:
        """Put certificates into the library, each with these bytes as its file; not `verified`: as before reports were kept."""
        rows = []
        if file and verified:
            examined = self.documents.examine(file, sm3=gm.sm3(file), at=self.clock())
            report = stored_report(ReportOf.ISSUED, examined.sm3.hex(), examined, self.vault, self.clock())
            await self.store.transact(lambda nouns: nouns.reports.put(report))
        for one in certificates:
            kept = one
            if file:
                filed = self.files.put(file)
                kept = replace(one, file_sm3=filed.sm3, file_size=filed.size, file_format="ofd")
            rows.append(stored_certificate(kept, self.vault))
        await self.store.transact(lambda nouns: nouns.certificates.stage("i", rows))
        await self.store.transact(lambda nouns: nouns.certificates.publish("i"))

    def entries(self, **members: Any) -> list[dict[str, Any]]:
        """The evidence entries that have these members."""
        every = [json.loads(one.entry) for one in self.store.read.evidence.entries(0, 10_000)]
        return [one for one in every if members.items() <= one.items()]

    async def submit(self, **changes: Any) -> Submitted:
        """The standard application of the standard caller."""
        return await self.applications.submit(CALLER, form(**changes))

    async def find(self, apply_id: str, **changes: Any) -> FusedAnswer:
        """The standard search under an application."""
        return await self.search.fused(CALLER, SearchForm(apply_id=apply_id, holder=HOLDER, **changes))


@lru_cache
def _members() -> tuple[dict[str, LocalIdentity], Membership]:
    """Identities and membership of the four, made once for all tests."""
    chain = Chain.found(PROVINCES)
    return chain.keys, chain.current


@lru_cache
def anchor() -> SignedMembership:
    """The founding document of every mesh here, signed by all four; three sign the next."""
    identities, membership = _members()
    return signed_by(membership, *identities.values())


def ring_of(*identities: LocalIdentity) -> KeyRing:
    """A keys folder that holds these identities of one province."""
    return KeyRing(
        province=identities[0].province,
        signing=tuple(IdentityPair(certificate=one.signing_certificate, key=one.signing_key) for one in identities),
        encryption=tuple(
            IdentityPair(certificate=one.encryption_certificate, key=one.encryption_key) for one in identities
        ),
        tls=tuple(
            ChannelPair(
                label=tls_pin(one.tls_certificate_pem),
                certificate_pem=one.tls_certificate_pem,
                key_pem=one.tls_key_pem,
            )
            for one in identities
        ),
    )


def documents(identity: LocalIdentity, *accept: Verdict) -> Documents:
    """A node's documents: the seals of `papers`, the members of the mesh, and VALID alone unless more is accepted."""
    _, membership = _members()
    return Documents(
        seals=papers.SEALS,
        members=Trust.from_bytes(anchors=[membership.member(code).ca.encode() for code in PROVINCES]),
        accept=(Verdict.VALID, *accept),
        signer=Signer(certificate=identity.signing_certificate.der, key=identity.signing_key),
        creator=PROVINCES[identity.province],
    )


class Mesh:
    """The four provinces with the catalogues of `CATALOGUES`; Jiangsu has one line, its providers accept it. All lists are exchanged."""

    def __init__(
        self, folder: Path, handout: type[Handout] = Handout, clocks: Mapping[str, Clock] | None = None
    ) -> None:
        """Wire them; `ready` publishes. `clocks` are of provinces whose clock is another."""
        self.clock, self.network = Clock(), LocalNetwork()
        identities, membership = _members()
        each = dict.fromkeys(PROVINCES, self.clock) | dict(clocks or {})
        self.all = {
            code: Province(identities[code], self.network, Directory(membership), folder, clock, handout)
            for code, clock in each.items()
        }
        self.shanghai, self.jiangsu, self.zhejiang, self.anhui = self.all.values()

    def __getitem__(self, code: str) -> Province:
        return self.all[code]

    async def ready(self, lines: Iterable[dict[str, Any]] | None = None) -> "Mesh":
        """Publish everything and let everyone pull."""
        kept = stored(Version(membership=_members()[1], signed=anchor()), self.clock())
        for province in self.all.values():
            await province.store.transact(lambda nouns: nouns.memberships.put(kept))
        for code, province in self.all.items():
            await province.publications.publish(Kind.CATALOGUE, [entry(code, one) for one in CATALOGUES[code]])
        every = list(lines or (line(),))
        await self.jiangsu.publications.publish(Kind.USELIST, every)
        for code in PROVIDERS:
            if code != JIANGSU:
                await self[code].decide(*every)
        await self._hand_round()
        for province in self.all.values():
            province.woken.clear()
        return self

    async def _hand_round(self) -> None:
        """Give every province every publication without a call."""
        for one in self.all.values():
            for publisher in self.all.values():
                for kind in Kind:
                    if publisher is not one:
                        await one.hold(publisher, kind)

    async def sync(self) -> None:
        """Every province exchanges publications with every other."""
        for one in self.all.values():
            for code in self.all:
                if code != one.code:
                    await one.publications.exchange_with(code)

    async def found(self, **changes: Any) -> tuple[str, FusedAnswer]:
        """Apply and search in Jiangsu: the apply id and the answer."""
        apply_id = (await self.jiangsu.submit(**changes)).application.apply_id
        return apply_id, await self.jiangsu.find(apply_id)

    async def wish(self, record: CertificateRecord, *, key: str = "", **changes: Any) -> RetrieveForm:
        """Apply and search in Jiangsu, and name one certificate."""
        apply_id, _ = await self.found()
        return RetrieveForm(apply_id=apply_id, identifier=record.identifier, key=key, **changes)


def outcome(answer: FusedAnswer, province: str) -> ProvinceOutcome:
    """What became of one province."""
    return next(one for one in answer.outcomes if one.province == province)


def sm3(data: bytes) -> str:
    """Hex."""
    return gm.sm3(data).hex()
