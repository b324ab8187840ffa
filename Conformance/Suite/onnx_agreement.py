#!/usr/bin/env python3
"""Compares logits of the engine with those of ONNX Runtime.

    onnx_agreement.py MODEL.onnx LINES.jsonl [--tolerance 1e-4]

Each line holds one picture and the engine's answer: {"input": [...], "logits": [...]}, the input in row-major order
[1, C, H, W]. Where the model ends in Sigmoid or Softmax, the value before it is compared. A difference counts
absolutely up to a logit of 1 and relatively beyond. Exit status: 0 agreement, 1 disagreement, 2 nothing compared.
Wants the packages numpy, onnx and onnxruntime.
"""
import argparse
import json
import sys

import numpy
import onnx
import onnxruntime


def session_of_logits(path):
    """An ONNX Runtime session that returns what the engine calls logits."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    output = model.graph.output[0].name
    producers = {name: node for node in model.graph.node for name in node.output}
    last = producers[output]
    if last.op_type in ("Sigmoid", "Softmax"):
        del model.graph.output[:]
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(last.input[0]))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("lines")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_args()

    session = session_of_logits(arguments.model)
    given = session.get_inputs()[0]
    shape = [extent if isinstance(extent, int) else 1 for extent in given.shape]
    worst, count = 0.0, 0
    with open(arguments.lines, encoding="utf-8") as lines:
        for line in lines:
            if not line.strip():
                continue
            entry = json.loads(line)
            picture = numpy.array(entry["input"], dtype=numpy.float32).reshape(shape)
            expected = session.run(None, {given.name: picture})[0].reshape(-1)
            answer = numpy.array(entry["logits"], dtype=numpy.float32)
            if answer.shape != expected.shape or not numpy.isfinite(answer).all():
                print(f"picture {count}: the engine's answer has another shape or is not finite")
                return 1
            scale = numpy.maximum(1.0, numpy.abs(expected))
            worst = max(worst, float((numpy.abs(answer - expected) / scale).max()))
            count += 1
    print(f"{count} pictures, largest difference {worst:.3g}, tolerance {arguments.tolerance:g}, "
          f"ONNX Runtime {onnxruntime.__version__}")
    if count == 0:
        return 2
    return 0 if worst <= arguments.tolerance else 1


if __name__ == "__main__":
    sys.exit(main())
