"""An outbox item's event with its signature: that which came with it, or this node's own, made once and kept. Clause 8.4."""

from federation.model.event import read_event
from node.ports.notices import OutboxItem
from node.ports.signing import Signatory
from trust import signed_event
from trust.envelope import pae
from trust.signed_event import SignedEvent


async def signed(item: OutboxItem, province: str, signatory: Signatory) -> SignedEvent:
    """The signed event of an item; an event of ours under a key that is no longer in use is signed anew.

    A repeated signature would be another one, and a peer takes a repeated exchange only with the same content: so callers keep what they
    get.
    """
    own = read_event(item.event).province == province
    in_use = item.certificate == signatory.certificate.der
    if item.signature and (in_use or not own):
        return signed_event.of_parts(item.event, item.certificate, item.signature)
    signature = await signatory.sign(pae(signed_event.PAYLOAD_TYPE, item.event))
    return SignedEvent(event=item.event, certificate=signatory.certificate, signature=signature)
