import Foundation
import ONNXFormat

/// One node of the file, with its attributes at hand.
struct NodeContext {
    let node: Onnx_NodeProto
    let name: String
    let opset: Int

    func unsupported(_ detail: String) -> TensorError {
        .unsupportedUse(node: name, operatorName: printable(node.opType), detail: detail)
    }

    func attribute(_ key: String) -> Onnx_AttributeProto? { node.attribute.first { $0.name == key } }

    func int(_ key: String, _ absent: Int) -> Int { attribute(key).map { Int($0.i) } ?? absent }

    func float(_ key: String, _ absent: Float) -> Float { attribute(key)?.f ?? absent }

    func ints(_ key: String) -> [Int]? { attribute(key).map { $0.ints.map { Int($0) } } }

    func text(_ key: String) -> String? { attribute(key).map { String(decoding: $0.s, as: UTF8.self) } }

    /// An axis counted from the front.
    func axis(_ axis: Int, rank: Int) throws(TensorError) -> Int {
        guard (-rank..<rank).contains(axis) else { throw unsupported("there is no axis \(axis)") }
        return axis < 0 ? axis + rank : axis
    }

    func axes(_ axes: [Int], rank: Int) throws(TensorError) -> [Int] {
        var result: [Int] = []
        for axis in axes { result.append(try self.axis(axis, rank: rank)) }
        guard Set(result).count == result.count else { throw unsupported("an axis is named twice") }
        return result
    }

    /// The window of a convolution or pool over `shape`.
    func window(kernel: [Int]?, over shape: [Int]) throws(TensorError) -> Window {
        guard shape.count == 4, let kernel = ints("kernel_shape") ?? kernel, kernel.count == 2 else {
            throw unsupported("only windows over two axes of [N, C, H, W] are supported")
        }
        var window = Window(kernel: kernel)
        window.strides = ints("strides") ?? [1, 1]
        window.dilations = ints("dilations") ?? [1, 1]
        window.roundsUp = int("ceil_mode", 0) == 1
        guard window.strides.count == 2, window.dilations.count == 2,
            (kernel + window.strides + window.dilations).allSatisfy({ (1...Limits.windowExtent).contains($0) })
        else {
            throw unsupported("kernel, strides or dilations are out of range")
        }
        switch text("auto_pad") ?? "NOTSET" {
        case "NOTSET", "": window.pads = ints("pads") ?? [0, 0, 0, 0]
        case "VALID": window.pads = [0, 0, 0, 0]
        case "SAME_UPPER": window.pads = samePads(window, shape, extraFirst: false)
        case "SAME_LOWER": window.pads = samePads(window, shape, extraFirst: true)
        default: throw unsupported("auto_pad has an unknown value")
        }
        guard window.pads.count == 4 else { throw unsupported("pads must name four sides") }
        return window
    }

    private func samePads(_ window: Window, _ shape: [Int], extraFirst: Bool) -> [Int] {
        var pads = [0, 0, 0, 0]
        for axis in 0..<2 {
            let (size, step) = (shape[axis + 2], window.strides[axis])
            let extent = (window.kernel[axis] - 1) * window.dilations[axis] + 1
            let total = max(0, ((size + step - 1) / step - 1) * step + extent - size)
            pads[axis] = extraFirst ? total - total / 2 : total / 2
            pads[axis + 2] = total - pads[axis]
        }
        return pads
    }
}
