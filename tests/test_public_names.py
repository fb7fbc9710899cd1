"""Section 6 of the design: the names that other people's code may rely on."""

import dataclasses
import importlib.metadata
import inspect
import json

import pytest
from conftest import PAGE, SEEDS
from llama_index.core.base.embeddings.base import BaseEmbedding

import rag
from rag import Assistant, Config
from rag.__main__ import main
from rag.embedding import default_embedder


def parameters(function) -> dict[str, object]:
    """Names and defaults, without self and cls."""
    found = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in found if p.name not in ("self", "cls")}


SCOPE = dict.fromkeys(("since", "until", "publication", "column"))
NONE = inspect.Parameter.empty


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("open", {"config": None, "embedder": None, "llm": None}),
        ("ingest", {"paths": NONE, "prune": False, "progress": None}),
        ("ask", {"question": NONE, "history": None, **SCOPE}),
        ("stream", {"question": NONE, "history": None, **SCOPE}),
        ("search", {"query": NONE, "limit": 10, **SCOPE}),
        ("read", {"question": NONE, "texts": NONE}),
        ("sources", {}),
        ("page", {"source_id": NONE}),
        ("sentences", {"article_id": NONE}),
        ("remove", {"source_ids": NONE}),
        ("suggest", {"near": None, "limit": 4}),
        ("close", {}),
    ],
)
def test_the_assistant_has_these_methods(name, wanted):
    assert parameters(getattr(Assistant, name)) == wanted


def test_async_methods_take_what_the_others_take():
    assert inspect.iscoroutinefunction(Assistant.aask)
    assert inspect.isasyncgenfunction(Assistant.astream)
    for name in ("aask", "astream"):
        assert list(parameters(getattr(Assistant, name))) == ["question", "options"]


@pytest.mark.parametrize("name", rag.__all__)
def test_every_exported_name_is_there(name):
    assert getattr(rag, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Assistent"):
        rag.Assistent  # noqa: B018 - looking it up is the test


def test_a_report_has_its_five_lists():
    report = rag.IngestReport()
    names = ["added", "updated", "unchanged", "removed", "failed"]
    assert [field.name for field in dataclasses.fields(report)] == names
    assert all(getattr(report, name) == [] for name in names)
    assert list(report.to_dict()) == names


def test_settings_have_their_names():
    config = Config(data_dir=".wenbao", _env_file=None)
    assert str(config.data_dir) == ".wenbao"
    assert {"today", "passages", "sentences", "strictness", "max_bytes", "lock_timeout"} <= set(
        Config.model_fields
    )


def test_a_hit_leads_to_its_source(seed):
    hits = seed.search("三全食品", limit=3)
    assert 0 < len(hits) <= 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(hit.chunk.article.source.id == PAGE for hit in hits)


def test_an_answer_as_a_dictionary(seed):
    data = seed.ask("三全食品董事长是谁？").to_dict()
    assert list(data) == [
        "question", "text", "grounding", "mode", "model", "statements", "citations", "passages",
        "usage", "timings",
    ]  # fmt: skip
    for citation in data["citations"]:
        assert list(citation) == [
            "marker", "source", "title", "published", "start", "end", "quote",
        ]  # fmt: skip
        assert citation["source"] == PAGE and citation["published"] == "2024"
    assert (data["mode"], data["model"]) == ("extractive", None)
    assert data["timings"]["total"] > 0
    assert json.loads(json.dumps(data)) == data


def test_the_example_of_the_readme_runs(tmp_path, embedder):
    with Assistant.open(Config(data_dir=tmp_path / ".wenbao"), embedder=embedder) as assistant:
        report = assistant.ingest([str(SEEDS)])
        answer = assistant.ask("三全食品董事长是谁？", history=[], since=None, until=None)
    assert (report.added, report.failed) == ([PAGE], [])
    assert "陈南" in answer.text and "陈南" in answer.citations[0].quote


def test_the_local_embedder_is_llamaindex_s(embedder):
    assert isinstance(embedder, BaseEmbedding)
    assert list(parameters(default_embedder).values()) in ([], [None])


def test_the_command_is_installed():
    (entry,) = importlib.metadata.entry_points(group="console_scripts", name="wenbao")
    assert entry.load() is main


@pytest.mark.parametrize("command", ["ingest", "ask", "search", "sources", "chat", "doctor"])
def test_the_command_has_its_parts(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"wenbao {command}" in capsys.readouterr().out


def test_the_errors_form_one_tree():
    for name in rag.__all__:
        found = getattr(rag, name)
        if isinstance(found, type) and issubclass(found, Exception):
            assert issubclass(found, rag.WenbaoError)
