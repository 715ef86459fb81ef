"""Fingerprints for people: digits in groups, and Chinese characters to be read over the telephone. For first contact, DESIGN §4.

Each byte has one character of a fixed table: common, concrete, and each with a syllable of its own, tones apart, so that no two sound
alike in Putonghua. The table is part of what provinces compare: it never changes.
"""

import re

_TABLE = """
安an 爱ai 八ba 白bai 班ban 宝bao 北bei 本ben 笔bi 表biao 冰bing 波bo 布bu 菜cai 餐can 仓cang
草cao 层ceng 茶cha 柴chai 唱chang 车che 晨chen 尺chi 虫chong 船chuan 窗chuang 吹chui 春chun 词ci 葱cong 翠cui
村cun 带dai 蛋dan 道dao 灯deng 地di 电dian 雕diao 蝶die 顶ding 东dong 豆dou 读du 朵duo 鹅e 耳er
法fa 饭fan 房fang 飞fei 粉fen 风feng 福fu 钢gang 高gao 歌ge 根gen 宫gong 狗gou 鼓gu 瓜gua 光guang
龟gui 果guo 海hai 汉han 航hang 好hao 河he 黑hei 红hong 猴hou 湖hu 花hua 环huan 黄huang 灰hui 火huo
鸡ji 家jia 剑jian 江jiang 角jiao 街jie 金jin 酒jiu 菊ju 卷juan 卡ka 开kai 康kang 客ke 坑keng 空kong
扣kou 库ku 快kuai 宽kuan 矿kuang 葵kui 昆kun 辣la 蓝lan 狼lang 老lao 雷lei 冷leng 梨li 莲lian 凉liang
猎lie 铃ling 柳liu 龙long 楼lou 鹿lu 绿lv 轮lun 萝luo 马ma 麦mai 满man 猫mao 梅mei 门men 梦meng
米mi 棉mian 苗miao 民min 墨mo 牧mu 拿na 奶nai 南nan 脑nao 泥ni 年nian 鸟niao 宁ning 牛niu 农nong
暖nuan 藕ou 牌pai 盘pan 跑pao 盆pen 朋peng 皮pi 片pian 票piao 瓶ping 坡po 葡pu 旗qi 钱qian 墙qiang
桥qiao 茄qie 琴qin 球qiu 泉quan 雀que 群qun 燃ran 热re 绒rong 肉rou 软ruan 伞san 桑sang 扫sao 色se
森sen 沙sha 山shan 商shang 烧shao 蛇she 声sheng 石shi 手shou 书shu 霜shuang 水shui 丝si 松song 苏su 蒜suan
笋sun 锁suo 塔ta 台tai 炭tan 糖tang 桃tao 藤teng 梯ti 田tian 条tiao 铁tie 铜tong 头tou 兔tu 团tuan
腿tui 驼tuo 瓦wa 外wai 碗wan 网wang 文wen 雾wu 西xi 虾xia 线xian 象xiang 笑xiao 鞋xie 星xing 熊xiong
雪xue 鸭ya 盐yan 羊yang 药yao 叶ye 衣yi 银yin 鹰ying 泳yong 油you 雨yu 园yuan 月yue 云yun 赞zan
枣zao 宅zhai 站zhan 章zhang 照zhao 针zhen 纸zhi 钟zhong 竹zhu 抓zhua 砖zhuan 装zhuang 桌zhuo 紫zi 棕zong 走zou
"""
CHARACTERS: tuple[str, ...] = tuple(re.sub("[a-z\\s]", "", _TABLE))
SYLLABLES: tuple[str, ...] = tuple(re.findall("[a-z]+", _TABLE))
WORDS = 16
"""How many bytes are shown by default: 128 bits, as many as nobody can hit by trying."""
_GROUP = 4


def grouped(fingerprint: str) -> str:
    """A fingerprint in groups of eight digits, to be read aloud."""
    return " ".join(fingerprint[at : at + 8] for at in range(0, len(fingerprint), 8))


def words(fingerprint: str, count: int = WORDS) -> str:
    """The first `count` bytes (8 to 32) of a fingerprint as characters in groups of four.

    Raises:
        ValueError: fewer than 8, or more than the fingerprint has; or not a fingerprint in hex.
    """
    digest = bytes.fromhex(fingerprint)
    if not 8 <= count <= len(digest):  # noqa: PLR2004 - 64 bits are the least that is worth comparing
        raise ValueError("between 8 and 32 bytes are shown")
    characters = [CHARACTERS[byte] for byte in digest[:count]]
    return " ".join("".join(characters[at : at + _GROUP]) for at in range(0, count, _GROUP))


def spoken(fingerprint: str, count: int = WORDS) -> str:
    """The words, and how many of the fingerprint's bits they carry."""
    return f"{words(fingerprint, count)} ({8 * count} of {4 * len(fingerprint)} bits)"
