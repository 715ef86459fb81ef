"""One provider with its real use-cases over any store, and a consumer that sends it real messages: what tests of use codes share. No test.

A restart is a new `Provider` over what the store holds. The clock is the tests' own.
"""

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from federation.directory import Directory
from federation.methods import DATA, SUBMIT
from federation.model.application import Application, Holder, Output, Verdict
from federation.model.retrieval import DataAnswer, DataQuery
from federation.ports import Incoming
from federation.post import Post
from node.library.holder import make_credit_code
from node.library.invented import MINING_TYPE, PROVINCES
from node.library.record import CertificateRecord
from node.ports.lists import Kind
from node.ports.store import Nouns, Store
from node.storage.sqlite import open_sqlite
from node.storage.sqlite.database import Connect, connect
from node.usecases.admission.limits import Limiter, NodeLimits, Side
from node.usecases.applying.review_queue import ReviewQueue
from node.usecases.applying.verification import ApplicationProvider, Verifier
from node.usecases.consent.checking import Authority
from node.usecases.exchange import Exchange
from node.usecases.holder_log.index import HolderIndex
from node.usecases.import_certificates import stored_certificate
from node.usecases.line_statistics import Tally
from node.usecases.lists import Lists
from node.usecases.record import Recorder
from node.usecases.retrieval.delivery import Provider
from node.usecases.retrieval.provider import RetrievalProvider
from node.usecases.search.local import Library
from node.usecases.stops import Stops
from node.usecases.telling.teller import Teller
from node.vault import Vault
from tests.node.storage.samples import sign
from tests.node.usecases.listed import JIANGSU, ZHEJIANG, application, decision, entry, line, lists_of
from tests.node.usecases.mesh import record
from tests.node.usecases.watching import LIFETIME, watches
from tests.trust.membership.chain import Chain

HELD = record(ZHEJIANG, MINING_TYPE, serial="1")
"""The certificate of the story's holder."""
SOMEBODYS = record(
    ZHEJIANG,
    MINING_TYPE,
    serial="2",
    holders=(Holder(code=make_credit_code("91", "330000", "000000007"), type_code="001", name="样例"),),
)
MISSING = record(ZHEJIANG, MINING_TYPE, serial="3")
CERTIFICATES = (HELD, SOMEBODYS)
START = datetime.now(UTC).replace(microsecond=0)


@lru_cache
def founded() -> Chain:
    """The members, made once."""
    return Chain.found(PROVINCES)


@dataclass(slots=True)
class Clock:
    """Stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


def new_id() -> str:
    """Unique, also across processes."""
    return secrets.token_hex(16)


@dataclass(slots=True)
class Consumer:
    """Jiangsu's node: makes messages, signs each."""

    clock: Clock
    post: Post = field(init=False)

    def __post_init__(self) -> None:
        self.post = post_of(JIANGSU, self.clock)

    def sealed(self, message: Any, exchange_id: str) -> bytes:
        """An envelope to Zhejiang; the same message twice makes two envelopes."""
        draft = self.post.draft_request(message, recipients=(ZHEJIANG,), exchange_id=exchange_id)
        return self.post.sign(draft)


def post_of(province: str, clock: Clock) -> Post:
    """A province's post office."""
    chain = founded()
    return Post(chain.keys[province], Directory(chain.current), clock=clock, monotonic=lambda: 0.0)


class ZhejiangNode:
    """The provider."""

    def __init__(self, store: Store, lists: Lists, clock: Clock) -> None:
        """Wired as `node.daemon` wires it."""
        self.store, self.clock = store, clock
        self.post, self.stops = post_of(ZHEJIANG, clock), Stops()
        self.vault = Vault(b"v" * 32, "5a" * 32)
        self.recorder = Recorder(ZHEJIANG, clock)
        tally = Tally(lists=lists, clock=clock)
        _, watch = watches(self.vault, self.recorder, new_id)
        common: dict[str, Any] = {
            "province": ZHEJIANG, "lists": lists, "vault": self.vault, "clock": clock, "stops": self.stops, "tally": tally,
        }  # fmt: skip
        verifier = Verifier(
            **common,
            limiter=Limiter(side=Side.PROVIDER, limits=NodeLimits(), vault=self.vault),
            watch=watch,
            queue=ReviewQueue(vault=self.vault, lifetime=LIFETIME),
            authority=Authority(vault=self.vault, stops=self.stops, membership=lambda: founded().current),
        )
        self.library, self._tally = Library(**common, pauses=watch.pauses), tally
        provider = self.provider_of(Provider)
        exchange = Exchange(store=store, mail=self.post, vault=self.vault, recorder=self.recorder, clock=clock)
        self.applications = ApplicationProvider(exchange=exchange, verifier=verifier)
        self.delivery = RetrievalProvider(store=store, exchange=exchange, provider=provider, handout=None)  # type: ignore[arg-type]  # no files here

    def provider_of(self, kind: type[Provider]) -> Provider:
        """A provider of this kind over this node's parts."""
        return kind(
            province=ZHEJIANG,
            members=lambda: (JIANGSU, ZHEJIANG),
            vault=self.vault,
            recorder=self.recorder,
            clock=self.clock,
            new_id=new_id,
            wake=lambda _: None,
            teller=Teller(province=ZHEJIANG, clock=self.clock, systems=lambda _: ()),
            standing=self.library.standing,
            index=HolderIndex(vault=self.vault),
            tally=self._tally,
        )

    def opened(self, envelope: bytes, method: Any) -> Incoming[Any]:
        """A message as the edge hands it on."""
        return self.post.open_request(envelope, kind=method.request, sender=JIANGSU)

    async def verdict(self, envelope: bytes) -> Verdict:
        """What is said to an application."""
        verdict: Verdict = (await self.applications.submit(self.opened(envelope, SUBMIT))).message
        return verdict

    async def data(self, envelope: bytes) -> DataAnswer:
        """What is said to a wish for face data."""
        answer: DataAnswer = (await self.delivery.data(self.opened(envelope, DATA))).message
        return answer


def wanted(apply_id: str = "a-1", **changes: Any) -> Application:
    """An application for face data of the story's holder."""
    return replace(application(apply_id=apply_id, outputs=(Output.DATA,)), **changes)


def query(verdict: Verdict, certificate: CertificateRecord = HELD, **changes: Any) -> DataQuery:
    """A wish under a verdict."""
    one = DataQuery(apply_id=verdict.apply_id, use_code=verdict.use_code, identifier=certificate.identifier)
    return replace(one, **changes)


def word(answer: DataAnswer) -> str:
    """ "granted", or the reason of the refusal."""
    return "granted" if answer.refusal is None else answer.refusal.reason.value


async def furnished(store: Store, clock: Clock) -> ZhejiangNode:
    """A node over an empty store, with the standard line, its decision, a catalogue, and certificates."""
    one = line(output_modes=("FILE", "DATA"), standing_days=30)
    lists = await lists_of(
        store,
        (Kind.USELIST, JIANGSU, [one]),
        (Kind.DECISIONS, ZHEJIANG, [decision(one)]),
        (Kind.CATALOGUE, ZHEJIANG, [entry(ZHEJIANG)]),
    )
    node = ZhejiangNode(store, lists, clock)
    rows = [stored_certificate(one, node.vault) for one in CERTIFICATES]
    await store.transact(partial(_import, rows))
    return node


def _import(rows: list[Any], nouns: Nouns) -> None:
    nouns.certificates.stage("i", rows)
    nouns.certificates.publish("i")


def restarted(store: Store, clock: Clock) -> ZhejiangNode:
    """The node as it comes up over what its store holds."""
    return ZhejiangNode(store, Lists(lambda: store.read.publications), clock)


async def opened(path: Path, connect_writer: Connect = connect) -> Store:
    """A store on disk."""
    return await open_sqlite(path, sign_checkpoint=sign, checkpoint_interval_s=60, connect_writer=connect_writer)
