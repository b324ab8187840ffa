import Foundation
import Testing

/// The house rule about ``PHI``: whoever opens one stands in `Conformance/Disclosures.md`, with the reason.
@Suite struct DisclosureTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("every file that opens an identifying value is listed with its reason, and every listed file does")
    func listed() throws {
        let sources = root.appendingPathComponent("Sources")
        let found = try #require(FileManager.default.enumerator(atPath: sources.path))
        var opening: Set<String> = []
        var read = 0
        for case let name as String in found where name.hasSuffix(".swift") && name != "DICOMCore/PHI.swift" {
            let text = try String(contentsOf: sources.appendingPathComponent(name), encoding: .utf8)
            read += 1
            if text.contains("withDisclosed(") { opening.insert("Sources/\(name)") }
        }
        #expect(read > 100)
        let document = try String(
            contentsOf: root.appendingPathComponent("Conformance/Disclosures.md"), encoding: .utf8)
        var listed: Set<String> = []
        for line in document.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(cells.count == 2 && cells[1].count > 20, "a file without a reason: \(line)")
            listed.insert(cells[0].trimmingCharacters(in: CharacterSet(charactersIn: "`")))
        }
        #expect(opening == listed)
    }
}
