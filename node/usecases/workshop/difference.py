"""What changed between two versions of a publication, entry by entry and field by field. REQUIREMENTS C9-8."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from federation.model.publication import EntryKey
from node.ports.lists import Kind, Publications
from node.usecases.workshop.entry import Standing, standing
from node.usecases.workshop.refused import refused

PAGE = 100
MAX_STANDING = 64  # versions of one entry that stand at a time: one that holds, and those yet to come


async def difference(
    publications: Callable[[], Publications],
    kind: Kind,
    province: str,
    since: int,
    until: int,
    *,
    after: str = "",
    limit: int = PAGE,
) -> dict[str, Any]:
    """{"added", "removed", "changed", "next"} from one version (0: nothing) to a later one, at most `limit` entries, in the order of ids.

    Raises:
        ListRefusedError: a version that was never held here, or in the wrong order.
    """
    _refuse_versions(publications(), kind, province, since, until)
    told: dict[str, Any] = {"from": since, "to": until, "added": [], "removed": [], "changed": [], "next": ""}
    key: EntryKey | None = (after, 2**53) if after else None
    last, count = after, 0
    while page := publications().changes(kind, province, since, until, key, PAGE):
        key = (page[-1].id, page[-1].version)
        for one in page:
            if one.id == last:
                continue
            if count == limit:
                return {**told, "next": last}
            _tell(told, publications(), kind, province, one.id)
            last, count = one.id, count + 1
            await asyncio.sleep(0)  # an entry may be 64 KiB, twice
    return told


def _refuse_versions(publications: Publications, kind: Kind, province: str, since: int, until: int) -> None:
    if not 0 <= since < until:
        raise refused("from is below to, and neither is negative", "版本号不正确", field="from")
    for version in (since, until):
        if version and publications.at(kind, province, version) is None:
            raise refused(
                f"version {version} was never held here", "没有该版本", field="from" if version == since else "to"
            )


def _tell(told: dict[str, Any], publications: Publications, kind: Kind, province: str, entry_id: str) -> None:
    before = _newest(publications, kind, province, told["from"], entry_id)
    now = _newest(publications, kind, province, told["to"], entry_id)
    if before is None and now is not None:
        told["added"].append({"id": entry_id, "entry": dict(now.raw)})
    elif now is None:
        told["removed"].append({"id": entry_id})
    elif before is not None and (fields := fields_between(before.raw, now.raw)):
        told["changed"].append({"id": entry_id, "fields": fields})


def _newest(publications: Publications, kind: Kind, province: str, version: int, entry_id: str) -> Standing | None:
    """The newest version of an entry in that version of the publication."""
    page = publications.page(kind, province, version, (entry_id, 0), MAX_STANDING) if version else ()
    versions = standing(one for one in page if one.id == entry_id)
    return versions[-1] if versions else None


def fields_between(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The members that differ, in the order of their names; who approved is left out."""
    names = sorted({*before, *now} - {"approvals"})
    return [
        {"field": name, "from": before.get(name), "to": now.get(name)}
        for name in names
        if before.get(name) != now.get(name)
    ]
