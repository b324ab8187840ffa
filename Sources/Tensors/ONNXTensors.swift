// Constants of an ONNX file. Source: onnx.proto, TensorProto.
import Foundation
import ONNXFormat

/// Reads a constant: floating types become 32-bit floats, integer types become integers.
func readTensor(_ proto: Onnx_TensorProto, external: ExternalWeights? = nil) throws(TensorError) -> Operand {
    let name = printable(proto.name)
    if proto.dataLocation == .external || !proto.externalData.isEmpty {
        guard let external else {
            throw .unsupportedModel(detail: "its weights lie in another file, which is not at hand")
        }
        var whole = proto
        whole.externalData = []
        whole.dataLocation = .default
        whole.rawData = try external.read(proto, name: name)
        return try readTensor(whole)
    }
    var shape: [Int] = []
    for extent in proto.dims { shape.append(Int(extent)) }
    guard let type = Onnx_TensorProto.DataType(rawValue: Int(proto.dataType)) else {
        throw .malformed(detail: "the constant '\(name)' has an unknown type")
    }
    // An empty list of integers is a legal shape or list of axes.
    if shape == [0], type == .int64 { return .integers([], shape: [0]) }
    let count = try Graph.elementCount(shape)

    func bytes(_ width: Int) throws(TensorError) -> [UInt8]? {
        guard proto.hasRawData else { return nil }
        guard proto.rawData.count == count * width else {
            throw .malformed(detail: "the constant '\(name)' does not fill its shape")
        }
        return [UInt8](proto.rawData)
    }
    func check<Element>(_ values: [Element]) throws(TensorError) -> [Element] {
        guard values.count == count else {
            throw .malformed(detail: "the constant '\(name)' does not fill its shape")
        }
        return values
    }
    func floats(_ values: [Float]) throws(TensorError) -> Operand {
        .floats(Tensor(shape: shape, values: try check(values)))
    }
    func integers(_ values: [Int]) throws(TensorError) -> Operand {
        guard count <= Limits.nodes else {
            throw .limitExceeded(quantity: "integers of one constant", limit: Limits.nodes)
        }
        return .integers(try check(values), shape: shape)
    }

    switch type {
    case .float:
        guard proto.hasRawData else { return try floats(proto.floatData) }
        guard proto.rawData.count == count * 4 else {
            throw .malformed(detail: "the constant '\(name)' does not fill its shape")
        }
        return .floats(Tensor(shape: shape, values: littleEndianFloats(proto.rawData, count)))
    case .double:
        guard let raw = try bytes(8) else { return try floats(proto.doubleData.map { Float($0) }) }
        return try floats(words(raw, UInt64.self).map { Float(Double(bitPattern: $0)) })
    case .float16:
        let halves =
            try bytes(2).map { words($0, UInt16.self) } ?? proto.int32Data.map { UInt16(truncatingIfNeeded: $0) }
        return try floats(halves.map(float(half:)))
    case .bfloat16:
        let halves =
            try bytes(2).map { words($0, UInt16.self) } ?? proto.int32Data.map { UInt16(truncatingIfNeeded: $0) }
        return try floats(halves.map { Float(bitPattern: UInt32($0) << 16) })
    case .int64:
        guard let raw = try bytes(8) else { return try integers(proto.int64Data.map { Int($0) }) }
        return try integers(words(raw, UInt64.self).map { Int(truncatingIfNeeded: $0) })
    case .int32:
        guard let raw = try bytes(4) else { return try integers(proto.int32Data.map { Int($0) }) }
        return try integers(words(raw, UInt32.self).map { Int(Int32(bitPattern: $0)) })
    default:
        throw .unsupportedModel(
            detail: "the constant '\(name)' is neither float, double, float16, bfloat16, int32 nor int64")
    }
}

/// Floats of raw data, which holds `count` of them. A network's weights are copied once.
private func littleEndianFloats(_ data: Data, _ count: Int) -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: count) { buffer, filled in
        unsafe data.withUnsafeBytes { unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
        filled = count
        guard 1.bigEndian == 1 else { return }
        for index in 0..<count {
            unsafe buffer[index] = Float(bitPattern: UInt32(littleEndian: buffer[index].bitPattern))
        }
    }
}

/// Little-endian words of raw data.
private func words<Word: FixedWidthInteger>(_ bytes: [UInt8], _: Word.Type) -> [Word] {
    let width = Word.bitWidth / 8
    return unsafe bytes.withUnsafeBytes { raw in
        (0..<raw.count / width).map {
            unsafe Word(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * width, as: Word.self))
        }
    }
}

/// IEEE 754 binary16, for CPUs and compilers without the type.
private func float(half: UInt16) -> Float {
    let sign: Float = half & 0x8000 == 0 ? 1 : -1
    let exponent = Int(half >> 10 & 0x1F)
    let fraction = Float(half & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
    }
}
