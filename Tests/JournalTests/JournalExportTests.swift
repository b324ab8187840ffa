import Durability
import Foundation
import Journal
import Testing

@Suite struct JournalExportTests {
    @Test("a copy through a number of the outbox ends with the last group that does not go beyond it")
    func through() throws {
        let temporary = try TemporaryDirectory()
        let journal = temporary.path + "/journal"
        // Sequences 1…2, 3…5, 6…9, 10; several segments.
        let checkpoints = try fill(journal, groups: [2, 3, 4, 1], segmentBytes: 900)
        let sizes: [(through: UInt64, size: UInt64)] = [(2, 2), (4, 2), (5, 5), (8, 5), (9, 9), (.max, 10)]
        for (number, expected) in sizes.enumerated() {
            let target = "\(temporary.path)/copy-\(number)"
            let last = try JournalExport.write(directory: journal, to: target, through: expected.through)
            #expect(last.size == expected.size, "\(expected.through)")
            let found = try verify(target + "/journal", against: checkpoints.filter { $0.size <= expected.size })
            #expect(found.entries == expected.size && found.unsignedTailBytes == 0)
            // It can be gone on with, as a restored gateway does.
            _ = try fill(target + "/journal", groups: [1])
            #expect(try verify(target + "/journal", against: [last]).entries == expected.size + 1)
        }
        #expect(throws: JournalError.self) {
            try JournalExport.write(directory: journal, to: temporary.path + "/none", through: 1)
        }
    }
}
