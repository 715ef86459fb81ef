"""POST /elc/v1/search/receipt."""

from federation.model.refusal import Reason
from tests.node.rest.edge import BEARER, CALLER, FakeServices, edge, message, refused

PATH = "/elc/v1/search/receipt"


async def test_the_receipt_comes_as_it_is_kept(services: FakeServices) -> None:
    async with edge(services) as client:
        response = await client.post(PATH, json=message({"exchangeId": "E-2"}), headers=BEARER)
        data = (await response.json())["data"]

    assert services.asked == [(CALLER, "E-2")]
    assert data["receipt"]["answered"]["index"] == 7
    assert data["receipt"]["exchange"] == "E-2"


async def test_a_search_that_is_not_the_callers_has_none(services: FakeServices) -> None:
    services.refuse = refused(Reason.NO_RECORD)
    async with edge(services) as client:
        response = await client.post(PATH, json=message({"exchangeId": "E-9"}), headers=BEARER)

        assert (await response.json())["head"]["status"] == "3"
