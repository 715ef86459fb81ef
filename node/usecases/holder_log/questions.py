"""What may be asked for a holder, and that it is on record before it leaves. Clause 8.4, 11.3. Who answers is `asking`'s matter."""

from dataclasses import dataclass, replace
from datetime import timedelta

from federation.model.evidence import EventType
from federation.model.holder_uses import Place, Role, UseFacts, UsesQuery
from federation.model.refusal import Reason, Refusal
from federation.ports import Mail, Recorded
from node.errors import RefusedError, refused
from node.ports.holder_uses import UsesForm
from node.ports.services import Caller
from node.ports.store import Nouns
from node.usecases.admission.checks import normal_holder
from node.usecases.holder_log.answering import not_for
from node.usecases.holder_log.index import HolderIndex, Part
from node.usecases.holder_log.limits import UsesLimits
from node.usecases.holder_log.rounds import UsesRound
from node.usecases.record import Recorder, person, refusal_member
from trust.envelope import MAX_SKEW

LONGEST = timedelta(days=5 * 366)
USUAL = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Makes the questions of `province`, and puts them on record."""

    province: str
    mail: Mail
    index: HolderIndex
    limits: UsesLimits
    recorder: Recorder

    def query(self, caller: Caller, form: UsesForm, exchange_id: str) -> UsesQuery:
        """What is asked, if this line system may ask it.

        Raises:
            RefusedError: OUT_OF_SCOPE, HOLDER_CODE_INVALID, MISSING_PARAMETER or BAD_PARAMETER.
        """
        if form.place not in caller.uses:
            raise RefusedError(Reason.OUT_OF_SCOPE, f"place: not registered to ask for holders at {form.place}")
        if form.place is Place.COUNTER and caller.operators and form.operator not in caller.operators:
            raise RefusedError(Reason.OUT_OF_SCOPE, "operator.account")
        holder, now = normal_holder(form.holder), self.recorder.now()
        until = now + MAX_SKEW if form.until is None else form.until  # another's clock may be ahead of ours
        since = until - USUAL if form.since is None else form.since
        if not timedelta(0) <= until - since <= LONGEST:
            raise RefusedError(
                Reason.BAD_PARAMETER, f"since, until: at most {LONGEST.days} days, the first before the last"
            )
        operator = person(self.index.vault, exchange_id, "operator", form.operator) if form.operator else ""
        query = UsesQuery(
            holder=replace(holder, name=""),
            place=form.place,
            app_id=caller.app_id,
            since=since,
            until=until,
            operator=operator if form.place is Place.COUNTER else "",
            expression=form.expression if form.place is Place.COUNTER else "",
        )
        refusal = not_for(query, holder, self.province, frozenset(Place))
        if refusal is not None:
            raise refused(refusal)
        return query

    def key(self, query: UsesQuery) -> str:
        """The key of the holder's rows here."""
        return self.index.key(self.index.vault.handle(query.holder.type_code, query.holder.code))

    def first(self, asking: UsesRound, peers: tuple[str, ...], key: str, nouns: Nouns) -> Recorded | Refusal | None:
        """Count, draft, put on record, and into the holder's log that it was asked; None where there is nobody else to ask."""
        refusal = self.limits.asked(nouns, asking.caller.app_id, key, self.recorder.now())
        if refusal is not None:
            members = {"app": asking.caller.app_id, "refusal": refusal_member(refusal)}
            nouns.evidence.append(self.recorder.entry(EventType.DISCLOSE, "refused", asking.exchange_id, **members))
            return refusal
        request = self.record(asking, asking.query, peers, nouns)
        query, vault = asking.query, self.index.vault
        part = Part(
            handle=vault.handle(query.holder.type_code, query.holder.code),
            exchange_id=asking.exchange_id,
            role=Role.ASKER,
        )
        facts = UseFacts(
            consumer=self.province,
            use_org_code=asking.caller.use_org_code,
            use_org_name=asking.caller.use_org_name,
            output=query.place.value,
        )
        self.index.begun(nouns, part, asking.requests[-1], self.recorder.now(), facts)
        return request

    def record(self, asking: UsesRound, query: UsesQuery, peers: tuple[str, ...], nouns: Nouns) -> Recorded | None:
        """Draft a question and put it on record; None where there is nobody to ask."""
        digest = self.index.vault.holder_digest(query.holder.type_code, query.holder.code)
        members = {
            "app": query.app_id,
            "place": query.place.value,
            "operator": query.operator,
            "expression": query.expression,
            "confronted": len(query.exchanges) or None,
            "holder": person(self.index.vault, asking.exchange_id, "holder", digest),
            "peers": list(peers),
        }
        if not peers:
            entry = self.recorder.entry(EventType.DISCLOSE, "asked", asking.exchange_id, **members)
            asking.requests.append(nouns.evidence.append(entry))
            return None
        draft = self.mail.draft_request(query, recipients=peers, exchange_id=asking.exchange_id)
        request = self.recorder.sent(nouns, draft, EventType.DISCLOSE, "asked", members)
        asking.requests.append(request.index)
        return request
