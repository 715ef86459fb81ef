"""One province's word, and a list that was given before anybody named the use, convict nobody: no record, no alarm, no file."""

from dataclasses import replace
from typing import Any

from federation.holder_uses import Kind
from federation.model.evidence import EventType
from federation.model.holder_uses import Role, UseFacts, UsesAnswer
from federation.model.search import Completeness
from node.ports.store import Nouns
from node.usecases.holder_log.index import Part
from node.usecases.holder_log.words import sentence
from tests.node.usecases.holder_log.story import PERSON, answering, ask, leaving_out, use
from tests.node.usecases.mesh import JIANGSU, ZHEJIANG, Mesh


async def test_a_use_that_one_province_invents_is_no_omission_of_the_other(mesh: Mesh) -> None:
    node = mesh.jiangsu
    handle = node.vault.handle(PERSON.type_code, PERSON.code)
    part = Part(handle=handle, exchange_id="never-was", role=Role.CONSUMER, peer=ZHEJIANG)

    def unit(nouns: Nouns) -> None:
        said: dict[str, Any] = {"peer": ZHEJIANG, "answer": "ab" * 32}
        index = nouns.evidence.append(node.recorder.entry(EventType.RETRIEVE, "received", "never-was", **said))
        facts = UseFacts(consumer=JIANGSU, provider=ZHEJIANG)
        node.holder_index.begun(nouns, part, index, mesh.clock(), facts)

    await node.store.transact(unit)
    mesh.clock.move(hours=1)
    told = await ask(mesh)
    (one,) = told.found

    assert (one.province, one.kind, one.certain, told.completeness) == (
        ZHEJIANG,
        Kind.OMITTED,
        False,
        Completeness.INCOMPLETE,
    )
    assert "各执一词" in sentence(one)
    assert mesh.shanghai.omitted == []
    assert mesh.shanghai.store.read.holder_log.omissions(9) == []


async def test_a_list_of_a_time_alone_puts_no_omission_on_record(mesh: Mesh) -> None:
    """The second answer is lost: what the law held back from the first would have been in it."""
    exchange_id = await use(mesh)
    mesh.clock.move(hours=1)

    def then_lost(answer: UsesAnswer) -> UsesAnswer:
        mesh.network.down(ZHEJIANG)
        return leaving_out(exchange_id)(replace(answer))

    answering(mesh, ZHEJIANG, then_lost)
    told = await ask(mesh)

    assert told.completeness is Completeness.INCOMPLETE
    assert mesh.shanghai.omitted == []
    assert mesh.shanghai.store.read.holder_log.omissions(9) == []
