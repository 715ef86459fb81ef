"""A consent to some fields bounds what may be confirmed of a certificate's face (VERIFY) as it bounds what may be read of it (DATA)."""

from pathlib import Path

import pytest

from federation.model.application import Output, Result
from federation.model.refusal import Reason
from node.errors import RefusedError
from node.library.invented import MINING_TYPE
from node.ports.lists import Kind
from tests.node.usecases.consent.offices import HOLDER_LINE, applying, given
from tests.node.usecases.consent.test_checking import at_provider
from tests.node.usecases.mesh import CALLER, CATALOGUES, ZHEJIANG, Mesh, entry, form, line

MODES = ("FILE", "DATA", "VERIFY")


@pytest.fixture
async def mesh(tmp_path: Path) -> Mesh:
    """Zhejiang confirms values, under a line that allows it."""
    mesh = await Mesh(tmp_path).ready([line(use_list_id=HOLDER_LINE, auth_mode="HOLDER", output_modes=MODES)])
    entries = [entry(ZHEJIANG, code, share_modes=MODES) for code in CATALOGUES[ZHEJIANG]]
    await mesh.zhejiang.publications.publish(Kind.CATALOGUE, entries)
    await mesh.jiangsu.hold(mesh.zhejiang, Kind.CATALOGUE)
    return mesh


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(("KZ_KIND",), None, id="the field that is consented to"),
        pytest.param((), Reason.CONSENT_MISMATCH, id="all fields"),
        pytest.param(("KZ_NAME",), Reason.CONSENT_MISMATCH, id="another field"),
        pytest.param(("KZ_KIND", "KZ_NAME"), Reason.CONSENT_MISMATCH, id="that field and another"),
    ],
)
async def test_no_field_is_confirmed_that_the_holder_did_not_consent_to(
    mesh: Mesh, fields: tuple[str, ...], expected: Reason | None
) -> None:
    taken = await given(mesh, outputs=(Output.VERIFY,), fields=("KZ_KIND",), type_codes=(MINING_TYPE,))
    wanted = applying(taken.document, outputs=(Output.VERIFY,), fields=fields, type_codes=(MINING_TYPE,))
    version = mesh.jiangsu.asking.version(HOLDER_LINE)
    applied = mesh.jiangsu.applications._application(CALLER, form(**wanted), version)

    result, told, _ = await at_provider(mesh, applied)
    assert (result is Result.PASS, told) == (expected is None, expected)
    if expected is None:
        await mesh.jiangsu.submit(**wanted)
        return
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.submit(**wanted)
    assert caught.value.refusal.reason is expected
