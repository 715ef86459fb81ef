"""The form of each type of demonstration certificate. Only its places and words: what they are made of is `form_parts`.

The layouts follow the manner of such certificates and copy none: other sizes and words, an invented emblem, and 样例 all over.
"""

from dataclasses import replace

from node.library.demo.form_parts import (
    Blueprint,
    Column,
    Field,
    blueprint,
    braided_border,
    centred,
    emblem,
    lined_border,
    notice,
    sample_mark,
    small_print,
    table,
)
from node.library.demo.ornaments import rectangle, ring
from node.library.invented import (
    BUSINESS_LICENCE_TYPE,
    ID_CARD_TYPE,
    LAND_TYPE,
    MINING_TYPE,
    REAL_ESTATE_TYPE,
    TRANSPORT_TYPE,
)
from trust.ofd.marks import Font, Shape, advance

NUMBER, HOLDERS, HOLDER_CODES, VALIDITY, ISSUER, ISSUED, IDENTIFIER, SEX, BIRTH = (
    "证照编号",
    "持证主体",
    "持证主体代码",
    "有效期限",
    "颁发机构",
    "颁发日期",
    "证照标识",
    "性别",
    "出生",
)
"""Keys of values that every record has, or that follow from one; all other keys are names of face fields."""

_A4 = (297.0, 210.0)
_A4_UPRIGHT = (210.0, 297.0)
_B5 = (257.0, 182.0)
_CARDS = (105.0, 150.0)
_RED, _ROSE = "176 38 38", "253 240 238"
_OLIVE, _STRAW = "140 124 40", "250 247 226"
_MAROON, _CREAM = "120 40 50", "251 244 238"
_BLUE, _SKY = "40 90 140", "236 244 251"
_GREY = "120 120 116"
_TEAL, _MINT = "40 120 120", "234 246 244"


def _column(
    x: float, y: float, width: float, pitch: float, size: float, *fields: tuple[str, str, int], indent: float = 0.0
) -> Column:
    """Fields as (label, key, lines). Values begin at `indent`, or else behind the longest label."""
    longest = max(advance(label, size) for label, _, _ in fields)
    return Column(
        x=x,
        y=y,
        width=width,
        label_width=indent or longest + size / 2,
        pitch=pitch,
        size=size,
        fields=tuple(Field(label=label, key=key, lines=lines) for label, key, lines in fields),
    )


def _issued(x: float, y: float, width: float, label: str, size: float = 4.6) -> Column:
    return _column(x, y, width, size * 2, size, (label, ISSUER, 1), ("日    期：", ISSUED, 1))


def _identifier(x: float, y: float, width: float, size: float = 3.2) -> Column:
    return replace(_column(x, y, width, 0, size, ("证照标识：", IDENTIFIER, 1)), color="110 110 110")


_BUSINESS_LICENCE = blueprint(
    size=_A4,
    marks=(
        *braided_border(*_A4, 11, 10, _RED),
        sample_mark(148.5, 118, 74),
        *emblem(148.5, 43, 15, _RED, _ROSE),
        centred("营业执照", 148.5, 80, 18, spacing=12),
        centred("（样例正本）", 148.5, 90, 5, font=Font.SONG),
        notice(214, 34, 5),
    ),
    columns=(
        _column(32, 34, 80, 8, 4.2, ("统一社会信用代码", HOLDER_CODES, 1)),
        _column(36, 106, 130, 12, 5.2, ("名    称", HOLDERS, 1), ("类    型", "类型", 1), ("经营范围", "经营范围", 2)),
        _column(176, 106, 94, 12, 5.2, ("注册资本", "注册资本", 1), ("证照编号", NUMBER, 1), ("营业期限", VALIDITY, 2)),
        _issued(166, 160, 104, "登记机关："),
        _identifier(36, 184, 150),
    ),
    seal=(212, 142, 40),
)

_MINING = blueprint(
    size=_A4,
    marks=(
        *braided_border(*_A4, 9, 12, _OLIVE),
        sample_mark(148.5, 116, 74),
        *emblem(148.5, 27, 17, _OLIVE, _STRAW),
        centred("采矿许可证", 148.5, 68, 17, spacing=11),
        centred("（样例正本）", 148.5, 78, 5.4, font=Font.SONG),
        notice(214, 34, 5),
    ),
    columns=(
        _column(112, 88, 80, 8, 4.6, ("证号：", NUMBER, 1)),
        _column(
            36,
            104,
            138,
            14,
            5.6,
            ("采矿权人：", HOLDERS, 1),
            ("矿山名称：", "矿山名称", 1),
            ("有效期限：", VALIDITY, 1),
        ),
        _column(
            184,
            104,
            88,
            14,
            5.6,
            ("开采矿种：", "开采矿种", 1),
            ("开采方式：", "开采方式", 1),
            ("生产规模：", "生产规模", 1),
        ),
        _issued(152, 160, 116, "发证机关："),
        _identifier(36, 184, 150),
    ),
    seal=(196, 142, 40),
)

_LAND = blueprint(
    size=_A4,
    marks=(
        Shape(data=rectangle(14, 16, 130, 178), stroke=_GREY, width=0.6),
        Shape(data=rectangle(153, 16, 130, 178), stroke=_GREY, width=0.6),
        sample_mark(79, 108, 48),
        sample_mark(218, 158, 40),
        *emblem(79, 37, 11, _GREY, "246 246 244"),
        centred("建设项目", 79, 63, 9.5, spacing=3),
        centred("用地预审与选址意见书", 79, 77, 9.5, spacing=1),
        notice(97, 24, 4.6),
        small_print("经审核，本项目用地与选址符合样例规划，核发此书。", 24, 110, 4.6),
        small_print("本文书只为系统演示而作，不具有任何效力。", 24, 119, 4.6),
        centred("基本情况", 218, 29, 6),
        *table(160, 34, (30, 86), 6, 14, _GREY),
        small_print("一、本书由演示程序生成，项目、单位与编号均为虚构。", 162, 132, 4),
        small_print("二、印章由测试印章CA签发，任何生产系统不得信任。", 162, 140, 4),
    ),
    columns=(
        _column(44, 90, 70, 8, 4.6, ("用字第", NUMBER, 1)),
        _issued(40, 160, 100, "核发机关："),
        _column(
            163,
            41,
            112,
            14,
            4.2,
            ("建设单位", HOLDERS, 1),
            ("项目名称", "项目名称", 1),
            ("项目代码", "项目代码", 1),
            ("拟用地面积", "拟用地面积", 1),
            ("有效期限", VALIDITY, 1),
            indent=30,
        ),
        _column(163, 109.5, 110, 14, 4.2, ("证照标识", IDENTIFIER, 2), indent=30),
    ),
    seal=(76, 142, 40),
)

_REAL_ESTATE = blueprint(
    size=_A4_UPRIGHT,
    marks=(
        *lined_border(*_A4_UPRIGHT, 12, _MAROON),
        sample_mark(105, 172, 62),
        *emblem(105, 50, 17, _MAROON, _CREAM),
        centred("中华人民共和国", 105, 84, 8, spacing=3, font=Font.SONG),
        centred("不动产权证书", 105, 100, 13, spacing=4),
        notice(145, 26, 5),
        *table(25, 112, (38, 122), 6, 15, _MAROON),
    ),
    columns=(
        _column(
            29,
            121,
            152,
            15,
            5,
            ("不动产权证号", NUMBER, 1),
            ("权利人", HOLDERS, 1),
            ("共有情况", "共有情况", 1),
            ("坐落", "坐落", 1),
            ("面积", "面积", 1),
            ("权利期限", VALIDITY, 1),
            indent=38,
        ),
        _issued(88, 236, 98, "登记机构：", 5),
        _identifier(25, 274, 150),
    ),
    seal=(124, 218, 40),
)

_TRANSPORT = blueprint(
    size=_B5,
    marks=(
        *lined_border(*_B5, 10, _BLUE),
        sample_mark(128.5, 104, 66),
        *emblem(40, 42, 14, _BLUE, _SKY),
        centred("道路运输经营许可证", 140, 48, 12, spacing=4),
        notice(184, 26, 4.6),
    ),
    columns=(
        _column(
            36,
            76,
            186,
            15,
            5.4,
            ("证    号：", NUMBER, 1),
            ("业户名称：", HOLDERS, 1),
            ("经营范围：", "经营范围", 1),
            ("有效期限：", VALIDITY, 1),
        ),
        _issued(124, 138, 106, "核发机关："),
        _identifier(24, 164, 150),
    ),
    seal=(164, 121, 40),
)

_HEAD, _SHOULDERS = ring(79, 33, 6.2), "M 66 55 A 13 13 0 0 1 92 55 C"
_ID_CARD = blueprint(
    size=_CARDS,
    marks=(
        Shape(data=rectangle(9.7, 12, 85.6, 54, rounded=3.2), stroke=_TEAL, fill=_MINT, width=0.4),
        Shape(data=rectangle(9.7, 72, 85.6, 54, rounded=3.2), stroke=_TEAL, fill=_MINT, width=0.4),
        sample_mark(47, 38, 20),
        sample_mark(50, 112, 18),
        Shape(data=_HEAD, fill="200 212 210"),
        Shape(data=_SHOULDERS, fill="200 212 210"),
        *emblem(26, 88, 9, _TEAL, "255 255 255"),
        centred("居民身份证", 64, 92, 7, spacing=1.5),
        notice(12.5, 17.5, 3),
        notice(64, 77.5, 3),
    ),
    columns=(
        _column(15, 25, 48, 8, 3.4, ("姓名", HOLDERS, 1)),
        _column(15, 33, 20, 8, 3.4, ("性别", SEX, 1)),
        _column(36, 33, 24, 8, 3.4, ("民族", "民族", 1)),
        _column(15, 41, 48, 8, 3.4, ("出生", BIRTH, 1)),
        _column(15, 61, 72, 8, 3.4, ("公民身份号码", NUMBER, 1)),
        _column(18, 110, 66, 8, 3.4, ("签发机关", "签发机关", 1), ("有效期限", VALIDITY, 1)),
        _column(9.7, 133, 85.6, 4, 2.1, ("颁发机构：", ISSUER, 1), ("颁发日期：", ISSUED, 1)),
        _identifier(9.7, 141, 85.6, 2.1),
    ),
    seal=(70, 99, 24),
)

BLUEPRINTS: dict[str, Blueprint] = {
    BUSINESS_LICENCE_TYPE: _BUSINESS_LICENCE,
    MINING_TYPE: _MINING,
    LAND_TYPE: _LAND,
    REAL_ESTATE_TYPE: _REAL_ESTATE,
    TRANSPORT_TYPE: _TRANSPORT,
    ID_CARD_TYPE: _ID_CARD,
}
"""The blueprint of each type that demonstrations make."""
