"""Signs objections, withdrawals and moves with the key that this node acts with at the moment. P5."""

from collections.abc import Callable
from dataclasses import dataclass

from federation.model.refusal import Reason
from node.errors import RefusedError
from trust import objection
from trust.errors import ObjectionError
from trust.identity import Certificate
from trust.objection import Move, Raised, Signed, Withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A signing certificate, and what makes 64 raw bytes r‖s with its key."""

    certificate: Certificate
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSigner:
    """`key` is asked anew each time: keys are rotated while a node runs."""

    key: Callable[[], SigningKey]

    def sign(self, record: Raised | Withdrawn | Move) -> Signed:
        """The signed document.

        Raises:
            RefusedError: BAD_PARAMETER: it breaks a rule of its form.
        """
        key = self.key()
        try:
            return objection.sign(record, certificate=key.certificate, signer=key.sign)
        except ObjectionError as error:
            raise RefusedError(Reason.BAD_PARAMETER, error.detail) from error
