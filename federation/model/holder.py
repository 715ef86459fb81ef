"""What provinces say to one another to have a holder stood for by a handle (证件号替代码). C10-3, T3. No rules: `node.usecases.holders`."""

from dataclasses import dataclass, field
from datetime import datetime

from federation.model.application import Holder
from federation.model.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderCheck:
    """Mint a handle for this holder of yours, for this line system of mine."""

    holder: Holder
    app_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderChecked:
    """The handle, or why there is none. It says nothing about whether the person has certificates."""

    handle: str = field(repr=False)
    expires_at: datetime
    refusal: Refusal | None = None
