"""What the entries of a message bind by commitments: the application, the verdict, the face data. Clause 8.5, DESIGN §2.8.

The salts travel inside the sealed messages, so that both sides' entries bind the same content, and either side can open them later. Each
content is a document in canonical JSON that both make of the message; the face data are the exact bytes that were sent. A message
without a salt, as an older peer's, binds nothing. A consent stands in an application's document as its digest; as a document of its own it
is signed, and names itself.
"""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from federation.model.application import Application, Verdict
from federation.model.refusal import Refusal
from federation.model.retrieval import DataAnswer
from federation.model.search import Answer, Query
from trust import canonical, gm
from trust.commitment import Opening, new_salt

APPLICATION, VERDICT, DATA = "application", "verdict", "data"
M = TypeVar("M")


def salted(message: M) -> M:
    """The message with a fresh salt for every content that it binds and that has none yet."""
    changes: dict[str, Any] = {}
    binding = isinstance(message, (Application, Verdict)) or (isinstance(message, DataAnswer) and message.data)
    if binding and not getattr(message, "salt", b""):
        changes = {"salt": new_salt()}
    elif isinstance(message, Query) and message.application is not None:
        changes = {"application": salted(message.application)}
    elif isinstance(message, Answer) and message.verdict is not None:
        changes = {"verdict": salted(message.verdict)}
    return replace(message, **changes) if changes else message  # type: ignore[type-var]


def openings(message: object) -> tuple[Opening, ...]:
    """What opens the commitments of the message's entries."""
    if isinstance(message, Query) and message.application is not None:
        return openings(message.application)
    if isinstance(message, Answer) and message.verdict is not None:
        return openings(message.verdict)
    if not isinstance(message, (Application, Verdict, DataAnswer)) or not message.salt:
        return ()
    label, content = _content(message)
    return (Opening(label=label, salt=message.salt, content=content),)


def binds(opened: Iterable[Opening]) -> dict[str, str]:
    """The member `binds` of an entry: commitments (hex) by what they bind."""
    return {one.label: one.commitment for one in opened}


def _content(message: Application | Verdict | DataAnswer) -> tuple[str, bytes]:
    if isinstance(message, Application):
        return APPLICATION, application_document(message)
    return (VERDICT, verdict_document(message)) if isinstance(message, Verdict) else (DATA, message.data)


def application_document(one: Application) -> bytes:
    """An application as it is bound: everything that it asks, with the consent's SM3 (hex) in place of the consent."""
    raw = {name: value for name, value in asdict(one).items() if name not in {"salt", "consent"}}
    return _document(raw | {"v": 1, "consent_sm3": gm.sm3(one.consent).hex() if one.consent else ""})


def verdict_document(one: Verdict) -> bytes:
    """A verdict as it is bound: everything but the use code, which is a secret while it is in force."""
    raw = {name: value for name, value in asdict(one).items() if name not in {"salt", "use_code", "reasons"}}
    return _document(raw | {"v": 1, "reasons": [_reason(reason) for reason in one.reasons]})


def _reason(refusal: Refusal) -> dict[str, Any]:
    return {"code": refusal.code, "reason": refusal.reason.value, "detail": refusal.detail}


def _document(raw: dict[str, Any]) -> bytes:
    return canonical.dumps({name: _plain(value) for name, value in raw.items()})


def _plain(value: Any) -> Any:
    """Times in UTC with the milliseconds that travel; enumerations as their words."""
    if isinstance(value, datetime):
        return datetime.fromtimestamp(round(value.timestamp() * 1000) / 1000, UTC).isoformat(timespec="milliseconds")
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return str(value.value) if hasattr(value, "value") else value
