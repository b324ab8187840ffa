#!/usr/bin/env python3
"""Writes the networks that the engine is measured with, as ONNX files with random weights.

    networks.py FOLDER [NAME ...]

NAME is one of densenet121, resnet18, resnet50, efficientnet_b0, mobilenet_v3_large; without a name, all. The graphs are
those of torchvision's classifiers with 14 outputs and a sigmoid, input [N, 3, 224, 224], opset 17; the weights are
seeded, and scaled so that activations keep their size from layer to layer. Wants the packages numpy and onnx.
"""
import pathlib
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

OUTPUTS = 14


class Builder:
    """Adds nodes to a graph whose values are named after the nodes."""

    def __init__(self, seed):
        self.random = numpy.random.default_rng(seed)
        self.nodes, self.weights = [], []

    def weight(self, name, values):
        self.weights.append(numpy_helper.from_array(numpy.ascontiguousarray(values, dtype=numpy.float32), name))
        return name

    def op(self, kind, inputs, name, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def conv(self, x, name, inputs, outputs, kernel, stride=1, groups=1, gain=2.0, bias=False):
        depth = inputs // groups * kernel * kernel
        weights = self.random.standard_normal((outputs, inputs // groups, kernel, kernel)) * numpy.sqrt(gain / depth)
        operands = [x, self.weight(name + ".weight", weights)]
        if bias:
            operands.append(self.weight(name + ".bias", self.random.standard_normal(outputs) * 0.1))
        return self.op("Conv", operands, name, kernel_shape=[kernel] * 2, strides=[stride] * 2,
                       pads=[(kernel - 1) // 2] * 4, group=groups, dilations=[1, 1])

    def norm(self, x, name, channels):
        draw = self.random
        parts = [draw.uniform(0.7, 1.3, channels), draw.standard_normal(channels) * 0.1,
                 draw.standard_normal(channels) * 0.1, draw.uniform(0.6, 1.6, channels)]
        names = [self.weight(f"{name}.{part}", values)
                 for part, values in zip(("scale", "shift", "mean", "variance"), parts)]
        return self.op("BatchNormalization", [x] + names, name, epsilon=1e-5)

    def head(self, x, channels):
        x = self.op("GlobalAveragePool", [x], "pool")
        x = self.op("Flatten", [x], "flat", axis=1)
        return self.linear(x, "classifier", channels, OUTPUTS)

    def linear(self, x, name, inputs, outputs):
        weights = self.random.standard_normal((outputs, inputs)) / numpy.sqrt(inputs)
        bias = self.random.standard_normal(outputs) * 0.1
        return self.op("Gemm", [x, self.weight(name + ".weight", weights), self.weight(name + ".bias", bias)], name,
                       transB=1)

    def save(self, path, output):
        output = self.op("Sigmoid", [output], "probabilities")
        graph = helper.make_graph(
            self.nodes, "classifier", [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 3, 224, 224])],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", OUTPUTS])], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)


def densenet121(path):
    b = Builder(7)
    x = b.op("Relu", [b.norm(b.conv("image", "conv0", 3, 64, 7, 2), "norm0", 64)], "relu0")
    x = b.op("MaxPool", [x], "pool0", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    channels = 64
    for block, layers in enumerate((6, 12, 24, 16), 1):
        features = [x]
        for layer in range(1, layers + 1):
            p = f"block{block}.layer{layer}"
            t = features[0] if layer == 1 else b.op("Concat", features, p + ".concat", axis=1)
            t = b.op("Relu", [b.norm(t, p + ".norm1", channels)], p + ".relu1")
            t = b.conv(t, p + ".conv1", channels, 128, 1)
            t = b.op("Relu", [b.norm(t, p + ".norm2", 128)], p + ".relu2")
            features.append(b.conv(t, p + ".conv2", 128, 32, 3))
            channels += 32
        x = b.op("Concat", features, f"block{block}", axis=1)
        if block < 4:
            p = f"transition{block}"
            x = b.op("Relu", [b.norm(x, p + ".norm", channels)], p + ".relu")
            x = b.conv(x, p + ".conv", channels, channels // 2, 1)
            x = b.op("AveragePool", [x], p + ".pool", kernel_shape=[2, 2], strides=[2, 2])
            channels //= 2
    x = b.op("Relu", [b.norm(x, "norm5", channels)], "features")
    b.save(path, b.head(x, channels))


def resnet(path, depth):
    b = Builder(depth)
    x = b.op("Relu", [b.norm(b.conv("image", "conv0", 3, 64, 7, 2), "norm0", 64)], "relu0")
    x = b.op("MaxPool", [x], "pool0", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    channels = 64
    for stage, blocks in enumerate({18: (2, 2, 2, 2), 50: (3, 4, 6, 3)}[depth]):
        width = 64 << stage
        for block in range(blocks):
            p = f"stage{stage + 1}.block{block}"
            stride = 2 if block == 0 and stage > 0 else 1
            outputs = width if depth == 18 else 4 * width
            shortcut = x
            if depth == 18:
                t = b.norm(b.conv(x, p + ".conv1", channels, width, 3, stride), p + ".norm1", width)
                t = b.op("Relu", [t], p + ".relu1")
                t = b.norm(b.conv(t, p + ".conv2", width, width, 3, gain=1.0), p + ".norm2", width)
            else:
                t = b.norm(b.conv(x, p + ".conv1", channels, width, 1), p + ".norm1", width)
                t = b.op("Relu", [t], p + ".relu1")
                t = b.norm(b.conv(t, p + ".conv2", width, width, 3, stride), p + ".norm2", width)
                t = b.op("Relu", [t], p + ".relu2")
                t = b.norm(b.conv(t, p + ".conv3", width, outputs, 1, gain=0.5), p + ".norm3", outputs)
            if stride != 1 or channels != outputs:
                shortcut = b.norm(b.conv(x, p + ".short", channels, outputs, 1, stride, gain=1.0), p + ".normS", outputs)
            x = b.op("Relu", [b.op("Add", [t, shortcut], p + ".add")], p)
            channels = outputs
    b.save(path, b.head(x, channels))


def squeeze(b, x, p, channels, reduced, kind):
    """Squeeze and excitation: the channels' means decide how much of each channel passes."""
    s = b.op("GlobalAveragePool", [x], p + ".mean")
    s = b.conv(s, p + ".squeeze", channels, reduced, 1, bias=True)
    s = swish(b, s, p + ".squeezed") if kind == "swish" else b.op("Relu", [s], p + ".squeezed")
    s = b.conv(s, p + ".excite", reduced, channels, 1, bias=True)
    s = b.op("Sigmoid" if kind == "swish" else "HardSigmoid", [s], p + ".gate",
             **({} if kind == "swish" else {"alpha": 1 / 6, "beta": 0.5}))
    return b.op("Mul", [x, s], p + ".scaled")


def swish(b, x, name):
    return b.op("Mul", [x, b.op("Sigmoid", [x], name + ".sigmoid")], name)


def efficientnet_b0(path):
    b = Builder(11)
    x = swish(b, b.norm(b.conv("image", "conv0", 3, 32, 3, 2), "norm0", 32), "swish0")
    channels, index = 32, 0
    for expand, kernel, stride, outputs, count in (
            (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
            (6, 3, 1, 320, 1)):
        for repeat in range(count):
            p, width, before = f"block{index}", channels * expand, x
            step = stride if repeat == 0 else 1
            if expand > 1:
                x = swish(b, b.norm(b.conv(x, p + ".expand", channels, width, 1), p + ".norm1", width), p + ".swish1")
            x = b.norm(b.conv(x, p + ".depthwise", width, width, kernel, step, width), p + ".norm2", width)
            x = squeeze(b, swish(b, x, p + ".swish2"), p, width, channels // 4, "swish")
            x = b.norm(b.conv(x, p + ".project", width, outputs, 1, gain=4.0), p + ".norm3", outputs)
            if step == 1 and channels == outputs:
                x = b.op("Add", [x, before], p + ".add")
            channels, index = outputs, index + 1
    x = swish(b, b.norm(b.conv(x, "conv1", 320, 1280, 1), "norm1", 1280), "features")
    b.save(path, b.head(x, 1280))


def mobilenet_v3_large(path):
    b = Builder(13)
    x = b.op("HardSwish", [b.norm(b.conv("image", "conv0", 3, 16, 3, 2), "norm0", 16)], "swish0")
    channels = 16
    for index, (kernel, width, outputs, gate, act, stride) in enumerate((
            (3, 16, 16, 0, "Relu", 1), (3, 64, 24, 0, "Relu", 2), (3, 72, 24, 0, "Relu", 1), (5, 72, 40, 24, "Relu", 2),
            (5, 120, 40, 32, "Relu", 1), (5, 120, 40, 32, "Relu", 1), (3, 240, 80, 0, "HardSwish", 2),
            (3, 200, 80, 0, "HardSwish", 1), (3, 184, 80, 0, "HardSwish", 1), (3, 184, 80, 0, "HardSwish", 1),
            (3, 480, 112, 120, "HardSwish", 1), (3, 672, 112, 168, "HardSwish", 1),
            (5, 672, 160, 168, "HardSwish", 2), (5, 960, 160, 240, "HardSwish", 1), (5, 960, 160, 240, "HardSwish", 1))):
        p, before = f"block{index}", x
        if width != channels:
            x = b.op(act, [b.norm(b.conv(x, p + ".expand", channels, width, 1), p + ".norm1", width)], p + ".act1")
        x = b.norm(b.conv(x, p + ".depthwise", width, width, kernel, stride, width), p + ".norm2", width)
        x = b.op(act, [x], p + ".act2")
        if gate:
            x = squeeze(b, x, p, width, gate, "hard")
        x = b.norm(b.conv(x, p + ".project", width, outputs, 1, gain=2.0), p + ".norm3", outputs)
        if stride == 1 and channels == outputs:
            x = b.op("Add", [x, before], p + ".add")
        channels = outputs
    x = b.op("HardSwish", [b.norm(b.conv(x, "conv1", 160, 960, 1), "norm1", 960)], "features")
    x = b.op("Flatten", [b.op("GlobalAveragePool", [x], "pool")], "flat", axis=1)
    x = b.op("HardSwish", [b.linear(x, "hidden", 960, 1280)], "hidden.act")
    b.save(path, b.linear(x, "classifier", 1280, OUTPUTS))


NETWORKS = {
    "densenet121": densenet121, "resnet18": lambda path: resnet(path, 18), "resnet50": lambda path: resnet(path, 50),
    "efficientnet_b0": efficientnet_b0, "mobilenet_v3_large": mobilenet_v3_large,
}


def main():
    if len(sys.argv) < 2 or set(sys.argv[2:]) - set(NETWORKS):
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or NETWORKS:
        NETWORKS[name](str(folder / f"{name}.onnx"))
        print(folder / f"{name}.onnx")


if __name__ == "__main__":
    main()
