"""Pictures of usage copies: drawn here from what was verified, on record, one use, whatever the form. REQUIREMENTS S7."""

import asyncio
import io
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date

import pytest
from PIL import Image

from federation.model.refusal import Owner, Reason
from node.errors import RefusedError
from node.library.invented import LAND_TYPE
from node.ports.retrieving import ReceivedFile, RetrieveForm
from node.usecases.retrieval.space import Space
from tests.faults.retrieving import FullSpool
from tests.node.usecases.mesh import CALLER, JIANGSU, ZHEJIANG, Mesh, record, sm3
from tests.node.usecases.papers import sealed_file
from tests.node.usecases.retrieval.test_space import granted

CERTIFICATE = record(ZHEJIANG)
BYTES = sealed_file(CERTIFICATE.identifier)


async def wish(mesh: Mesh, form: str, page: int = 1) -> RetrieveForm:
    await mesh.zhejiang.keep(CERTIFICATE, file=BYTES)
    return await mesh.wish(CERTIFICATE, key="k", file_format=form, page=page)


async def drawn(mesh: Mesh, form: RetrieveForm) -> ReceivedFile:
    return await mesh.jiangsu.retrieval.file(CALLER, form)


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        pytest.param("svg", b"<svg", id="SVG"),
        pytest.param("png", b"\x89PNG", id="PNG"),
        pytest.param("pdf", b"%PDF", id="PDF"),
    ],
)
async def test_a_page_comes_in_the_form_that_was_asked_for(mesh: Mesh, form: str, begins: bytes) -> None:
    received = await drawn(mesh, await wish(mesh, form))
    picture = received.path.read_bytes()

    assert begins in picture[:200]
    assert (received.format, received.pages, received.size, received.sm3) == (form, 1, len(picture), sm3(picture))
    assert received.original_sm3 == sm3(BYTES)


async def test_the_picture_bears_the_watermark_of_the_copy(mesh: Mesh) -> None:
    received = await drawn(mesh, await wish(mesh, "png"))
    with Image.open(io.BytesIO(received.path.read_bytes())) as image:
        grey = image.convert("L")
        tinted = sum(grey.histogram()[90:250])

    assert received.terms is not None
    assert tinted > grey.width * grey.height / 200  # the print alone is nearly all black on white


async def test_picture_and_file_with_one_key_are_one_use_and_each_is_on_record(mesh: Mesh) -> None:
    form = await wish(mesh, "svg")
    retrieval = mesh.jiangsu.retrieval
    picture = await drawn(mesh, form)
    retrieval.release(picture)
    copy = await drawn(mesh, replace(form, file_format="ofd"))
    (entry,) = mesh.jiangsu.entries(type="RETRIEVE", step="preview")
    given = mesh.zhejiang.entries(type="RETRIEVE")

    assert picture.exchange_id == copy.exchange_id
    assert (entry["of"], entry["file"], entry["format"], entry["page"]) == (copy.sm3, picture.sm3, "svg", 1)
    assert [one.get("repeated", False) for one in given] == [False, True]


async def test_nothing_of_it_stays_in_the_spool(mesh: Mesh) -> None:
    received = await drawn(mesh, await wish(mesh, "svg"))
    mesh.jiangsu.retrieval.release(received)

    assert list(mesh.jiangsu.spool._root.iterdir()) == []


async def test_a_page_that_is_not_there_is_refused_on_record_and_the_file_can_still_be_had(mesh: Mesh) -> None:
    form = await wish(mesh, "svg", page=9)
    with pytest.raises(RefusedError) as caught:
        await drawn(mesh, form)
    (entry,) = mesh.jiangsu.entries(type="RETRIEVE", step="preview")

    assert caught.value.refusal.reason is Reason.COPY_FAILED
    assert entry["refusal"]["reason"] == "COPY_FAILED"
    assert (await drawn(mesh, replace(form, file_format="ofd"))).pages == 0


async def test_of_a_picture_that_finds_no_room_on_the_disk_nothing_is_on_record_but_that(mesh: Mesh) -> None:
    form, retrieval = await wish(mesh, "svg"), mesh.jiangsu.retrieval
    previews = retrieval._previews
    retrieval._previews = replace(previews, spool=FullSpool(mesh.jiangsu.spool._root))
    with pytest.raises(RefusedError) as caught:
        await drawn(mesh, form)
    retrieval._previews = previews
    (entry,) = mesh.jiangsu.entries(type="RETRIEVE", step="preview")

    assert (caught.value.refusal.reason, caught.value.refusal.owner) == (Reason.INTERNAL, Owner.NODE)
    assert (entry["refusal"]["reason"], "file" in entry) == ("INTERNAL", False)
    assert (await drawn(mesh, form)).format == "svg"


async def test_a_picture_that_cannot_be_drawn_here_is_no_matter_of_the_disk_it_would_be_kept_on(mesh: Mesh) -> None:
    form = await wish(mesh, "svg")
    received = await drawn(mesh, replace(form, file_format="ofd"))
    received.path.unlink()
    with pytest.raises(RefusedError) as caught:
        await mesh.jiangsu.retrieval._previews.drawn(received, form)
    refusal = caught.value.refusal
    (entry,) = mesh.jiangsu.entries(type="RETRIEVE", step="preview")

    assert (refusal.reason, refusal.detail) == (Reason.INTERNAL, "the page cannot be drawn on this node now")
    assert entry["refusal"]["reason"] == "INTERNAL"


async def test_a_picture_that_waits_for_its_turn_holds_no_memory(mesh: Mesh) -> None:
    form, space = await wish(mesh, "svg"), Space(1)
    received = await drawn(mesh, replace(form, file_format="ofd"))
    previews = replace(mesh.jiangsu.retrieval._previews, _space=space, _drawers=asyncio.Semaphore(0))
    drawing = asyncio.create_task(previews.drawn(received, form))
    await asyncio.sleep(0)
    async with AsyncExitStack() as other:
        assert await granted(asyncio.create_task(other.enter_async_context(space.of(1))))
        previews._drawers.release()
        assert not await granted(drawing), "it needs what the other has"
    assert (await drawing).pages == 1


async def test_the_own_library_is_drawn_by_the_same_rules(mesh: Mesh) -> None:
    own = record(JIANGSU, LAND_TYPE, issued=date(2024, 5, 2))
    await mesh.jiangsu.keep(own, file=sealed_file(own.identifier))
    received = await drawn(mesh, await mesh.wish(own, file_format="svg"))
    mesh.jiangsu.retrieval.release(received)

    assert (received.pages, received.province) == (1, JIANGSU)
    assert not received.path.exists()
