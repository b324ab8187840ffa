import CSandbox
import Foundation
import Glibc
import Testing

@Suite struct SpawnTests {
    /// Runs a shell script with descriptors kept, and gives what it writes to its descriptor 3.
    private func run(_ script: String, extra: [Int32] = []) throws -> String {
        let output = Pipe()
        let write = output.fileHandleForWriting.fileDescriptor
        let words: [String] = ["sh", "-c", script]
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) }
        unsafe arguments.append(nil)
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
        var child: pid_t = 0
        let failure = unsafe cxr_spawn(&child, "/bin/sh", &arguments, &environment, [write] + extra, 1 + extra.count)
        #expect(failure == 0)
        try output.fileHandleForWriting.close()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        var status: Int32 = 0
        unsafe waitpid(child, &status, 0)
        return String(decoding: data, as: UTF8.self)
    }

    @Test func keptDescriptorsBecomeThreeAndOnAndAllOthersAreClosed() throws {
        let leaked = open("/dev/null")
        defer { close(leaked) }
        // `ls` itself opens the folder, as the lowest free number: 5.
        let open = try run("ls /proc/self/fd >&3", extra: [leaked])
        #expect(open.split(separator: "\n") == ["0", "1", "2", "3", "4", "5"])
    }

    @Test func descriptorsThatStandInEachOthersPlaceAreNotMixedUp() throws {
        // Two files whose numbers are likely 3 … 10 here; swapped there.
        let folder = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(at: folder) }
        var descriptors: [Int32] = []
        for name in ["a", "b", "c"] {
            let file = folder.appendingPathComponent(name)
            try Data(name.utf8).write(to: file)
            descriptors.append(open(file.path))
        }
        defer { for descriptor in descriptors { close(descriptor) } }
        #expect(try run("cat <&4 >&3; cat <&5 >&3; cat <&6 >&3", extra: descriptors.reversed()) == "cba")
    }

    @Test func theChildHasDefaultSignalsAndNoneBlocked() throws {
        let output = try run("grep -E 'SigBlk|SigIgn' /proc/self/status >&3")
        // Signals 32 and 33 belong to the C library, which ignores them in every child that it spawns.
        let masks = output.split(separator: "\n").compactMap { UInt64($0.suffix(16), radix: 16) }
        #expect(masks.count == 2)
        #expect(masks.allSatisfy { $0 & ~(3 << 31) == 0 }, "\(output)")
    }

    @Test func aProgramThatIsNotThereIsAnError() {
        var child: pid_t = 0
        #expect(unsafe cxr_spawn(&child, "/no/such/program", [nil], [nil], nil, 0) == ENOENT)
    }

    private func open(_ path: String) -> Int32 { unsafe Glibc.open(path, O_RDONLY) }
}
