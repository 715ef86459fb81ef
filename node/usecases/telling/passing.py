"""What a webhook is sent and what its answer means. Clause 8.4. Documented for the other side in scripts/webhook_receiver.

The body is JSON: `kind` of the webhook, the `notice` id, a `text` to show to a person ("" where there is none), and `signed`, the DSSE
document of the event. 2xx: received. 410: the address is given up, so nothing is sent to it until somebody looks. 408, 425, 429 and 5xx:
later. Everything else, redirections among it, is a refusal of this notice.
"""

from datetime import datetime
from enum import Enum, auto
from typing import Any
from urllib.parse import urlsplit

from federation.model.event import Event, read_event
from federation.model.notice import EVENT_TYPE, notice_of
from federation.model.objection_notice import OBJECTION_TYPE, objection_notice_of
from node.ports.notices import OutboxItem
from node.ports.signing import Signatory
from node.ports.webhooks import Hook, HookRequest
from node.usecases.telling.wording import objection_sentence, sentence
from trust import canonical, http_signature
from trust.signed_event import SignedEvent

CONTENT_TYPE = "application/json"
_LATER = frozenset({408, 425, 429})
_GONE, _ERRORS = 410, 500


class Fate(Enum):
    """What an answer means."""

    RECEIVED = auto()
    GONE = auto()
    LATER = auto()
    REFUSED = auto()


def fate(status: int) -> Fate:
    """Of an HTTP status."""
    if 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls successful
        return Fate.RECEIVED
    if status == _GONE:
        return Fate.GONE
    return Fate.LATER if status in _LATER or status >= _ERRORS else Fate.REFUSED


async def request_for(
    hook: Hook, item: OutboxItem, told: SignedEvent, *, signatory: Signatory, nonce: str, now: datetime
) -> HookRequest:
    """The signed request; every attempt is signed anew, over the same body and under the same idempotency key."""
    url = urlsplit(hook.url)
    request = http_signature.Request(
        method="POST",
        authority=url.netloc.lower(),
        path=url.path or "/",
        content_type=CONTENT_TYPE,
        idempotency_key=item.notice_id,
        body=canonical.dumps(_body(hook, item, told)),
    )
    headers = await http_signature.sign(
        request,
        key_id=signatory.certificate.fingerprint,
        nonce=nonce,
        created=int(now.timestamp()),
        signer=signatory.sign,
    )
    return HookRequest(headers=headers, body=request.body)


def _body(hook: Hook, item: OutboxItem, told: SignedEvent) -> dict[str, Any]:
    return {
        "kind": hook.kind.value,
        "notice": item.notice_id,
        "text": _text(read_event(item.event)),
        "signed": canonical.loads(told.to_json()),
    }


def _text(event: Event) -> str:
    if event.type == EVENT_TYPE:
        return sentence(notice_of(event))
    return objection_sentence(objection_notice_of(event)) if event.type == OBJECTION_TYPE else ""
