/// Writes ONNX files by hand, field by field, without the code under test. Source: onnx.proto.
struct ONNXFile {
    struct Node {
        var type: String
        var inputs: [String]
        var outputs: [String]
        var attributes: [[UInt8]] = []
        var domain = ""
    }

    var opset = 17
    var inputs: [(name: String, shape: [Int])] = [("x", [1, 1, 4, 4])]
    var outputs = ["y"]
    var nodes: [Node] = []
    var weights: [[UInt8]] = []

    mutating func add(
        _ type: String, _ inputs: [String], _ output: String, _ attributes: [UInt8]..., domain: String = ""
    ) {
        nodes.append(Node(type: type, inputs: inputs, outputs: [output], attributes: attributes, domain: domain))
    }

    mutating func floats(_ name: String, _ shape: [Int], _ values: [Float]) {
        weights.append(ONNXFile.tensor(name, shape, 1, values.flatMap { ONNXFile.littleEndian($0.bitPattern, 4) }))
    }

    mutating func integers(_ name: String, _ values: [Int]) {
        let raw = values.flatMap { ONNXFile.littleEndian(UInt64(bitPattern: Int64($0)), 8) }
        weights.append(ONNXFile.tensor(name, [values.count], 7, raw))
    }

    var bytes: [UInt8] {
        let graph =
            nodes.flatMap { node in
                Wire.bytes(
                    1,
                    node.inputs.flatMap { Wire.text(1, $0) } + node.outputs.flatMap { Wire.text(2, $0) }
                        + Wire.text(4, node.type) + node.attributes.flatMap { Wire.bytes(5, $0) }
                        + (node.domain.isEmpty ? [] : Wire.text(7, node.domain)))
            } + weights.flatMap { Wire.bytes(5, $0) }
            + inputs.flatMap { Wire.bytes(11, ONNXFile.valueInfo($0.name, $0.shape)) }
            + outputs.flatMap { Wire.bytes(12, ONNXFile.valueInfo($0, [1, 1])) }
        return Wire.number(1, 8) + Wire.bytes(8, Wire.number(2, UInt64(opset))) + Wire.bytes(7, graph)
    }

    /// An extent of 0 stands for a symbolic one.
    static func valueInfo(_ name: String, _ shape: [Int]) -> [UInt8] {
        let dimensions = shape.flatMap { extent in
            Wire.bytes(1, extent == 0 ? Wire.text(2, "N") : Wire.number(1, UInt64(bitPattern: Int64(extent))))
        }
        return Wire.text(1, name) + Wire.bytes(2, Wire.bytes(1, Wire.number(1, 1) + Wire.bytes(2, dimensions)))
    }

    static func tensor(_ name: String, _ shape: [Int], _ type: UInt64, _ raw: [UInt8]) -> [UInt8] {
        shape.flatMap { Wire.number(1, UInt64(bitPattern: Int64($0))) } + Wire.number(2, type) + Wire.text(8, name)
            + Wire.bytes(9, raw)
    }

    static func int(_ name: String, _ value: Int) -> [UInt8] {
        Wire.text(1, name) + Wire.number(3, UInt64(bitPattern: Int64(value))) + Wire.number(20, 2)
    }

    static func ints(_ name: String, _ values: [Int]) -> [UInt8] {
        Wire.text(1, name) + values.flatMap { Wire.number(8, UInt64(bitPattern: Int64($0))) } + Wire.number(20, 7)
    }

    static func float(_ name: String, _ value: Float) -> [UInt8] {
        Wire.text(1, name) + Wire.key(2, 5) + littleEndian(value.bitPattern, 4) + Wire.number(20, 1)
    }

    static func text(_ name: String, _ value: String) -> [UInt8] {
        Wire.text(1, name) + Wire.text(4, value) + Wire.number(20, 3)
    }

    static func littleEndian(_ value: some FixedWidthInteger, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}

/// Protocol Buffers' wire format.
enum Wire {
    static func varint(_ value: UInt64) -> [UInt8] {
        var (bytes, rest): ([UInt8], UInt64) = ([], value)
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
    static func key(_ field: Int, _ kind: UInt64) -> [UInt8] { varint(UInt64(field) << 3 | kind) }
    static func number(_ field: Int, _ value: UInt64) -> [UInt8] { key(field, 0) + varint(value) }
    static func bytes(_ field: Int, _ value: [UInt8]) -> [UInt8] { key(field, 2) + varint(UInt64(value.count)) + value }
    static func text(_ field: Int, _ value: String) -> [UInt8] { bytes(field, Array(value.utf8)) }
}
