import Foundation
import Testing
import Watching

/// The catalogue is what the sources use and what the document says.
struct LogCatalogueTests {
    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func sources() throws -> String {
        let folder = repository.appendingPathComponent("Sources")
        let names = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }
        return try names.filter { $0.hasSuffix(".swift") && !$0.hasPrefix("Watching/") }.map {
            try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)
        }.joined()
    }

    @Test func `Every event of the catalogue is logged somewhere`() throws {
        let text = try Self.sources()
        for event in LogEvent.allCases {
            #expect(text.contains(".\(event)"), "nothing logs event \(event.rawValue), \(event)")
        }
    }

    @Test func `The document is what the catalogue prints`() throws {
        let file = Self.repository.appendingPathComponent("Conformance/LogEvents.md")
        let written = try String(contentsOf: file, encoding: .utf8)
        #expect(written == LogCatalogue.markdown, "renew it: cxrgate logs catalogue > Conformance/LogEvents.md")
    }

    @Test func `Texts are sentences without values, and every event says what to do`() {
        var texts: Set<String> = []
        for event in LogEvent.allCases {
            let entry = event.entry
            #expect(texts.insert(entry.text).inserted, "two events say: \(entry.text)")
            #expect(!entry.text.isEmpty && !entry.remedy.isEmpty && !entry.text.contains("|"))
        }
    }
}
