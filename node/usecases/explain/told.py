"""A timeline as JSON values, for the admin port and the command line. The same words for all readers; the REST edge has its own models."""

from typing import Any

from node.ports.timeline import Fault, Step, Timeline
from node.usecases.explain import words


def told(timeline: Timeline) -> dict[str, Any]:
    """The whole of it."""
    return {
        "exchange": timeline.exchange_id,
        "node": timeline.node,
        "state": timeline.state.value,
        "state_zh": words.STATES[timeline.state],
        "faults": [_fault(one) for one in timeline.faults],
        "steps": [_step(one) for one in timeline.steps],
    }


def _fault(one: Fault) -> dict[str, Any]:
    said = one.refusal
    return {
        "reason": one.reason.value,
        "code": said.code,
        "hop": one.hop.value,
        "hop_zh": words.hop(one.hop, one.at),
        "at": one.at,
        "owner": one.owner.value,
        "owner_zh": words.owner(one.owner, one.province),
        "province": one.province,
        "message": said.zh,
        "next_step": said.next_step,
        "next_step_zh": said.zh_step,
    }


def _step(one: Step) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "time": one.time,
        "event": one.event,
        "event_zh": words.event(one.event),
        "hop": one.hop.value,
        "hop_zh": words.hop(one.hop, one.at),
        "at": one.at,
        "result": one.result.value,
        "words": one.words,
    }
    if one.peer:
        shown["peer"] = one.peer
    if one.took_ms is not None:
        shown["took_ms"] = one.took_ms
    if one.entry is not None:
        shown["entry"] = one.entry
    if one.facts:
        shown["facts"] = dict(one.facts)
    if one.fault is not None:
        shown["fault"] = _fault(one.fault)
    return shown
