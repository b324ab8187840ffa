#!/usr/bin/env python3
"""Runs a model with ONNX Runtime, one run for each line of standard input, so that another engine can alternate with it.

    onnx_timing.py MODEL.onnx INPUT.f32 [--batch 1] [--threads 1]

INPUT.f32 holds the pictures as little-endian floats [N, C, H, W]. First a line of JSON: version and load time. Then, for
each line "run", one with the seconds by the wall's clock and by the processors'; for "outputs" the model's outputs;
for "memory" the most memory held, in bytes. Wants the packages numpy and onnxruntime.
"""
import argparse
import json
import pathlib
import resource
import sys
import time

import numpy
import onnxruntime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("input")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # The file's bytes are read beforehand: loading is what the engine does with them.
    model = pathlib.Path(arguments.model).read_bytes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, processor = time.perf_counter(), time.process_time()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    load, load_processor = time.perf_counter() - started, time.process_time() - processor
    name, shape = session.get_inputs()[0].name, session.get_inputs()[0].shape
    pictures = numpy.fromfile(arguments.input, dtype="<f4").reshape([arguments.batch] + list(shape[1:]))

    def answer(value):
        print(json.dumps(value), flush=True)

    answer({"version": onnxruntime.__version__, "load": load, "loadProcessor": load_processor})
    outputs = None
    for line in sys.stdin:
        match line.strip():
            case "run":
                started, processor = time.perf_counter(), time.process_time()
                outputs = session.run(None, {name: pictures})[0]
                wall, processor = time.perf_counter() - started, time.process_time() - processor
                answer({"wall": wall, "processor": processor})
            case "outputs":
                answer([float(value) for value in outputs.ravel()])
            case "memory":
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                answer({"peak": peak * 1024, "before": before * 1024})
            case other:
                sys.exit(f"unknown request {other!r}")


if __name__ == "__main__":
    main()
