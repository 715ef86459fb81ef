"""A proof as an archive package for a line system's e-archive: proof, file and index. Clause 8.5; form: `federation.proof_archive`."""

import asyncio
from dataclasses import replace

from federation.model.refusal import Reason
from federation.proof_archive import archive_of
from node.errors import RefusedError
from node.ports.proving import Made
from trust import gm
from trust.errors import BundleError


async def archived(made: Made) -> Made:
    """The archive package of a proof that was made; digest and size of the verdict are those of the package.

    Raises:
        RefusedError: TOO_LARGE: proof and file together are more than a package may hold; make it without the file.
    """
    try:
        data, sm3 = await asyncio.to_thread(_packed, made)
    except BundleError as error:
        raise RefusedError(Reason.TOO_LARGE, f"{error}; make the package without the file") from error
    return Made(bundle=data, verdict=replace(made.verdict, sm3=sm3, size=len(data)))


def _packed(made: Made) -> tuple[bytes, str]:
    data = archive_of(made.bundle, made.verdict)
    return data, gm.sm3(data).hex()
