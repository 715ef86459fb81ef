"""Until when a usage copy holds, where the application says so too: the earlier end counts. REQUIREMENTS 7.2, 8.3."""

from datetime import timedelta

import pytest

from node.ports.retrieving import RetrieveForm
from tests.node.usecases.mesh import CALLER, ZHEJIANG, Mesh, record
from tests.node.usecases.papers import sealed_file

CERTIFICATE = record(ZHEJIANG)


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        pytest.param(None, 3, id="nothing was asked for"),
        pytest.param(timedelta(days=5), 3, id="more was asked for"),
        pytest.param(timedelta(days=1), 1, id="less was asked for"),
    ],
)
async def test_an_application_bounds_how_long_its_copies_hold(mesh: Mesh, asked: timedelta | None, days: int) -> None:
    await mesh.zhejiang.keep(CERTIFICATE, file=sealed_file(CERTIFICATE.identifier))
    now = mesh.clock()
    apply_id, _ = await mesh.found(copy_expires=now + timedelta(days=3))
    expires = None if asked is None else now + asked
    received = await mesh.jiangsu.retrieval.file(
        CALLER, RetrieveForm(apply_id=apply_id, identifier=CERTIFICATE.identifier, expires=expires)
    )

    assert received.terms is not None
    assert received.terms.expires == now + timedelta(days=days)
