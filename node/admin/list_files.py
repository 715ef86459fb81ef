"""Sheets through the admin port: a file that becomes drafts, and lists as CSV or XLSX. C9-8."""

import asyncio
from pathlib import PurePath

from aiohttp import BodyPartReader, hdrs, web

from federation.model.refusal import Reason
from node.admin.list_bodies import bounded
from node.admin.sheets import Form, read_sheet, write_sheet
from node.errors import RefusedError
from node.lists.sheet import MAX_FILE_BYTES
from node.ports.lists import Kind
from node.usecases.workshop.assembled import Workshop
from node.usecases.workshop.importing import Imported
from node.usecases.workshop.managers import Manager, Role
from node.usecases.workshop.refused import ListRefusedError, faults_of
from trust import gm

BODY_S = 300.0  # the longest that a file may take to arrive
_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ListFiles:
    """One file at a time, so that one is held in memory and no more."""

    def __init__(self, workshop: Workshop) -> None:
        """Over one workshop."""
        self._workshop = workshop
        self._one = asyncio.Lock()

    async def imported(self, request: web.Request, kind: Kind, manager: Manager) -> Imported:
        """Take the file of a request: the body with `?name=`, or the first file of a form.

        Raises:
            RefusedError: NOT_AUTHORISED, TOO_LARGE, or LIST_REFUSED with everything that is wrong; nothing was done.
        """
        manager.require(Role.EDIT)
        async with self._one:
            name, data = await self._received(request)
            province, today = self._workshop.desk.province, self._workshop.desk.today()
            sheet = await read_sheet(name, data, kind, province=province, today=today)
            if sheet.problems:
                raise ListRefusedError(faults_of(sheet.problems))
            digest = (await asyncio.to_thread(gm.sm3, data)).hex()
            importing = self._workshop.importing
            return await importing.import_rows(kind, sheet.rows, manager, sheet=digest, more=sheet.more)

    async def _received(self, request: web.Request) -> tuple[str, bytes]:
        try:
            async with asyncio.timeout(BODY_S):
                if not request.content_type.startswith("multipart/"):
                    return request.query.get("name", ""), await bounded(request.content, MAX_FILE_BYTES)
                return await _form(request)
        except TimeoutError as error:
            raise RefusedError(Reason.BAD_PARAMETER, "the file did not arrive in time") from error

    async def exported(self, request: web.Request, kind: Kind) -> web.Response:
        """The own list as a file, as `?format=` says."""
        form: Form = "csv" if request.query.get("format") == "csv" else "xlsx"
        async with self._one:
            entries = await self._workshop.exported(kind)
            body = await write_sheet(kind, entries, form, today=self._workshop.desk.today())
        name = f"{self._workshop.desk.province}-{kind.value}.{form}"
        headers = {hdrs.CONTENT_TYPE: _MEDIA[form], hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"'}
        return web.Response(body=body, headers=headers)


async def _form(request: web.Request) -> tuple[str, bytes]:
    """The first file of a form.

    Raises:
        RefusedError: there is none, or it is too large.
    """
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, BodyPartReader) and part.filename:
                return PurePath(part.filename).name, await bounded(_Chunks(part), MAX_FILE_BYTES)
    except (ValueError, RuntimeError) as error:
        raise RefusedError(Reason.BAD_PARAMETER, "the form cannot be read") from error
    raise RefusedError(Reason.MISSING_PARAMETER, "file")


class _Chunks:
    """A part of a form, read as a stream is."""

    def __init__(self, part: BodyPartReader) -> None:
        self._part = part

    async def read(self, size: int) -> bytes:
        return await self._part.read_chunk(size)
