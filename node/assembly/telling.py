"""What is told to provinces and to systems of this one: the teller, the webhooks, deferrals and the letters' desk. Clause 8.4.

Delivery to peers is `links`' outbox; when things are told is for the use-cases to say.
"""

import secrets
from dataclasses import dataclass
from functools import partial

from federation.peers import Work
from node.assembly.core import Core
from node.config import WebhookSection
from node.moment import new_id, utc_now
from node.ports.notices import WEBHOOK
from node.ports.webhooks import Hook, HookKind
from node.usecases.telling.deferring import DeferralDesk
from node.usecases.telling.hook_loop import Bells
from node.usecases.telling.hooks import HookOutbox
from node.usecases.telling.letters import Letters
from node.usecases.telling.routes import Routes
from node.usecases.telling.teller import Teller
from node.webhook_client import HttpHookCaller, tls_contexts


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """The parts. `teller` is how other use-cases tell; a type of events is added with `teller.takes`, its targets woken with `wake`."""

    core: Core
    routes: Routes
    teller: Teller
    bells: Bells
    hooks: HookOutbox
    letters: Letters
    deferrals: DeferralDesk

    def wake(self, target: str) -> None:
        """There are letters for this target (`node.ports.notices`), and they are durable."""
        _wake(self.core, self.bells, target)


def make_telling(core: Core) -> Telling:
    """Put the parts together."""
    hooks = tuple(map(_hook, core.config.webhooks))
    routes = Routes(hooks)
    teller = Teller(province=core.province, clock=utc_now, systems=routes.targets)
    bells = Bells(one.name for one in routes.hooks)
    return Telling(
        core=core,
        routes=routes,
        teller=teller,
        bells=bells,
        hooks=HookOutbox(
            routes=routes,
            store=core.store,
            caller=HttpHookCaller(tls_contexts(hooks)),
            recorder=core.recorder,
            signing=core.signing,
            new_nonce=partial(secrets.token_hex, 16),
            counted=core.metrics.webhook,
        ),
        letters=Letters(store=core.store, recorder=core.recorder, wake=partial(_hurry, core, bells)),
        deferrals=DeferralDesk(
            store=core.store,
            recorder=core.recorder,
            teller=teller,
            members=core.members,
            clock=utc_now,
            new_id=new_id,
            digest=partial(core.vault.digest, "manager"),
            wake=partial(_wake, core, bells),
        ),
    )


def _hook(section: WebhookSection) -> Hook:
    return Hook(
        name=section.name,
        kind=HookKind(section.kind),
        url=section.url,
        issuers=frozenset(section.issuers),
        timeout_s=section.timeout,
        ca=section.ca,
    )


def _wake(core: Core, bells: Bells, target: str) -> None:
    if target.startswith(WEBHOOK):
        bells.ring(target.removeprefix(WEBHOOK))
    else:
        core.peers.wake(target, Work.OUTBOX)


def _hurry(core: Core, bells: Bells, target: str) -> None:
    """As `_wake`, but a pause after failures ends, too."""
    if target.startswith(WEBHOOK):
        bells.hurry(target.removeprefix(WEBHOOK))
    else:
        core.peers.wake(target, Work.OUTBOX)
