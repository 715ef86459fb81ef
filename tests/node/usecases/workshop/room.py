"""A list managers' workshop over the memory store, with a publisher that signs nothing and tells nobody. Nothing here is a test."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from federation.model.catalogue import CatalogueEntry
from federation.model.publication import PublicationError
from federation.model.uselist import UseListLine
from node.ports.lists import EntryChange, Kind, StoredVersion
from node.ports.store import Nouns, Store, StoreError
from node.storage.memory import MemoryStore
from node.usecases.lists import Lists
from node.usecases.publication.own import Change
from node.usecases.record import Recorder
from node.usecases.workshop.assembled import Workshop, make_workshop
from node.usecases.workshop.desk import Check
from node.usecases.workshop.managers import Manager, Role
from trust import canonical, gm
from trust.entry_tree import EMPTY_BUCKETS, bucket_of, bucket_root, tree_root, with_bucket
from trust.merkle import leaf_hash

HOME, PEER = "320000", "330000"
MEMBERS = (HOME, PEER, "340000")
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
TYPE, OTHER_TYPE = "11100000MB03271699901", "11100000MB03271699902"
EVERYTHING = frozenset(Role)
WRITER = Manager(account="zhou.jia", name="周甲", roles=EVERYTHING)
CHECKER = Manager(account="wu.yi", name="吴乙", roles=EVERYTHING)
THIRD = Manager(account="zheng.bing", name="郑丙", roles=EVERYTHING)
MANAGERS = (WRITER, CHECKER, THIRD)


@dataclass(slots=True)
class Clock:
    """A clock that is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A problem that the rules of these tests find."""

    field: str
    message: str
    zh: str = "有误"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """A row as `node.lists` reads it."""

    number: int
    raw: dict[str, Any]
    problems: Sequence[Found] = ()


def check(_kind: Kind, raw: dict[str, Any]) -> Sequence[Found]:
    """The rules of these tests: a purpose is not "wrong"."""
    return [Found(field="purpose", message="is wrong")] if raw.get("purpose") == "wrong" else []


@dataclass(slots=True)
class LocalPublisher:
    """Publishes into one store, as `publication.Publications` does, without signatures and peers. Fails on command."""

    store: Store
    province: str
    lists: Lists
    clock: Callable[[], datetime]
    fails_before: bool = False
    fails_after: bool = False
    refuses: str = ""  # entries whose ids begin so
    sizes: list[int] = field(default_factory=list)

    async def change(self, kind: Kind, changes: Sequence[Change], then: Callable[[Nouns, int], None]) -> int:
        if self.fails_before:
            raise StoreError("not stored")
        if self.refuses and any(one.id.startswith(self.refuses) for one in changes):
            raise PublicationError("an entry cannot stand in a publication")
        version = await self.store.transact(lambda nouns: self._keep(nouns, kind, changes, then))
        self.lists.renewed(kind, self.province)
        self.sizes.append(len(changes))
        if self.fails_after:
            raise StoreError("stored, and yet failed")
        return version

    def _keep(self, nouns: Nouns, kind: Kind, changes: Sequence[Change], then: Callable[[Nouns, int], None]) -> int:
        publications, province = nouns.publications, self.province
        latest = publications.latest(kind, province)
        version = (latest.version if latest else 0) + 1
        publications.stage(kind, province, version, [_entry_change(one) for one in changes])
        buckets = publications.buckets(kind, province) or EMPTY_BUCKETS
        for bucket in {bucket_of(one.id) for one in changes}:
            leaves = publications.leaves(kind, province, bucket, staged=True)
            buckets = with_bucket(buckets, bucket, bucket_root(leaves))
        head = StoredVersion(
            kind=kind,
            publisher=province,
            version=version,
            digest=gm.sm3(tree_root(buckets)).hex(),
            document=b"{}",
            size=0,
            stored_at=self.clock(),
        )
        publications.keep(head, buckets)
        then(nouns, version)
        return version


def _entry_change(one: Change) -> EntryChange:
    body = None if one.entry is None else canonical.dumps(one.entry)
    leaf = b"" if body is None else leaf_hash(body)
    return EntryChange(id=one.id, version=one.version, bucket=bucket_of(one.id), body=body, leaf=leaf)


@dataclass(slots=True)
class Room:
    """One province's workshop, its store and its clock; `reopen` is what a restart leaves."""

    clock: Clock = field(default_factory=Clock)
    store: Store = field(default_factory=MemoryStore)
    accept: bool = False
    province: str = HOME
    rules: Check = check
    lists: Lists = field(init=False)
    publisher: LocalPublisher = field(init=False)
    shop: Workshop = field(init=False)

    def __post_init__(self) -> None:
        self.reopen()

    def reopen(self) -> None:
        self.lists = Lists(lambda: self.store.read.publications)
        self.publisher = LocalPublisher(self.store, self.province, self.lists, self.clock)
        self.shop = make_workshop(
            province=self.province,
            store=self.store,
            lists=self.lists,
            recorder=Recorder(self.province, self.clock),
            clock=self.clock,
            digest=digest_of,
            check=self.rules,
            publisher=self.publisher,
            provinces=lambda: MEMBERS,
            accept=self.accept,
        )

    async def publish(self, kind: Kind, raw: dict[str, Any], *, by: Manager = CHECKER) -> None:
        """The whole way of one entry, by two persons."""
        draft = await self.shop.editing.draft(kind, raw, WRITER)
        await self.shop.editing.submit(kind, [draft.id], WRITER)
        await self.shop.editing.review(kind, [draft.id], by, approve=True)
        await self.shop.publishing.publish(kind, [draft.id], by)

    async def put_peer(self, kind: Kind, peer: str, changes: Sequence[Change]) -> None:
        """What a peer has published, as if it had been pulled."""
        publisher = LocalPublisher(self.store, peer, self.lists, self.clock)
        await publisher.change(kind, changes, lambda _nouns, _version: None)

    def standing(self, kind: Kind, entry_id: str) -> list[dict[str, Any]]:
        """The versions of an own entry in the newest publication."""
        found = self.store.read.publications.entry(kind, self.province, entry_id)
        return [json.loads(one.body) for one in found]

    def evidence(self) -> Iterator[dict[str, Any]]:
        """Every entry of the log."""
        for one in self.store.read.evidence.entries(0, 100_000):
            yield json.loads(one.entry)


def digest_of(account: str) -> str:
    """A digest as a vault makes it."""
    return gm.hmac_sm3(b"a key of these tests", account.encode()).hex()


def line(use_list_id: str = "JS-0001", **changes: Any) -> dict[str, Any]:
    """A line of the use list as a manager writes it."""
    one = UseListLine(
        use_list_id=use_list_id,
        consumer_province=HOME,
        provider_provinces=(PEER,),
        scene_name="服务大厅窗口",
        item_code="ITEM-1",
        item_name="样例事项",
        use_org_code="11320000DEMA00216X",
        use_org_name="样例大厅",
        type_codes=(TYPE,),
        purpose="核验采矿许可",
        legal_basis="样例",
        auth_mode="DUTY",
        output_modes=("FILE", "DATA"),
        allowed_fields=("KZ_KIND",),
        valid_from="2020-01-01",
        valid_to="2099-12-31",
    )
    return _drafted(replace(one, **changes).to_dict())


def entry(type_code: str = TYPE, province: str = HOME, **changes: Any) -> dict[str, Any]:
    """A catalogue entry as a manager writes it."""
    one = CatalogueEntry(
        province_code=province,
        type_code=type_code,
        type_name="采矿许可证",
        define_authority_name="自然资源部",
        define_authority_code="11100000MB03271699",
        holder_category="法人",
        holder_type_codes=("001",),
        share_modes=("FILE", "DATA"),
        file_formats=("OFD",),
    )
    raw = {**_drafted(replace(one, **changes).to_dict())}
    return {**raw, "surface_schema": changes.get("surface_schema", [{"column_name": "KZ_KIND", "name": "矿种"}])}


def _drafted(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if name not in ("version", "status", "approvals")}


def published(raw: dict[str, Any], **changes: Any) -> Change:
    """A line or an entry as a peer publishes it."""
    whole = {"version": 1, "status": "ACTIVE" if "use_list_id" in raw else "PUBLISHED", **raw, **changes}
    return Change(entry=whole, id=whole.get("use_list_id") or whole["type_code"], version=whole["version"])
