"""The archive, the evaluation and hostile texts, in a real browser."""

import json

import pytest
from browser import reading, serve_at_any_port
from conftest import PAGE

from rag import Assistant, Config, squash

pytestmark = pytest.mark.slow
ARTICLE = """渡口灯塔重新点亮

本报讯（记者 闻青山）昨晚8时，停用六年的沙河渡口灯塔重新点亮。灯塔高27.5米，修缮耗资860万元，由沙河航道管理处负责。

沙河航道管理处主任黎望舒说，灯塔的灯光在15海里外也能看见。
"""
SCRIPT = "<script>window.hacked = 1</script>"
IMAGE = '<img src="http://evil.invalid/x.png" onerror="window.hacked = 2">'
HOSTILE = f"""## {IMAGE}栏目{SCRIPT}

# 桥头粮仓{IMAGE}今日开仓

本报讯（记者 {SCRIPT}）桥头粮仓昨日开仓，首日出粮4300吨。{SCRIPT}{IMAGE}[点这里](javascript:window.hacked=3)

粮仓主任<b>纪云深</b>说，![图](http://evil.invalid/y.png)今年储粮足够用到明年6月。
"""


@pytest.fixture
def served(tmp_path, embedder):
    with (
        Assistant.open(Config(data_dir=tmp_path / "index"), embedder=embedder) as assistant,
        serve_at_any_port(assistant, upload_bytes=100_000, upload_files=3) as page,
    ):
        page.assistant, page.folder = assistant, tmp_path
        yield page


@pytest.fixture
def reader(browser, served):
    with reading(browser, served) as opened:
        yield opened


def send(reader, *files) -> None:
    """Choose files in the archive and wait for the report."""
    if not reader.page.locator("#files").count():
        reader.page.click("nav [data-view=archive]")
    reader.page.set_input_files("#files", [str(file) for file in files])
    reader.page.locator(".outcome").wait_for()


def written(folder, name, text) -> str:
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_an_empty_archive_says_what_to_do_and_an_uploaded_page_answers(reader, served):
    page = reader.page
    page.get_by_text("去添加版面").click()
    page.locator("#files").wait_for(state="attached")
    send(reader, written(served.folder, "灯塔.txt", ARTICLE))
    assert "新增 1" in page.inner_text(".outcome")
    assert page.inner_text(".col_source .name") == "灯塔.txt"
    page.click("nav [data-view=chat]")
    turn = reader.ask("沙河渡口灯塔修缮耗资多少？")
    assert "860万元" in turn.locator(".words").inner_text()
    source, start, end = reader.open_citation(turn)
    assert source == "灯塔.txt" and squash(reader.lit()) == squash(ARTICLE[start:end])


def test_each_bad_file_is_reported_with_its_reason_and_the_good_one_goes_on(reader, served):
    folder = served.folder
    (folder / "照片.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    send(reader, written(folder, "灯塔.txt", ARTICLE), written(folder, "空.txt", ""), folder / "照片.txt")
    report = reader.page.inner_text(".outcome")
    assert "新增 1" in report and "失败 2" in report
    assert "空.txt：文件是空的" in report and "照片.txt：无法读取" in report
    send_more = written(folder, "大.txt", "长" * 40_000), written(folder, "表.pdf", "x")
    send(reader, *send_more)
    reader.page.locator(".outcome", has_text="大.txt").wait_for()
    report = reader.page.inner_text(".outcome")
    assert "文件太大，上限 100 KB" in report and "表.pdf：不支持的格式" in report
    assert [entry.source.id for entry in served.assistant.sources()] == ["灯塔.txt"]
    assert [path.name for path in (folder / "index" / "uploads").iterdir()] == ["灯塔.txt"]


def test_more_files_than_allowed_are_not_sent(reader, served):
    files = [written(served.folder, f"{n}.txt", ARTICLE) for n in range(4)]
    reader.page.click("nav [data-view=archive]")
    reader.page.set_input_files("#files", [str(file) for file in files])
    reader.page.get_by_text("最多 3 个", exact=False).first.wait_for()
    assert served.assistant.sources() == []


def test_a_changed_page_replaces_the_old_one_and_a_broken_one_does_not(reader, served):
    file = written(served.folder, "灯塔.txt", ARTICLE)
    send(reader, file)
    send(reader, written(served.folder, "灯塔.txt", ARTICLE.replace("860万元", "910万元")))
    reader.page.locator(".outcome", has_text="更新 1").wait_for()
    send(reader, written(served.folder, "灯塔.txt", ""))
    reader.page.locator(".outcome", has_text="失败 1").wait_for()
    reader.page.get_by_text("重新读取全部").click()
    reader.page.locator(".outcome", has_text="无变化 1").wait_for()
    assert "910万元" in served.assistant.page("灯塔.txt").text


def test_a_page_is_removed_after_a_question_and_its_upload_with_it(reader, served):
    send(reader, written(served.folder, "灯塔.txt", ARTICLE))
    reader.page.click(".col_actions button")
    reader.page.click("dialog button >> nth=0")
    assert reader.page.locator(".holdings tbody tr").count() == 1
    reader.page.click(".col_actions button")
    reader.page.click("dialog button >> nth=1")
    reader.page.locator(".holdings tbody tr").wait_for(state="detached")
    assert served.assistant.sources() == []
    assert list((served.folder / "index" / "uploads").iterdir()) == []


def test_the_articles_of_a_page_are_listed_and_open(browser, seed):
    with serve_at_any_port(seed) as page, reading(browser, page, "#archive") as reader:
        reader.page.click(".col_articles button")
        articles = reader.page.locator(".unfolded .title")
        articles.nth(1).wait_for()
        assert articles.count() == 7
        articles.nth(1).click()
        reader.page.locator("#panel h2", has_text="2024年全省交通运输").wait_for()


def test_a_search_finds_passages_and_opens_them(browser, seed):
    with serve_at_any_port(seed) as page, reading(browser, page, "#archive") as reader:
        reader.page.fill("#archive-query", "世界传感器大会")
        reader.page.press("#archive-query", "Enter")
        reader.page.locator(".results .hit", has_text="传感器").first.click()
        reader.page.locator("#panel mark", has_text="传感器").first.wait_for()


def test_a_visitor_who_may_not_edit_is_offered_nothing_to_edit(browser, seed):
    with serve_at_any_port(seed, archive_editors="none") as page, reading(browser, page, "#archive") as reader:
        reader.page.locator(".holdings tbody tr").wait_for()
        assert reader.page.locator("#files, .col_actions, .again").count() == 0
        assert "WENBAO_ARCHIVE_EDITORS" in reader.page.inner_text("#view-archive")


def test_no_script_from_a_page_a_question_or_a_file_name_runs(reader, served):
    """Not in the answer, its sources, the panel, the raw page, the lists, or the filters; nothing
    is fetched from where they point."""
    page = reader.page
    name = "<img src=x onerror=window.hacked=4>.txt"
    send(reader, written(served.folder, name, HOSTILE))
    page.locator(".col_articles button").click()
    page.locator(".unfolded li").first.wait_for()
    page.fill("#archive-query", "桥头粮仓")
    page.press("#archive-query", "Enter")
    page.locator(".results .hit").first.wait_for()
    page.click("nav [data-view=chat]")
    reader.open_citation(reader.ask("桥头粮仓首日出粮多少吨？"))
    page.click("#panel .switch button >> nth=1")
    page.wait_for_selector("#panel pre mark")
    assert IMAGE in page.inner_text("#panel pre")
    for hostile in (SCRIPT, IMAGE, "[x](javascript:window.hacked=5) ![y](http://evil.invalid/z.png)"):
        page.click("#panel-close") if page.locator("#panel").is_visible() else None
        turn = reader.ask(hostile)
        assert turn.locator(".question").inner_text() == hostile
    reader.page.reload()
    page.locator(".turn").nth(3).wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator("#wenbao :is(img, script, iframe, object, b, [onerror])").count() == 0
    assert page.locator("#wenbao a[href^='javascript']").count() == 0


def test_verdicts_are_written_to_a_local_file(browser, seed_copy, embedder):
    with (
        Assistant.open(Config(data_dir=seed_copy), embedder=embedder) as assistant,
        serve_at_any_port(assistant) as served,
        reading(browser, served) as reader,
    ):
        turn = reader.ask("去年6月的对接活动签约了多少个项目？")
        turn.get_by_text("答得不对").click()
        turn.locator(".judge input").fill("少了地点")
        turn.locator(".judge button[type=submit]").click()
        reader.page.get_by_text("已标为答得不对").wait_for()
    (line,) = (seed_copy / "feedback.jsonl").read_text("utf-8").splitlines()
    verdict = json.loads(line)
    assert (verdict["verdict"], verdict["word"]) == ("wrong", "少了地点")
    assert verdict["question"] == verdict["answer"]["question"] == "去年6月的对接活动签约了多少个项目？"
    assert verdict["answer"]["citations"][0]["source"] == PAGE
    assert len(verdict["id"]) == 32 and verdict["time"].endswith("+00:00")


def test_the_last_evaluation_report_is_shown_and_runs_nothing(browser, seed, tmp_path):
    (tmp_path / "report.json").write_text(
        json.dumps({"name": "试卷", "right": 0.913, "slices": {"日期": {"right": 0.9, "n": 20}, "数字": {"right": 1, "n": 5}}}),
        "utf-8",
    )
    (tmp_path / "report.html").write_text(f"<h1>成绩单</h1>{SCRIPT}{IMAGE}", "utf-8")
    with serve_at_any_port(seed, report_dir=tmp_path) as page, reading(browser, page, "#report") as reader:
        shown = reader.page.locator("#view-report")
        shown.locator("table").nth(1).wait_for()
        assert "0.913" in shown.inner_text() and "日期" in shown.inner_text()
        frame = reader.page.frame_locator("#view-report iframe")
        assert frame.locator("h1").inner_text() == "成绩单"
        reader.errors.clear()  # the browser says there that it ran no script and fetched no image


def test_without_a_report_the_page_says_how_to_make_one(browser, seed, tmp_path):
    with serve_at_any_port(seed, report_dir=tmp_path) as page, reading(browser, page, "#report") as reader:
        reader.page.get_by_text("python -m eval run", exact=False).wait_for()
