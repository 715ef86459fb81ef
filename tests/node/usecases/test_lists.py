"""node.usecases.lists: which version of an entry counts, what is as good as absent, and what is kept parsed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from federation.model import uselist
from node.ports.lists import EntryChange, Kind, Publications, StoredEntry, StoredVersion
from node.ports.store import Nouns
from node.storage.memory import MemoryStore
from node.usecases.lists import Lists, PublishedLine, read_line
from trust import canonical
from trust.entry_tree import BUCKETS, bucket_of, bucket_root
from trust.merkle import leaf_hash

SHANGHAI, ZHEJIANG = "310000", "330000"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE, LATER = "2026-03-01T11:59:59Z", "2026-03-01T12:00:01Z"
ID_MEMBERS = {Kind.CATALOGUE: "type_code", Kind.USELIST: "use_list_id", Kind.DECISIONS: "decision_id"}

Raw = dict[str, Any]


def line(version: int = 1, **changes: Any) -> Raw:
    members: Raw = {
        "use_list_id": "SH-1",
        "version": version,
        "consumer_province": SHANGHAI,
        "provider_provinces": [ZHEJIANG],
        "scene_name": "采矿权登记",
        "item_code": "i1",
        "item_name": "采矿权登记",
        "use_org_code": "o1",
        "use_org_name": "上海市规划和自然资源局",
        "type_codes": ["T1"],
        "purpose": "p",
        "legal_basis": "law",
        "auth_mode": "DUTY",
        "output_modes": ["FILE"],
        "valid_from": "2026-01-01",
        "valid_to": "2026-12-31",
    }
    return {**members, **changes}


def entry(version: int = 1, **changes: Any) -> Raw:
    members: Raw = {
        "type_code": "T1",
        "version": version,
        "province_code": ZHEJIANG,
        "type_name": "采矿许可证",
        "define_authority_name": "自然资源部",
        "define_authority_code": "a1",
        "holder_category": "LEGAL",
        "holder_type_codes": ["001"],
        "share_modes": ["FILE"],
        "file_formats": ["ofd"],
    }
    return {**members, **changes}


def decision(about: Raw, version: int = 1, **changes: Any) -> Raw:
    members: Raw = {
        "decision_id": f"{about['consumer_province']}/{about['use_list_id']}/{about['version']}",
        "version": version,
        "status": "ACCEPTED",
        "consumer": about["consumer_province"],
        "use_list_id": about["use_list_id"],
        "line_version": about["version"],
        "line_digest": uselist.content_digest(about),
    }
    return {**members, **changes}


class Counting:
    """The store's reading side; counts how often entries are read."""

    def __init__(self, publications: Publications) -> None:
        self._publications = publications
        self.reads: list[str] = []

    def entry(self, kind: Kind, publisher: str, entry_id: str) -> Sequence[StoredEntry]:
        self.reads.append(entry_id)
        return self._publications.entry(kind, publisher, entry_id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._publications, name)


class Published:
    """Lists over a store in memory, and a publisher that keeps whole versions."""

    def __init__(self, max_parsed: int = 100) -> None:
        self.store = MemoryStore()
        self.counting = Counting(self.store.read.publications)
        self.lists = Lists(lambda: self.counting, max_parsed=max_parsed)
        self._held: dict[tuple[Kind, str], dict[tuple[str, int], bytes]] = {}

    async def publish(self, kind: Kind, publisher: str, *entries: Raw, tell: bool = True) -> None:
        """The publication as it shall be."""
        await self.publish_bodies(
            kind,
            publisher,
            {(one[ID_MEMBERS[kind]], one.get("version", 1)): canonical.dumps(one) for one in entries},
            tell=tell,
        )

    async def publish_bodies(
        self, kind: Kind, publisher: str, state: Mapping[tuple[str, int], bytes], *, tell: bool = True
    ) -> None:
        before = self._held.get((kind, publisher), {})
        self._held[kind, publisher] = dict(state)
        changes = [_change(key, None) for key in before.keys() - state.keys()]
        changes += [_change(key, body) for key, body in state.items() if before.get(key) != body]

        def unit(nouns: Nouns) -> None:
            latest = nouns.publications.latest(kind, publisher)
            version = (latest.version if latest else 0) + 1
            nouns.publications.stage(kind, publisher, version, changes)
            nouns.publications.keep(_version(kind, publisher, version, len(state)), _buckets(nouns, kind, publisher))

        await self.store.transact(unit)
        if tell:
            self.lists.renewed(kind, publisher)

    async def read(self, **changes: Any) -> PublishedLine | None:
        """A line with these changes, as the lists give it."""
        await self.publish(Kind.USELIST, SHANGHAI, line(**changes))
        return self.lists.line(SHANGHAI, "SH-1", NOW)


def _change(key: tuple[str, int], body: bytes | None) -> EntryChange:
    leaf = b"" if body is None else leaf_hash(body)
    return EntryChange(id=key[0], version=key[1], bucket=bucket_of(key[0]), body=body, leaf=leaf)


def _version(kind: Kind, publisher: str, version: int, size: int) -> StoredVersion:
    return StoredVersion(
        kind=kind, publisher=publisher, version=version, digest="", document=b"", size=size, stored_at=NOW
    )


def _buckets(nouns: Nouns, kind: Kind, publisher: str) -> bytes:
    staged = (nouns.publications.leaves(kind, publisher, bucket, staged=True) for bucket in range(BUCKETS))
    return b"".join(bucket_root(leaves) for leaves in staged)


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.mark.parametrize(
    ("versions", "counts"),
    [
        pytest.param([(1, "")], 1, id="the only one"),
        pytest.param([(1, ""), (2, LATER)], 1, id="the newer one is not effective yet"),
        pytest.param([(1, ""), (2, BEFORE)], 2, id="the newer one is effective"),
        pytest.param([(1, ""), (2, "2026-03-01T12:00:00Z")], 2, id="effective from this second on"),
        pytest.param([(2, ""), (10, "")], 10, id="the highest number, not the last text"),
        pytest.param([(1, BEFORE), (2, LATER), (3, BEFORE)], 3, id="one in between that never came to count"),
        pytest.param([(1, LATER)], None, id="none is effective yet"),
        pytest.param([], None, id="none at all"),
    ],
)
async def test_the_highest_version_whose_time_has_come_counts(
    published: Published, versions: list[tuple[int, str]], counts: int | None
) -> None:
    await published.publish(Kind.USELIST, SHANGHAI, *(line(n, effective=when) for n, when in versions))
    await published.publish(Kind.CATALOGUE, ZHEJIANG, *(entry(n, effective=when) for n, when in versions))
    found_line, found = published.lists.line(SHANGHAI, "SH-1", NOW), published.lists.entry(ZHEJIANG, "T1", NOW)

    assert (found_line.line.version if found_line else None) == counts
    assert (found.version if found else None) == counts
    assert [one.line.version for one in published.lists.line_versions(SHANGHAI, "SH-1")] == [n for n, _ in versions]


async def test_a_version_becomes_effective_by_the_clock_alone(published: Published) -> None:
    await published.publish(Kind.USELIST, SHANGHAI, line(1), line(2, effective=LATER))
    found = [published.lists.line(SHANGHAI, "SH-1", NOW + timedelta(seconds=n)) for n in (0, 1)]

    assert [one.line.version for one in found if one] == [1, 2]
    assert published.counting.reads == ["SH-1"]


@pytest.mark.parametrize("status", ["ACTIVE", "SUSPENDED", "WITHDRAWN"])
async def test_a_line_is_given_whatever_its_status(published: Published, status: str) -> None:
    found = await published.read(status=status)

    assert found is not None
    assert found.line.status == status


@pytest.mark.parametrize(
    ("about", "stands"),
    [
        pytest.param(line(), True, id="the very line"),
        pytest.param(line(status="SUSPENDED"), True, id="a line that was suspended since"),
        pytest.param(line(approvals=[{"step": "publish"}]), True, id="approved by others"),
        pytest.param(line(effective=BEFORE), True, id="with another time of effect"),
        pytest.param(line(output_modes=["FILE", "DATA"]), False, id="a line that says more now"),
        pytest.param(line(later_member="x"), False, id="a line with a member this version does not know"),
        pytest.param(line(2), False, id="another version"),
    ],
)
async def test_a_decision_is_on_exactly_the_content_it_saw(published: Published, about: Raw, stands: bool) -> None:
    await published.publish(Kind.DECISIONS, ZHEJIANG, decision(line()))

    assert (published.lists.decision(ZHEJIANG, read_line(canonical.dumps(about))) is not None) is stands
    assert published.lists.decision(SHANGHAI, read_line(canonical.dumps(about))) is None


async def test_the_newest_decision_on_a_line_counts(published: Published) -> None:
    made = [decision(line(), 1), decision(line(), 2, status="REJECTED", reasons=["SCOPE"])]
    await published.publish(Kind.DECISIONS, ZHEJIANG, *made)
    found = published.lists.decision(ZHEJIANG, read_line(canonical.dumps(line())))

    assert found is not None
    assert (found.version, found.status) == (2, "REJECTED")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"auth_mode": "TELEPATHY"}, id="a way of authorising that is not known"),
        pytest.param({"type_codes": "T1"}, id="a text where a list is due"),
        pytest.param({"daily_limit": "many"}, id="a text where a number is due"),
        pytest.param({"daily_limit": True}, id="a truth value where a number is due"),
        pytest.param({"output_modes": [1]}, id="a list of numbers"),
        pytest.param({"effective": "2026-01-31T24:00:00+08:00"}, id="a time of another zone, which does not compare"),
        pytest.param({"effective": "2026-01-31"}, id="a day where a time is due"),
        pytest.param({"valid_to": "2026-9-30"}, id="a day that does not compare"),
        pytest.param({"valid_from": ""}, id="no first day"),
        pytest.param({"valid_to": "２０２６-12-31"}, id="a day in other digits"),
        pytest.param({"consumer_province": ZHEJIANG}, id="a line of another province than its publisher"),
    ],
)
async def test_a_line_that_no_rule_can_decide_by_is_absent(published: Published, changes: Raw) -> None:
    assert await published.read(**changes) is None


@pytest.mark.parametrize(
    ("length", "found"),
    [
        pytest.param(119, True, id="the longest key that a decision may have"),
        pytest.param(120, False, id="no decision could have a key"),
    ],
)
async def test_a_line_that_nobody_could_decide_is_absent(published: Published, length: int, found: bool) -> None:
    await published.publish(Kind.USELIST, SHANGHAI, line(use_list_id="L" * length))

    assert (published.lists.line(SHANGHAI, "L" * length, NOW) is not None) == found


async def test_the_rest_of_a_list_holds_where_one_entry_cannot_be_read(published: Published) -> None:
    state = {("SH-1", number): canonical.dumps(line(number)) for number in (1, 3)}
    state |= {("SH-1", 2): b"{}", ("SH-2", 1): b"[" * 50_000, ("SH-3", 1): b"\xff"}
    await published.publish_bodies(Kind.USELIST, SHANGHAI, state)

    assert [one.line.version for one in published.lists.line_versions(SHANGHAI, "SH-1")] == [1, 3]
    assert [published.lists.line(SHANGHAI, name, NOW) for name in ("SH-2", "SH-3", "SH-4")] == [None] * 3


async def test_other_entries_that_no_rule_can_decide_by_are_absent(published: Published) -> None:
    await published.publish(Kind.CATALOGUE, ZHEJIANG, entry(effective="soon"), entry(type_code="T2", province_code="x"))
    await published.publish(Kind.DECISIONS, ZHEJIANG, decision(line(), valid_to="for ever"))

    assert [published.lists.entry(ZHEJIANG, code, NOW) for code in ("T1", "T2")] == [None, None]
    assert published.lists.decision(ZHEJIANG, read_line(canonical.dumps(line()))) is None


async def test_unknown_members_do_not_make_an_entry_unreadable(published: Published) -> None:
    found = await published.read(later_member={"nested": [1, "x", None]})

    assert found is not None
    assert found.line.use_list_id == "SH-1"


async def test_an_id_with_half_a_character_names_nothing(published: Published) -> None:
    assert published.lists.line(SHANGHAI, "SH-\ud800", NOW) is None
    assert published.lists.entry(ZHEJIANG, "\udfff", NOW) is None


async def test_a_version_that_came_shows_at_once_and_what_did_not_change_is_not_read_again(
    published: Published,
) -> None:
    lines = [line(use_list_id=f"SH-{n}") for n in range(50)]
    await published.publish(Kind.USELIST, SHANGHAI, *lines)
    for one in lines:
        assert published.lists.line(SHANGHAI, one["use_list_id"], NOW)
    published.counting.reads.clear()
    await published.publish(Kind.USELIST, SHANGHAI, line(use_list_id="SH-0", status="SUSPENDED"), *lines[1:])
    found = published.lists.line(SHANGHAI, "SH-0", NOW)
    for one in lines[1:]:
        assert published.lists.line(SHANGHAI, one["use_list_id"], NOW)

    assert found is not None
    assert found.line.status == "SUSPENDED"
    assert published.lists.version(Kind.USELIST, SHANGHAI) == 2
    beside = {one["use_list_id"] for one in lines if bucket_of(one["use_list_id"]) == bucket_of("SH-0")}
    assert set(published.counting.reads) == beside


@pytest.mark.parametrize("before", [[], [line()]])
async def test_an_entry_that_comes_or_goes_shows_after_it_was_looked_for(
    published: Published, before: list[Raw]
) -> None:
    after = [] if before else [line()]
    seen = []
    for state in (before, after):
        await published.publish(Kind.USELIST, SHANGHAI, *state)
        seen.append(published.lists.line(SHANGHAI, "SH-1", NOW) is not None)

    assert seen == [bool(before), bool(after)]


async def test_one_publication_says_nothing_of_another(published: Published) -> None:
    await published.publish(Kind.USELIST, SHANGHAI, line())

    assert published.lists.line(ZHEJIANG, "SH-1", NOW) is None
    assert published.lists.entry(SHANGHAI, "SH-1", NOW) is None
    assert [published.lists.version(kind, SHANGHAI) for kind in Kind] == [0, 1, 0]


async def test_the_parsed_entries_are_bounded_and_those_used_last_stay() -> None:
    published = Published(max_parsed=3)
    await published.publish(Kind.USELIST, SHANGHAI, *(line(use_list_id=f"SH-{n}") for n in range(5)))
    for name in ("SH-0", "SH-1", "SH-2", "SH-0", "SH-3", "SH-4"):
        published.lists.line(SHANGHAI, name, NOW)
    published.counting.reads.clear()
    for name in ("SH-4", "SH-0", "SH-3", "SH-1"):
        published.lists.line(SHANGHAI, name, NOW)

    assert published.counting.reads == ["SH-1"]
