"""The admin port makes proofs of uses, for who has the operator's token. Over real HTTP; the rules: tests of usecases.proving."""

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from federation.proof_archive import proof_in, verify_archive
from federation.proof_bundle import verify_bundle
from node.admin.app import make_admin_app
from node.admin.paths import PROOFS_PATH
from node.admin.proofs import proof_routes
from node.metrics import Levels, Metrics
from tests.node.usecases.mesh import Mesh
from tests.node.usecases.proving.making import fingerprint, proofs_of, used
from trust.bundle import read_bundle

OPERATOR = {"Authorization": "Bearer t"}


@pytest.fixture
async def mesh(tmp_path: Path) -> Mesh:
    return await Mesh(tmp_path).ready()


def port(mesh: Mesh) -> TestClient[web.Request, web.Application]:
    app = make_admin_app(
        administration=None,  # type: ignore[arg-type]  # none of its commands is given here
        metrics=Metrics(Levels),
        token="t",
        ready=lambda: True,
        lists=proof_routes(proofs_of(mesh.jiangsu)),
    )
    return TestClient(TestServer(app))


async def test_a_proof_is_made_with_the_file_that_is_brought_or_with_digests_alone(mesh: Mesh) -> None:
    use = await used(mesh)
    path = f"{PROOFS_PATH}/{use.exchange}"
    async with port(mesh) as client:
        whole = await (await client.post(path, data=use.file, headers=OPERATOR)).read()
        bare = await (await client.post(f"{path}?contents=0", headers=OPERATOR)).read()

    assert all(verify_bundle(one, fingerprint(mesh)).ok for one in (whole, bare))
    assert read_bundle(whole)["file.ofd"] == use.file
    assert not [name for name in read_bundle(bare) if name.startswith(("contents/", "file"))]


async def test_the_same_comes_as_a_package_for_an_archive(mesh: Mesh) -> None:
    use = await used(mesh)
    path = f"{PROOFS_PATH}/{use.exchange}?archive=1"
    async with port(mesh) as client:
        whole = await (await client.post(path, data=use.file, headers=OPERATOR)).read()
        bare = await (await client.post(f"{path}&contents=0", headers=OPERATOR)).read()

    for package in (whole, bare):
        proof = proof_in(package)
        assert proof is not None
        assert verify_archive(package, proof, fingerprint(mesh)).ok
    assert read_bundle(whole)["file.ofd"] == use.file
    assert "file.ofd" not in read_bundle(bare)


async def test_without_the_token_or_for_no_use_there_is_none(mesh: Mesh) -> None:
    async with port(mesh) as client:
        assert (await client.post(f"{PROOFS_PATH}/x")).status == 401
        refused = await client.post(f"{PROOFS_PATH}/x", headers=OPERATOR)

        assert (refused.status, (await refused.json())["refusal"]["reason"]) == (409, "NO_RECORD")
