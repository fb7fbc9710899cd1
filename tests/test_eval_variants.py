"""Spoilt and cheating systems are what they say they are."""

import pytest
from gold_rows import CORPUS

from eval import settings
from eval.errors import BadData
from eval.variants import CHEATS, SPOILT, opened
from rag import Assistant, Config

ASKED = "比亚迪第600万辆新能源汽车是哪天在郑州工厂下线的？"


@pytest.mark.parametrize("name", [name for name, variant in SPOILT.items() if variant.pages])
def test_a_spoilt_page_keeps_its_length_so_that_offsets_stay(name):
    (text,) = settings.read_settings().corpus().texts.values()
    changed = SPOILT[name].pages(text)
    assert len(changed) == len(text) and changed != text


@pytest.mark.slow
def test_answers_are_spoilt_on_their_way_out(seed):
    whole = seed.ask(ASKED)
    assert "（2023年11月24日）" in whole.text
    assert "（2023年" not in SPOILT["no-dates"].system(seed).ask(ASKED).text
    shifted = SPOILT["shifted"].system(seed).ask(ASKED)
    assert shifted.citations[0].start == whole.citations[0].start + 1
    assert "万元" in SPOILT["units"].system(seed).ask("三全食品航空港工业园区项目总投资多少？").text


@pytest.mark.slow
def test_a_leg_that_is_off_finds_nothing(seed_index, embedder):
    config = Config(data_dir=seed_index, **SPOILT["no-lexical"].config)
    with Assistant.open(config, embedder=embedder) as assistant:
        hits = assistant.search("老旧小区改造")
    assert hits and all(set(hit.ranks) == {"dense"} for hit in hits)


@pytest.mark.slow
def test_cheats_cheat(seed):
    said = {name: cheat.system(seed).ask(ASKED) for name, cheat in CHEATS.items()}
    assert said["silent"].grounding == "refused" and said["uncited"].citations == ()
    assert len(said["echo"].citations) > 20 and len(said["first-sentence"].citations) == 1
    assert said["random-sentence"].text == CHEATS["random-sentence"].system(seed).ask(ASKED).text


def test_an_unknown_variant_lists_the_known_ones(tmp_path):
    with pytest.raises(BadData, match="as-is, top-1"), opened("honest", CORPUS, tmp_path):
        pass
