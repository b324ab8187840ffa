// Weights in files beside the model, as exporters write them above 2 GB or by default. Source: ONNX external data.
import Foundation
import ONNXFormat

/// Reads weights from the folder of a model file, and from nowhere else.
package struct ExternalWeights: Sendable {
    private let folder: String

    /// - Parameter folder: where the model file lies.
    package init(folder: String) { self.folder = folder }

    /// The bytes of one tensor. Throws if they are not there, or the file asks for a place outside of its folder.
    func read(_ proto: Onnx_TensorProto, name: String) throws(TensorError) -> Data {
        var fields: [String: String] = [:]
        for entry in proto.externalData { fields[entry.key] = entry.value }
        let location = fields["location"] ?? ""
        // A plain name: no way out of the folder, no device, nothing hidden.
        guard !location.isEmpty, location.utf8.count <= Limits.nameLength, !location.hasPrefix("."),
            location.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x2F && $0 != 0x5C })
        else {
            throw .unsupportedModel(detail: "the weights '\(name)' lie in a place that is not a file beside the model")
        }
        let path = "\(folder)/\(location)"
        guard let offset = Int(fields["offset"] ?? "0"), offset >= 0,
            let facts = try? FileManager.default.attributesOfItem(atPath: path),
            facts[.type] as? FileAttributeType == .typeRegular, let size = facts[.size] as? Int, offset <= size
        else {
            throw .unsupportedModel(
                detail: "the weights '\(name)' lie in another file, which is not beside the model as a regular file")
        }
        guard let length = fields["length"].map({ Int($0) }) ?? .some(size - offset),
            (0...(size - offset)).contains(length)
        else { throw .malformed(detail: "the weights '\(name)' lie behind the end of their file") }
        guard length <= Limits.fileBytes else {
            throw .limitExceeded(quantity: "bytes of one weight", limit: Limits.fileBytes)
        }
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            try file.seek(toOffset: UInt64(offset))
            let bytes = try file.read(upToCount: length) ?? Data()
            guard bytes.count == length else { throw CocoaError(.fileReadCorruptFile) }
            return bytes
        } catch {
            throw .unsupportedModel(detail: "the file with the weights '\(name)' cannot be read")
        }
    }
}
