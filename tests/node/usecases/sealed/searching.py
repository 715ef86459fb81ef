"""What a thief of the database alone would look for, in every form in which it may stand in a file. Nothing here is a test."""

import base64
from collections.abc import Iterable
from pathlib import Path


def forms(secret: bytes) -> set[bytes]:
    """As it is, in hex, and in base64 wherever it may begin."""
    found = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for ahead in range(3):
        coded = base64.b64encode(bytes(ahead) + secret)
        first = -(-ahead * 8 // 6)  # characters that hold anything of what stands before
        last = (ahead + len(secret)) * 8 // 6  # and the first that holds anything of what follows
        found.add(coded[first:last])
    return found


def found_in(file: Path, secrets: Iterable[bytes]) -> list[bytes]:
    """Which of these stand anywhere in a file: in a row, an index, or the free bytes of a page."""
    data = file.read_bytes()
    return [one for one in secrets if any(form in data for form in forms(one))]


def of_handle(handle: str) -> list[bytes]:
    """A handle as hex digits and as bytes."""
    return [handle.encode(), bytes.fromhex(handle)]
