"""The people who keep the lists (目录/清单管理员) and what each may do. REQUIREMENTS §1, clause 6.1: two persons for every publication.

Not how they prove who they are: that is the admin port's.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from federation.model.refusal import Reason
from node.errors import RefusedError


class Role(StrEnum):
    """What a manager may do: with the lists; OBJECTIONS: answer objections; ERASE: hold and erase contents behind the log."""

    EDIT = "edit"
    REVIEW = "review"
    PUBLISH = "publish"
    OBJECTIONS = "objections"
    ERASE = "erase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """One manager. Account and name can name a person, so neither is shown by `repr`; only a digest of the account leaves this node."""

    account: str = field(repr=False)
    name: str = field(default="", repr=False)
    roles: frozenset[Role] = frozenset()

    def require(self, role: Role) -> None:
        """Go on only with this role.

        Raises:
            RefusedError: NOT_AUTHORISED.
        """
        if role not in self.roles:
            raise RefusedError(Reason.NOT_AUTHORISED, f"this step needs a manager with the role {role.value!r}")
