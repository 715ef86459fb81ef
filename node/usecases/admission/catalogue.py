"""Check 5 of clause 7.3: what the provider's catalogue offers of the types wanted. A line dies with its catalogue entry (C9-5).

Pure, like `checks`. An entry without a schema of its face says nothing about its fields: the line alone bounds them then.
"""

from federation.model.application import Output
from federation.model.catalogue import CatalogueEntry, EntryStatus
from federation.model.refusal import Reason, Refusal
from node.usecases.admission.case import Case


def check_catalogue(case: Case) -> Refusal | None:
    """Check 5: the province offers one of the types at least, in every output that it accepts."""
    if not case.provider or (not case.catalogue_known and not case.decides_here):
        return None
    if offered_types(case):
        return None
    first = next(iter(case.type_codes), "")
    detail = f"{first}: {not_offered(case, case.entries.get(first))}" if first else ""
    return Refusal(reason=Reason.TYPE_NOT_OFFERED, detail=detail)


def offered_types(case: Case) -> tuple[str, ...]:
    """The types that a verdict covers: wanted, accepted and offered."""
    if case.offered is None:
        case.offered = tuple([code for code in case.type_codes if not not_offered(case, case.entries.get(code))])
    return case.offered


def offered_fields(case: Case, types: tuple[str, ...]) -> tuple[str, ...]:
    """The face fields that a verdict on these types admits: none that no entry has."""
    entries = [case.entries.get(code) for code in types]
    columns = [one.columns for one in entries if one is not None and one.columns]
    if len(columns) < len(entries):
        return case.fields
    return tuple(field for field in case.fields if any(field in one for one in columns))


def not_offered(case: Case, entry: CatalogueEntry | None) -> str:
    """Why the entry does not offer what is wanted; "" where it does."""
    return ended(entry, case.today) or _lacking(case, entry)


def ended(entry: CatalogueEntry | None, today: str) -> str:
    """Why nothing is handed out by this entry on that day (ISO); "" where it stands."""
    if entry is None:
        return "not in the catalogue"
    if entry.status != EntryStatus.PUBLISHED:
        return entry.status[:20].lower()
    if today < entry.valid_from or (entry.valid_to and today > entry.valid_to):
        return f"valid from {entry.valid_from[:10]} to {entry.valid_to[:10]}"
    return ""


def _lacking(case: Case, entry: CatalogueEntry | None) -> str:
    """A catalogue offers files or not; whether it may be the original is the line's matter."""
    assert entry is not None, "`ended` says that it is missing"
    for output in case.outputs:
        share = Output.FILE if output is Output.ORIGINAL else output
        if share.value not in entry.share_modes:
            return f"not shared as {share.value}"
        if share is Output.DATA and case.fields and not _has_any(entry, case.fields):
            return "none of the fields"
    return ""


def _has_any(entry: CatalogueEntry, wanted: tuple[str, ...]) -> bool:
    """Whether the entry's face has one of these fields; one without a schema may have any."""
    return not entry.surface_schema or any(one.column_name in wanted for one in entry.surface_schema)
