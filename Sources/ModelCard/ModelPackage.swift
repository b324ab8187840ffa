import CAssets
import Foundation
import Sealing

/// A model with its passport, read and checked.
public struct ModelPackage: Sendable {
    public let card: ModelCard
    /// The ONNX file.
    public let onnx: [UInt8]

    /// Takes a passport and weights that belong together; throws if they do not.
    public init(card json: [UInt8], onnx: [UInt8]) throws(ModelCardError) {
        guard let card = try? JSONDecoder().decode(ModelCard.self, from: Data(json)) else { throw .unreadable }
        let hash: [UInt8]
        do {
            hash = try SHA256.hash(onnx)
        } catch {
            throw .unreadable
        }
        let digits = Hexadecimal.text(hash)
        guard digits == card.sha256 else { throw .hashDiffers(model: card.title) }
        guard card.input.resize == "squash", card.input.intensity == "percentile-0.5-99.5" else {
            throw .preprocessing(model: card.title)
        }
        guard card.explanationFullScale > 0 else { throw .preprocessing(model: card.title) }
        for label in card.labels {
            guard label.code.count == 3, (0...1).contains(label.threshold),
                (0...label.threshold).contains(label.lowerThreshold)
            else { throw .label(model: card.title) }
        }
        self.card = card
        self.onnx = onnx
    }

    /// The model that is part of the program.
    public static func builtIn() throws(ModelCardError) -> ModelPackage {
        try ModelPackage(card: Assets.modelCard, onnx: Assets.model)
    }

    /// Its card, as it was written.
    public static var builtInCard: [UInt8] { Assets.modelCard }
}

/// Why a model is not accepted.
public enum ModelCardError: Error, Sendable, Hashable, CustomStringConvertible {
    case unreadable
    case hashDiffers(model: String)
    case preprocessing(model: String)
    case label(model: String)

    public var code: String {
        switch self {
        case .unreadable: "MOD-001"
        case .hashDiffers: "MOD-002"
        case .preprocessing: "MOD-003"
        case .label: "MOD-004"
        }
    }

    public var description: String {
        switch self {
        case .unreadable: "\(code): the model's passport cannot be read; it must be JSON as in the model card"
        case .hashDiffers(let model): "\(code): the weights of \(model) are not the ones its passport was made for"
        case .preprocessing(let model): "\(code): \(model) wants a preparation of pixels that this version lacks"
        case .label(let model): "\(code): a label of \(model) lacks its code, or its thresholds are not within 0…1"
        }
    }
}

/// The files that are compiled into the program.
enum Assets {
    static var model: [UInt8] {
        unsafe bytes(cxr_model_onnx_pointer(), Int(cxr_model_onnx_size))
    }

    static var modelCard: [UInt8] {
        unsafe bytes(cxr_model_json_pointer(), Int(cxr_model_json_size))
    }

    private static func bytes(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
        unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }
}
