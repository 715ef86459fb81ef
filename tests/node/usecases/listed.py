"""Lists without a mesh: entries put into a store as a sync would put them, and the samples that tests of the rules are made of. No test."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from federation.model.application import Application, AuthMode, Holder, Operator, Output
from federation.model.catalogue import CatalogueEntry, FaceField
from federation.model.decision import Decision, decision_id
from federation.model.uselist import UseListLine, content_digest
from node.library.invented import LAND_TYPE, MINING_TYPE, STORY_HOLDER
from node.ports.lists import EntryChange, Kind, StoredVersion
from node.ports.store import Nouns, Store
from node.storage.memory import MemoryStore
from node.usecases.lists import Lists
from trust import canonical
from trust.entry_tree import EMPTY_BUCKETS, bucket_of

SHANGHAI, JIANGSU, ZHEJIANG, ANHUI = "310000", "320000", "330000", "340000"
OPERATOR = Operator(account="clerk-7", name="经办人周甲")
ORG, ITEM, APP, LINE = "11320000DEMA00216X", "ITEM-1", "line-system", "JS-0001"
HOLDER: Holder = STORY_HOLDER
NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)
Entries = Iterable[dict[str, Any]]
_KEYS = {
    Kind.CATALOGUE: ("type_code", "version"),
    Kind.USELIST: ("use_list_id", "version"),
    Kind.DECISIONS: ("decision_id", "version"),
}


def line(**changes: Any) -> dict[str, Any]:
    """A line of Jiangsu that admits the standard application in Zhejiang and Anhui, and at home."""
    one = UseListLine(
        use_list_id=LINE,
        consumer_province=JIANGSU,
        provider_provinces=(JIANGSU, ZHEJIANG, ANHUI),
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
        valid_from="2020-01-01",
        valid_to="2099-12-31",
    )
    return replace(one, **changes).to_dict()


def entry(province: str, type_code: str = MINING_TYPE, **changes: Any) -> dict[str, Any]:
    """A catalogue entry that offers files and data."""
    one = CatalogueEntry(
        province_code=province,
        type_code=type_code,
        type_name="样例",
        define_authority_name="样例",
        define_authority_code="样例",
        holder_category="LEGAL",
        holder_type_codes=("001",),
        share_modes=("FILE", "DATA"),
        file_formats=("OFD",),
        surface_schema=tuple(FaceField(column_name=one, name=one) for one in ("KZ_NAME", "KZ_KIND", "KZ_SCALE")),
    )
    return replace(one, **changes).to_dict()


def decision(of: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A provider's decision on a published line: it accepts."""
    consumer, line_id, version = of["consumer_province"], of["use_list_id"], of["version"]
    one = Decision(
        decision_id=decision_id(consumer, line_id, version),
        status="ACCEPTED",
        consumer=consumer,
        use_list_id=line_id,
        line_version=version,
        line_digest=content_digest(of),
    )
    return replace(one, **changes).to_dict()


def application(**changes: Any) -> Application:
    """An application that the standard line admits."""
    one = Application(
        apply_id="a1",
        use_list_id=LINE,
        use_list_version=1,
        use_org_code=ORG,
        use_org_name="单位",
        operator=OPERATOR,
        use_cause="样例用途",
        item_code=ITEM,
        item_name="样例事项",
        business_code="B1",
        biz_num="",
        app_id=APP,
        holder=HOLDER,
        type_codes=(MINING_TYPE,),
        auth_mode=AuthMode.DUTY,
        outputs=(Output.FILE,),
        fields=(),
        requested_at=NOW,
    )
    return replace(one, **changes)


def publish(nouns: Nouns, kind: Kind, province: str, entries: Entries) -> None:
    """Make these all that stands in the newest version of a publication, unsigned: who reads it trusts what was verified before."""
    held = nouns.publications.latest(kind, province)
    version = held.version + 1 if held else 1
    wanted = {(one[_KEYS[kind][0]], one.get("version", 1)): canonical.dumps(one) for one in entries}
    old = nouns.publications.page(kind, province, held.version, None, 100_000) if held else ()
    gone = [(one.id, one.version) for one in old if (one.id, one.version) not in wanted]
    changes = [EntryChange(id=one, version=number, bucket=bucket_of(one), body=None) for one, number in gone]
    changes += [
        EntryChange(id=one, version=number, bucket=bucket_of(one), body=body, leaf=b"l" * 32)
        for (one, number), body in wanted.items()
    ]
    nouns.publications.stage(kind, province, version, changes)
    nouns.publications.keep(
        StoredVersion(
            kind=kind,
            publisher=province,
            version=version,
            digest=f"{version:064}",
            document=b"",
            size=len(wanted),
            stored_at=NOW,
        ),
        bytes([version % 256]) * len(EMPTY_BUCKETS),  # not the real roots, but others in every version
    )


async def lists_of(store: Store, *published: tuple[Kind, str, Entries]) -> Lists:
    """A reader over a store that holds these publications."""
    for kind, province, entries in published:
        listed = tuple(entries)
        await store.transact(partial(publish, kind=kind, province=province, entries=listed))
    return Lists(lambda: store.read.publications)


async def standard(
    lines: Entries | None = None, *, decisions: Entries | None = None, entries: Entries | None = None
) -> Lists:
    """Jiangsu's lines, and what Zhejiang says of them: by default one line, accepted, of one type offered."""
    of_jiangsu = tuple(lines if lines is not None else (line(),))
    of_zhejiang = tuple(decisions if decisions is not None else (decision(one) for one in of_jiangsu))
    return await lists_of(
        MemoryStore(),
        (Kind.USELIST, JIANGSU, of_jiangsu),
        (Kind.DECISIONS, ZHEJIANG, of_zhejiang),
        (Kind.CATALOGUE, ZHEJIANG, entries if entries is not None else (entry(ZHEJIANG),)),
    )
