"""Of a use that was retried very often, the entries that show it: a proof has no room for every retry. Read by `proof_bundle.story`.

Left out are repeated answers and unmatched questions. What stays is one question, its answer, what came of it, and the answer that a
repeated one repeats. A use of ordinary length keeps all of its entries.
"""

import json
from collections.abc import Mapping
from typing import Any

from federation.proof_bundle.check import MAX_ENTRIES
from trust.envelope import LogProof


def fewest(found: Mapping[str, LogProof], exchange: str) -> dict[str, LogProof]:
    """The proofs by their part, no more than a proof may hold; all of them where nothing here shows the use of the exchange."""
    if len(found) <= MAX_ENTRIES:
        return dict(found)
    every = {part: json.loads(one.entry) for part, one in sorted(found.items(), key=lambda pair: pair[1].index)}
    use = {part: one for part, one in every.items() if (one["type"], one["exchange"]) == ("RETRIEVE", exchange)}
    kept = _shown(use)
    return {part: one for part, one in found.items() if not kept or part not in use or part in kept}


def _shown(use: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The parts of the newest answer with its question and its arrival, and of what it repeats; of a province's own use the first.

    None where there is nothing of the kind.
    """
    answers = {part: one for part, one in use.items() if one["step"] == "answered"}
    for step in ("received", "refused"):
        for part, said in reversed(answers.items()):
            asked = [one for one, its in use.items() if its["step"] == "asked" and said.get("request") in _sent(its)]
            came = [one for one, its in use.items() if its["step"] == step and its.get("answer") in _sent(said)]
            if asked and came:
                return {part, asked[0], came[0], *_first(answers, part)}
    return set([part for part, one in use.items() if one["step"] == "own"][:1])


def _first(answers: Mapping[str, Mapping[str, Any]], part: str) -> list[str]:
    """The answer that one repeats, or itself; `answers` are in the order of the log."""
    until = list(answers)[: list(answers).index(part) + 1]
    return [one for one in until if answers[one].get("repeated") is not True][-1:]


def _sent(members: Mapping[str, Any]) -> set[Any]:
    """The digests of the messages that an entry says were sent."""
    return {members.get(name) for name in members.get("sent", {}).values()} - {None}
