"""A folder of files that cannot be read, each broken in its own way, for all who must report it."""

import gzip
import json
import os
from pathlib import Path

NEWS = "鹭洲市北渡镇新修水渠全长27.1公里，今年开工建设。市水利局负责人表示，工程将在年内完成。"
BIG5 = "鷺洲市政府昨日宣布，將於明年興建新的圖書館，預計總經費為三億元，市民對此表示歡迎。"
JAPANESE = "市役所は昨日、来年から新しい図書館を建設すると発表した。総工費は三億円の見込み。"
KOREAN = "시청은 어제 내년부터 새로운 도서관을 건설한다고 발표하였다. 총 공사비는 삼억 원이다."
FRENCH = "L'été dernier, le maire a annoncé la création d'une médiathèque près de la forêt."

_BYTES = {
    "empty.txt": (b"", "empty"),
    "blank.md": (" \r\n\u3000\n".encode(), "white space"),
    "nul.txt": (b"news\0\0\0" + bytes(range(256)), "NUL"),
    "control.txt": (b"a\x01\x02\x03\x04\x05\x06b" * 9, "control characters"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n\0\0", "PNG"),
    "print.txt": (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    "office.txt": (b"PK\x03\x04\x14\0", "zip"),
    "packed.txt": (gzip.compress(NEWS.encode()), "gzip data"),
    "big5.txt": (BIG5.encode("big5"), "undecodable"),
    "japanese.txt": (JAPANESE.encode("shift_jis"), "undecodable"),
    "korean.txt": (KOREAN.encode("euc_kr"), "undecodable"),
    "french.txt": (FRENCH.encode("latin-1"), "undecodable"),
    "utf16_no_mark.txt": (NEWS.encode("utf-16-le"), "UTF-16 without its mark"),
    "utf16_cut.txt": (NEWS.encode("utf-16")[:-1], "UTF-16"),
    "utf32.txt": (NEWS.encode("utf-32"), "UTF-32"),
    "cut.txt": (NEWS.encode()[:-1], "cut off"),
    "rows/empty.jsonl": (b"\n\n", "no rows"),
    "rows/binary.jsonl": (b"\0\1\2\3", "binary"),
    "rows/broken.jsonl": (b'\n{"text": "\n', "line 2: broken JSON"),
    "rows/deep.jsonl": (b"[" * 100_000, "line 1: broken JSON"),
    "rows/digits.jsonl": (b'{"text": ' + b"1" * 5_000 + b"}", "line 1: broken JSON"),
    "rows/packed.jsonl": (gzip.compress(b"{}"), ".jsonl.gz"),
    "rows/not_gzip.jsonl.gz": (b'{"text": "x"}', "broken gzip"),
    "rows/cut.jsonl.gz": (gzip.compress(NEWS.encode() * 9)[:-40], "truncated gzip"),
    "rows/flipped.jsonl.gz": (gzip.compress(b"")[:10] + b"\xff" * 40, "broken gzip"),
    "rows/bytes.jsonl": (b'{"text": "' + FRENCH.encode("latin-1") + b'"}', "undecodable"),
    "notes/broken/sources.toml": (b"[page.txt\n", "broken TOML"),
    "notes/binary/sources.toml": (b"\0\0", "binary"),
    "notes/gone/sources.toml": (b'["gone.txt"]\n', "no such file"),
    "notes/loose/sources.toml": ('publication = "鹭洲日报"'.encode(), "table"),
    "notes/outside/sources.toml": (b'["../../empty.txt"]\n', "not below"),
    "notes/unquoted/sources.toml": (b"[page.txt]\n", "quotes"),
}
_ROWS = {
    "list": ([1], "object"),
    "null": (None, "object"),
    "no_text": ({"title": "简讯"}, 'no "text"'),
    "null_text": ({"text": None}, 'no "text"'),
    "number": ({"text": 7}, "must be text"),
    "nothing": ({"text": ""}, "empty"),
    "blank": ({"text": " \n"}, "white space"),
    "nul": ({"text": "\0"}, "NUL"),
    "surrogate": ({"text": "半\ud83d"}, "surrogate"),
    "surrogate_title": ({"text": NEWS, "title": "\udc00"}, "surrogate"),
    "published": ({"text": NEWS, "published": "1998-02-30"}, "published"),
    "epoch": ({"text": NEWS, "published": 1704412800}, "published"),
    "title": ({"text": NEWS, "title": ["简讯"]}, "title must be text"),
    "page": ({"text": NEWS, "page": 1.5}, "page must be text"),
    "id": ({"text": NEWS, "id": {"n": 1}}, "id must be"),
    "true_id": ({"text": NEWS, "id": True}, "id must be"),
}


def write_bad_files(folder: Path) -> dict[str, str]:
    """Writes files that hold no page that can be read; returns for each, by its path below
    `folder`, words that its one reason must hold. Sizes are for a limit of 50,000,000 bytes."""
    reasons: dict[str, str] = {}
    rows = {
        f"rows/{name}.jsonl": (json.dumps(row).encode(), word)
        for name, (row, word) in _ROWS.items()
    }
    for name, (data, word) in (_BYTES | rows).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        reasons[name] = word
    with (folder / "big.txt").open("wb") as file:
        file.truncate(60_000_000)  # a hole: takes no room on the disk
    reasons["big.txt"] = "60,000,000 bytes, allowed are 50,000,000"
    return reasons | _write_links(folder)


def _write_links(folder: Path) -> dict[str, str]:
    """Links, pipes and a name that is no UTF-8, as far as this system has them."""
    (folder / "lost.txt").symlink_to("nowhere.txt")
    (folder / "circle.txt").symlink_to("circle.txt")
    (folder / "itself").symlink_to(".")
    os.mkfifo(folder / "pipe.txt")
    reasons = {"lost.txt": "nowhere.txt", "circle.txt": "circle", "pipe.txt": "a pipe"}
    try:
        (folder / os.fsdecode(b"\xc4\xea.txt")).write_text(NEWS, encoding="utf-8")
        reasons["??.txt"] = "name is not UTF-8"
    except OSError:  # a file system that takes UTF-8 names alone
        pass
    if os.geteuid():  # root may read everything
        (folder / "locked.txt").write_text(NEWS, encoding="utf-8")
        (folder / "locked.txt").chmod(0)
        reasons["locked.txt"] = "permission denied"
    return reasons
