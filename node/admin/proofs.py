"""POST /admin/v1/proofs/{id}[?contents=0][&archive=1]: the proof of a use as one file, for operators and auditors. Clause 8.5.

The body is the file that was handed out, or nothing. What comes back holds personal data, unless contents are left out: it goes to whoever
may read the node's data directory, and that it was made is on record.
"""

from collections.abc import Iterable

from aiohttp import hdrs, web

from node.admin.list_bodies import bounded
from node.admin.paths import PROOFS_PATH
from node.ports.proving import Proofs
from node.usecases.proving.archiving import archived
from node.usecases.proving.making import MAX_FILE_BYTES


def proof_routes(proofs: Proofs) -> Iterable[web.RouteDef]:
    """The route, over the node's proofs."""

    async def make(request: web.Request) -> web.Response:
        file = await bounded(request.content, MAX_FILE_BYTES)
        contents = request.query.get("contents", "1") != "0"
        made = await proofs.make(request.match_info["id"], contents=contents, file=file)
        if request.query.get("archive", "0") == "1":
            made = await archived(made)
        headers = {hdrs.CONTENT_DISPOSITION: 'attachment; filename="proof.zip"'}
        return web.Response(body=made.bundle, content_type="application/zip", headers=headers)

    return (web.post(PROOFS_PATH + "/{id}", make),)
