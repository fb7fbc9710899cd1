"""The words that questions are asked with, and what each asks for."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal[
    "person", "date", "place", "quantity", "list", "yesno", "why", "how", "definition", "other"
]

KINDS: tuple[tuple[Kind, str], ...] = (
    ("why", r"为什么|为何|为啥|何以|缘何|原因|理由|\bwhy\b"),
    ("person", r"谁|哪(?:一)?位|何人|什么人"
               r"|[长员者任理记]的?(?:姓名|名字)(?!.*(?:多少|几|哪[年天]))|(?:[长员者任]|书记|经理|负责人)(?:是|叫|姓)(?:什么|啥)|\bwho(?:m|se)?\b"),
    ("date", r"什么时候|啥时候|何时|哪(?:一)?[天年月日]|几(?:月|号|日|点)|何年|何月|日期|哪年哪月|什么时间|哪一?段时[间期]|[哪什][个么]时段"
             r"|(?<!多长)时间是|\bwhen\b|what (?:date|year|month|day|time)|which (?:year|month|day)"),
    ("place", r"哪里|哪儿|何处|何地|什么地方|啥地方|哪(?:一)?个?(?:城市|省份?|国家?|地方?|县|区|市|地区|镇|村|街)"
              r"|哪座城市|\bwhere\b|which (?:city|country|province|place|district)"),
    ("list", r"哪些|哪几|有什么|有啥|哪[两二三四五六七八九十\d]+|分别(?:是|指|为)(?:什么|哪|谁)|都有谁|列举|列出|几句话"
             r"|[两二三四五六七八九十\d](?:大|个|项|种|类|条|点|句|座|家)[^，,]{0,8}(?:是|指|为|叫|有|包括)(?:什么|啥)"
             r"|\bwhich\b.*\b\w+s\b|what are|\blist\b|name the"),
    ("quantity", r"多少"
             r"|(?<!加)几(?![乎率经何种率家欢加])|多[大高长远重宽久快深](?![数型])|百分之几|占比|比例是|份额|增幅|增速|总额是|总量是"
                 r"|how (?:many|much|long|far|large|big|high|fast|old)|what percent|percentage"
                 r"|what (?:is|was|are) the (?:number|total|amount|target|value|growth|length)"),
    ("how", r"怎么|怎样|如何|咋|通过什么|采取什么|\bhow\b"),
    ("yesno", r"是不是|是否|有没有|能不能|会不会|可不可以|吗[?？。!]?$|^(?:did|does|do|is|are|was|were|has|have|will|can)\b"),
)  # fmt: skip
MONEY = (
    r"多少钱|投资(?:额|总额)?(?:是|为|有|达|要|了)*多少(?![个项家])|金额|总额"
    r"|产值|收入|营收|价格|售价|花(?:了|费)?多少|资金|how much (?:money|will|did)|invest"
)
RATE = r"百分之几|增幅|增速|增长率|占比|比例|几成|份额|下降(?:了)?多少|(?:同比|环比)?增长(?:了)?多少|上升(?:了)?多少|percent|grow"
POINTS = r"百分点"
UNIT_AFTER = re.compile(
    r"(?:多少|几|how many|how much)\s*(?P<word>[十百千万亿]*(?:平方米|平方公里|立方米|吨公里|人公里|人次|公里|千米|公顷"
    r"|美元|港元|欧元|元|吨|亩|米|度|天|年|个月|小时|分钟|户|家|套|件|个|名|位|人|辆|台|部|条|座|场|项|种|次|批|只|艘|架|届|岁|倍"
    r"|句|级|层|所|间|张|份|支|期|班|块|[a-z]+)?)"
)
ENGLISH_UNITS = {
    "hectares": "公顷", "acres": "亩", "mu": "亩", "kilometres": "公里", "kilometers": "公里", "km": "公里",
    "tonnes": "吨", "tons": "吨",
}  # fmt: skip
DURATION = r"多久|多长时间|几天|几年|几个月|几小时|how long|how many (?:days|years|months|hours)"
ASKING = re.compile(
    r"叫做?什么|指的?是?什么|哪一?段时[间期]|[哪什][个么]时段|什么时候|啥时候|什么时间|什么地方|为什么|为何|为啥|是不是|是否|有没有|有哪些|有什么|哪一?[天年月日位个家所座种些条项届场本部支款句份类道幅门]?|哪里|哪儿"
    r"|几月几[日号]|几[月号日点]|百分之几|(?:花(?:了|费)?)?多少钱|多少|多[大高长远重宽久快深]|几(?:个|家|名|位|次|种|项|条|套|部)?|怎么样?|怎样|如何|什么|谁"
    r"|何[时地处人年月]|各自?是|各(?=多少|增|有|为|几)|分别是?|请问|请|告诉我|一下|吗|呢|啊|吧|[?？。！!]|以及|又是"
)  # fmt: skip
COMPARED = re.compile(r"(?:[比较]|相较于?|相比于?|\bthan|\bcompared (?:with|to))\s*$", re.I)  # before a time
SPLIT_CLAUSES = re.compile(r"[，,；;。？?]\s*(?:那么|以及|还有|而|又|并且|另外|and\s)?")
AND = re.compile(r"以及|[和与跟]|(?<![涉惠普顾危触提遍论累波])及")  # not 惠及
PAUSE = re.compile(r"、")
EACH = re.compile(r"各(?:自)?(?=是|为|有|增|减|降|上|下|几|多|达|要|能)|分别")
KEEP_TAGS = re.compile(r"^(?:n|v|a|j|b|i|l|z|t|s|f|m|eng|q$|d$|x$|y$|r$|un)")
DOUBLED = re.compile(r"^([局院部厅所站队区县市])\1长$")  # 监管局局长 is cut into 监管 and 局局长
STOP = frozenset(
    """
    是 有 在 了 的 和 与 及 或 被 把 将 要 会 能 到 从 对 为 以 上 中 下 里 个 做 去 来 说 叫 指 用 拿 给 让 这 那
    该 其 本 此 一 也 都 就 又 什么 多少 哪些 进行 情况 方面 时候 具体 需要 可以 能够 应该 提到 内容 目前 一共
    总共 共 现在 已经 这个 那个 这些 那些 这次 关于 对于 通过 名字 名称 样 数 数量 总数 文中 报道 文章 新闻 消息
    根据 据 打算 准备 计划 想 预计
    the a an of to in for by on at is are was were did does do will would and or which what who when
    where how why many much long with that this it its be as has have had from s
    """.split()
)
TYPE_NOUN = re.compile(
    r"(?:什么样?的?|哪一?[位个家所座种些条项届场本部支款句份类道幅门]|哪[两二三四五六七八九十\d]+[个项家大句种条]?)"
    r"(?P<noun>[\u4e00-\u9fff]{1,4})"
)
FUNCTION = frozenset(
    "后能会可要将是在有为被把和与及或的了着过得地从对向以之其这那个些么什吗呢吧啊起来去上下中里外前内到由于而且但并还也又都就才只"
    "很太更最每各某同另多少几"
)
ENTITY = re.compile(
    r"[\u4e00-\u9fff\d]{2,}?(?:医院|小学|中学|大学|学院|学校|公司|集团|银行|委员会|办公室|指挥部|领导小组|协会|学会|研究院|研究所|中心"
    r"|机场|大桥|隧道|高速公路|高速|铁路|高铁|号线|港区|港|车站|博物馆|图书馆|体育馆|农贸市场|市场|园区|开发区|工业园|基地|社区|小区"
    r"|新村|大会|洽谈会|博览会|论坛|运动会|展览会|晚报|日报|(?<![部门])局|厂)"
)
NAME_TAGS = ("nr", "ns", "nt", "nrt", "nrfg")
PLACE = re.compile(
    r"[\u4e00-\u9fff]{2,3}(?:市|县|区|省|镇|乡|村)(?![场民委政长域间别])"
)
AS_WELL = re.compile("(?<=[\u4e00-\u9fff])(?:[又则]|还(?=[有要将能会]))(?=[\u4e00-\u9fff])")  # 台账又列了多少项
BEFORE_PLACE = frozenset("在到从由对于和与是向往至")
SAYS = frozenset("说称讲问")  # 说人社 is drawn together
NOT_PLACE = re.compile(
    r"[全我本该各哪某]|城[市区]|都市|[地小园景社校灾片院街老市]区|新区$|农村|乡村|乡镇"
)
QUOTED = re.compile(r"[“\"‘《「『]([^”\"’》」』]{2,30})[”\"’》」』]")
ORDINAL = re.compile(
    r"[一二三四五六七八九十]+届[一二三四五六七八九十]+次|第[一二三四五六七八九十百零〇两\d]+(?:[届次批期名位个条号版轮艘代列季辆架台部家座例]|万[辆台架件人])"
)
ASKED_COUNT = re.compile(r"^(?:[一二三四五六七八九十两\d]+|几)[个项句大家条种名位]?(?:方面|话)?$")
CODE = re.compile(r"[a-z]+[a-z0-9.+-]*\d[a-z0-9.+-]*|\d+[+]\d+|\d{2,}[a-z]+", re.I)
NUMBER = re.compile(
    r"(?<![\d.])(?!(?:19|20)\d\d(?!\d))\d+(?:\.\d+)?"
    r"(?:[号届次期个部台辆套件万亿元人吨亩家条座项名位年天岁层级]|公里|%)?"
)
LATIN = re.compile(r"[A-Za-z]{2,}")
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
