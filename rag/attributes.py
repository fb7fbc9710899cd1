"""Attributes that can be told by their look: a sentence that lacks it does not tell them."""

from __future__ import annotations

import re

_ANY = "什么|哪[一些个款种张所]?个?|啥|何种|多少|几块?"
# What is asked for, and what print has where it tells it.
_ATTRIBUTES = tuple(
    (re.compile(asked, re.I), re.compile(told, re.I))
    for asked, told in (
        (f"(?:打|拨)(?:{_ANY})|(?:电话|热线|号码)(?:是|号码|多少)|联系方式|\\bphone number", r"\d{3,}|电话|热线"),
        (f"网址|(?:{_ANY})(?:网站|官网)|(?:网站|官网)是|\\bwebsite", "网|www|http|\\.com|\\.cn"),
        (f"(?:{_ANY})邮箱|邮箱(?:是|地址)|\\be-?mail address", "@|邮"),
        ("(?:详细)?地址(?:是|在)|门牌", "[路街道巷弄][^，,。]{0,8}号|号院|位于|地址|[路街]与|交叉口|[楼座]"),
        ("哪一?条(?:路|街|道|马路|大街)", "[路街道巷]"),
        (f"(?:{_ANY})(?:车型|型号|车款)|(?:车型|型号)(?:是|叫)|\\bwhich model", "型|款|系列|[a-z]+[ -]?\\d+|轿车|suv|卡车"),
        (f"(?:{_ANY})颜色|颜色是|什么色|\\bwhat colou?r", "色|[红黄蓝绿黑白紫灰]"),
        ("多大(?:年纪|岁数)|几岁|多少岁|年龄(?:是|多)|今年多大(?!的)|\\bhow old\\b", "岁|出生|生于|\\d{2}后|年龄|\\bage"),
        (f"(?:{_ANY})学历|学历(?:是|要求)|毕业于(?:{_ANY})", "学历|毕业|[学硕博]士|本科|大专|研究生|大学|学院"),
        (f"(?:{_ANY})[^，,]{{0,4}}(?:条件|资格|门槛)|(?:条件|资格|门槛)(?:是|有)(?:{_ANY})",
         "条件|资格|门槛|符合|具备|须|满|凡|应当|不超过|对象|为限|[岁年元分历人][以之]上|要求|前提"),
        ("(?:申请|办理|报名|领取|预约)的?(?:流程|手续|步骤|程序)|怎么(?:申请|报名|领取|预约)",
         "流程|手续|步骤|程序|申请|报名|领取|预约|登录|提交|携带|凭|持|扫码|窗口"),
        (f"(?:带|交|提供|准备)(?:{_ANY})(?:材料|证件)", "材料|证|表|书|单"),
        (f"票价(?:是|多)|收费标准|费(?:用|是)?怎么收|每?一?平方?米?(?:收|租金|卖)(?:{_ANY})钱?|(?:{_ANY})钱一", "元|免费|免票|不收"),
    )
)  # fmt: skip


def looks_other(asked: str, sentence: str, near: str) -> bool:
    """Whether an attribute is asked for that neither the sentence nor what stands near it can tell:
    a telephone without figures, an age without years."""
    return any(
        wanted.search(asked) and not told.search(sentence) and not told.search(near)
        for wanted, told in _ATTRIBUTES
    )
