"""What keeping lists costs on the wire: a changed line next to nothing, a thousand missed versions about the net change."""

from federation.methods import ACKNOWLEDGE, PULL
from federation.model.publication import SignedHead
from federation.model.uselist import UseListLine
from node.usecases.publication.exchanging import Change
from tests.node.usecases.publication.provinces import JIANGSU, SHANGHAI, USELIST, Entry, Province, Provinces, entry
from trust import canonical

LINES = 600


def line(number: int, purpose: str = "核验申请人是否持有有效的采矿许可证和不动产权属证书") -> Entry:
    """A line of a use list as large as they are."""
    return UseListLine(
        use_list_id=f"SH-{number:06}",
        consumer_province=SHANGHAI,
        provider_provinces=(JIANGSU,),
        scene_name="工程建设项目审批综合窗口受理",
        scene_type="COUNTER",
        item_code=f"11310000MB2F3061XN4000115{number:08}",
        item_name="建设用地（含临时用地）规划许可证核发",
        use_org_code="11310000MB2F3061XN",
        use_org_name="上海市规划和自然资源局（样例）",
        type_codes=("11100000MB03271699048",),
        purpose=purpose,
        legal_basis="《中华人民共和国城乡规划法》第三十八条",
        auth_mode="DUTY",
        output_modes=("FILE", "DATA"),
        allowed_fields=("KZ_NAME", "KZ_KIND", "KZ_SCALE"),
        daily_limit=2000,
        rate_per_minute=60,
        valid_from="2026-01-01",
        valid_to="2026-12-31",
        approvals=({"step": "publish", "by": "5a" * 32, "at": "2026-01-01T00:00:00Z"},),
    ).to_dict()


async def test_one_changed_line_among_many_costs_at_most_three_times_its_bytes(mesh: Provinces) -> None:
    shanghai, jiangsu = mesh[SHANGHAI], mesh[JIANGSU]
    lines = [line(number) for number in range(LINES)]
    await shanghai.publish(lines, USELIST)
    await jiangsu.publications._pull(USELIST, SHANGHAI)
    lines[LINES // 2] = changed = line(LINES // 2, "核验")
    await shanghai.publish(lines, USELIST)
    mesh.traffic.sizes.clear()
    await shanghai.publications._announce(USELIST, JIANGSU)
    body = len(canonical.dumps(changed))

    assert 800 < body < 1200
    assert len(mesh.traffic.sizes) == 2, "the announcement with the line, and the answer that is the receipt"
    assert mesh.traffic.bytes <= 3 * body, f"{mesh.traffic.sizes} for {body}"
    assert jiangsu.held(SHANGHAI, USELIST) == lines
    assert shanghai.receipt(JIANGSU, USELIST) == (2, "")


async def test_a_poll_that_finds_nothing_new_is_small(mesh: Provinces) -> None:
    await mesh[SHANGHAI].publish([entry(number) for number in range(50)])
    await mesh[JIANGSU].pull(SHANGHAI)
    mesh.traffic.sizes.clear()
    await mesh[JIANGSU].pull(SHANGHAI)

    assert (len(mesh.traffic.sizes), mesh.traffic.bytes < 1500) == (2, True)


async def test_a_peer_that_missed_a_thousand_versions_catches_up_in_one_go(mesh: Provinces) -> None:
    """Every version changed one of forty lines; the net change are forty lines, and the chain of heads shows that it is one history."""
    shanghai, jiangsu = mesh[SHANGHAI], mesh[JIANGSU]
    lines = {number: line(number) for number in range(60)}
    await shanghai.publish(lines.values(), USELIST)
    await jiangsu.publications._pull(USELIST, SHANGHAI)
    await miss(shanghai, lines, 1000)
    mesh.traffic.sizes.clear()
    before = len(mesh.network.calls)
    await jiangsu.publications._pull(USELIST, SHANGHAI)
    net = sum(len(canonical.dumps(lines[number])) for number in range(40))
    heads = 999 * len(shanghai.head(kind=USELIST).payload)

    assert mesh.paths(before, JIANGSU) == [PULL["uselist"].path, ACKNOWLEDGE["uselist"].path]
    assert jiangsu.mark(SHANGHAI, USELIST) == shanghai.mark(kind=USELIST)
    assert jiangsu.held(SHANGHAI, USELIST) == list(lines.values())
    assert mesh.traffic.bytes < 1.1 * (net + heads)
    assert shanghai.receipt(JIANGSU, USELIST) == (1001, "")


async def miss(publisher: Province, lines: dict[int, Entry], versions: int) -> None:
    """Publish so many versions, each with one of forty lines changed; heads are signed cheaply, but for the last one."""
    sign = publisher.publications._own._sign
    publisher.publications._own._sign = lambda payload, _: SignedHead(
        payload=payload, key_id="00" * 32, signature=bytes(64)
    )
    for version in range(versions):
        if version == versions - 1:
            publisher.publications._own._sign = sign
        number = version % 40
        lines[number] = line(number, f"{version}")
        await publisher.publications.change(USELIST, [change(lines[number])])


def change(entry: Entry) -> Change:
    return Change(entry=entry, id=entry["use_list_id"])


async def test_who_missed_more_than_a_chain_holds_goes_in_steps(mesh: Provinces) -> None:
    shanghai, jiangsu = mesh[SHANGHAI], mesh[JIANGSU]
    await shanghai.publish([entry(0)])
    await jiangsu.pull(SHANGHAI)
    for number in range(12):
        await shanghai.publish([entry(number)])
    shanghai.publications._offers.max_chain = 5
    before = len(mesh.network.calls)
    await jiangsu.pull(SHANGHAI)

    assert mesh.paths(before, JIANGSU).count(PULL["catalogue"].path) == 3
    assert jiangsu.mark(SHANGHAI) == shanghai.mark()
