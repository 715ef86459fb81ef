"""A certificate by holder, type and number: found by a search under the application, which has its own checks, receipt and entries.

REQUIREMENTS 8.3 and S6: two groups of parameters, either suffices. None found is never nobody answered (DESIGN §2.3): where a province was
silent, that is what the refusal says.
"""

from dataclasses import dataclass, replace

from federation.model.refusal import Reason, Refusal
from federation.model.search import Completeness, FusedAnswer, Outcome, ProvinceOutcome
from node.errors import RefusedError, refused
from node.ports.retrieving import Named, RetrieveForm
from node.ports.services import Caller, Search, SearchForm
from node.usecases.retrieval.versions import current

_SILENT = frozenset({Outcome.TIMEOUT, Outcome.ERROR})
_ELSEWHERE = frozenset({Reason.NOT_CHOSEN, Reason.TYPE_NOT_OFFERED, Reason.USE_LIST_MISSING})
"""Why a province is rightly left out: the caller chose another, it has no such type, or the line does not name it."""
_NONE = "no certificate of this type and number under the application"
_CUT = "certificateNumber: the answer was cut short; name it by its certificateID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Finds identifiers by `search`."""

    search: Search

    async def identified(self, caller: Caller, form: RetrieveForm) -> RetrieveForm:
        """The same wish by identifier, of whichever province named it; one that has an identifier is left alone.

        Raises:
            RefusedError: none is found, several are, or the search is refused. On record, as the search that it is.
        """
        if form.named is None:
            return form
        found = await self.search.fused(caller, _search(form, form.named))
        items = current([one.item for one in found.items if one.item.number == form.named.number])
        named = [one for one in found.items if one.item in items]
        if len(named) == 1:
            return replace(form, identifier=named[0].item.identifier, named=None)
        if named:
            detail = "certificateNumber: several certificates have it; name one by its certificateID"
            raise RefusedError(Reason.BAD_PARAMETER, detail, exchange_id=found.exchange_id)
        raise refused(absent(found, _NONE, _CUT), found.exchange_id)


def _search(form: RetrieveForm, named: Named) -> SearchForm:
    """Whatever state it is in: that is for the province that holds it to say."""
    return SearchForm(
        apply_id=form.apply_id,
        holder=named.holder,
        type_codes=(named.type_code,),
        number=named.number,
        area_codes=(form.province,) if form.province else (),
        include_invalid=True,
    )


def absent(found: FusedAnswer, none: str, cut: str) -> Refusal:
    """What is said of a certificate that a search did not find; `none` and `cut` are the details of the two cases below.

    Nobody has it; or somebody was silent, cut its answer short, or did not let us look, and then that is it.
    """
    refusals = [one.refusal for one in found.outcomes if one.outcome in _SILENT and one.refusal]
    if any(one.truncated for one in found.outcomes):
        refusals.append(Refusal(reason=Reason.BAD_PARAMETER, detail=cut))
    refusals += [one.refusal for one in found.outcomes if one.refusal and _kept_from_us(one)]
    if refusals:
        return refusals[0]
    if found.completeness is Completeness.INCOMPLETE:
        return Refusal(reason=Reason.PEER_TIMEOUT)
    return Refusal(reason=Reason.NO_RECORD, detail=none)


def _kept_from_us(one: ProvinceOutcome) -> bool:
    """Whether a province may hold it all the same: it refused, or was left out because it would refuse."""
    if one.outcome is Outcome.SKIPPED:
        return one.refusal is not None and one.refusal.reason not in _ELSEWHERE
    return one.outcome is Outcome.DENIED
