"""A province's systems as the tests play them: webhooks that answer what they are told to. Nothing here is a test."""

from collections import deque
from dataclasses import dataclass, field
from itertools import count

from node.ports.webhooks import Hook, HookAnswer, HookKind, HookRequest, HookUnreachableError
from node.usecases.telling.hooks import HookOutbox
from node.usecases.telling.routes import Routes
from tests.node.usecases.mesh import Province

APP = Hook(name="app", kind=HookKind.HOLDER_CHANNEL, url="https://app.example/notices")
UNITS = Hook(name="units", kind=HookKind.ISSUER, url="https://units.example:8443/in")
TAKEN = HookAnswer(status=204)


@dataclass(slots=True)
class Systems:
    """Implements `HookCaller`: answers in turn as `answers` says, and then 204. Keeps what it was sent."""

    answers: deque[HookAnswer | str] = field(default_factory=deque)
    sent: list[tuple[str, HookRequest]] = field(default_factory=list)

    async def post(self, hook: Hook, request: HookRequest) -> HookAnswer:
        self.sent.append((hook.name, request))
        answer = self.answers.popleft() if self.answers else TAKEN
        if isinstance(answer, str):
            raise HookUnreachableError(answer)
        return answer


def hooks_of(province: Province, systems: Systems, *hooks: Hook) -> HookOutbox:
    """Give a province these webhooks."""
    province.systems = Routes(hooks)
    nonces = count(1)
    return HookOutbox(
        routes=province.systems,
        store=province.store,
        caller=systems,
        recorder=province.recorder,
        signing=province.signatory,
        new_nonce=lambda: f"{next(nonces):032x}",
        counted=lambda hook, outcome: province.counted.append(f"{hook} {outcome}"),
    )
