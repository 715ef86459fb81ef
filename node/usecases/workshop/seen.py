"""What a manager has seen is what he approves: the digest of a draft, and steps that name it. Clause 6.1 (four eyes).

Between a look at a draft and the step with it, its author may drop it and write another of the same name. Whoever wants to be safe from
that quotes the digest of what he read.
"""

from collections.abc import Mapping, Sequence

from node.ports.lists import StoredDraft
from node.usecases.workshop.refused import Fault, ListRefusedError
from trust import canonical, gm

NOTHING: Mapping[str, str] = {}


def digest_of(draft: StoredDraft) -> str:
    """SM3 (hex) of what is drafted: the entry's body; of a suspension, resumption or withdrawal the action and its reason."""
    return gm.sm3(draft.body or canonical.dumps({"action": draft.action.value, "reason": draft.reason})).hex()


def refuse_changed(drafts: Sequence[StoredDraft], seen: Mapping[str, str]) -> None:
    """Go on only where the drafts are those that were seen. `seen` has digests by id; who names none asks for no more than the rest.

    Raises:
        ListRefusedError: another content, or a draft that is not among these.
    """
    here = {one.id: one for one in drafts if one.id in seen}
    faults = [
        Fault(id=entry_id, message="was changed since; read it again", zh="草稿内容已变更，请重新查看")
        for entry_id, digest in seen.items()
        if entry_id not in here or digest_of(here[entry_id]) != digest
    ]
    if faults:
        raise ListRefusedError(faults)
