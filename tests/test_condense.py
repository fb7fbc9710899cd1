"""A follow-up becomes a question that stands alone; whatever stands alone is left as it is."""

import pytest

from rag.condense import content_of, points_back, standalone, subject_of

BEFORE = "三全食品航空港工业园区项目总投资多少？"
PROJECT = "三全食品航空港工业园区项目"


def said(*texts: str) -> list[dict[str, str]]:
    """Questions and answers in turn."""
    roles = ("user", "assistant")
    return [{"role": roles[n % 2], "content": text} for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("那年产能呢？", f"{PROJECT}年产能多少？"),
        ("年产能呢", f"{PROJECT}年产能多少？"),
        ("它建成后年产能是多少？", f"{PROJECT}建成后年产能是多少？"),
        ("该项目的年产能是多少？", f"{PROJECT}的年产能是多少？"),
        ("其董事长是谁？", f"{PROJECT}董事长是谁？"),
        ("另外，在哪里？", f"{PROJECT}在哪里？"),
        ("启动时间呢？", f"{PROJECT}启动时间是什么时候？"),
        ("負責人呢？", f"{PROJECT}負責人是谁？"),
    ],
)
def test_a_follow_up_borrows_the_subject(question, wanted):
    assert standalone(question, said(BEFORE, "24亿元。")) == wanted


@pytest.mark.parametrize(
    ("before", "question", "wanted"),
    [
        ("2024年全省多式联运货运量要增长多少？", "那水运货运量呢？", "2024年全省水运货运量要增长多少？"),
        ("2024年全省多式联运货运量要增长多少？", "2023年呢？", "2023年全省多式联运货运量要增长多少？"),
        ("全市工业投资增长多少？", "2022年呢？", "2022年全市工业投资增长多少？"),
        ("市人社局局长是谁？", "市场监管局呢？", "市场监管局局长是谁？"),
        ("郑州有几个产业集群？", "洛阳呢？", "洛阳有几个产业集群？"),
        ("2024年计划开工建设配售型保障性住房多少套？", "那既有住宅电梯要加装多少部？", "2024年既有住宅电梯要加装多少部？"),
    ],
)
def test_another_year_thing_body_or_place_takes_the_first_one_s_place(before, question, wanted):
    assert standalone(question, said(before, "有的。")) == wanted


def test_a_person_is_the_one_of_the_answer():
    history = said("市商务局局长是谁？", "市商务局党组书记、局长王保来说。[1]")
    assert standalone("他还说了什么？", history) == "王保来还说了什么？"


def test_a_person_nobody_named_is_known_by_the_question():
    assert standalone("他说了什么？", said("市商务局局长是谁？", "没有写到。")).startswith("市商务局")


def test_a_third_question_builds_on_the_second():
    history = said("2023世界传感器大会在哪里开幕？", "郑州。", "签下了多少个大单子？", "24个。")
    assert standalone("总金额呢？", history) == "2023世界传感器大会总金额多少？"


def test_an_earlier_question_of_the_same_sort_is_taken_up_again():
    history = said("市人社局局长是谁？", "王素梅。", "她说要推进哪些工作？", "参保。")
    assert standalone("市商务局呢？", history) == "市商务局局长是谁？"


@pytest.mark.parametrize("question", ["When was it built?", "And the other one?", "What about the capacity?"])
def test_an_english_follow_up_goes_with_the_question_before(question):
    made = standalone(question, said("How much was invested in the plant?", "24亿元"))
    assert made.startswith("How much was invested in the plant") and made.endswith(question)


@pytest.mark.parametrize(
    "question",
    [
        "三全食品董事长是谁？",
        "2024年全省多式联运货运量要增长多少？",
        "全市工业投资同比增长多少？",
        "这样的项目在全省一共有多少个，分别位于哪些城市，总投资是多少亿元？",
        "其中有多少人受伤的消息是哪天登的，登在第几版？",
        "Who is the chairman of Sanquan Food?",
        "",
    ],
)
def test_a_question_that_stands_alone_is_left(question):
    assert standalone(question, said(BEFORE, "24亿元。")) == question
    assert standalone(question, None) == question


@pytest.mark.parametrize(
    "history",
    [None, [], [{"role": "assistant", "content": "你好。"}], [{"role": "user", "content": ""}]],
)
def test_without_a_question_before_nothing_is_borrowed(history):
    assert standalone("那年产能呢？", history) == "那年产能呢？"


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        (BEFORE, PROJECT),
        ("2023世界传感器大会是哪年哪月在哪里开幕的？", "2023世界传感器大会"),
        ("谁是三全食品董事长？", "三全食品"),
        ("市商务局局长是谁？", "市商务局"),
        ("多少？", ""),
    ],
)
def test_the_subject_is_what_is_left_without_the_asking(question, subject):
    assert subject_of(question) == subject


@pytest.mark.parametrize("question", ["?" * 3000, "他" * 3000, "那" * 500 + "呢？", "\ud800呢", "呢"])
def test_odd_questions_do_no_harm(question):
    assert isinstance(standalone(question, said(BEFORE, "24亿元。")), str)
    assert isinstance(points_back(question), bool)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("问", "问"),
        (None, ""),
        ([{"type": "text", "text": "问"}, {"type": "text", "text": "报"}], "问报"),
        ([{"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": None}], ""),
        (["问"], ""),
    ],
)
def test_messages_hold_text_or_parts(content, text):
    assert content_of({"role": "user", "content": content}) == text


def test_a_message_without_content_is_empty():
    assert content_of({"role": "user"}) == ""


@pytest.mark.parametrize(
    ("before", "reply", "asked", "alone"),
    [
        ("青塘展会上签下多少个单子？", "24个。", "一共多少钱？", "青塘展会上一共多少钱？"),
        ("北渡粮油的新厂哪天开工？", "3月15日。", "董事长叫什么？", "北渡粮油的新厂董事长叫什么？"),
        ("青塘展会何时开幕？", "5月。", "总面积多大？", "青塘展会总面积多大？"),
        ("青塘镇供水领导小组何时成立？", "去年。", "下设几个工作专班？", "青塘镇供水领导小组下设几个工作专班？"),
        ("去年全县公路、水路客运量多少？", "3万人次。", "铁路呢？", "去年全县铁路客运量多少？"),
        ("How many fairs are planned in Qingtang?", "12.", "And what is their total area?",
         "How many fairs are planned in Qingtang，And what is their total area?"),
    ],
)  # fmt: skip
def test_what_is_asked_of_something_unnamed_is_of_what_was_spoken_of(before, reply, asked, alone):
    assert standalone(asked, said(before, reply)) == alone


@pytest.mark.parametrize(
    "asked",
    ["市长是谁？", "什么是碳达峰？", "老旧小区改造多少个？", "几个园区在建？", "今年要加装多少部电梯？",
     "What is the total investment of the plant that Beidu Foods launched?"],
)  # fmt: skip
def test_a_question_that_names_its_subject_is_left_alone(asked):
    assert standalone(asked, said("青塘展会何时开幕？", "5月。")) == asked
