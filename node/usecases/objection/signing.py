"""Signs objections, withdrawals and moves with the key that this node acts with at the moment, off the event loop. P5."""

from dataclasses import dataclass

import structlog

from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.signing import Signing
from trust.errors import CustodyError, ObjectionError
from trust.objection import Move, Raised, Signed, Withdrawn, signed_as, to_sign

_RETRY_S = 30
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSigner:
    """`signing` is asked anew each time: keys are rotated while a node runs."""

    signing: Signing

    async def sign(self, record: Raised | Withdrawn | Move) -> Signed:
        """The signed document.

        Raises:
            RefusedError: BAD_PARAMETER: it breaks a rule of its form; OVERLOADED: the key's keeper does not sign now.
        """
        signatory = self.signing()
        try:
            signature = await signatory.sign(to_sign(record))
        except ObjectionError as error:
            raise RefusedError(Reason.BAD_PARAMETER, error.detail) from error
        except CustodyError as error:
            _log.error("keys.keeper_failed", reason=error.reason, detail=error.detail)
            raise RefusedError(
                Reason.OVERLOADED, f"the key's keeper is {error.reason}", retry_after_s=_RETRY_S
            ) from error
        return signed_as(record, certificate=signatory.certificate, signature=signature)
