"""A proof by the log as JSON, as receipts hold it: the entry as the exact text that stands in the log, place, path, and signed head.

    {"entry":…, "index":…, "path":[hex…], "checkpoint":…}

Read within bounds; nothing of it is believed here.
"""

from typing import Any

from trust.envelope import MAX_ENTRY_BYTES, MAX_PATH, LogProof


def write_proof(proof: LogProof) -> dict[str, Any]:
    """As JSON values."""
    return {
        "entry": proof.entry.decode(),
        "index": proof.index,
        "path": [step.hex() for step in proof.path],
        "checkpoint": proof.checkpoint.decode(),
    }


def read_proof(raw: Any) -> LogProof:
    """A proof out of JSON values.

    Raises:
        ValueError: an entry or a path longer than a proof may have.
        KeyError: a member is missing.
        TypeError: a member is of another type.
    """
    entry, path, index = text(raw["entry"]).encode(), raw["path"], raw["index"]
    if len(entry) > MAX_ENTRY_BYTES or not isinstance(path, list) or len(path) > MAX_PATH:
        raise ValueError("an entry or a path longer than a proof may have")
    if type(index) is not int:
        raise TypeError("an index is a whole number")
    return LogProof(
        entry=entry,
        index=index,
        path=tuple(bytes.fromhex(text(step)) for step in path),
        checkpoint=text(raw["checkpoint"]).encode(),
    )


def text(value: Any) -> str:
    """A text.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def few(values: Any, limit: int) -> Any:
    """A list or an object of at most so many.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(values, (list, dict)) or len(values) > limit:
        raise ValueError(f"not a list or an object of at most {limit}")
    return values
