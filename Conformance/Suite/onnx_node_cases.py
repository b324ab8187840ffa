#!/usr/bin/env python3
"""Lays out the ONNX project's own node tests for the engine.

    onnx_node_cases.py FOLDER

For each test of an operator that the engine has, whose first input and only compared output are floats: the model with
its other inputs made constants, the first input, and the expected output. Left out, and counted by reason on the last
line: operators outside of the engine's list, other domains, inputs or outputs of other types, empty tensors. Wants the
packages numpy and onnx.
"""
import collections
import json
import pathlib
import sys

import numpy
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases

OPERATORS = set("""Add AveragePool BatchNormalization Cast Clip Concat Constant Conv Div Dropout Erf Exp Flatten Gather
Gelu Gemm GlobalAveragePool GlobalMaxPool HardSigmoid HardSwish Identity LayerNormalization LeakyRelu MatMul MaxPool Mul
PRelu Pad Pow ReduceMean ReduceSum Relu Reshape Resize Shape Sigmoid Slice Softmax Split Sqrt Squeeze Sub Tanh Transpose
Unsqueeze""".split())
FLOATS = (numpy.float32, numpy.float16, numpy.float64)


def lay_out(test, folder):
    """Writes one case, and returns why not where it cannot be had."""
    model = onnx.ModelProto()
    model.CopyFrom(test.model)
    if any(node.domain not in ("", "ai.onnx") for node in model.graph.node):
        return "another domain"
    if not all(node.op_type in OPERATORS for node in model.graph.node):
        return "an operator outside of the list"
    inputs, outputs = test.data_sets[0]
    expected = outputs[0]
    if not all(isinstance(value, (numpy.ndarray, numpy.generic)) for value in [*inputs, expected]):
        return "a sequence or optional value"
    inputs, expected = [numpy.asarray(value) for value in inputs], numpy.asarray(expected)
    if not inputs or inputs[0].dtype not in FLOATS or expected.dtype not in FLOATS:
        return "other types than floats"
    if any(value.size == 0 for value in inputs + [expected] if value.dtype in FLOATS):
        return "an empty tensor"
    for value, info in list(zip(inputs, model.graph.input))[1:]:
        model.graph.initializer.append(numpy_helper.from_array(value, info.name))
    del model.graph.input[1:]
    del model.graph.output[1:]
    dims = model.graph.input[0].type.tensor_type.shape
    del dims.dim[:]
    for extent in inputs[0].shape:
        dims.dim.add().dim_value = extent
    # The engine reads opset 11 to 21; these operators mean the same in the versions after it.
    for opset in model.opset_import:
        opset.version = min(opset.version, 21)
    place = folder / test.name
    place.mkdir(parents=True)
    onnx.save(model, place / "model.onnx")
    inputs[0].astype("<f4").tofile(place / "input.f32")
    expected.astype("<f4").tofile(place / "expected.f32")
    narrow = expected.dtype == numpy.float16 or inputs[0].dtype == numpy.float16
    (place / "case.json").write_text(json.dumps(
        {"name": test.name, "relative": max(test.rtol, 5e-3 if narrow else 1e-4), "absolute": 1e-3 if narrow else 1e-5}))
    return None


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder, left_out, count = pathlib.Path(sys.argv[1]), collections.Counter(), 0
    for test in collect_testcases(None):
        reason = lay_out(test, folder)
        if reason is None:
            count += 1
        else:
            left_out[reason] += 1
    print(f"{count} cases; left out: " + ", ".join(f"{n} for {reason}" for reason, n in left_out.most_common()))


if __name__ == "__main__":
    main()
