"""The exported graph against sentence-transformers itself: the real model, and tiny ones."""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import numpy as np
import pytest

from index import forward
from index.build import build
from index.encoder import EncoderDescription
from index.errors import ModelError
from index.helpers import Helper
from index.loading import load_encoder
from index.model import Model, find_model

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerFast

    from index.export import Export

# torch is imported in the functions below only, so that these tests alone pay for it.

TEXTS = [
    "How do I reset my password?",
    "password",
    "a",
    " ",
    "?!…",
    "Où est la gare? Wo ist der Bahnhof? 駅はどこですか",
    "🎉🎉 party 👩‍👩‍👧",
    "C++ & C# <b>not</b> \\ 5 %",
    "WHERE CAN I PARK MY CAR",
    "We are open from 9 to 17, Monday to Friday, and on the first Saturday of the month.",
    "a question that is much longer than the model reads, " * 60,
    ("word " * 254).strip(),
    "x" * 2000,
]
ALPHABET = "abcdefghijklmnopqrstuvwxyz:"


SAID = TEXTS[:1] + TEXTS[8:10]


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, "Export"]:
    """The default model, exported; the folder, and the report."""
    from index.export import export

    folder = tmp_path_factory.mktemp("default")
    return folder, export(find_model("all-MiniLM-L6-v2"), folder, SAID)


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the default model, exported in float32."""
    from index.export import export

    folder = tmp_path_factory.mktemp("exact")
    export(find_model("all-MiniLM-L6-v2", "float32"), folder, SAID)
    return folder


def reference(folder: Path) -> "SentenceTransformer":
    """The model as sentence-transformers loads it."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


def cosines(found: np.ndarray, expected: Sequence[Any]) -> np.ndarray:
    """Of unit vectors with any others."""
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    others = np.asarray(expected, np.float64)
    return (found * others).sum(axis=1) / np.linalg.norm(others, axis=1)


def test_the_exported_default_model_gives_the_vectors_of_sentence_transformers(
    default: tuple[Path, "Export"], exact: Path
) -> None:
    expected = reference(find_model("all-MiniLM-L6-v2").folder).encode(TEXTS)
    int8, float32 = load_encoder(default[0]), load_encoder(exact)
    for encode in (int8.encode_queries, int8.encode_documents):
        assert cosines(encode(TEXTS), expected).min() >= 0.98
        assert cosines(encode(SAID), expected[[0, 8, 9]]).min() >= 0.999
    for encode in (float32.encode_queries, float32.encode_documents):
        assert cosines(encode(TEXTS), expected).min() >= 0.99999


def test_a_text_has_the_same_vector_alone_and_beside_any_others(
    default: tuple[Path, "Export"], exact: Path
) -> None:
    texts = [*TEXTS, *TEXTS[:5], *["hello there"] * 20]  # several batches, one of them full
    for folder, apart in ((default[0], 0.0), (exact, 1e-5)):
        encoder = load_encoder(folder)
        for encode in (encoder.encode_queries, encoder.encode_documents):
            alone = np.concatenate([encode([text]) for text in texts])
            np.testing.assert_allclose(encode(texts), alone, rtol=0, atol=apart)
            np.testing.assert_allclose(encode(texts[::-1]), alone[::-1], rtol=0, atol=apart)


def test_int8_loads_neither_onnx_runtime_nor_torch(
    default: tuple[Path, "Export"],
) -> None:
    code = (
        "import sys; from pathlib import Path; from index.loading import load_encoder; "
        "encoder = load_encoder(Path(sys.argv[1])); "
        "encoder.encode_queries(['hello']); encoder.encode_documents(['hello']); "
        "print(sorted({'onnxruntime', 'torch'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(default[0])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_threads_may_share_an_encoder(default: tuple[Path, "Export"]) -> None:
    encoder = load_encoder(default[0])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(encoder.encode_queries, [[text] for text in TEXTS * 5]))
    np.testing.assert_array_equal(np.concatenate(found), encoder.encode_queries(TEXTS * 5))


@pytest.mark.parametrize("threads", [2, 4])
def test_a_text_has_the_same_vector_whoever_helps_with_it(
    default: tuple[Path, "Export"], monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    alone, helped = (load_encoder(default[0], threads=number) for number in (1, threads))
    several = [Helper(f"helping-{number}") for number in range(threads)]
    run, parts = forward._LIB.qa_forward, set[int]()

    def once_helped(one: Any) -> None:  # noqa: ANN401 - a structure of the C
        """Begin when a helper has, so that no vector is of one thread's making."""
        deadline = monotonic() + 10
        while one.parts > 1 and not one.taken and monotonic() < deadline:
            sleep(0)
        assert one.parts == 1 or one.taken
        parts.add(one.parts)
        run(one)

    texts = [text for text in TEXTS if len(text) < 200] * 20
    expected = np.concatenate([alone.encode_queries([text]) for text in texts])
    monkeypatch.setattr(forward, "helpers", lambda most: several[:most])
    monkeypatch.setattr(forward._LIB, "qa_forward", once_helped)
    found = np.concatenate([helped.encode_queries([text]) for text in texts])
    np.testing.assert_array_equal(found, expected)
    assert max(parts) == threads


@pytest.mark.parametrize("format_", [None, 1])
def test_an_encoder_of_another_version_is_told_so(
    default: tuple[Path, "Export"], tmp_path: Path, format_: int | None
) -> None:
    described = json.loads((default[0] / "encoder.json").read_text())
    described |= {"format": format_} if format_ else {}
    if not format_:
        del described["format"]
    (tmp_path / "encoder.json").write_text(json.dumps(described))
    with pytest.raises(ModelError, match=r"another version .* Build it again with: qa index\."):
        load_encoder(tmp_path)


def test_vectors_tell_texts_apart(default: tuple[Path, "Export"]) -> None:
    texts = ["I forgot my password", "How can I log in again?", "Two kilos of potatoes"]
    vectors = load_encoder(default[0]).encode_queries(texts)
    assert vectors[0] @ vectors[1] > 0.4 > 0.2 > vectors[0] @ vectors[2]


def test_no_texts_give_no_vectors_and_progress_counts_every_text(
    default: tuple[Path, "Export"],
) -> None:
    encoder = load_encoder(default[0])
    done: list[int] = []
    assert encoder.encode_queries([]).shape == (0, 384)
    encoder.encode_documents(["hello"] * 40, done.append)
    assert sum(done) == 40
    assert len(done) > 1


def test_the_export_says_what_it_made_and_how_well_it_agrees(
    default: tuple[Path, "Export"],
) -> None:
    folder, made = default
    assert made.description == EncoderDescription(
        kind="onnx",
        model="all-MiniLM-L6-v2",
        precision="int8",
        dimension=384,
        max_tokens=256,
        pad_token="[PAD]",
        query_prompt="",
        document_prompt="",
    )
    assert EncoderDescription.load(folder) == made.description
    assert made.warning == ""
    assert made.agreement.texts == made.query_agreement.texts == 3
    for agreement in (made.agreement, made.query_agreement):
        assert 0.999 <= agreement.least <= agreement.mean < 0.9999
    assert {path.name for path in folder.iterdir()} == {
        "model.onnx",
        "int8",
        "tokenizer.json",
        "encoder.json",
    }


def tiny(
    folder: Path,
    *,
    pooling: dict[str, Any],
    prompts: dict[str, str],
    heads: int = 2,
    layers: int = 1,
    positions: int = 64,
) -> Model:
    """A model with random weights that reads letters."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    size = {"hidden_size": 32, "num_attention_heads": heads, "intermediate_size": 64}
    words = BertConfig(
        vocab_size=60, num_hidden_layers=layers, max_position_embeddings=positions, **size
    )
    # Untrained layers hardly mix their tokens; larger weights make every token count.
    words.initializer_range = 0.5
    BertModel(words).save_pretrained(folder / "bert")
    letters().save_pretrained(folder / "bert")
    transformer = Transformer(str(folder / "bert"), max_seq_length=24)
    modules = [transformer, Pooling(32, **pooling)]
    SentenceTransformer(modules=modules, prompts=prompts, device="cpu").save(str(folder / "tiny"))
    return Model("tiny", folder / "tiny", "1" * 64)


def letters() -> "PreTrainedTokenizerFast":
    """A WordPiece tokenizer of letters."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    pieces = [*special, *ALPHABET, *(f"##{letter}" for letter in ALPHABET)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    )


PLAIN = ["how do i pay", "pay", "", "Password: reset it", "a long text of many letters " * 3]
POOLINGS = {
    "cls with prompts": (
        {"pooling_mode": "cls"},
        {"query": "query: ", "document": "passage: "},
        True,
    ),
    "mean without prompts": ({"pooling_mode": "mean"}, {}, True),
    "max with one prompt": ({"pooling_mode": "max"}, {"query": "find: "}, True),
    # What is pooled then depends on the prompt, which a graph does not know.
    "prompt not pooled": (
        {"pooling_mode": "mean", "include_prompt": False},
        {"query": "find: "},
        False,
    ),
}


@pytest.mark.parametrize(
    ("pooling", "prompts", "is_exported"), POOLINGS.values(), ids=POOLINGS.keys()
)
def test_a_models_own_pooling_and_prompts_are_respected(
    tmp_path: Path, pooling: dict[str, Any], prompts: dict[str, str], is_exported: bool
) -> None:
    from index.export import export

    model = tiny(tmp_path, pooling=pooling, prompts=prompts)
    made = export(model, tmp_path, PLAIN[:2])
    encoder, original = load_encoder(tmp_path), reference(model.folder)
    queries, documents = original.encode_query(PLAIN), original.encode_document(PLAIN)
    assert cosines(encoder.encode_queries(PLAIN), queries).min() >= 0.9999
    assert cosines(encoder.encode_documents(PLAIN), documents).min() >= 0.9999
    assert made.description.kind == ("onnx" if is_exported else "sentence-transformers")
    assert bool(made.warning) is not is_exported
    # The prompts do something, or the above would say little.
    assert bool(cosines(encoder.encode_queries(PLAIN), documents).min() < 0.999) is bool(prompts)


@pytest.mark.parametrize(
    ("pooling", "prompts", "problem"),
    [
        ({"pooling_mode": "max"}, {}, "only encoders of the BERT kind"),
        # Weights drawn at random lose more than trained ones.
        ({"pooling_mode": "cls"}, {"query": "query: "}, "cosines of"),
    ],
    ids=["not written out", "too much is lost"],
)
def test_a_model_that_cannot_be_run_in_int8_is_run_in_float32_with_a_warning(
    tmp_path: Path,
    pooling: dict[str, Any],
    prompts: dict[str, str],
    problem: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from index import export

    monkeypatch.setattr(export, "LEAST_MEAN_INT8", 0.99999)
    model = replace(tiny(tmp_path, pooling=pooling, prompts=prompts), precision="int8")
    made = export.export(model, tmp_path, PLAIN[:2])
    assert made.description.precision == "float32"
    assert f"the model tiny cannot run in int8 ({problem}" in made.warning
    assert not (tmp_path / "int8").exists()
    expected = reference(model.folder).encode_query(PLAIN)
    assert cosines(load_encoder(tmp_path).encode_queries(PLAIN), expected).min() >= 0.9999


@pytest.mark.parametrize("worse", [0, 1], ids=["documents", "queries"])
def test_int8_must_stand_for_documents_and_for_queries(
    tmp_path: Path, worse: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index import export

    found = [export.Agreement(texts=2, least=0.9999, mean=0.99995)] * 2
    found[worse] = export.Agreement(texts=2, least=0.97, mean=0.99)
    float32, int8 = [export.Agreement(texts=2, least=1.0, mean=1.0)] * 2, found
    monkeypatch.setattr(export, "_agreement", Mock(side_effect=[float32, int8]))
    model = tiny(tmp_path, pooling={"pooling_mode": "mean"}, prompts={})
    made = export.export(replace(model, precision="int8"), tmp_path, PLAIN[:2])
    assert made.description.precision == "float32"
    assert "cosines of 0.9900 on average, 0.9700 at least" in made.warning


def test_a_model_whose_heads_do_not_fit_is_run_in_float32_with_a_warning(tmp_path: Path) -> None:
    from index.export import export

    model = tiny(tmp_path, pooling={"pooling_mode": "mean"}, prompts={}, heads=8)
    made = export(replace(model, precision="int8"), tmp_path, PLAIN[:2])
    assert made.description.precision == "float32"
    assert "8 heads of 32 numbers are not of 8" in made.warning
    assert not (tmp_path / "int8").exists()


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_a_small_bert_is_run_in_int8_with_its_own_pooling_and_prompts(
    tmp_path: Path, pooling: str
) -> None:
    from index.export import export

    prompts = {"query": "query: ", "document": "passage: "}
    tiny_model = tiny(tmp_path, pooling={"pooling_mode": pooling}, prompts=prompts)
    made = export(replace(tiny_model, precision="int8"), tmp_path, PLAIN[:2])
    assert (made.description.precision, made.warning) == ("int8", "")
    encoder, original = load_encoder(tmp_path), reference(tiny_model.folder)
    assert cosines(encoder.encode_queries(PLAIN), original.encode_query(PLAIN)).min() >= 0.99
    documents = original.encode_document(PLAIN)
    assert cosines(encoder.encode_documents(PLAIN), documents).min() >= 0.99


def test_weights_are_rounded_by_what_they_are_given_with_tokens_of_the_vocabulary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index import export

    model = tiny(tmp_path, pooling={"pooling_mode": "mean"}, prompts={}, layers=2, positions=32)
    transformer = reference(model.folder)
    inner, tokenizer = transformer[0].auto_model, transformer.tokenizer
    drawn = list(export._drawn(tokenizer, inner.config))
    assert max(ids.shape[1] for ids in drawn) == 32
    first, last = tokenizer("")["input_ids"]
    for ids in drawn:
        assert (ids[:, 0] == first).all()
        assert (ids[:, -1] == last).all()
        assert not {*ids[:, 1:-1].ravel().tolist()} & {*tokenizer.all_special_ids}

    found = export.moments_of(transformer)
    assert [*map(len, found.values())] == [2, 2, 2, 2]
    for number, layer in enumerate(inner.encoder.layer):
        given = {
            "attend": inner.encoder.layer[number - 1] if number else inner.embeddings,
            "mix": layer.attention.self,
            "widen": layer.attention.output,
            "narrow": layer.intermediate,
        }
        for name, module in given.items():
            np.testing.assert_allclose(
                found[name][number], moments_after(inner, module, drawn), rtol=1e-4, atol=1e-3
            )

    writing = Mock(side_effect=ValueError("seen enough"))
    monkeypatch.setattr(export, "write_int8", writing)
    export.export(replace(model, precision="int8"), tmp_path, PLAIN[:2])
    _, _, handed_on = writing.call_args.args
    for name, moments in handed_on.items():
        np.testing.assert_array_equal(moments, found[name])


def moments_after(inner: Any, module: Any, drawn: list[Any]) -> Any:  # noqa: ANN401 - torch's
    """The second moments of what a module gives."""
    rows = list[Any]()

    def keep(_module: object, _given: object, given: Any) -> None:  # noqa: ANN401 - torch's
        states = given if hasattr(given, "flatten") else given[0]
        rows.append(states.flatten(0, 1).detach().numpy())

    hook = module.register_forward_hook(keep)
    for ids in drawn:
        inner(input_ids=ids)
    hook.remove()
    return sum(each.T @ each for each in rows)


def test_a_device_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    from index.export import TorchEncoder

    with pytest.raises(ModelError, match="cuda:7: torch has no such device here"):
        TorchEncoder(tmp_path, "cuda:7")


def static(folder: Path) -> Model:
    """A model of word vectors alone, whose inputs are not those of a transformer."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    torch.manual_seed(0)
    module = StaticEmbedding(letters().backend_tokenizer, embedding_dim=16)
    SentenceTransformer(modules=[module], device="cpu").save(str(folder / "static"))
    return Model("static", folder / "static", "2" * 64)


def test_a_model_that_cannot_be_exported_still_works_with_a_warning(tmp_path: Path) -> None:
    from index.export import export

    model = static(tmp_path)
    made = export(model, tmp_path, PLAIN)
    assert made.description.kind == "sentence-transformers"
    assert made.agreement is None
    assert "the model static cannot be served without torch" in made.warning
    assert "\n" not in made.warning
    assert not (tmp_path / "model.onnx").exists()
    encoder, texts, done = load_encoder(tmp_path), ["pay", "password reset"], list[int]()
    assert encoder.dimension == 16
    found = encoder.encode_documents(texts, done.append)
    assert cosines(found, reference(model.folder).encode(texts)).min() >= 0.9999
    assert done == [2]
    assert encoder.encode_queries([]).shape == (0, 16)


def test_an_index_of_a_model_that_is_served_through_torch_can_be_built_again_and_replaced(
    tmp_path: Path, corpus_file: Path
) -> None:
    from index.build import export_encoder
    from tests.conftest import MODEL, provide_hashed

    model, root = static(tmp_path), tmp_path / "index"
    first = build([corpus_file], root, model=model, provide=export_encoder)
    assert any("cannot be served without torch" in warning for warning in first.warnings)
    # A changed tag embeds nothing anew.
    lines = corpus_file.read_text().splitlines()
    lines[0] = json.dumps({**json.loads(lines[0]), "tags": ["other"]})
    corpus_file.write_text("\n".join(lines))
    again = build([corpus_file], root, model=model, provide=export_encoder)
    assert (again.changed, again.embedded) == (True, 0)
    # Even once the model is gone, another can take its place.
    model.folder.rename(tmp_path / "gone")
    other = build([corpus_file], root, model=MODEL, provide=provide_hashed)
    assert other.embedded > 0


@pytest.mark.parametrize(
    "config", ["{}", "{", '{"model_type": "no-such"}'], ids=["empty", "broken", "unknown"]
)
def test_a_folder_that_is_no_model_is_one_clear_error(tmp_path: Path, config: str) -> None:
    from index.export import export

    (tmp_path / "config.json").write_text(config)
    with pytest.raises(ModelError, match="sentence-transformers cannot load the model"):
        export(find_model(str(tmp_path)), tmp_path, PLAIN)
