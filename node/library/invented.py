"""Invented holders, issuers and codes for demonstrations. No person or body here exists, and none can: see the two rules below.

Persons' numbers use the province's own code (3x0000) for the place of registration, which no citizen's number does; bodies' codes hold
"DEMA" where real organisation codes do not. All check characters are right (GB 11643, GB 11714, GB 32100), so the ordinary checks apply.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from federation.model.application import Holder
from node.library.holder import CITIZEN_ID, CREDIT_CODE, make_citizen_id, make_credit_code

PROVINCES = {"310000": "上海市", "320000": "江苏省", "330000": "浙江省", "340000": "安徽省"}

MINING_TYPE = "11100000MB03271699901"
LAND_TYPE = "11100000MB03271699902"
ID_CARD_TYPE = "11100000DEMA00005E901"
BUSINESS_LICENCE_TYPE = "11100000DEMA00005E902"
GENERIC_TYPE = "11100000DEMA00005E999"
REAL_ESTATE_TYPE = "11100000MB03271699001"
TRANSPORT_TYPE = "11100000000019713D008"

_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SURNAMES = "赵钱孙李周吴郑王冯陈"
_GIVEN = ("样一", "样二", "样三", "样四", "样五", "样六", "样七", "样八")
_TRADES = ("机械", "物流", "建材", "纺织", "食品")
_PUBLIC_BODY, _COMPANY = "11", "91"  # GB 32100: registering authority and kind of body
_OLDEST = date(1950, 1, 1)
_BIRTH_DAYS = 50 * 365


def organisation_code(number: int) -> str:
    """The nine characters of an invented organisation code (GB 11714: eight and a check character). `number` is 0 to 9999.

    Those whose check character would be 10 are shown as X there, which GB 32100 shares.
    """
    first8 = f"DEMA{number:04}"
    total = sum(_ALPHABET.index(char) * weight for char, weight in zip(first8, _ORGANISATION_WEIGHTS, strict=True))
    return first8 + "0123456789X"[-total % 11]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """An invented issuing authority."""

    name: str
    code: str


def issuer_of(province: str, type_code: str) -> Issuer:
    """The invented body of a province that issues certificates of a type.

    Raises:
        KeyError: the province is none of the four.
    """
    duty, number = _DUTIES.get(type_code, _DUTIES[GENERIC_TYPE])
    name = f"{PROVINCES[province]}样例{duty}"
    return Issuer(name=name, code=make_credit_code(_PUBLIC_BODY, province, organisation_code(number)))


_DUTIES = {
    MINING_TYPE: ("自然资源厅", 11),
    LAND_TYPE: ("自然资源厅", 11),
    REAL_ESTATE_TYPE: ("自然资源厅", 11),
    ID_CARD_TYPE: ("公安局", 12),
    BUSINESS_LICENCE_TYPE: ("市场监督管理局", 13),
    TRANSPORT_TYPE: ("交通运输局", 14),
    GENERIC_TYPE: ("行政审批局", 15),
}

STORY_HOLDER = Holder(
    name="江苏样例矿业有限公司",
    code=make_credit_code(_COMPANY, "320000", organisation_code(1)),
    type_code=CREDIT_CODE,
)
"""The company of the demonstrations: registered in Jiangsu, with a mining licence in Zhejiang and a land-use opinion in Anhui."""


def person(rng: Random, province: str) -> Holder:
    """An invented citizen of a province."""
    birth = _OLDEST + timedelta(days=rng.randrange(_BIRTH_DAYS))
    code = make_citizen_id(province, birth, rng.randrange(1000))
    return Holder(name=rng.choice(_SURNAMES) + rng.choice(_GIVEN), code=code, type_code=CITIZEN_ID)


def company(rng: Random, province: str) -> Holder:
    """An invented company of a province."""
    number = rng.randrange(100, 10000)
    name = f"{PROVINCES[province][:2]}样例{number}号{rng.choice(_TRADES)}有限公司"
    return Holder(
        name=name, code=make_credit_code(_COMPANY, province, organisation_code(number)), type_code=CREDIT_CODE
    )
