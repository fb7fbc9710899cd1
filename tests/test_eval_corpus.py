"""Pages as the evaluation reads them, without the assistant."""

from datetime import date

import pytest
from gold_rows import CORPUS, ENGINEER, PAGE, TEXT, place

from eval.corpus import day_range, digest, read_corpus
from eval.errors import BadData


def test_offsets_count_in_the_file_without_its_byte_order_mark(tmp_path):
    (tmp_path / "day").mkdir()
    (tmp_path / "day" / "page.txt").write_bytes("\ufeff一\r\n二".encode())
    assert read_corpus(tmp_path).texts == {"day/page.txt": "一\r\n二"}


@pytest.mark.parametrize("content", [None, "一二".encode("gb18030")])
def test_no_page_or_one_that_is_not_utf8_is_told(tmp_path, content):
    if content:
        (tmp_path / "page.txt").write_bytes(content)
    with pytest.raises(BadData):
        read_corpus(tmp_path)


def test_a_printed_sentence_is_found_around_a_place_and_over_a_break():
    start = TEXT.index("5万辆")
    assert CORPUS.sentence(PAGE, start, start + 3).endswith(ENGINEER)


def test_paragraphs_have_names_of_their_own():
    names = {CORPUS.paragraph(PAGE, TEXT.index(word)) for word in ("去年", "大桥由", "听证会")}
    assert len(names) == 3
    assert CORPUS.paragraph(PAGE, place(ENGINEER)["start"]) in names


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2023-12", date(2023, 12, 1), date(2023, 12, 31)),
        ("2023-01/2023-10", date(2023, 1, 1), date(2023, 10, 31)),
    ],
)
def test_days_of_issue_are_read(value, start, end):
    assert (day_range(value).start, day_range(value).end) == (start, end)


def test_a_changed_character_changes_the_digest():
    assert digest(["一二"]) != digest(["一三"]) and digest(["a", "b"]) != digest(["ab"])
