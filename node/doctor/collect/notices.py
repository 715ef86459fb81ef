"""Facts about what the node has to tell, as the running node says them."""

from node.doctor.context import Context
from node.doctor.facts import NoticeFacts


def notices(context: Context) -> NoticeFacts:
    """What waits, what was given up, and which systems cannot be reached."""
    if context.status is None:
        return NoticeFacts(running=False)
    told = context.status["notices"]
    dead = {one["province"]: one["count"] for one in told["queues"] if one["state"] == "DEAD"}
    return NoticeFacts(running=True, dead=dead, oldest_s=told["oldest_s"], webhooks=told["webhooks"])
