"""Runs ONNX graphs with ONNX Runtime."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Encoding

from index.errors import ModelError, first_line
from index.vectors import Vectors


class OnnxGraph:
    """A graph that reads texts of one length, or, with a mask, of several.

    most: how many texts a run may hold.
    """

    def __init__(self, path: Path, pad_id: int, most: int) -> None:
        self._session = _session(path)
        self._inputs = {given.name for given in self._session.get_inputs()}
        self._pad_id, self._most = pad_id, most

    def batches(self, lengths: list[int]) -> Iterator[list[int]]:
        """Rows that are run together; lengths are in tokens, (n,)."""
        ascending = sorted(range(len(lengths)), key=lengths.__getitem__)
        alike = [ascending]
        if "attention_mask" not in self._inputs:
            alike = [list(rows) for _, rows in groupby(ascending, lengths.__getitem__)]
        for rows in alike:
            for start in range(0, len(rows), self._most):
                yield rows[start : start + self._most]

    def run(self, encodings: list[Encoding]) -> Vectors:
        """The vectors of texts that may be run together, (len(encodings), dimension)."""
        shape = len(encodings), max(map(len, encodings))
        feed = {"input_ids": np.full(shape, self._pad_id, np.int64)}
        feed |= {name: np.zeros(shape, np.int64) for name in self._inputs - {"input_ids"}}
        for row, encoding in enumerate(encodings):
            length = len(encoding)
            feed["input_ids"][row, :length] = encoding.ids
            if "attention_mask" in feed:
                feed["attention_mask"][row, :length] = 1
            if "token_type_ids" in feed:
                feed["token_type_ids"][row, :length] = encoding.type_ids
        vectors: Vectors = self._session.run(None, feed)[0]
        return vectors


def optimise(graph: Path, optimised: Path) -> None:
    """Write a graph with its operators fused, once and for all machines, so that loading is quick.

    Fusions that depend on the processor are left out of the file.
    """
    options = _options()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(optimised)
    onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _session(graph: Path) -> onnxruntime.InferenceSession:
    options = _options()
    # The graph was optimised when it was made; doing it again takes half of the start.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no common kind of their own
        problem = first_line(error).rstrip(".")
        raise ModelError(f"ONNX Runtime cannot load it: {problem}.", where=str(graph)) from error


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    # A short text leaves nothing for a second thread to do; a second text does.
    options.intra_op_num_threads = 1
    # The arena keeps every shape's peak for good (onnxruntime#11627): texts have many lengths.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return options
