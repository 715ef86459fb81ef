"""The verification service for files (证照核验, REQUIREMENTS S8): is this file what was issued, and does its usage copy still hold?

Answers about the bytes presented, with this node's trust list. It looks nothing up: what state a certificate is in, its issuer says
(a search under an application), and whether the file's holder may use it is no question of the file.
"""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from enum import IntEnum

from federation.model.evidence import EventType
from node.library.documents import Documents, Examined
from node.library.identifier import IdentifierError, parse
from node.ports.services import Caller
from node.ports.store import Store
from node.ports.verifying import VerifiedFile
from node.usecases.record import Recorder
from node.usecases.retrieval.handout import WORKERS
from trust import gm
from trust.errors import DocumentError
from trust.ofd import Verdict


class Result(IntEnum):
    """核验结果: file results 0 to 2 as Jiangsu's service has them, 3 and 6 from the results on data. REQUIREMENTS §3.6."""

    PASS = 0
    SEAL_FAILED = 1
    FILE_FAILED = 2
    NO_LONGER_VALID = 3
    MISMATCH = 6


_SENTENCES = {
    Result.PASS: "核验通过",
    Result.SEAL_FAILED: "电子印章或签名核验未通过",
    Result.FILE_FAILED: "文件核验未通过：内容与签名时不一致，或不是可读的OFD文件",
    Result.NO_LONGER_VALID: "内容正确，但加注件已过有效期",
    Result.MISMATCH: "文件不是所述类型的证照",
}


class FileVerification:
    """Implements `services.FileVerification`."""

    def __init__(
        self,
        *,
        documents: Documents,
        store: Store,
        recorder: Recorder,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """Verify with `documents`; every verification is on record."""
        self._documents = documents
        self._store = store
        self._recorder = recorder
        self._clock = clock
        self._new_id = new_id
        self._workers = asyncio.Semaphore(WORKERS)

    async def verify(self, caller: Caller, content: bytes, type_code: str) -> VerifiedFile:
        """Verify a presented file; `type_code` "" where the caller does not say what it should be."""
        exchange_id, now = self._new_id(), self._clock()
        async with self._workers:
            digest, found = await asyncio.to_thread(self._examine, content, now)
        result = self._result(found, type_code)
        entry = self._recorder.entry(
            EventType.VERIFY,
            "file",
            exchange_id,
            app=caller.app_id,
            file=digest.hex(),
            verdict="" if isinstance(found, str) else found.verdict.value,
            original="" if isinstance(found, str) or found.copy is None else found.copy.original_sm3,
            result=result.value,
        )
        await self._store.transact(lambda nouns: nouns.evidence.append(entry))
        return VerifiedFile(
            exchange_id=exchange_id,
            result=result.value,
            message=_SENTENCES[result],
            problem=found if isinstance(found, str) else "",
            report={} if isinstance(found, str) else json.loads(found.report),
        )

    def _examine(self, content: bytes, now: datetime) -> tuple[bytes, Examined | str]:
        """The file's SM3, and what was found or why it cannot be read."""
        digest = gm.sm3(content)
        try:
            return digest, self._documents.examine(content, sm3=digest, at=now)
        except DocumentError as error:
            return digest, str(error)

    def _result(self, found: Examined | str, type_code: str) -> Result:
        """The first of the checks that fails: the document, its signatures, a copy's time, the type it should be of."""
        if isinstance(found, str) or Verdict.TAMPERED in {found.verdict, found.original_verdict}:
            return Result.FILE_FAILED
        if not self._signed_well(found):
            return Result.SEAL_FAILED
        if found.verdict is Verdict.COPY_EXPIRED:
            return Result.NO_LONGER_VALID
        return Result.PASS if type_code in {"", _type_of(found.identifier)} else Result.MISMATCH

    def _signed_well(self, found: Examined) -> bool:
        """A copy is signed by a member of this mesh; what was issued is signed as this node's configuration demands."""
        copied = found.copy is None or found.verdict in {Verdict.VALID, Verdict.COPY_EXPIRED}
        return copied and self._documents.accepts(found.original_verdict)


def _type_of(identifier: str) -> str:
    try:
        return parse(identifier).identifier.type_code
    except IdentifierError:
        return ""
