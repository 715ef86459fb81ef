"""Who has a province's database, and nothing else, finds no number, no name and no handle in it. Clause 8.4, DESIGN §2.8.

A whole story over files: a consent, uses that are told, data compared, an objection, and the holder's question who used it all.
"""

import base64
import sqlite3
from pathlib import Path

import pytest

from node.ports.objecting import ObjectionForm
from node.storage.sqlite import open_sqlite
from node.usecases.sealed.store import SealedStore
from tests.node.usecases.consent.offices import HOME_APP, LINES, PERSON, applying, given, given_at_counter
from tests.node.usecases.holder_log.story import APP, CERTIFICATE, FORM, deliver, use, verify
from tests.node.usecases.mesh import CALLER, JIANGSU, SHANGHAI, ZHEJIANG, Mesh
from tests.node.usecases.objection.cases import CLAIM, MANAGER, bureau
from tests.node.usecases.sealed.searching import found_in, of_handle
from tests.node.usecases.telling.systems import APP as CHANNEL
from tests.node.usecases.telling.systems import Systems, hooks_of
from trust.objection import RaisedBy

FILLED = {"consent", "holder_use", "outbox", "objection_document", "answer", "holder_log", "own_application", "handle"}


async def on_disk(folder: Path) -> Mesh:
    """The four provinces, each over a file."""
    mesh = Mesh(folder)
    for code, province in mesh.all.items():
        assert isinstance(province.store, SealedStore)
        province.store._inner = await open_sqlite(folder / f"{code}.db", sign_checkpoint=province._sign_head)
    return await mesh.ready(LINES)


async def objected(mesh: Mesh) -> None:
    """The holder objects at home; it is checked and answered, and everybody is told."""
    bureaus = {code: bureau(one) for code, one in mesh.all.items()}
    form = ObjectionForm(
        by=RaisedBy.HOLDER, identifier=CERTIFICATE.identifier, fields=("KZ_KIND",), claim=CLAIM, holder=PERSON
    )
    raised = await bureaus[SHANGHAI].office.raise_(HOME_APP, form, "k")
    await bureaus[SHANGHAI].tell(ZHEJIANG)
    await bureaus[ZHEJIANG].desk.take(MANAGER, raised.objection_id)
    await bureaus[ZHEJIANG].desk.reject(MANAGER, raised.objection_id, "登记无误")
    for peer in (SHANGHAI, JIANGSU):
        await bureaus[ZHEJIANG].tell(peer)
    (seen,) = await bureaus[SHANGHAI].office.show(HOME_APP, raised.objection_id)
    assert [one.state.value for one in seen.moves] == ["CHECKING", "REJECTED"]


async def story(mesh: Mesh) -> None:
    hooks = hooks_of(mesh.shanghai, Systems(), CHANNEL)
    taken = await given(mesh)
    await given_at_counter(mesh)
    await mesh.jiangsu.holders.check(CALLER, PERSON)
    await use(mesh)
    await mesh.jiangsu.submit(**applying(taken.document))
    await verify(mesh)
    await objected(mesh)
    await deliver(mesh, mesh.zhejiang)
    while await hooks.deliver_next("app"):
        pass
    assert (await mesh.shanghai.uses.ask(APP, FORM)).uses


async def secrets(mesh: Mesh) -> list[bytes]:
    """Number, name and handle; and the salts without which what the logs bind could be guessed."""
    handle = mesh.shanghai.vault.handle(PERSON.type_code, PERSON.code)
    told = mesh.shanghai.store.read.notices.uses_of(handle, 10)
    salts = [one.event.split(b'"salt":"')[1][:64] for one in told]
    assert salts
    assert len(set(salts)) == len(salts)
    return [PERSON.code.encode(), PERSON.name.encode(), *of_handle(handle), *salts]


def filled(file: Path) -> set[str]:
    db = sqlite3.connect(file)
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name for name in tables if db.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone()}
    db.close()
    return found


async def test_no_database_holds_a_number_a_name_or_a_handle(tmp_path: Path) -> None:
    mesh = await on_disk(tmp_path)
    await story(mesh)
    hidden = await secrets(mesh)
    for province in mesh.all.values():
        await province.store.close()
    files = [tmp_path / f"{code}.db" for code in mesh.all]

    assert set().union(*map(filled, files)) >= FILLED, "the story fills the tables that it is about"
    assert {file.name: found for file in files if (found := found_in(file, hidden))} == {}


@pytest.mark.parametrize("ahead", range(3))
def test_what_is_searched_for_is_found_in_base64_wherever_it_begins(tmp_path: Path, ahead: int) -> None:
    secret = b"320000199001011239"
    coded = base64.b64encode(b"." * ahead + secret + b"..")
    (tmp_path / "file").write_bytes(coded)

    assert found_in(tmp_path / "file", [secret]) == [secret]
