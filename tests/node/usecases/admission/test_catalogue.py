"""Check 5 of clause 7.3: what a province's catalogue offers decides which types, and which fields, a verdict covers."""

from typing import Any

import pytest

from federation.model.application import Output
from federation.model.catalogue import FaceField
from node.library.invented import LAND_TYPE, MINING_TYPE
from node.usecases.admission.case import case_of
from node.usecases.admission.catalogue import check_catalogue, offered_fields, offered_types
from tests.node.usecases.listed import JIANGSU, NOW, ZHEJIANG, application, decision, entry, line, standard

BOTH = (MINING_TYPE, LAND_TYPE)


def columns(*names: str) -> tuple[FaceField, ...]:
    return tuple(FaceField(column_name=one, name=one) for one in names)


async def made(entries: list[dict[str, Any]], *, decided: dict[str, Any] | None = None, **asked: Any) -> Any:
    held = await standard(entries=entries, decisions=[decision(line(), **(decided or {}))])
    return case_of(held, application(**asked), consumer=JIANGSU, provider=ZHEJIANG, here=ZHEJIANG, now=NOW)


@pytest.mark.parametrize(
    ("changes", "outputs", "why"),
    [
        pytest.param({}, (Output.FILE,), "", id="the output is offered"),
        pytest.param({}, (Output.FILE, Output.DATA), "", id="both are offered"),
        pytest.param({}, (Output.ORIGINAL,), "", id="who offers files leaves the original to the line"),
        pytest.param({"share_modes": ("DATA",)}, (Output.FILE, Output.DATA), "not shared as FILE", id="one is not"),
        pytest.param({"share_modes": ()}, (Output.FILE,), "not shared as FILE", id="listed but not shared"),
        pytest.param({"status": "SUSPENDED"}, (Output.FILE,), "suspended", id="the entry is suspended"),
        pytest.param({"status": "WITHDRAWN"}, (Output.FILE,), "withdrawn", id="the entry is withdrawn"),
        pytest.param(
            {"effective": "2026-07-01T00:00:00Z"}, (Output.FILE,), "not in the catalogue", id="not effective yet"
        ),
        pytest.param({"valid_to": "2026-06-29"}, (Output.FILE,), "valid from  to 2026-06-29", id="its dates are over"),
        pytest.param({"valid_from": "2026-06-30", "valid_to": "2026-06-30"}, (Output.FILE,), "", id="both days count"),
        pytest.param({"valid_from": "2026-07-01"}, (Output.FILE,), "valid from 2026-07-01 to ", id="begins tomorrow"),
    ],
)
async def test_a_line_dies_with_its_catalogue_entry(
    changes: dict[str, Any], outputs: tuple[Output, ...], why: str
) -> None:
    refusal = check_catalogue(await made([entry(ZHEJIANG, **changes)], outputs=outputs))

    assert (refusal.detail if refusal else "") == (f"{MINING_TYPE}: {why}" if why else "")


async def test_a_verdict_covers_the_types_that_are_accepted_and_offered() -> None:
    offers = [entry(ZHEJIANG, MINING_TYPE), entry(ZHEJIANG, LAND_TYPE)]

    assert offered_types(await made(offers, type_codes=BOTH)) == BOTH
    assert offered_types(await made(offers[1:], type_codes=BOTH)) == (LAND_TYPE,)
    limited = {"status": "LIMITED", "type_codes": (MINING_TYPE,)}
    assert offered_types(await made(offers, type_codes=BOTH, decided=limited)) == (MINING_TYPE,)


@pytest.mark.parametrize(
    ("schema", "wanted", "decided", "fields"),
    [
        pytest.param(("KZ_NAME", "KZ_KIND"), (), {}, ("KZ_KIND", "KZ_NAME"), id="none wanted means all of the line"),
        pytest.param(("KZ_NAME", "KZ_KIND"), ("KZ_NAME",), {}, ("KZ_NAME",), id="no more than wanted"),
        pytest.param(
            ("KZ_NAME", "KZ_KIND"),
            (),
            {"status": "LIMITED", "allowed_fields": ("KZ_NAME", "KZ_SCALE")},
            ("KZ_NAME",),
            id="no more than the provider accepts, nor than the line",
        ),
        pytest.param(("KZ_KIND",), (), {}, ("KZ_KIND",), id="no more than the entry has"),
        pytest.param((), ("KZ_NAME",), {}, ("KZ_NAME",), id="an entry without a schema leaves it to the line"),
    ],
)
async def test_the_fields_of_a_verdict(
    schema: tuple[str, ...], wanted: tuple[str, ...], decided: dict[str, Any], fields: tuple[str, ...]
) -> None:
    offer = entry(ZHEJIANG, surface_schema=columns(*schema))
    case = await made([offer], outputs=(Output.DATA,), fields=wanted, decided=decided)

    assert check_catalogue(case) is None
    assert offered_fields(case, (MINING_TYPE,)) == fields


async def test_data_without_any_field_wanted_is_not_offered() -> None:
    offer = entry(ZHEJIANG, surface_schema=columns("KZ_SCALE"))
    refusal = check_catalogue(await made([offer], outputs=(Output.DATA,), fields=("KZ_NAME",)))

    assert refusal is not None
    assert refusal.detail == f"{MINING_TYPE}: none of the fields"
