"""The inside of the fake module: a process that makes two keys, answers on its stdout, and ends with its stdin. See `trust.custody.fake`.

One JSON line in, one out, in order. There is no verb that hands a private key out.
"""

import json
import secrets
import sys
from typing import Any

from trust import gm
from trust.errors import DecryptionError

KEYS = {"signing": gm.PrivateKey.generate(), "encryption": gm.PrivateKey.generate()}
OTHER = gm.PrivateKey.generate()
_SAID = {
    "busy": ("BUSY", "all of its workers have work; repeat later"),
    "logged_out": ("LOGGED_OUT", "nobody is logged in; the operator logs in with the PIN"),
}


class _Module:
    """The state: which fault, and for how many questions yet."""

    def __init__(self) -> None:
        self.fault, self.left = "none", 0
        self.held: list[str] = []

    def answer(self, question: dict[str, Any]) -> list[str]:
        """The lines to send now."""
        verb, argument = question["verb"], question["argument"]
        if verb == "fault":
            self.fault, times = argument.split()
            self.left = int(times)
            return [*self._released(), json.dumps({"id": question["id"], "ok": ""})]
        fault = self._due() if verb in {"sign", "decrypt"} else "none"
        line = json.dumps({"id": question["id"], **_answered(verb, argument, fault)})
        if fault == "late":
            self.held.append(line)
            return []
        return [*self._released(), line]

    def _due(self) -> str:
        if self.left <= 0:
            return "none"
        self.left -= 1
        return self.fault

    def _released(self) -> list[str]:
        held, self.held = self.held, []
        return held


def _answered(verb: str, argument: str, fault: str) -> dict[str, str]:
    if fault in _SAID:
        word, detail = _SAID[fault]
        return {"error": word, "detail": detail}
    if verb == "public":
        return {"ok": KEYS[argument].public.point.hex()}
    data = bytes.fromhex(argument)
    if verb == "sign":
        return {"ok": _signed(data, fault)}
    try:
        plain = KEYS["encryption"].decrypt(data)
    except DecryptionError:
        return {"error": "UNOPENED", "detail": ""}
    return {"ok": secrets.token_hex(len(plain)) if fault == "garbage" else plain.hex()}


def _signed(message: bytes, fault: str) -> str:
    match fault:
        case "garbage":
            return secrets.choice(["", "00" * 64, "ff" * 64, "not hexadecimal", secrets.token_hex(64), "aa" * 63])
        case "other_key":
            return OTHER.sign(message).hex()
        case "other_message":
            return KEYS["signing"].sign(message + b".").hex()
        case _:
            return KEYS["signing"].sign(message).hex()


def main() -> None:
    """Answer until stdin ends."""
    module = _Module()
    for line in sys.stdin:
        for answer in module.answer(json.loads(line)):
            sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
