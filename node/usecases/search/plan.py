"""Whom a fused search asks, and who is left out and why: decided over the verdicts and lists held, nothing is sent. Clause 8.2."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from federation.model.application import Application, Holder, Result
from federation.model.refusal import Reason, Refusal
from federation.model.search import Query
from federation.receipt import NOT_BY_LISTS, publisher_of
from node.errors import RefusedError, refused
from node.ports.applications import OwnApplication, ReceivedVerdict
from node.ports.lists import Kind
from node.ports.services import Caller, SearchForm
from node.ports.store import Store
from node.usecases.admission.asking import Asking, outgrown
from node.usecases.admission.checks import normal_holder
from node.usecases.applying.seal import open_application
from node.usecases.applying.verification import own_use
from node.usecases.search.local import Library
from trust.orders import Kind as StopKind
from trust.orders import Scope

OPENED_KEPT = 256  # applications held open in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Whom to ask, and who is left out and why. `late` are those of `ask` whose verdict is still missing: they get the application, too.

    `undecided_here`: our own province has to decide first: its verdict has run out (of a standing application), or was not its last word.

    A province whose catalogue never came is asked, and so is one whose lists are old or that is down: it decides, and if it is silent, the
    answer is incomplete. DESIGN §2.3.

    `lists`: by which versions of which kinds of lists those of `skipped` are left out, where lists are the reason.
    `stops`: the stop orders (signed documents) by which other provinces are in `denied`.
    """

    query: Query
    application: Application
    app_id: str
    holder_digest: str
    expires_at: datetime
    ask: tuple[str, ...]
    late: tuple[str, ...]
    local: bool
    undecided_here: bool
    denied: dict[str, Refusal]
    stops: dict[str, tuple[bytes, ...]]
    skipped: dict[str, Refusal]
    lists: dict[str, dict[str, int]]

    @property
    def admitted(self) -> tuple[str, ...]:
        """Those of `ask` that have admitted the application before."""
        return tuple(code for code in self.ask if code not in self.late)


class Planner:
    """Plans for the line systems of one province."""

    def __init__(
        self, *, store: Store, library: Library, asking: Asking, provinces: Callable[[], Sequence[str]]
    ) -> None:
        """`provinces` gives all members of this moment."""
        self._store = store
        self._library = library
        self._asking = asking
        self._provinces = provinces
        self._stops = library.stops
        self._opened: dict[str, Application] = {}  # the oldest goes first; owned by the event loop

    def plan(self, caller: Caller, form: SearchForm) -> Plan:
        """Check the caller's application, and decide for every member whether it is asked.

        Raises:
            RefusedError: no such application of this caller in force, or another holder, type or area than there is.
        """
        own = self._own(caller, form)
        application = self._open(own)
        types = form.type_codes or application.type_codes
        if not set(form.area_codes) <= set(self._provinces()):
            raise RefusedError(Reason.BAD_PARAMETER, "areaCodes: not all of them are members")
        if not set(types) <= set(application.type_codes):
            raise RefusedError(Reason.MATTER_MISMATCH, "certificateTypeCode: beyond the application")
        query = Query(
            apply_id=form.apply_id,
            holder=Holder(code=application.holder.code, type_code=application.holder.type_code),
            type_codes=types,
            number=form.number,
            include_invalid=form.include_invalid,
        )
        return self._sorted(query, application, own, form.area_codes)

    def _own(self, caller: Caller, form: SearchForm) -> OwnApplication:
        """The caller's application, if it is in force and names this holder."""
        own = self._store.read.applications.own(form.apply_id)
        if own is None or own.app_id != caller.app_id or not own.sealed or own.expires_at < self._library.clock():
            raise RefusedError(Reason.USE_CODE_SPENT, "applyId: no application of yours in force")
        self._check_stops(caller, own)
        holder = normal_holder(form.holder)
        if self._library.vault.holder_digest(holder.type_code, holder.code) != own.holder_digest:
            raise RefusedError(Reason.MATTER_MISMATCH, "certificateHolderCode: not the holder of the application")
        return own

    def _check_stops(self, caller: Caller, own: OwnApplication) -> None:
        """Nothing is asked under what this province itself has stopped, suspended or withdrawn, or has taken from the line system.

        Raises:
            RefusedError: line, unit, application or operator.
        """
        use = own_use(self._library.vault, self._library.province, self._open(own))
        refusal = self._stops.use(use) if self._stops else None
        refusal = refusal or outgrown(caller, self._open(own)) or self._asking.still(self._open(own).use_list_id)
        refusal = refusal or self._asking.paused(self._store.read, self._open(own))
        if refusal is not None:
            raise refused(refusal)

    def _open(self, own: OwnApplication) -> Application:
        """The application, opened once while it is in use: applications never change."""
        application = self._opened.get(own.apply_id)
        if application is None:
            application = self._opened[own.apply_id] = open_application(self._library.vault, own)
            if len(self._opened) > OPENED_KEPT:
                self._opened.pop(next(iter(self._opened)))
        return application

    def _sorted(self, query: Query, application: Application, own: OwnApplication, areas: tuple[str, ...]) -> Plan:
        me = self._library.province
        held = self._store.read.applications.received(query.apply_id)
        verdicts = {one.provider: one for one in held if not self._asking.runs_out(one, application)}
        ask: list[str] = []
        denied: dict[str, Refusal] = {}
        skipped: dict[str, Refusal] = {}
        for code in self._provinces():
            verdict = verdicts.get(code)
            if areas and code not in areas:
                skipped[code] = Refusal(reason=Reason.NOT_CHOSEN)
            elif (refusal := self._left_out(query, application, code, verdict)) is not None:
                skipped[code] = refusal
            elif (refusal := self._denied(query, code, verdict)) is not None:
                denied[code] = refusal
            else:
                ask.append(code)
        peers = tuple(code for code in ask if code != me)
        return Plan(
            query=query,
            application=application,
            app_id=own.app_id,
            holder_digest=own.holder_digest,
            expires_at=own.expires_at,
            ask=peers,
            late=tuple(code for code in peers if code not in verdicts),
            local=me in ask,
            undecided_here=me in ask and me not in verdicts,
            denied=denied,
            stops={code: orders for code in denied if code != me and (orders := self._orders(code, query.type_codes))},
            skipped=skipped,
            lists={code: self._held(code) for code, one in skipped.items() if one.reason not in NOT_BY_LISTS},
        )

    def _held(self, province: str) -> dict[str, int]:
        """The versions of the lists that decide whether a province is asked; of those that never came, none."""
        versions = {
            kind: self._library.lists.version(kind, publisher_of(kind, province, self._library.province))
            for kind in Kind
        }
        return {kind.value: version for kind, version in versions.items() if version}

    def _left_out(
        self, query: Query, application: Application, province: str, verdict: ReceivedVerdict | None
    ) -> Refusal | None:
        """Why it makes no sense to ask the province, by the lists held. What it stopped itself is its own word: `_denied`."""
        refusal = self._asking.sought(application, province, verdict)
        if refusal is None and self._all_stopped(province, query.type_codes) is None:
            refusal = self._asking.none_offered(query.type_codes, province)
        return refusal

    def _denied(self, query: Query, province: str, verdict: ReceivedVerdict | None) -> Refusal | None:
        """The province's own refusal, given before: a stop order, or its verdict."""
        stopped = self._all_stopped(province, query.type_codes)
        if stopped is not None or verdict is None or verdict.result == Result.PASS.value:
            return stopped
        by = "" if province == self._library.province else province
        return Refusal(reason=Reason(verdict.reason), detail=verdict.detail, by=by)

    def withdrawn(self, province: str, type_code: str) -> bool:
        """Whether the province has stopped the type, or does not offer it any more: nothing of it is shown then."""
        stopped = self._stops.type(province, type_code) if self._stops else None
        return stopped is not None or self._asking.none_offered((type_code,), province) is not None

    def _orders(self, province: str, type_codes: tuple[str, ...]) -> tuple[bytes, ...]:
        """The orders by which there is nothing left to ask the province for; none where there is something."""
        orders = [self._stops.get(Scope(StopKind.TYPE, province, code)) for code in dict.fromkeys(type_codes)]
        return tuple(one.to_json() for one in orders if one is not None) if all(orders) else ()

    def _all_stopped(self, province: str, type_codes: tuple[str, ...]) -> Refusal | None:
        """Why there is nothing left to ask the province for."""
        types = [self._stops.type(province, code) for code in type_codes] if self._stops else []
        return types[0] if types and all(types) else None
