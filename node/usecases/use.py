"""Application and search in one call: the application goes to each province with the question, and both are on record as always. DESIGN §6.

The same checks, entries and receipts as of the steps one by one; what is then retrieved is retrieved as always, too.
"""

import time
from dataclasses import dataclass

from node.ports.services import Caller, OpenedUse, SearchForm, UseForm
from node.usecases.applying.submission import Submissions
from node.usecases.retrieval.naming import absent
from node.usecases.search.fused import SearchConsumer

_NONE = "retrieveOnly: not among what was found; what is not valid is looked for only with includeInvalid"
_CUT = "retrieveOnly: the answer was cut short; narrow it by certificateTypeCodes or certificateNumber"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """Implements `services.Uses`."""

    submissions: Submissions
    search: SearchConsumer

    async def open(self, caller: Caller, form: UseForm) -> OpenedUse:
        """Apply and search. Whoever repeats with the application's key searches once more under the same application.

        Raises:
            RefusedError: the application, or the search under it, is refused here; on record.
        """
        start = time.monotonic()
        application, exchange_id = await self.submissions.register(caller, form.application)
        asked = SearchForm(
            apply_id=application.apply_id,
            holder=application.holder,
            number=form.number,
            area_codes=form.area_codes,
            include_invalid=form.include_invalid,
            deadline_ms=form.deadline_ms,
        )
        found = await self.search.fused(caller, asked, exchange_id, start)
        return OpenedUse(application=application, found=found, absent=absent(found, _NONE, _CUT))
