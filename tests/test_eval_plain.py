"""The plain pipeline: finds what it was given, and goes on where it stopped."""

import pytest

from eval.plain import PlainPipeline

DOCUMENTS = {"bridge": "槐荫大桥今日开工，总投资24亿元。", "weather": "青塘今日多云，最高气温8度。"}


@pytest.mark.slow
def test_documents_are_found_and_not_taken_in_twice(tmp_path):
    steps = []
    with PlainPipeline.opened(tmp_path) as pipeline:
        assert pipeline.ingest({"bridge": DOCUMENTS["bridge"]}) == 1
    with PlainPipeline.opened(tmp_path) as pipeline:
        assert pipeline.ingest(DOCUMENTS, steps.append) == 2
        assert pipeline.search("大桥投资多少", 2)[0] == "bridge"
    assert steps == [1, 1]
