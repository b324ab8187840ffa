import Foundation
import Testing

@testable import Measuring

@Suite struct DeidentificationContestTests {
    private static func row(_ peer: DeidentifierKind?, _ seconds: [Double], trouble: String? = nil)
        -> DeidentificationContest.Row
    {
        DeidentificationContest.Row(
            name: peer?.rawValue ?? "cxrgate", peer: peer, rounds: seconds.map { ($0, $0 / 2) }, trouble: trouble)
    }

    @Test func `a ratio is the median over neighbouring rounds`() throws {
        let verdicts = DeidentificationContest.judge([
            Self.row(nil, [1, 4, 1]), Self.row(.gdcmanon, [1.5, 6, 100]), Self.row(.dicognito, [1, 4, 1]),
        ])
        #expect(verdicts.map(\.ratio) == [1.5, 1])
        #expect(verdicts.map(\.processorRatio) == [1.5, 1])
        #expect(verdicts.map(\.isMet) == [true, false])
    }

    @Test func `who was not measured is not judged`() {
        let rows = [Self.row(nil, [1]), Self.row(.deid, [], trouble: "not installed")]
        #expect(DeidentificationContest.judge(rows).isEmpty)
    }

    @Test func `a product that writes nothing is not measured, and says so`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("contest-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let contest = DeidentificationContest(
            executable: "/bin/true", python: "/nonexistent", folder: folder, files: 2, rounds: 1)
        #expect(throws: MeasuringError.self) { _ = try contest.measure(against: [], file: { _ in [1, 2, 3, 4] }) }
    }

    @Test func `a peer that is not there is a row that says so, and the others are measured`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("contest-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // `WORD WORD INPUT OUTPUT` copies; `keys init` does nothing.
        let copier = folder + "/copier"
        try Data("#!/bin/sh\n[ $# = 2 ] || cp \"$3\"/* \"$4\"\n".utf8).write(to: URL(fileURLWithPath: copier))
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: copier)
        let contest = DeidentificationContest(
            executable: copier, python: "/nonexistent", folder: folder, files: 3, rounds: 2)
        let rows = try contest.measure(against: [.deid], file: { [UInt8](repeating: UInt8($0), count: 64) })
        #expect(rows.map(\.name) == ["cxrgate", "deid"])
        #expect(rows.map(\.rounds.count) == [2, 0])
        #expect(rows[0].trouble == nil && rows[1].trouble?.contains("pip install deid") == true)
    }

    @Test func `the figure of openssl speed is the last field of its line`() {
        #expect(OpenSSLSpeed.bytesPerSecond(in: "+H:1048576\n+F:25:AES-256-GCM:2289651773.13\n") == 2_289_651_773.13)
        #expect(OpenSSLSpeed.bytesPerSecond(in: "+H:1048576\n") == nil)
    }
}
