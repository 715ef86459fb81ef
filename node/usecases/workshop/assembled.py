"""The list managers' workshop of one province, put together: everything that the admin port and its commands ask. Clauses 6 and 9."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from node.ports.lists import Kind
from node.ports.store import Store
from node.usecases.lists import Lists
from node.usecases.record import Recorder
from node.usecases.workshop.conforming import Conforming
from node.usecases.workshop.deciding import Deciding
from node.usecases.workshop.desk import Check, Desk, Publisher
from node.usecases.workshop.editing import Editing
from node.usecases.workshop.ending import Ending
from node.usecases.workshop.entry import WITHDRAWN, standing
from node.usecases.workshop.importing import Importing
from node.usecases.workshop.publishing import Publishing
from node.usecases.workshop.refused import Fault
from node.usecases.workshop.settling import Settling
from node.usecases.workshop.states import States
from node.usecases.workshop.views import PAGE, ListViews


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """The parts."""

    desk: Desk
    settling: Settling
    editing: Editing
    publishing: Publishing
    ending: Ending
    importing: Importing
    deciding: Deciding
    conforming: Conforming
    views: ListViews

    async def exported(self, kind: Kind) -> list[dict[str, Any]]:
        """The newest version of every own entry that is not withdrawn, in the order of ids: what an import of it would leave as it is."""
        publications, province = self.desk.store.read.publications, self.desk.province
        latest, after = publications.latest(kind, province), None
        entries: dict[str, dict[str, Any]] = {}
        while latest and (page := publications.page(kind, province, latest.version, after, PAGE)):
            after = (page[-1].id, page[-1].version)
            for one in page:
                entries[one.id] = dict(standing([one])[0].raw)
            await asyncio.sleep(0)
        return [one for one in entries.values() if one.get("status") != WITHDRAWN]


def make_workshop(
    *,
    province: str,
    store: Store,
    lists: Lists,
    recorder: Recorder,
    clock: Callable[[], datetime],
    digest: Callable[[str], str],
    check: Check,
    publisher: Publisher,
    provinces: Callable[[], Collection[str]],
    accept: bool,
) -> Workshop:
    """Put the parts together. `accept`: lines that conform to the own catalogue are accepted by policy."""
    desk = Desk(
        province=province,
        store=store,
        recorder=recorder,
        clock=clock,
        digest=digest,
        check=check,
        publisher=publisher,
    )
    settling = Settling(desk)
    editing = Editing(desk, settling, offers=lambda line: list(_not_offered(store, line)))
    deciding = Deciding(desk, lists, provinces=provinces)
    return Workshop(
        desk=desk,
        settling=settling,
        editing=editing,
        publishing=Publishing(desk, editing, settling, decide=deciding.plan, obsolete=deciding.obsolete),
        ending=Ending(desk),
        importing=Importing(desk, editing),
        deciding=deciding,
        conforming=Conforming(desk, deciding, lists, accept=accept),
        views=ListViews(desk, States(lists, clock)),
    )


def _not_offered(store: Store, line: Mapping[str, Any]) -> Iterator[Fault]:
    """The types of a line that no named provider has in its catalogue; one whose catalogue is not here may have any. REQUIREMENTS 6.3."""
    publications = store.read.publications
    providers: Sequence[str] = line["provider_provinces"]
    if any(publications.latest(Kind.CATALOGUE, one) is None for one in providers):
        return
    for code in line["type_codes"]:
        held = [version for one in providers for version in standing(publications.entry(Kind.CATALOGUE, one, code))]
        if all(one.status == WITHDRAWN for one in held):
            message = f"{code}: no named province has this type in its catalogue"
            yield Fault(field="type_codes", message=message, zh="所列供证省（市）的证照目录中没有该证照类型")
