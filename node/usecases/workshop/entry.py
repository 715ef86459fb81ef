"""One entry of the own lists and how a change alters what is published of it: pure. Clause 6.1 step 5, REQUIREMENTS C9-4.

A publication holds the version of an entry that is effective and, beside it, those that will be. New content is a new version; a status is
set on all versions at once; a version that can never be effective again goes. Not who may change what: `editing`, `publishing`.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from federation.model import catalogue, decision, uselist
from federation.model.catalogue import EntryStatus
from federation.model.publication import MAX_ENTRY_BYTES
from federation.model.uselist import LineStatus, utc_text
from node.lists.forms import is_time
from node.ports.lists import Action, Kind, StoredEntry
from node.usecases.publication.own import Change
from node.usecases.workshop.refused import Fault, refused
from trust import canonical

BACKDATING = timedelta(minutes=1)  # a time that a manager wrote as "now" and sent a moment later
ID_MEMBER = {Kind.CATALOGUE: "type_code", Kind.USELIST: "use_list_id", Kind.DECISIONS: "decision_id"}
_PROVINCE_MEMBER = {Kind.CATALOGUE: "province_code", Kind.USELIST: "consumer_province"}
_NORMAL: Mapping[Kind, Callable[[dict[str, Any]], Any]] = {
    Kind.CATALOGUE: catalogue.from_dict,
    Kind.USELIST: uselist.from_dict,
    Kind.DECISIONS: decision.from_dict,
}
_GIVEN = frozenset({"version", "status", "approvals"})  # what the life cycle says of an entry, not its author
_ACTIVE = {Kind.CATALOGUE: EntryStatus.PUBLISHED.value, Kind.USELIST: LineStatus.ACTIVE.value}
_STATUS = {Action.SUSPEND: "SUSPENDED", Action.WITHDRAW: "WITHDRAWN"}
WITHDRAWN, SUSPENDED = "WITHDRAWN", "SUSPENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One version of an entry that stands in the publication."""

    version: int
    raw: Mapping[str, Any]

    @property
    def status(self) -> str:
        """PUBLISHED or ACTIVE, SUSPENDED, WITHDRAWN; for decisions a ruling."""
        return str(self.raw.get("status", ""))

    @property
    def effective(self) -> str:
        """From when on, "" for at once."""
        return str(self.raw.get("effective", ""))


def standing(stored: Iterable[StoredEntry]) -> tuple[Standing, ...]:
    """The versions of an entry, in order."""
    return tuple(Standing(version=one.version, raw=json.loads(one.body)) for one in stored)


def normal(kind: Kind, raw: Mapping[str, Any], province: str) -> dict[str, Any]:
    """An entry as this province would publish it: every member, those of the life cycle as a new entry has them.

    Raises:
        ListRefusedError: a member is missing, of another kind, or the whole is too large.
    """
    given = {name: value for name, value in raw.items() if name not in _GIVEN}
    try:
        entry: dict[str, Any] = _NORMAL[kind]({**given, _PROVINCE_MEMBER[kind]: province}).to_dict()
        size = len(canonical.dumps(entry))
    except (TypeError, ValueError) as error:
        message = f"a member is missing or cannot be read: {error}"
        raise refused(message, "必填项缺失或格式不正确", entry_id=id_of(kind, raw)) from error
    if size > MAX_ENTRY_BYTES:
        raise refused("the entry is larger than 64 KiB", "条目超过64KiB", entry_id=id_of(kind, raw))
    return entry


def id_of(kind: Kind, raw: Mapping[str, Any]) -> str:
    """The id an entry goes by; "" where it has none."""
    value = raw.get(ID_MEMBER[kind], "")
    return value if isinstance(value, str) else ""


def content(kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says, its place in the life cycle left out: equal contents are one version."""
    try:
        whole: dict[str, Any] = _NORMAL[kind](dict(raw)).to_dict()
    except (TypeError, ValueError):
        whole = dict(raw)
    return {name: value for name, value in whole.items() if name not in _GIVEN and name != "effective"}


def differs(kind: Kind, versions: Sequence[Standing], entry: Mapping[str, Any], now: datetime) -> bool:
    """Whether publishing the entry would change anything: its content, or when a version that is yet to come begins."""
    if not versions or versions[-1].status == WITHDRAWN:
        return True
    newest = versions[-1]
    times = {time if time > utc_text(now) else "" for time in (newest.effective, entry["effective"])}
    return content(kind, newest.raw) != content(kind, entry) or len(times) > 1


def status_faults(kind: Kind, versions: Sequence[Standing], raw: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with the status that a row of a sheet says: it can only say what the entry's will be."""
    status, will_be = raw.get("status", ""), _ACTIVE[kind]
    if versions and versions[-1].status != WITHDRAWN:
        will_be = versions[-1].status
    if status in ("", will_be):
        return []
    message = f"is {will_be}: a sheet changes no status, the steps suspend, resume and withdraw do; leave it empty"
    return [
        Fault(
            field="status", message=message, zh=f"状态为{will_be}，表格不能变更状态，请使用暂停、恢复或撤销操作，或留空"
        )
    ]


def effective_faults(entry: Mapping[str, Any], now: datetime) -> list[Fault]:
    """What is wrong with the time from which an entry shall hold."""
    effective = entry["effective"]
    if not effective:
        return []
    if not is_time(effective):
        return [Fault(field="effective", message="write a time such as 2026-01-31T16:00:00Z", zh="生效时间格式不正确")]
    if effective < utc_text(now - BACKDATING):
        return [
            Fault(field="effective", message="lies in the past; leave it out for at once", zh="生效时间早于当前时间")
        ]
    return []


def next_version(kind: Kind, versions: Sequence[Standing], entry: Mapping[str, Any], now: datetime) -> int:
    """The version that a changed entry becomes.

    Raises:
        ListRefusedError: it says what is published, or the published entry can no longer be changed.
    """
    entry_id = id_of(kind, entry)
    if not versions:
        return 1
    newest = versions[-1]
    if newest.status == WITHDRAWN:
        if kind is Kind.USELIST:
            raise refused(
                "is withdrawn for good; make a line with another id", "该条目已撤销，请新建", entry_id=entry_id
            )
        return newest.version + 1
    if content(kind, newest.raw) != content(kind, entry):
        return newest.version + 1
    if newest.effective == entry["effective"] or newest.effective <= utc_text(now):
        raise refused("says what is published already", "内容与已发布版本相同", entry_id=entry_id)
    return newest.version


def put(
    kind: Kind,
    versions: Sequence[Standing],
    entry: Mapping[str, Any],
    approvals: Sequence[Mapping[str, Any]],
    now: datetime,
) -> list[Change]:
    """What has to change for this entry to be published.

    Raises:
        ListRefusedError: see `next_version`.
    """
    version = next_version(kind, versions, entry, now)
    kept = versions and versions[-1].status != WITHDRAWN
    whole = {
        **entry,
        "version": version,
        "status": versions[-1].status if kept else _ACTIVE[kind],
        "effective": entry["effective"] if entry["effective"] > utc_text(now) else "",
        "approvals": list(approvals),
    }
    fresh = Standing(version=version, raw=whole)
    rest = [one for one in versions if one.version != version]
    return [_change(kind, whole, fresh), *dropped(kind, [*rest, fresh], now)]


def marked(
    kind: Kind, action: Action, versions: Sequence[Standing], approvals: Sequence[Mapping[str, Any]], now: datetime
) -> list[Change]:
    """What has to change for the entry to be suspended, resumed or withdrawn: the status of all its versions that are not withdrawn."""
    status = status_after(kind, action)
    gone = dropped(kind, versions, now)
    going = {change.version for change in gone}
    kept = [one for one in versions if one.version not in going and one.status != WITHDRAWN]
    return [_change(kind, {**one.raw, "status": status, "approvals": list(approvals)}, one) for one in kept] + gone


def status_after(kind: Kind, action: Action) -> str:
    """What an entry is after a suspension, resumption or withdrawal."""
    return _STATUS.get(action, _ACTIVE[kind])


def refuse_mark(kind: Kind, action: Action, versions: Sequence[Standing], entry_id: str) -> None:
    """Go on only where the entry can be suspended, resumed or withdrawn.

    Raises:
        ListRefusedError: it is not published, or its status does not allow it.
    """
    if not versions:
        raise refused("is not published", "该条目尚未发布", entry_id=entry_id)
    status, active = versions[-1].status, _ACTIVE[kind]
    allowed = {Action.SUSPEND: {active}, Action.RESUME: {SUSPENDED}, Action.WITHDRAW: {active, SUSPENDED}}[action]
    if status not in allowed:
        raise refused(f"is {status}: cannot {action.value.lower()} it", "该条目当前状态不允许此操作", entry_id=entry_id)


def dropped(kind: Kind, versions: Sequence[Standing], now: datetime) -> list[Change]:
    """Versions that can never be effective again: a newer one takes over before they would begin, or has taken over."""
    moment = utc_text(now)
    return [
        Change(entry=None, id=id_of(kind, one.raw), version=one.version)
        for one in versions
        if any(later.version > one.version and later.effective <= max(one.effective, moment) for later in versions)
    ]


def _change(kind: Kind, whole: dict[str, Any], one: Standing) -> Change:
    return Change(entry=whole, id=id_of(kind, whole), version=one.version)
