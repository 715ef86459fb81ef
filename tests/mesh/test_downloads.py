"""One-time addresses and pictures between real processes: an address survives kill -9 of its node, and is good once. REQUIREMENTS P16."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from node.library.invented import MINING_TYPE, STORY_HOLDER
from node.rest.retrieval import FILE_PATH
from scripts._mesh.counter import Counter, demo_token
from scripts._mesh.mesh import Mesh
from trust import gm

pytestmark = pytest.mark.timeout(300)

CONSUMER = "310000"
OWN = {"Authorization": f"Bearer {demo_token(CONSUMER)}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer to a GET."""

    status: int
    media: str
    body: bytes


def get(counter: Counter, url: str, headers: Mapping[str, str] = OWN) -> Fetched:
    connection = http.client.HTTPConnection(urlsplit(counter.url).netloc, timeout=60)
    try:
        connection.request("GET", url, headers=dict(headers))
        response = connection.getresponse()
        return Fetched(status=response.status, media=response.getheader("Content-Type", ""), body=response.read())
    finally:
        connection.close()


def wished(mesh: Mesh, **wish: str) -> tuple[Counter, dict[str, object]]:
    """What Shanghai's counter is answered for the story's mining licence."""
    counter = Counter(CONSUMER, mesh.folder.config(CONSUMER))
    apply_id = counter.apply(STORY_HOLDER).data["applyId"]
    found = counter.search(apply_id, STORY_HOLDER).data["dataList"]
    identifier = next(one["certificateID"] for one in found if one["certificateTypeCode"] == MINING_TYPE)
    data = {"applyId": apply_id, "certificateID": identifier, **wish}
    return counter, counter.ask(FILE_PATH, data, key="k").data


def test_an_address_survives_kill_9_and_is_good_once_and_for_its_own_system(mesh: Mesh) -> None:
    counter, item = wished(mesh, deliver="URL")
    url = str(item["fileUrl"])
    mesh.nodes[CONSUMER].kill()
    mesh.start([CONSUMER])
    nobody = get(counter, url, {})
    first = get(counter, url)
    mesh.nodes[CONSUMER].kill()
    mesh.start([CONSUMER])
    second = get(counter, url)

    assert (nobody.status, first.status, second.status) == (401, 200, 410)
    assert (first.media, gm.sm3(first.body).hex()) == ("application/ofd", item["sm3Digest"])
    assert second.media.startswith("application/json")
    assert list((mesh.config(CONSUMER).node.data / "downloads").iterdir()) == []
    assert mesh.verify(CONSUMER)["ok"]


def test_a_picture_is_drawn_of_a_copy_from_another_province(mesh: Mesh) -> None:
    _counter, item = wished(mesh, deliver="INLINE", fileFormat="png")

    assert (item["fileFormat"], item["contentType"], item["pages"]) == ("png", "image/png", 1)
    assert str(item["content"]).startswith("iVBORw0KGgo")
