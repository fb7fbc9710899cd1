"""Bytes to text: what is certain is read as it was written, all else is refused with a reason."""

import codecs
import gzip
import io
from contextlib import suppress
from pathlib import Path

import pytest
from bad_files import BIG5, FRENCH, JAPANESE, KOREAN, NEWS
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.decode import check_characters, decode, looks_chinese, read_lines
from rag.errors import SourceError

# Any character that a page may hold; control characters are another matter.
CHARACTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
TEXTS = st.text(CHARACTERS, min_size=1).filter(
    lambda text: text.strip(" \u3000\xa0\ufeff\u200b") and text[0] != "\ufeff"
)
SEED = Path(__file__).parent.parent / "seeds" / "000_de716d9866afb0a4.txt"
LINE_ENDS = ("\n", "\r\n", "\r", "\u2028", "\x0b", "\x85")


@given(TEXTS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_unicode_comes_back_as_written_without_its_mark(text, encoding):
    assert decode(text.encode(encoding)) == text


@given(TEXTS)
def test_utf_16_of_the_other_byte_order_comes_back(text):
    assert decode(codecs.BOM_UTF16_BE + text.encode("utf-16-be")) == text


@given(st.lists(st.sampled_from([*NEWS, "。\r\n", "\n", "\u3000\u3000"]), min_size=20).map("".join))
def test_gb18030_of_chinese_print_comes_back_or_is_refused_never_changed(text):
    with suppress(SourceError):
        assert decode(text.encode("gb18030")) == text


@pytest.mark.parametrize(
    "text",
    [
        NEWS,
        "本报讯(记者 甲乙丙)去年11月24日，云崖县试种茶树1,204.5亩，同比增长12.3%。\r\n",
        "王建国 李秀英 张伟 刘洋 陈静 杨帆 赵磊 黄丽 周强 吴敏",
        "鷺洲市水務局表示，新建的水渠將於明年三月完工，總投資二十四億元。",
        "abc\r\nCHINA\r",
        "㐀𠮷野家在北渡镇开业，记者前往采访，店主说今年生意很好。",
    ],
)
def test_gb18030_is_read(text):
    assert decode(text.encode("gb18030")) == text


def test_the_seed_is_read_in_every_encoding():
    seed = SEED.read_text("utf-8")
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
        assert decode(seed.encode(encoding)) == seed


@pytest.mark.parametrize("end", LINE_ENDS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_are_left_alone(end, encoding):
    text = f"{NEWS}{end}{NEWS}{end}"
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (BIG5, "big5"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (KOREAN, "euc_kr"),
        (FRENCH, "latin-1"),
        (FRENCH * 40, "cp1252"),
        ("Déjà vu à Besançon, où l'été fut très beau.", "latin-1"),
        ("Größere Städte üben äußerst schöne Künste.", "latin-1"),
        ("Вчера мэр сообщил о строительстве библиотеки.", "cp1251"),
        ("Вчера мэр сообщил о строительстве библиотеки.", "koi8-r"),
    ],
)
def test_other_encodings_are_refused_and_never_taken_for_chinese(text, encoding):
    with pytest.raises(SourceError, match="undecodable"):
        decode(text.encode(encoding))


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_any_bytes_make_exactly_their_text_or_an_error(data):
    try:
        text = decode(data)
    except SourceError as exc:
        assert str(exc).isprintable() and ":" in str(exc)
        return
    encodings = ("utf-8", "utf-8-sig", "utf-16", "gb18030")
    back = [codecs.BOM_UTF16_BE + text.encode("utf-16-be")]
    back += [codecs.BOM_UTF16_LE + text.encode("utf-16-le")]
    assert data in back + [text.encode(encoding) for encoding in encodings]


@given(st.binary(min_size=64, max_size=400).filter(lambda data: max(data) > 127))
def test_noise_is_not_chinese(data):
    with pytest.raises(SourceError):
        decode(b"\xb1\xff" + data)


def test_a_file_cut_in_a_character_says_so():
    with pytest.raises(SourceError, match="cut off"):
        decode(NEWS.encode()[:-1])


@pytest.mark.parametrize("char", ["\ud83d", "\udc00"])
def test_lone_surrogates_are_refused_with_their_place(char):
    with pytest.raises(SourceError, match=f"{ord(char):04x} at character 2"):
        check_characters(f"北渡{char}镇")


def test_a_form_feed_or_two_are_borne_and_many_controls_are_not():
    check_characters(f"{NEWS}\x0c\x1a\x1b")
    with pytest.raises(SourceError, match="control"):
        check_characters("\x01\x02\x03news")


def test_looks_chinese_needs_everyday_characters():
    assert looks_chinese(NEWS) and looks_chinese("plain ascii")
    assert not looks_chinese("鎢鋏鐺鏵鑼鎿鏃鏇鏑鏜鐋鑔")


def lines(data, limit=1_000, **more):
    return list(read_lines(io.BufferedReader(io.BytesIO(data)), limit, **more))


@given(st.lists(st.text(CHARACTERS, max_size=30).filter(lambda t: "\ufeff" not in t), max_size=9))
def test_lines_are_cut_at_line_feeds_only(texts):
    found = lines("\n".join(texts).encode())
    assert "".join(line.text for line in found) == "\n".join(texts)
    assert [line.number for line in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_lines_of_every_encoding(encoding):
    found = lines(f"{NEWS}\r\n{NEWS}\n".encode(encoding))
    assert [line.text for line in found] == [f"{NEWS}\r\n", f"{NEWS}\n"]


def test_a_line_over_the_limit_is_passed_over():
    found = lines(b"a" * 5_000 + b"\nshort\n", limit=100)
    assert "5,001 bytes, allowed are 100" in str(found[0].text)
    assert found[1].text == "short\n" and found[0].size == 5_001


def test_one_endless_line_is_given_up():
    with pytest.raises(SourceError, match="over the size limit"):
        lines(b"a" * 5_000_000, limit=100, give_up=2_000_000)


def test_after_utf_8_nothing_is_taken_for_gb18030():
    found = lines(f"{NEWS}\n".encode() + f"{NEWS}\n".encode("gb18030"))
    assert "not UTF-8" in str(found[1].text)


def test_lines_before_a_break_in_gzip_are_kept():
    rows = "".join(f"{number} {NEWS * 7}\n" for number in range(2_000)).encode()
    packed = gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(rows)[:-20]))
    found = []
    with pytest.raises(SourceError, match="truncated gzip: it ends after line"):
        for line in read_lines(packed, 10_000):
            found.append(line.text)
    assert len(found) > 1_000 and "".join(found).encode() == rows[: len("".join(found).encode())]
