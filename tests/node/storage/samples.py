"""Records for the contract suite, and how it reads a log."""

from datetime import UTC, datetime, timedelta
from typing import Any

from node.ports.applications import GivenVerdict, OwnApplication, ReceivedVerdict
from node.ports.certificates import StoredCertificate
from node.ports.evidence import Evidence, LogHead
from node.ports.exchanges import StoredAnswer
from node.ports.lists import (
    Action,
    DraftState,
    EntryChange,
    Kind,
    StoredDraft,
    StoredMove,
    StoredReceipt,
    StoredVersion,
)
from node.ports.notices import HolderUse
from node.ports.store import Nouns
from trust.checkpoint import Checkpoint
from trust.entry_tree import bucket_of
from trust.evidence_log import LogReport, verify_log
from trust.merkle import leaf_hash

NOON = datetime(2026, 3, 1, 12, 0, 0, 123_000, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)


def sign(size: int, root: bytes) -> bytes:
    """A note that anyone can read; signatures are tested in trust."""
    return f"{size} {root.hex()}".encode()


def open_note(note: bytes) -> Checkpoint:
    size, root = note.decode().split(" ")
    return Checkpoint(origin="test", size=int(size), root=bytes.fromhex(root))


def verify(evidence: Evidence) -> LogReport:
    """Verify a whole log from its leaves, with all its checkpoints."""
    head = evidence.head()
    entries, notes = evidence.entries(0, 1_000_000), evidence.checkpoints(-1, 1_000_000)
    return verify_log(entries, size=head.size, root=head.root, notes=notes, open_note=open_note)


def signed_size(head: LogHead) -> int:
    return open_note(head.checkpoint).size if head.checkpoint else 0


def append(nouns: Nouns, exchange: str = "e1", **fields: Any) -> int:
    """A unit of work: one entry."""
    return nouns.evidence.append({"event": "SEARCH", "exchange": exchange, **fields})


def publication(version: int = 1, **changes: Any) -> StoredVersion:
    fields: dict[str, Any] = {
        "kind": Kind.CATALOGUE,
        "publisher": "330000",
        "digest": "ab" * 32,
        "document": b"\x00document",
        "size": 1,
        "stored_at": NOON,
    }
    return StoredVersion(version=version, **{**fields, **changes})


def put(entry_id: str, version: int = 1, body: bytes = b"{}") -> EntryChange:
    return EntryChange(id=entry_id, version=version, bucket=bucket_of(entry_id), body=body, leaf=leaf_hash(body))


def drop(entry_id: str, version: int = 1) -> EntryChange:
    return EntryChange(id=entry_id, version=version, bucket=bucket_of(entry_id), body=None)


def draft(entry_id: str = "ZJ-0001", state: DraftState = DraftState.DRAFT, **changes: Any) -> StoredDraft:
    fields: dict[str, Any] = {
        "kind": Kind.USELIST,
        "action": Action.PUT,
        "body": b"\x00{}",
        "author": "wang",
        "reviewer": "",
        "reason": "",
        "changed_at": NOON,
    }
    return StoredDraft(id=entry_id, state=state, **{**fields, **changes})


def move(step: str = "submit", entry_id: str = "ZJ-0001", **changes: Any) -> StoredMove:
    fields: dict[str, Any] = {"kind": Kind.USELIST, "version": 1, "by": "wang", "at": NOON, "reason": ""}
    return StoredMove(id=entry_id, move=step, **{**fields, **changes})


def receipt(peer: str = "320000", version: int = 1, refusal: str = "") -> StoredReceipt:
    return StoredReceipt(
        kind=Kind.CATALOGUE, peer=peer, version=version, digest="ab" * 32, received_at=NOON, refusal=refusal
    )


def application(apply_id: str = "a1") -> OwnApplication:
    return OwnApplication(
        apply_id=apply_id, app_id="app", holder_digest="h1", sealed=b"\xff\x00", created_at=NOON, expires_at=LATER
    )


def given_verdict(apply_id: str = "a1", consumer: str = "320000") -> GivenVerdict:
    return GivenVerdict(
        consumer=consumer,
        apply_id=apply_id,
        holder_digest="h1",
        type_codes=("T1", "T2"),
        outputs=("FILE",),
        fields=(),
        use_code_digest="cd" * 32,
        use_org_code="11320000014000000X",
        use_org_name="江苏省自然资源厅",
        item_code="item",
        item_name="采矿权登记",
        use_cause="办理",
        expires_at=LATER,
        use_list_id="JS-0001",
        operator="5a" * 32,
        consent_province="310000",
        consent_id="C-1",
        consent_key="5e" * 32,
        consent_home="310000",
    )


def received_verdict(provider: str = "330000", reason: str = "") -> ReceivedVerdict:
    return ReceivedVerdict(
        apply_id="a1",
        provider=provider,
        result="REJECT" if reason else "PASS",
        reason=reason,
        detail="JS-0001" if reason else "",
        type_codes=("T1",),
        use_code="" if reason else "code",
        expires_at=LATER,
        outputs=() if reason else ("FILE", "DATA"),
        fields=() if reason else ("KZ_NAME",),
    )


def answer(exchange_id: str = "e1", expires_at: datetime = LATER) -> StoredAnswer:
    return StoredAnswer(
        sender="320000",
        exchange_id=exchange_id,
        method="search",
        intent=b"\x01" * 32,
        body=b"body",
        expires_at=expires_at,
    )


def certificate(identifier: str = "c1", **changes: Any) -> StoredCertificate:
    fields: dict[str, Any] = {
        "holder_digests": ("h1",),
        "name": "采矿许可证",
        "type_name": "采矿许可证",
        "type_code": "T1",
        "number": "C1",
        "area_code": "330000",
        "issuer_name": "浙江省自然资源厅",
        "issuer_code": "11330000",
        "issued": "2025-01-01",
        "valid_from": "2025-01-01",
        "valid_until": "2030-01-01",
        "status": "VALID",
        "superseded_by": "",
        "file_sm3": "ef" * 32,
        "file_size": 12,
        "file_format": "ofd",
        "sealed": b"\x00sealed",
    }
    return StoredCertificate(identifier=identifier, **{**fields, **changes})


def use(notice_id: str = "n1", received_at: datetime = NOON, holder_handle: str = "h1") -> HolderUse:
    return HolderUse(
        notice_id=notice_id,
        addressee="HOLDER",
        holder_handle=holder_handle,
        provider="330000",
        event=b"{}",
        received_at=received_at,
    )
