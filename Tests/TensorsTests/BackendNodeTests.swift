import Foundation
import Testing

@testable import Tensors

/// The ONNX project's own node tests, laid out by `Conformance/Suite/onnx_node_cases.py`: one folder for each case with
/// `model.onnx`, `input.f32`, `expected.f32` and `case.json`.
@Suite struct BackendNodeTests {
    private struct Case: Decodable {
        let name: String
        let relative: Float
        let absolute: Float
    }

    private static func floats(_ file: URL) throws -> [Float] {
        let bytes = [UInt8](try Data(contentsOf: file))
        return stride(from: 0, to: bytes.count - 3, by: 4).map { at in
            Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + $1]) << (8 * $1) })
        }
    }

    @Test func everyOperatorListedAgreesWithTheONNXProjectsOwnTests() throws {
        guard let folder = ProcessInfo.processInfo.environment["CXR_ONNX_NODE_CASES"] else {
            print("skipped: the ONNX project's node tests (CXR_ONNX_NODE_CASES is not set)")
            return
        }
        let root = URL(fileURLWithPath: folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        var (passed, refused, failed): (Int, [String], [String]) = (0, [], [])
        for name in names {
            let place = root.appendingPathComponent(name)
            let facts = try JSONDecoder().decode(
                Case.self, from: Data(contentsOf: place.appendingPathComponent("case.json")))
            let bytes = [UInt8](try Data(contentsOf: place.appendingPathComponent("model.onnx")))
            do {
                let graph = try Graph(onnx: bytes, takesPictures: false)
                let input = Tensor(
                    shape: graph.shape(graph.input), values: try Self.floats(place.appendingPathComponent("input.f32")))
                let result = graph.value(of: graph.output, on: try graph.forward(input)).values
                let expected = try Self.floats(place.appendingPathComponent("expected.f32"))
                let isRight =
                    result.count == expected.count
                    && zip(result, expected).allSatisfy { a, b in
                        a == b || (a.isNaN && b.isNaN) || abs(a - b) <= facts.absolute + facts.relative * abs(b)
                    }
                if isRight { passed += 1 } else { failed.append(name) }
            } catch let error as TensorError {
                refused.append("\(name): \(error)")
            }
        }
        print(
            "node tests of the ONNX project: \(names.count) cases, \(passed) passed, \(refused.count) refused, \(failed.count) failed"
        )
        for line in refused { print("refused \(line)") }
        for name in failed { print("FAILED \(name)") }
        #expect(passed > 0)
        #expect(failed.isEmpty)
        // What is refused is refused by a typed error and listed here by its reason, never by a wrong number.
        #expect(refused.count * 4 <= names.count)
    }
}
