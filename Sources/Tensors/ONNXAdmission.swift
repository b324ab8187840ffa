// A bounded walk over the wire format before it is decoded.
//
// Decoding turns a few bytes into objects of a hundred, so a small hostile file could ask for much memory. The walk
// counts fields and the bytes that are not weights, and refuses what the engine does not use at all: subgraphs,
// functions, sparse tensors, training information. Source: onnx.proto; Protocol Buffers "Encoding".

/// Throws if the bytes are not the wire format, or if decoding them would cost more than `Limits` allows.
func admitONNX(_ bytes: [UInt8]) throws(TensorError) {
    guard bytes.count <= Limits.fileBytes else {
        throw .limitExceeded(quantity: "bytes of the file", limit: Limits.fileBytes)
    }
    guard !bytes.isEmpty else { throw .malformed(detail: "it is empty") }
    var admission = Admission(bytes: bytes)
    try admission.walk(0..<bytes.count, .model)
}

/// The messages that are walked into. Everything else counts as one field with its bytes.
private enum Message {
    case model, graph, node, attribute, tensor

    enum Child {
        case message(Message)
        /// Packed floats or raw bytes, which decode to about their own size.
        case weights
        case refused(String)
    }

    func child(_ field: UInt64) -> Child? {
        switch (self, field) {
        case (.model, 7): .message(.graph)
        case (.model, 20): .refused("training information")
        case (.model, 25): .refused("model-local functions")
        case (.graph, 1): .message(.node)
        case (.graph, 5): .message(.tensor)
        case (.graph, 15): .refused("sparse weights")
        case (.node, 5): .message(.attribute)
        case (.attribute, 5), (.attribute, 10): .message(.tensor)
        case (.attribute, 6), (.attribute, 11): .refused("subgraphs")
        case (.attribute, 22), (.attribute, 23): .refused("sparse weights")
        case (.tensor, 4), (.tensor, 9), (.tensor, 10): .weights
        default: nil
        }
    }
}

private struct Admission {
    let bytes: [UInt8]
    var fields = 0
    var structureBytes = 0

    /// Walks one message. Recursion is at most model, graph, node, attribute, tensor.
    mutating func walk(_ range: Range<Int>, _ message: Message) throws(TensorError) {
        var at = range.lowerBound
        while at < range.upperBound {
            let start = at
            let key = try varint(&at, range.upperBound)
            fields += 1
            guard fields <= Limits.structureFields else {
                throw .limitExceeded(quantity: "fields of the file", limit: Limits.structureFields)
            }
            var isCounted = true
            switch key & 7 {
            case 0: _ = try varint(&at, range.upperBound)
            case 1: at += 8
            case 5: at += 4
            case 2:
                let length = try varint(&at, range.upperBound)
                guard length <= UInt64(range.upperBound - at) else { throw .malformed(detail: "it ends early") }
                let body = at..<at + Int(length)
                at = body.upperBound
                switch message.child(key >> 3) {
                case .message(let child):
                    isCounted = false
                    try walk(body, child)
                case .weights:
                    isCounted = false
                case .refused(let what):
                    throw .unsupportedModel(detail: "it holds \(what), which the engine does not have")
                case nil:
                    break
                }
            default: throw .malformed(detail: "an unknown kind of field")
            }
            guard at <= range.upperBound else { throw .malformed(detail: "it ends early") }
            if isCounted { structureBytes += at - start }
            guard structureBytes <= Limits.structureBytes else {
                throw .limitExceeded(quantity: "bytes of the file beside weights", limit: Limits.structureBytes)
            }
        }
    }

    private func varint(_ at: inout Int, _ end: Int) throws(TensorError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard at < end else { throw .malformed(detail: "it ends early") }
            let byte = bytes[at]
            at += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw .malformed(detail: "a number is too long")
    }
}
