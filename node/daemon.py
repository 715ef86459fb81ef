"""The composition root: one node, put together from its configuration. The only module that knows everything; decides nothing itself.

Running it, in its written order of start and stop, is `node.serve`.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from federation.barred import BarredPeers
from federation.channels import Channels, open_channels
from federation.client import Client
from federation.directory import Directory
from federation.gate import Gate, GatedPeers
from federation.peers import Peers, Work
from federation.post import Post
from federation.probing import Prober
from federation.rested import RestedPeers
from node import membership_chain, publication_keys
from node.base import Base, load_base
from node.config import AppSection
from node.exhibits import Exhibits
from node.library.codes import default_codes
from node.library.dates import CHINA
from node.library.documents import MAX_WHOLE
from node.library.files import FileStore
from node.library.shelf import Shelf
from node.library.spool import Spool
from node.lists.problem import Problem
from node.lists.rules import problems
from node.metrics import Metrics
from node.moment import new_id, utc_now
from node.ports.alarms import StoredAlarm
from node.ports.lists import Kind
from node.ports.services import Caller
from node.ports.store import Store
from node.renewal import Renewal, membership_facts
from node.revocation import standing_words
from node.rpc import services
from node.rpc.edge import Edge
from node.trust_watch import TrustWatch, make_watch
from node.usecases.admission.anomaly import AnomalyRules, Pauses, Watch
from node.usecases.admission.asking import Asking
from node.usecases.admission.explanation import Explainer
from node.usecases.admission.limits import Limiter, NodeLimits, Side
from node.usecases.applying.application import ApplicationConsumer
from node.usecases.applying.review import ReviewDesk
from node.usecases.applying.review_queue import ReviewQueue
from node.usecases.applying.submission import Submissions
from node.usecases.applying.verdicts import Verdicts
from node.usecases.applying.verification import ApplicationProvider, Verifier
from node.usecases.consent.checking import Authority
from node.usecases.consent.taking import ConsentOffice, ConsentSigner
from node.usecases.evidence import EvidenceProvider
from node.usecases.exchange import Exchange
from node.usecases.explain.mishaps import Mishaps
from node.usecases.explain.timeline import TimelineReader
from node.usecases.heads import HeadKeeper
from node.usecases.holder_mint import HolderProvider, Mint
from node.usecases.holders import Holders
from node.usecases.line_report import LineReport
from node.usecases.line_statistics import Tally
from node.usecases.lists import Lists
from node.usecases.membership import Memberships, Version
from node.usecases.membership_refusals import Refusals
from node.usecases.notice import NoticeOutbox, NoticeReceiver
from node.usecases.order_exchange import OrderExchange
from node.usecases.orders import Orders, OrderSigner
from node.usecases.presented.file import FileVerification
from node.usecases.presented.info import InfoVerification
from node.usecases.presented.info_provider import InfoProvider, InfoVerifier
from node.usecases.publication.exchanging import Publications
from node.usecases.quality import QualityReport
from node.usecases.record import Recorder
from node.usecases.retrieval.consumer import RetrievalConsumer
from node.usecases.retrieval.delivery import Provider
from node.usecases.retrieval.downloads import Downloads
from node.usecases.retrieval.handout import Handout
from node.usecases.retrieval.naming import Naming
from node.usecases.retrieval.own import OwnRetrieval
from node.usecases.retrieval.previews import Previews
from node.usecases.retrieval.provider import RetrievalProvider
from node.usecases.retrieval.reception import Receiver
from node.usecases.retrieval.space import Space
from node.usecases.retrieval.wish import Wishes
from node.usecases.search.fused import SearchConsumer
from node.usecases.search.local import Library, SearchProvider
from node.usecases.search.receipts import Receipts
from node.usecases.status import Status
from node.usecases.stops import StopBar, Stops
from node.usecases.turns import PATIENCE_S, Turns
from node.usecases.use import Uses
from node.usecases.workshop.assembled import Workshop, make_workshop
from trust.heads import Heads
from trust.local import LocalIdentity
from trust.orders import tls_key_id

_log = structlog.get_logger(__name__)

__all__ = ["Base", "Node", "build", "caller_of", "load_base"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node put together, not yet running."""

    base: Base
    directory: Directory
    store: Store
    peers: Peers
    channels: Channels
    gate: Gate
    memberships: Memberships
    renewal: Renewal
    metrics: Metrics
    handlers: Mapping[str, Any]
    publications: Publications
    stops: Stops
    orders: Orders
    order_exchange: OrderExchange
    applications: ApplicationConsumer
    consents: ConsentOffice
    holders: Holders
    verdicts: Verdicts
    reviews: ReviewDesk
    search: SearchConsumer
    receipts: Receipts
    submissions: Submissions
    uses: Uses
    retrieval: RetrievalConsumer
    downloads: Downloads
    outbox: NoticeOutbox
    witness: HeadKeeper
    prober: Prober
    spool: Spool
    copies: FileStore
    verification: FileVerification
    info_verification: InfoVerification
    explainer: Explainer
    mishaps: Mishaps
    timelines: TimelineReader
    quality: QualityReport
    line_report: LineReport
    status: Status
    watch: TrustWatch
    workshop: Workshop

    @property
    def province(self) -> str:
        """This node's province."""
        return self.base.config.node.province

    async def close(self) -> None:
        """Close channels, then the store."""
        await self.channels.close()
        await self.store.close()


async def build(base: Base) -> Node:
    """Open the store and put all parts together.

    Raises:
        StoreError: the store cannot be opened.
    """
    store = await base.open_store()
    try:
        latest = store.read.memberships.latest()
        if latest is not None and latest.digest != base.chain.newest.head.digest:  # adopted since `base` was loaded
            base = await asyncio.to_thread(load_base, base.config)
        await store.transact(partial(membership_chain.keep, base.chain, base.recorder(), utc_now(), "configuration"))
        return _assemble(base, store)
    except BaseException:
        await store.close()
        raise


def _assemble(base: Base, store: Store) -> Node:
    config, province, vault, clock = base.config, base.config.node.province, base.vault, utc_now
    directory = membership_chain.directory(base.chain)
    gate = Gate(directory, province, clock)

    def members() -> tuple[str, ...]:
        return tuple(sorted({*directory.provinces, province}))  # our own functions go on where membership leaves us out

    peers, lists, recorder, stops = (
        Peers(directory.others(province)),
        Lists(lambda: store.read.publications),
        base.recorder(),
        Stops(),
    )
    watch = make_watch(
        lambda: base.identity,
        lambda: directory.membership,
        config.identity,
        folder=config.node.data / "crls",
        clock=clock,
        monotonic=time.monotonic,
    )
    status = Status(
        base_facts={"province": province, "name": config.node.name},
        store=store,
        peers=peers,
        members=members,
        membership=lambda: membership_facts(directory, memberships, gate),
        stops=stops,
        clock=clock,
        lists=lambda: publications,
        trust=watch.view,
    )
    metrics = Metrics(status.levels)
    bar = StopBar(stops, partial(_relied_on, directory))
    heads, exhibits = Heads(), Exhibits(folder=config.node.data / "exhibits")
    post = Post(
        base.identity,
        directory,
        clock=clock,
        monotonic=time.monotonic,
        bar=bar,
        standing=standing_words(watch.revocations),
        prove_entry=store.prove if base.by_log else None,
        heads=heads,
    )
    channels = open_channels(base.identity, directory)
    calls = Client(
        channels, post, peers, observe=metrics.peer_call, weigh=metrics.peer_bytes, clocks=watch.clocks, clock=clock
    )
    client = BarredPeers(GatedPeers(RestedPeers(calls, peers, metrics.peer_call), gate), bar)
    exchange = Exchange(store=store, mail=post, vault=vault, recorder=recorder, clock=clock)
    spool, copies, documents = Spool(config.node.data / "spool"), base.copies(), base.documents()
    space = Space(MAX_WHOLE)
    handout = Handout(
        store=store,
        documents=documents,
        originals=base.files(),
        copies=copies,
        vault=vault,
        clock=clock,
        lifetime=timedelta(seconds=config.documents.copy_lifetime),
        space=space,
    )
    tally = Tally(lists=lists, clock=clock, counted=metrics.line_call)
    own_limiter, peer_limiter = (
        Limiter(side=side, limits=NodeLimits(**config.limits.model_dump()), vault=vault, refused=metrics.limited)
        for side in Side
    )
    authority = Authority(
        vault=vault, stops=stops, membership=lambda: directory.membership, accept=frozenset(config.consent.accept)
    )
    mint = Mint(vault=vault, clock=clock, lifetime=timedelta(seconds=config.holders.handle_lifetime))
    standing = timedelta(seconds=config.applications.standing)
    own_watch, peer_watch = _watches(base, store, recorder, metrics)
    verifier = Verifier(
        province=province,
        lists=lists,
        vault=vault,
        clock=clock,
        stops=stops,
        limiter=peer_limiter,
        watch=peer_watch,
        queue=ReviewQueue(vault=vault, lifetime=timedelta(seconds=config.reviews.lifetime)),
        tally=tally,
        authority=authority,
        standing=standing,
    )
    asking = Asking(
        province=province,
        lists=lists,
        stops=stops,
        vault=vault,
        clock=clock,
        limiter=own_limiter,
        watch=own_watch,
        authority=authority,
        down=peers.down,
        clocks=watch.clocks,
        standing=standing,
    )
    applications = ApplicationConsumer(
        store=store,
        mail=post,
        peers=client,
        verifier=verifier,
        asking=asking,
        tally=tally,
        recorder=recorder,
        clock=clock,
        new_id=new_id,
        provinces=members,
        deadline_s=config.search.deadline,
    )
    library = Library(
        province=province, lists=lists, vault=vault, clock=clock, stops=stops, pauses=peer_watch.pauses, tally=tally
    )
    verdicts = Verdicts(
        store=store,
        mail=post,
        applications=applications,
        verifier=verifier,
        asking=asking,
        recorder=recorder,
        clock=clock,
        new_id=new_id,
        provinces=members,
        deadline_s=config.search.deadline,
    )
    wishes = Wishes(
        store=store,
        clock=clock,
        vault=vault,
        recorder=recorder,
        new_id=new_id,
        province=province,
        stops=stops,
        still=asking.still,
        down=peers.down,
        paused=asking.paused,
        runs_out=asking.runs_out,
        renew=verdicts.current,
    )
    provider = Provider(
        province=province,
        members=members,
        vault=vault,
        recorder=recorder,
        clock=clock,
        new_id=new_id,
        wake=partial(peers.wake, work=Work.OUTBOX),
        standing=library.standing,
        tally=tally,
    )
    info_verifier = InfoVerifier(provider=provider, standing=library.standing, clock=clock)
    publications = Publications(
        province=province,
        store=store,
        exchange=exchange,
        mail=post,
        peers=client,
        lists=lists,
        recorder=recorder,
        exhibits=exhibits,
        clock=clock,
        new_id=new_id,
        sign=publication_keys.signer(base.own),
        verify=publication_keys.verifier(directory),
        key_listed=publication_keys.listed(directory, province),
        others=lambda: directory.others(province),
        wake=partial(peers.wake, work=Work.SYNC),
        bar=bar,
    )
    orders = Orders(
        province=province,
        store=store,
        stops=stops,
        recorder=recorder,
        clock=clock,
        new_id=new_id,
        membership=lambda: directory.membership,
        signer=lambda: _order_signer(base.identity),
        count=metrics.order,
    )
    orders.load()
    order_exchange = OrderExchange(
        orders=orders,
        exchange=exchange,
        mail=post,
        peers=client,
        others=lambda: directory.others(province),
        new_id=new_id,
        wake=partial(peers.wake, work=Work.ORDERS),
    )
    renewal = Renewal(
        own=base.own,
        directory=directory,
        post=post,
        peers=peers,
        documents=documents,
        ring=base.ring,
        load_ring=base.load_ring,
    )
    renewal.listeners.append(lambda identity: channels.adopt(identity, directory))
    renewal.listeners.append(lambda _identity: orders.refresh())
    newest = base.chain.newest
    memberships = Memberships(
        store=store,
        exchange=exchange,
        mail=post,
        peers=client,
        recorder=recorder,
        clock=clock,
        new_id=new_id,
        newest=Version(membership=newest.membership, signed=newest.signed),
        refusals=Refusals(
            store=store,
            recorder=recorder,
            clock=clock,
            exhibits=exhibits,
            counted=metrics.membership_refused,
        ),
        renew=renewal.prepare,
        wake=lambda: _wake_all(peers),
        poked=partial(peers.wake, work=Work.MEMBERSHIP),
    )
    mishaps = Mishaps(clock)
    edge = Edge(
        post=post,
        directory=directory,
        gate=gate,
        peers=peers,
        exchange=exchange,
        metrics=metrics,
        mishaps=mishaps,
        bar=bar,
    )
    handlers = services.handlers(
        edge,
        application=ApplicationProvider(exchange=exchange, verifier=verifier),
        holders=HolderProvider(province=province, exchange=exchange, mint=mint),
        search=SearchProvider(exchange=exchange, library=library, verifier=verifier, recorder=recorder),
        delivery=RetrievalProvider(store=store, exchange=exchange, provider=provider, handout=handout),
        info=InfoProvider(exchange=exchange, verifier=info_verifier),
        notice=NoticeReceiver(exchange=exchange, clock=clock),
        evidence=EvidenceProvider(store=store, exchange=exchange),
        publications=publications,
        orders=order_exchange,
        memberships=memberships,
    )
    search = SearchConsumer(
        store=store,
        mail=post,
        peers=client,
        library=library,
        verifier=verifier,
        asking=asking,
        recorder=recorder,
        new_id=new_id,
        provinces=members,
        deadline_s=config.search.deadline,
    )
    submissions = Submissions(
        store=store,
        vault=vault,
        applications=applications,
        verdicts=verdicts,
        turns=Turns(config.search.deadline + PATIENCE_S),
    )
    return Node(
        base=base,
        directory=directory,
        store=store,
        peers=peers,
        channels=channels,
        gate=gate,
        memberships=memberships,
        renewal=renewal,
        metrics=metrics,
        handlers=handlers,
        publications=publications,
        stops=stops,
        orders=orders,
        order_exchange=order_exchange,
        applications=applications,
        verdicts=verdicts,
        submissions=submissions,
        uses=Uses(submissions=submissions, search=search),
        holders=Holders(
            province=province,
            store=store,
            mail=post,
            peers=client,
            mint=mint,
            recorder=recorder,
            members=members,
            new_id=new_id,
            timeout_s=config.search.deadline,
        ),
        consents=ConsentOffice(
            province=province,
            store=store,
            vault=vault,
            stops=stops,
            orders=orders,
            recorder=recorder,
            clock=clock,
            new_id=new_id,
            members=members,
            signer=lambda: _consent_signer(base.identity),
            lifetime=timedelta(seconds=config.consent.lifetime),
        ),
        search=search,
        reviews=ReviewDesk(
            store=store, vault=vault, recorder=recorder, clock=clock, digest=partial(vault.digest, "manager")
        ),
        receipts=Receipts(province=province, store=store),
        retrieval=RetrievalConsumer(
            province=province,
            store=store,
            mail=post,
            peers=client,
            wishes=wishes,
            naming=Naming(search=search),
            own=OwnRetrieval(province=province, store=store, provider=provider, handout=handout, recorder=recorder),
            receiver=Receiver(documents=documents, vault=vault, clock=clock),
            previews=Previews(spool=spool, store=store, recorder=recorder, space=space),
            signing_keys=directory.rotated_signing_keys,
            tally=tally,
            spool=spool,
            vault=vault,
            recorder=recorder,
            timeout_s=config.retrieval.data_timeout,
            file_timeout_s=config.retrieval.file_timeout,
        ),
        downloads=Downloads(
            store=store,
            shelf=Shelf(config.node.data / "downloads"),
            vault=vault,
            recorder=recorder,
            clock=clock,
            lifetime=timedelta(seconds=config.retrieval.url_lifetime),
            stopped=wishes.stopped,
        ),
        outbox=NoticeOutbox(store=store, mail=post, peers=client, recorder=recorder),
        witness=HeadKeeper(
            heads=heads,
            store=store,
            mail=post,
            peers=client,
            exhibits=exhibits,
            recorder=recorder,
            new_id=new_id,
            forked=metrics.forked,
        ),
        prober=Prober(mail=post, calls=client, peers=peers, new_id=new_id),
        spool=spool,
        copies=copies,
        verification=FileVerification(documents=documents, store=store, recorder=recorder, clock=clock, new_id=new_id),
        info_verification=InfoVerification(
            province=province,
            store=store,
            mail=post,
            peers=client,
            wishes=wishes,
            naming=Naming(search=search),
            verifier=info_verifier,
            recorder=recorder,
            tally=tally,
            timeout_s=config.retrieval.data_timeout,
            holder_digest=vault.holder_digest,
            may_hold=lambda line_id, type_code: asking.may_hold(line_id, type_code, members()),
        ),
        explainer=Explainer(
            store=store,
            verifier=verifier,
            asking=asking,
            provinces=members,
            callers={section.app_id: caller_of(section) for section in config.apps},
        ),
        mishaps=mishaps,
        timelines=TimelineReader(province=province, store=store, mishaps=mishaps, clock=clock),
        quality=QualityReport(store=store),
        line_report=LineReport(province=province, store=store, clock=clock),
        status=status,
        watch=watch,
        workshop=make_workshop(
            province=province,
            store=store,
            lists=lists,
            recorder=recorder,
            clock=clock,
            digest=partial(base.vault.digest, "manager"),
            check=partial(_check_entry, province),
            publisher=publications,
            provinces=members,
            accept=config.lists.decide == "conforming",
        ),
    )


def _watches(base: Base, store: Store, recorder: Recorder, metrics: Metrics) -> tuple[Watch, Watch]:
    """The anomaly stop of the consumer's side and of the provider's, which know one table of pauses."""
    section, pauses = base.config.anomaly, Pauses()
    pauses.load(store.read)
    rules = AnomalyRules(
        holders_per_minute=section.holders_per_minute,
        source_holders_per_minute=section.source_holders_per_minute,
        mismatches_per_hour=section.mismatches_per_hour,
        night_holders_per_hour=section.night_holders_per_hour,
        night=section.night_hours,
        pause=timedelta(seconds=section.pause),
    )
    own, peer = (
        Watch(
            side=side,
            rules=rules,
            vault=base.vault,
            recorder=recorder,
            new_id=new_id,
            pauses=pauses,
            raised=partial(_alarmed, metrics),
        )
        for side in (Side.CONSUMER, Side.PROVIDER)
    )
    return own, peer


def _alarmed(metrics: Metrics, alarm: StoredAlarm) -> None:
    """An operator is paused: counted, and in the log for whoever watches it; `certmesh alarms` shows more."""
    metrics.anomaly(alarm.kind)
    _log.warning(
        "anomaly.paused",
        alarm=alarm.alarm_id,
        side=alarm.side,
        kind=alarm.kind,
        limit=alarm.limit,
        consumer=alarm.consumer,
        app_id=alarm.app_id,
        until=alarm.until.isoformat(timespec="seconds"),
    )


def _check_entry(province: str, kind: Kind, raw: Mapping[str, Any]) -> Sequence[Problem]:
    """What the rules say of an entry of ours, by the codes of today."""
    return problems(kind, raw, province=province, codes=default_codes(), today=utc_now().astimezone(CHINA).date())


def caller_of(section: AppSection) -> Caller:
    """A registered line system, as the use-cases know it."""
    return Caller(
        app_id=section.app_id,
        use_org_code=section.use_org_code,
        use_org_name=section.use_org_name,
        item_codes=frozenset(section.item_codes),
        operators=frozenset(section.operators),
        consents=frozenset(section.consents),
    )


def _relied_on(directory: Directory, province: str) -> tuple[str, str]:
    """The keys in use that a call to a province relies on, by id."""
    peer = directory.peers[province]
    return peer.recipient.key_id, tls_key_id(peer.tls_certificates.decode())


def _order_signer(identity: LocalIdentity) -> OrderSigner:
    return OrderSigner(key_id=identity.signing_certificate.fingerprint, sign=identity.signing_key.sign)


def _consent_signer(identity: LocalIdentity) -> ConsentSigner:
    return ConsentSigner(certificate=identity.signing_certificate, sign=identity.document_signer.sign)


def _wake_all(peers: Peers) -> None:
    """A new version is here: tell everybody, and ask those who came with it for their lists."""
    for peer in peers.provinces:
        peers.wake(peer, Work.MEMBERSHIP)
        peers.wake(peer, Work.SYNC)
