"""The state gate: nothing of a certificate that is not valid leaves, in no form and from nowhere. REQUIREMENTS §3.6, clause 8.3."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from federation.model.application import Output
from federation.model.refusal import Owner
from node.errors import RefusedError
from node.library.invented import LAND_TYPE
from node.library.record import Status
from node.ports.retrieving import RetrieveForm
from tests.node.usecases.mesh import CALLER, JIANGSU, ZHEJIANG, Mesh, Province, record
from tests.node.usecases.papers import sealed_file

STATES = [pytest.param({"status": one}, one.value, id=one.value) for one in Status if one is not Status.VALID]
DAYS = [
    pytest.param({"valid_until": date(2024, 6, 1)}, "EXPIRED", id="valid by its status, and its last day is over"),
    pytest.param(
        {"valid_from": date(2999, 1, 1), "valid_until": None},
        "NOT_ACTIVE",
        id="valid by its status from a later day on",
    ),
]
FORMS: dict[str, tuple[Output, dict[str, Any]]] = {
    "face data": (Output.DATA, {}),
    "a usage copy": (Output.FILE, {}),
    "a picture": (Output.FILE, {"file_format": "svg"}),
    "the original": (Output.ORIGINAL, {"original": True}),
}


def files(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


@pytest.mark.parametrize("where", [ZHEJIANG, JIANGSU])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("changes", "state"), [*STATES, *DAYS])
async def test_no_state_but_valid_lets_anything_out(
    mesh: Mesh, changes: dict[str, Any], state: str, form: str, where: str
) -> None:
    output, wanted = FORMS[form]
    holds: Province = mesh[where]
    certificate = replace(record(where, LAND_TYPE), **changes)
    await holds.keep(certificate, file=sealed_file(certificate.identifier))
    apply_id = (await mesh.jiangsu.submit()).application.apply_id
    wish = RetrieveForm(apply_id=apply_id, identifier=certificate.identifier, province=where, **wanted)
    retrieval = mesh.jiangsu.retrieval
    with pytest.raises(RefusedError) as caught:
        await (retrieval.data if output is Output.DATA else retrieval.file)(CALLER, wish)
    refusal = caught.value.refusal

    assert (refusal.code, refusal.detail, refusal.owner) == (11, state, Owner.ISSUER)
    assert files(holds.copies._root) == files(mesh.jiangsu.spool._root) == []
    assert holds.entries(type="RETRIEVE")[-1]["refusal"]["reason"] == "NOT_DELIVERABLE"
