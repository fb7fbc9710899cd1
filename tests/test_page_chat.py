"""The chat page in a real browser: ask, see the answer, open its citation, come back later."""

import re
import threading

import pytest
from browser import Reader, ScriptedAssistant, reading, serve_at_any_port
from conftest import PAGE, SEEDS

from rag import Answer, Citation, Event, Statement, squash
from ui.app import serve
from ui.settings import PageSettings

pytestmark = pytest.mark.slow
QUESTION = "去年6月的对接活动签约了多少个项目？"
SEED_TEXT = (SEEDS / PAGE).read_text("utf-8-sig")


@pytest.fixture(scope="module")
def served(seed, tmp_path_factory):
    with serve_at_any_port(seed) as page:
        yield page


@pytest.fixture
def reader(browser, served):
    with reading(browser, served) as opened:
        yield opened


def printed(place: tuple[str, int, int]) -> str:
    source, start, end = place
    assert source == PAGE
    return SEED_TEXT[start:end]


def test_a_question_gets_an_answer_with_numbered_chips(reader):
    turn = reader.ask(QUESTION)
    assert "732" in turn.locator(".words").inner_text()
    assert turn.locator(".chip").all_inner_texts() == ["1"]
    assert "2024年 (推断)" in turn.locator(".sources").inner_text()


def test_a_chip_lights_exactly_the_cited_characters_in_the_article_and_in_the_raw_page(reader):
    place = reader.open_citation(reader.ask(QUESTION))
    assert squash(reader.lit()) == squash(printed(place)) != ""
    reader.page.click("#panel .switch button >> nth=1")
    reader.page.wait_for_selector("#panel pre mark")
    assert reader.lit() == printed(place)


def test_the_lit_characters_are_scrolled_into_view(reader):
    reader.open_citation(reader.ask(QUESTION))
    mark = reader.page.locator("#panel mark").first.bounding_box()
    sheet = reader.page.locator("#panel .sheet").bounding_box()
    assert sheet["y"] <= mark["y"] <= sheet["y"] + sheet["height"]


def test_the_panel_names_the_article_and_says_that_its_date_is_inferred(reader):
    reader.open_citation(reader.ask("2023年前11个月全省公路水路完成客运量多少？"))
    heading = reader.page.locator("#panel header").inner_text()
    assert "2024年全省交通运输 重点工作重点敲定" in heading
    assert "张倩" in heading and "2024年 (推断)" in heading


def test_a_relative_date_in_the_article_is_explained(reader):
    reader.open_citation(reader.ask(QUESTION))
    explained = reader.page.locator("#panel abbr", has_text="去年6月").first
    assert explained.get_attribute("data-meaning") == "指2023年6月"


def test_a_follow_up_question_is_asked_with_what_was_said_before(reader, seed):
    first, then = "三全食品航空港工业园区项目总投资多少？", "它建成后年产能多少？"
    turn, follow_up = reader.ask(first), reader.ask(then)
    history = [
        {"role": "user", "content": first},
        {"role": "assistant", "content": seed.ask(first).text},
    ]
    assert "24亿元" in turn.locator(".words").inner_text()
    words = follow_up.locator(".words").evaluate(
        "e => { e = e.cloneNode(true); e.querySelectorAll('.chip').forEach((c) => c.remove()); return e.textContent; }"
    )
    assert words == re.sub(r"\[\d+\]", "", seed.ask(then, history=history).text)


def test_a_conversation_is_there_again_after_a_reload_with_its_citations(reader):
    reader.ask(QUESTION)
    reader.page.reload()
    turn = reader.page.locator(".turn")
    turn.locator(".chip").wait_for()
    assert turn.locator(".question").inner_text() == QUESTION
    assert squash(printed(reader.open_citation(turn))) == squash(reader.lit())


def test_a_conversation_survives_a_restart_of_the_server(seed, browser):
    first = serve_at_any_port(seed)
    port = int(first.url.rstrip("/").rpartition(":")[2])
    reader = Reader(browser, first.url).open()
    reader.ask(QUESTION)
    first.close()
    with serve(seed, PageSettings(), port=port):
        reader.page.reload()
        reader.open_citation(reader.page.locator(".turn"))
        assert reader.lit()
        reader.close()


def test_conversations_are_listed_renamed_deleted_and_brought_back(reader):
    page = reader.page
    reader.ask(QUESTION)
    page.click("#new")
    reader.ask("三全食品董事长是谁？")
    names = page.locator("#conversations .open")
    assert names.all_inner_texts() == ["三全食品董事长是谁？", QUESTION]
    page.click("#conversations li >> nth=0 >> button >> nth=1")
    page.fill("#conversations input", "董事长")
    page.press("#conversations input", "Enter")
    assert names.first.inner_text() == "董事长"
    page.click("#conversations li >> nth=0 >> button >> nth=2")
    assert names.all_inner_texts() == [QUESTION]
    page.click("#toast button")
    assert sorted(names.all_inner_texts()) == sorted(["董事长", QUESTION])
    names.filter(has_text=QUESTION).click()
    assert page.locator(".turn .question").all_inner_texts() == [QUESTION]


def test_filters_are_part_of_the_question_and_shown_with_the_answer(reader):
    page = reader.page
    page.fill("#since", "2025-01-01")
    turn = reader.ask(QUESTION)
    assert "2025年1月1日 起" in turn.locator(".scope").inner_text()
    assert turn.locator(".verdict").inner_text() == "版面没有写到"
    page.click("#active-filters button")
    assert page.input_value("#since") == ""
    assert "732" in reader.ask(QUESTION).locator(".words").inner_text()


def test_a_column_can_be_chosen(reader):
    column = reader.page.locator("#column option").nth(1).get_attribute("value")
    reader.page.select_option("#column", column)
    turn = reader.ask(QUESTION)
    assert column in turn.locator(".scope").inner_text()
    assert "732" not in turn.locator(".words").inner_text()


def test_a_refusal_says_what_was_searched_and_offers_questions_that_are_answered(reader):
    turn = reader.ask("2026年世界杯决赛在哪个城市举行？")
    assert turn.locator(".verdict").inner_text() == "版面没有写到"
    assert "1个版面" in turn.locator(".words").inner_text()
    assert turn.locator(".chip").count() == 0
    turn.locator(".near button").first.click()
    reader.page.locator(".turn").nth(1).locator(".chip").first.wait_for()


def test_the_examples_of_the_first_visit_are_answered(reader):
    reader.page.locator(".try li button").first.click()
    reader.page.locator(".turn .chip").first.wait_for()


def test_the_language_changes_everything_the_page_says_and_nothing_else(reader):
    page = reader.page
    reader.ask(QUESTION)
    page.fill("#ask", "写了一半")
    page.click("#language")
    assert page.input_value("#ask") == "写了一半"
    assert page.locator(".turn .question").inner_text() == QUESTION
    assert page.evaluate("document.documentElement.lang") == "en"
    for view in ("archive", "report", "chat"):
        page.click(f"nav [data-view={view}]")
        page.wait_for_timeout(300)
        assert chinese_in_chrome(page) == []
    page.reload()
    page.locator(".turn .chip").wait_for()
    assert page.inner_text("#send") == "Ask"


def chinese_in_chrome(page) -> list[str]:
    """Chinese text that is seen and not the pages' or the asker's own words, including labels."""
    return page.evaluate(
        """() => {
            const own = '[lang="zh-CN"], .question, .words, #conversations .open, .hit, option, #language, .name';
            const found = [];
            for (const e of document.querySelectorAll('#wenbao *')) {
                if (e.closest(own.replace('[lang="zh-CN"]', '[lang="zh-CN"]:not(#wenbao)')) || !e.checkVisibility()) continue;
                const text = [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join('');
                const label = e.closest('#conversations') ? '' : e.getAttribute('aria-label') ?? '';
                const all = text + label.replace(/:.*$/, '') + (e.placeholder ?? '');
                if (/[\\u4e00-\\u9fff]/.test(all) && !e.matches('.source, .chip')) found.push(all);
            }
            return found;
        }"""
    )


def test_both_languages_have_the_same_words(reader):
    zh, en = reader.page.evaluate(
        "import('/wenbao/words.js').then(({ all }) => [Object.keys(all.zh), Object.keys(all.en)])"
    )
    assert zh == en
    used = reader.page.evaluate(
        """[...document.querySelectorAll('#wenbao *')].flatMap((e) => Object.entries(e.dataset))
            .filter(([name]) => /^t([A-Z]|$)/.test(name)).map(([, key]) => key)"""
    )
    assert set(used) <= set(zh)


def test_everything_can_be_done_from_the_keyboard(reader):
    page = reader.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到提问处"
    page.keyboard.press("Enter")
    page.keyboard.type(QUESTION[:6])
    page.keyboard.press("Shift+Enter")
    page.keyboard.type(QUESTION[6:])
    assert "\n" in page.input_value("#ask")
    page.keyboard.press("Enter")
    page.locator(".turn .chip").wait_for()
    page.locator(".turn .chip").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel mark")
    assert page.evaluate("document.activeElement.id") == "panel"
    page.keyboard.press("Escape")
    page.wait_for_selector("#panel", state="hidden")
    assert page.evaluate("document.activeElement.className").split()[0] == "chip"


def test_enter_that_ends_a_word_in_an_input_method_asks_nothing(reader):
    reader.page.fill("#ask", "签约")
    reader.page.evaluate(
        """document.getElementById('ask').dispatchEvent(
            new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }))"""
    )
    assert reader.page.locator(".turn").count() == 0
    assert reader.page.input_value("#ask") == "签约"


def test_what_has_the_focus_can_be_seen(reader):
    for id in ("language", "theme", "new", "since"):
        reader.page.focus(f"#{id}")
        reader.page.keyboard.press("Shift+Tab")
        reader.page.keyboard.press("Tab")
        style = reader.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_its_ground(reader, theme):
    """WCAG AA: 4.5 to 1 for text."""
    reader.ask(QUESTION)
    reader.page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
    reader.open_citation(reader.page.locator(".turn"))
    ratios = reader.page.evaluate(
        """() => {
            const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
            const linear = (v) => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
            const light = ([r, g, b]) => .2126 * linear(r) + .7152 * linear(g) + .0722 * linear(b);
            const ground = (e) => {
                const colour = rgb(getComputedStyle(e).backgroundColor);
                return colour.length < 4 || colour[3] ? colour : ground(e.parentElement);
            };
            const hasText = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
            return [...document.querySelectorAll('#wenbao *')].filter((e) => e.checkVisibility() && hasText(e)).map((e) => {
                const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
                return [(a + .05) / (b + .05), e.className || e.tagName];
            });
        }"""
    )
    assert len(ratios) > 30
    assert [pair for pair in ratios if pair[0] < 4.5] == []


def test_every_control_has_a_name(reader):
    reader.open_citation(reader.ask(QUESTION))
    nameless = reader.page.evaluate(
        """[...document.querySelectorAll('#wenbao :is(button, a, input, select, textarea)')].filter((e) =>
            !(e.innerText?.trim() || e.getAttribute('aria-label') || e.labels?.length)).map((e) => e.outerHTML)"""
    )
    assert nameless == []


def test_an_answer_is_said_to_a_screen_reader_once_it_is_there(reader):
    reader.ask(QUESTION)
    said = reader.page.locator("#announcer")
    assert said.get_attribute("aria-live") == "polite"
    assert "732" in said.inner_text() and "[1]" not in said.inner_text()


def test_the_page_fits_a_phone_and_the_source_lies_over_it(browser, served):
    with reading(browser, served, width=390, height=844, is_mobile=True, has_touch=True) as reader:
        page = reader.page
        place = reader.open_citation(reader.ask(QUESTION))
        assert squash(reader.lit()) == squash(printed(place))
        box = page.locator("#panel").bounding_box()
        assert (box["x"], box["width"], box["height"]) == (0, 390, 844)
        assert page.locator("#content").evaluate("e => e.inert")
        page.click("#panel-close")
        page.wait_for_selector("#panel", state="hidden")
        page.locator(".turn .chip").click()
        page.wait_for_selector("#panel mark")
        page.go_back()
        page.wait_for_selector("#panel", state="hidden")
        page.click("#menu")
        page.click("#conversations .open")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for view in ("archive", "report"):
            page.click(f"nav [data-view={view}]")
            page.wait_for_timeout(200)
            assert page.locator(f"#view-{view}").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_a_question_in_the_address_is_asked_once(browser, served):
    with reading(browser, served, f"?q={QUESTION}") as reader:
        reader.page.locator(".turn .chip").wait_for()
        assert "q=" not in reader.page.url
        reader.page.reload()
        reader.page.locator(".turn .chip").wait_for()
        assert reader.page.locator(".turn").count() == 1


def test_the_address_of_a_citation_opens_its_page_at_its_characters(browser, served, reader):
    address = reader.ask(QUESTION).locator(".chip").get_attribute("href")
    with reading(browser, served, address) as other:
        other.page.wait_for_selector("#panel mark")
        assert "732" in other.lit()


def test_the_address_of_a_page_that_is_gone_says_so(browser, served):
    with reading(browser, served, "?source=gone.txt&start=0&end=5") as reader:
        reader.page.locator("#panel h2", has_text="已经不在档案里").wait_for()


def test_a_question_of_two_hundred_thousand_characters_is_turned_down_with_the_limit(reader):
    reader.page.fill("#ask", "问" * 200_000)
    reader.page.press("#ask", "Enter")
    assert "200,000" in reader.page.inner_text("#complaint")
    assert "2,000" in reader.page.inner_text("#complaint")
    assert reader.page.locator(".turn").count() == 0


def test_the_last_question_can_be_asked_again_and_edited(reader):
    reader.ask("三全食品董事长是谁？")
    turn = reader.ask(QUESTION)
    turn.get_by_text("重答", exact=True).click()
    reader.page.wait_for_selector(".turn.done >> nth=1")
    assert reader.page.locator(".turn").count() == 2
    reader.page.get_by_text("改问题", exact=True).click()
    assert reader.page.input_value("#ask") == QUESTION
    reader.page.fill("#ask", "同年11月在郑州开幕的是什么大会？")
    reader.page.press("#ask", "Enter")
    reader.page.locator(".turn >> nth=1 >> .chip").first.wait_for()
    questions = reader.page.locator(".turn .question").all_inner_texts()
    assert questions == ["三全食品董事长是谁？", "同年11月在郑州开幕的是什么大会？"]


def test_an_answer_is_copied_with_its_sources(browser, served):
    with reading(browser, served, permissions=["clipboard-read", "clipboard-write"]) as reader:
        turn = reader.ask(QUESTION)
        turn.get_by_text("复制", exact=True).click()
        reader.page.get_by_text("已复制").wait_for()
        copied = reader.page.evaluate("navigator.clipboard.readText()")
        assert re.search(r"732个项目.*\[1\]\n\[1\] 《.+》.*" + re.escape(PAGE), copied)


# --- with a model ---


ANSWER_TEXT = "共签约732个项目。[1]\n* 列表 **粗体** [链接](http://evil.invalid) <b>标签</b> [9]"
FAULTY = Statement("总投资6000亿元。", (1,), ("number 6000亿元",))


@pytest.fixture
def scripted(seed):
    entry = seed.sources()[0]
    start = SEED_TEXT.index("共签约732个项目")
    cited = Citation(1, entry.source, "标题", entry.source.published, start, start + 10, SEED_TEXT[start : start + 10])
    answer = Answer(
        QUESTION, ANSWER_TEXT, (Statement("共签约732个项目。", (1,)), FAULTY), (cited,), (), "partial",
        "model", "抄写员",
    )  # fmt: skip
    pieces = [Event("text", piece) for piece in re.findall(r"[\s\S]{1,4}", ANSWER_TEXT)]
    return ScriptedAssistant(seed, Event("status", "正在检索"), *pieces, Event("answer", "", answer))


def test_the_mode_is_said_with_the_name_of_the_model(browser, scripted, reader):
    assert "摘录原文" in reader.page.inner_text("#mode")
    with serve_at_any_port(scripted) as page, reading(browser, page) as other:
        assert "抄写员" in other.page.inner_text("#mode")


def test_an_answer_grows_and_a_reader_can_stop_it(browser, scripted):
    gate = threading.Semaphore(3)
    scripted.pause = lambda: gate.acquire(timeout=20)
    with serve_at_any_port(scripted) as page, reading(browser, page) as reader:
        reader.page.fill("#ask", QUESTION)
        reader.page.press("#ask", "Enter")
        growing = reader.page.locator(".turn.running .growing")
        growing.filter(has_text=re.compile("^共签约732个项$")).wait_for()
        gate.release()
        growing.filter(has_text=re.compile(r"^共签约732个项目。\[1$")).wait_for()
        reader.page.click("#stop")
        reader.page.locator(".turn.stopped", has_text="未经核对").wait_for()
        assert reader.page.locator(".turn .chip").count() == 0
        gate.release(20)
        reader.page.wait_for_timeout(500)
        assert scripted.left == 1
        scripted.pause = None
        reader.page.get_by_text("重答", exact=True).click()
        reader.page.wait_for_selector(".turn.done .chip")


def test_statements_that_fail_are_struck_and_explained_and_mark_up_stays_text(browser, scripted):
    with serve_at_any_port(scripted) as page, reading(browser, page) as reader:
        turn = reader.ask(QUESTION)
        assert turn.locator("s").inner_text() == FAULTY.text
        assert "6000亿元" in turn.locator(".reason").inner_text()
        assert turn.locator(".verdict").inner_text() == "只答到一部分"
        text = turn.locator(".words").inner_text()
        assert "**粗体** [链接](http://evil.invalid) <b>标签</b> [9]" in text
        assert turn.locator(".words :is(b, strong, ul, a:not(.chip))").count() == 0


def test_a_conversation_is_handed_on_as_history(browser, scripted):
    with serve_at_any_port(scripted) as page, reading(browser, page) as reader:
        reader.ask(QUESTION)
        reader.ask("然后呢？")
        assert scripted.asked[1]["history"] == [
            {"role": "user", "content": QUESTION}, {"role": "assistant", "content": ANSWER_TEXT}
        ]  # fmt: skip


def test_a_server_that_is_gone_is_said_and_can_be_tried_again(seed, browser):
    page = serve_at_any_port(seed)
    reader = Reader(browser, page.url).open()
    page.close()
    turn = reader.ask(QUESTION)
    assert "连接不上" in turn.locator(".failure").inner_text()
    with serve(seed, PageSettings(), port=int(page.url.rstrip("/").rpartition(":")[2])):
        turn.get_by_text("再试一次").click()
        reader.page.locator(".turn .chip").first.wait_for()
    reader.close()


def test_two_readers_at_once_get_their_own_answers_and_see_their_own_conversations(browser, served):
    with reading(browser, served) as one, reading(browser, served) as other:
        one.page.fill("#ask", QUESTION)
        other.page.fill("#ask", "三全食品董事长是谁？")
        one.page.press("#ask", "Enter")
        other.page.press("#ask", "Enter")
        one.page.locator(".turn .chip").first.wait_for()
        other.page.locator(".turn .chip").first.wait_for()
        assert "732" in one.page.inner_text(".turn .words")
        assert "陈南" in other.page.inner_text(".turn .words")
        assert one.page.locator("#conversations .open").all_inner_texts() == [QUESTION]
        assert other.page.locator("#conversations .open").all_inner_texts() == ["三全食品董事长是谁？"]


def test_the_browser_keeps_a_bounded_number_of_conversations(reader):
    kept = reader.page.evaluate(
        """import('/wenbao/store.js').then((store) => {
            store.open('someone', () => {});
            for (let n = 0; n < 70; n++) store.save({ id: `c${n}`, title: `${n}`, updated: n, turns: [{ question: '问'.repeat(90000) }] });
            const length = Object.entries(localStorage).reduce((sum, [key, text]) => sum + key.length + text.length, 0);
            return [store.list().map((c) => c.id), length];
        })"""
    )
    assert kept[0][0] == "c69" and 10 < len(kept[0]) <= 50
    assert kept[1] < 3_200_000


def test_broken_entries_in_the_browser_are_passed_over(browser, served):
    with reading(browser, served) as reader:
        reader.page.evaluate(
            """() => { localStorage.setItem('wenbao.conversation..a', '{broken');
                localStorage.setItem('wenbao.conversation..b', '{"id": 3, "turns": "no"}');
                localStorage.setItem('wenbao.language', 'xx'); localStorage.setItem('wenbao.theme', 'xx'); }"""
        )
        reader.page.reload()
        assert "732" in reader.ask(QUESTION).locator(".words").inner_text()
