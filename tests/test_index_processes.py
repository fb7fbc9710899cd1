"""Several processes on one index, some of them killed; at full length in eval/stress_index.py."""

import subprocess
import sys
import textwrap

import pytest

from eval.stress_index import MANIFEST, hashed_vector, invented, kill, share
from rag.index import Index

pytestmark = pytest.mark.slow


def in_another_process(folder, code: str) -> str:
    """What the code prints; it finds an open index under the name `index`."""
    frame = f"""
        from pathlib import Path
        from eval.stress_index import MANIFEST, hashed_vector, invented
        from rag.index import Index
        with Index.open(Path({str(folder)!r}), MANIFEST, exact_up_to=0) as index:
            {code}
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(frame)], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.timeout(120)
def test_a_killed_writer_loses_and_doubles_nothing(tmp_path):
    assert kill(3, tmp_path, seed=7) == []


@pytest.mark.timeout(120)
def test_two_writers_and_three_readers_share_one_index(tmp_path):
    assert share(8, tmp_path) == []


@pytest.mark.timeout(60)
def test_a_reader_sees_what_another_process_writes_later(tmp_path):
    first, later = invented("first.txt", 1), invented("later.txt", 1)
    with Index.open(tmp_path, MANIFEST, exact_up_to=0) as reader:
        with reader.writing() as writer:
            writer.replace_many([first])
        assert reader.dense(first.vectors[0], 1)[0][0] == first.chunks[0].id  # Chroma is open now
        in_another_process(
            tmp_path,
            "with index.writing() as w: w.replace_many([invented('later.txt', 1)])",
        )
        assert reader.dense(later.vectors[0], 1)[0][0] == later.chunks[0].id
        assert reader.check() == []


@pytest.mark.timeout(60)
def test_a_stale_process_that_writes_loses_nothing_of_the_other(tmp_path):
    with Index.open(tmp_path, MANIFEST, exact_up_to=0) as stale:
        for name in ("own-1.txt", "own-2.txt"):
            with stale.writing() as writer:
                writer.replace_many([invented(name, 1)])
            in_another_process(
                tmp_path,
                f"with index.writing() as w: w.replace_many([invented('other-{name}', 1)])",
            )
        assert stale.check() == []
        for entry in stale.sources():
            item = invented(entry.source.id, 1)
            for chunk in item.chunks:
                found = [chunk_id for chunk_id, _ in stale.dense(hashed_vector(chunk.text), 5)]
                assert chunk.id in found


@pytest.mark.timeout(60)
def test_many_processes_may_make_the_index_at_once(tmp_path):
    code = (
        "import sys; from pathlib import Path; from eval.stress_index import MANIFEST;"
        "from rag.index import Index; Index.open(Path(sys.argv[1]), MANIFEST, exact_up_to=0).close()"
    )
    makers = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "index")]) for _ in range(4)
    ]
    assert [maker.wait() for maker in makers] == [0, 0, 0, 0]
