/// What can go wrong when a model is read or run. Holds only names from the model file, made printable and short.
public enum TensorError: Error, Equatable, Sendable {
    /// The file is not an ONNX model that can be read.
    case malformed(detail: String)
    /// The model needs something of the format that the engine does not have.
    case unsupportedModel(detail: String)
    /// An operator that the engine does not have.
    case unsupportedOperator(node: String, operatorName: String, supported: [String])
    /// An operator that the engine has, used in a way that it has not.
    case unsupportedUse(node: String, operatorName: String, detail: String)
    /// Operands that do not fit one another.
    case shapeMismatch(node: String, operatorName: String, detail: String)
    /// The model asks for more than the engine grants.
    case limitExceeded(quantity: String, limit: Int)
    /// The picture has another shape than the model takes.
    case inputShape(expected: [Int], given: [Int])
    /// No layer of that name can be explained.
    case unknownLayer(name: String, valid: [String])
    /// No such output.
    case unknownLogit(index: Int, count: Int)
    /// The result holds a value that is not a finite number.
    case notFinite

    /// A stable code for logs, documents and scripts.
    public var code: String {
        switch self {
        case .malformed: "TEN-001"
        case .unsupportedModel: "TEN-002"
        case .unsupportedOperator: "TEN-003"
        case .unsupportedUse: "TEN-004"
        case .shapeMismatch: "TEN-005"
        case .limitExceeded: "TEN-006"
        case .inputShape: "TEN-007"
        case .unknownLayer: "TEN-008"
        case .unknownLogit: "TEN-009"
        case .notFinite: "TEN-010"
        }
    }
}

extension TensorError: CustomStringConvertible {
    /// The code, what happened, and what to do about it.
    public var description: String {
        switch self {
        case .malformed(let detail):
            "\(code): the file is not a readable ONNX model (\(detail)). "
                + "Export it again, or check that it was copied whole."
        case .unsupportedModel(let detail):
            "\(code): the model cannot be used here: \(detail)."
        case .unsupportedOperator(let node, let name, let supported):
            "\(code): node '\(node)' needs the operator \(name), which is not supported. Supported: "
                + supported.joined(separator: ", ") + "."
        case .unsupportedUse(let node, let name, let detail):
            "\(code): node '\(node)' (\(name)): \(detail)."
        case .shapeMismatch(let node, let name, let detail):
            "\(code): node '\(node)' (\(name)): \(detail). The model contradicts itself; export it again."
        case .limitExceeded(let quantity, let limit):
            "\(code): the model exceeds the limit for \(quantity), which is \(limit)."
        case .inputShape(let expected, let given):
            "\(code): the model takes an input of shape \(expected), not \(given)."
        case .unknownLayer(let name, let valid):
            "\(code): there is no layer '\(name)'. Layers: " + valid.joined(separator: ", ") + "."
        case .unknownLogit(let index, let count):
            "\(code): there is no output \(index); the model has \(count), counted from 0."
        case .notFinite:
            "\(code): the result is not a finite number. Check the model's weights and the picture's normalisation."
        }
    }
}
