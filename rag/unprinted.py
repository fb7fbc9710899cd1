"""Names and kinds of thing that a question asks about and print has nowhere.

What is sure enough here to speak against an answer: places that a dictionary knows, Latin names, and
things for which papers have one word. Whatever readers say in words of their own is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import rjieba

from rag.matching import matched
from rag.questions import Term

_LATIN = re.compile(r"[a-z][a-z0-9+#.&-]{2,}")
# Of the places of a segmenter's dictionary those that every reader knows; it has 上门 and 河沙, too.
_PLACES = frozenset(
    """
    北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南 四川 贵州 云南 陕西 甘肃 青海
    台湾 内蒙古 宁夏 新疆 西藏 香港 澳门 石家庄 唐山 保定 邯郸 太原 大同 呼和浩特 包头 沈阳 大连 长春 哈尔滨 大庆 南京 苏州 无锡 常州 徐州
    扬州 南通 杭州 宁波 温州 绍兴 金华 义乌 合肥 芜湖 福州 厦门 泉州 南昌 赣州 九江 济南 青岛 烟台 潍坊 临沂 洛阳 开封 新乡 安阳 南阳 信阳
    许昌 焦作 周口 商丘 驻马店 平顶山 漯河 濮阳 鹤壁 三门峡 济源 武汉 宜昌 襄阳 长沙 株洲 岳阳 广州 深圳 珠海 佛山 东莞 惠州 中山 汕头
    南宁 桂林 柳州 海口 三亚 成都 绵阳 宜宾 贵阳 遵义 昆明 大理 拉萨 西安 咸阳 延安 兰州 西宁 银川 乌鲁木齐 雄安
    美国 英国 法国 德国 俄罗斯 乌克兰 日本 韩国 朝鲜 印度 越南 泰国 缅甸 新加坡 马来西亚 印度尼西亚 菲律宾 巴基斯坦 伊朗 以色列 土耳其
    加拿大 墨西哥 巴西 阿根廷 澳大利亚 新西兰 意大利 西班牙 葡萄牙 荷兰 瑞士 瑞典 波兰 埃及 南非 欧洲 非洲 欧盟
    """.split()
)
_NAME = 0.9
_LEVEL = re.compile(r"(?:特别行政区|自治[区州县]|地区|[省市县区国])$")
_SHORT = dict(
    zip(
        "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南 四川 贵州 "
        "云南 陕西 甘肃 青海 台湾 内蒙古 宁夏 新疆 西藏 香港 澳门 广州 深圳 南京 成都 武汉 俄罗斯 乌克兰 日本 印度".split(),
        "京 津 沪 渝 冀 晋 辽 吉 黑 苏 浙 皖 闽 赣 鲁 豫 鄂 湘 粤 桂 琼 川 黔 "
        "滇 陕 甘 青 台 蒙 宁 疆 藏 港 澳 穗 深 宁 蓉 汉 俄 乌 日 印".split(),
        strict=True,
    )
)
_TITLE = re.compile("《([^》]{2,40})》")
# What is asked about, and the words of which an article that tells of it has one.
_THINGS = tuple(
    (re.compile(asked), re.compile(told))
    for asked, told in (
        ("地铁|轻轨", "地铁|轻轨|轨道|号线"), ("高铁", "高铁|高速铁路|客专|动车"),
        ("(?<![高中])铁路", "铁路|高铁|铁[公水海]|班列|动车|线"),
        ("国道", "国道|国省|g\\d"), ("省道", "省道|国省|s\\d"), ("农村公路", "农村公路|村[道路]|乡[道村]|通村"),
        ("幼儿园", "幼儿|幼师|学前|园"), ("小学(?!生)", "小学|学校|校"), ("公共租赁住房|公租房", "公共租赁|公租"),
        ("人才公寓", "人才公寓|公寓"), ("安置房", "安置|回迁"), ("风电", "风"), ("光伏", "光伏|太阳能|光"), ("水电站?", "水电|电站|水库"),
        ("火电", "火电|煤电|燃煤"), ("核电", "核"), ("煤炭", "煤"), ("石油|原油", "油"), ("天然气", "气"), ("小麦", "麦"),
        ("玉米", "玉米|苞米"),
        ("水稻", "稻|米"), ("大豆", "豆"), ("棉花", "棉"), ("茶叶", "茶"),
        ("生猪", "猪"), ("增值税", "税"), ("所得税", "税"),
        ("出租车", "出租|的士|网约"), ("公交", "公交|公共交通"), ("机场", "机场|空港|航空|航站|民航"), ("博物馆", "博物|馆"),
        ("图书馆", "图书|馆"), ("体育[馆场]", "体育|馆|场"), ("医院", "医|院"), ("养老院|敬老院", "养老|敬老|院"), ("殡葬", "殡|葬|墓"),
        ("彩票", "彩"),
        ("房价|股价|油价", "价"), ("房产税", "税"), ("高考", "高考|考"), ("中考", "中考|考"), ("录取分数线", "分"), ("票房", "票房|影|片"),
        ("金牌", "金|冠"), ("银牌", "银|亚"), ("铜牌", "铜|季"),
        ("出口(?!处)", "出口|外贸|海外|出海|外销|国外"), ("进口(?!处)", "进口|外贸|海外|国外"),
    )
)  # fmt: skip


def unprinted(asked: str, terms: Sequence[Term], article: str, page: str) -> float:
    """1 where the question (folded) is about a thing that the article tells nothing of; nearly as
    much where it names a place or a Latin name that stands neither there nor elsewhere on its page:
    those may go without saying, or be spelt otherwise."""
    if any(thing.search(asked) and not told.search(article) for thing, told in _THINGS):
        return 1.0
    whole = article + page
    if any(not _stands_nearly(title, whole) for title in _TITLE.findall(asked)):
        return 1.0
    latin = (term for term in terms if _LATIN.fullmatch(term.text))
    if any(matched(term, whole) < 0.5 for term in latin):
        return _NAME
    return _NAME * any(not _stands(place, whole) for place in _places(asked))


def _stands_nearly(title: str, text: str) -> bool:
    """Whether half of a title's pairs of characters stand in a text."""
    pairs = [title[n : n + 2] for n in range(len(title) - 1)]
    return 2 * sum(pair in text for pair in pairs) >= len(pairs)


def _places(asked: str) -> Iterator[str]:
    """The well-known places that the question names, and others that a dictionary knows by their level."""
    for word, tag in rjieba.tag(asked):
        if word in _PLACES or (tag == "ns" and len(word) > 2 and _LEVEL.search(word) and rjieba.has_word(word)):
            yield word


def _stands(place: str, text: str) -> bool:
    """Whether a place is named in full, without its level (洛阳市), or in short (豫)."""
    bare = _LEVEL.sub("", place) or place
    return bare in text or _SHORT.get(bare, place) in text
