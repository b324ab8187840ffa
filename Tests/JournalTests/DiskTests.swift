import Durability
import Foundation
import Testing

@Suite struct DiskTests {
    let temporary: TemporaryDirectory

    init() throws { temporary = try TemporaryDirectory() }

    @Test("the real disk does what its calls say")
    func realDisk() throws {
        let disk = RealDisk()
        let folder = temporary.path + "/folder"
        try disk.makeDirectory(folder)
        try disk.makeDirectory(folder)
        let path = folder + "/file"
        let handle = try disk.createFile(path)
        try disk.write(Array("hello".utf8), to: handle)
        try disk.truncate(handle, to: 4)
        try disk.write(Array("!".utf8), to: handle)
        try disk.syncData(handle)
        try disk.close(handle)
        #expect(try disk.read(path) == Array("hell!".utf8))
        #expect(try disk.read(path, from: 3, count: 100) == Array("l!".utf8))
        #expect(try disk.size(path) == 5)
        let again = try disk.openFile(path)
        try disk.write(Array("?".utf8), to: again)
        try disk.close(again)
        try disk.rename(path, to: folder + "/other")
        try disk.syncDirectory(folder)
        #expect(try disk.list(folder) == ["other"])
        #expect(try disk.read(folder + "/other") == Array("hell!?".utf8))
        try disk.unlink(folder + "/other")
        #expect(try disk.list(folder).isEmpty)
        let attributes = try FileManager.default.attributesOfItem(atPath: folder)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
    }

    @Test("errors name the operation and the errno, and a file only if its name is one of ours")
    func errors() throws {
        let disk = RealDisk()
        #expect(throws: DiskError(.open, errno: ENOENT, path: "gone.key")) {
            try disk.openFile(temporary.path + "/gone.key")
        }
        #expect(throws: DiskError(.size, errno: ENOENT, path: "")) { try disk.size(temporary.path + "/Doe^Jane") }
        #expect(DiskError(.size, errno: ENOENT, path: "/a/Doe^Jane").name == "file")
        #expect(DiskError(.size, errno: ENOENT, path: "/a/0f.sealed").name == "0f.sealed")
        #expect(DiskError(.write, errno: ENOSPC, path: "").code == "DUR-102")
        try [UInt8]().write(temporary.path + "/there")
        #expect(throws: DiskError(.create, errno: EEXIST, path: "there")) {
            try disk.createFile(temporary.path + "/there")
        }
    }

    @Test("whatever call fails, a durable file is there whole or not at all, and no temporary stays")
    func durableFile() throws {
        let content = [UInt8](repeating: 7, count: 5000)
        var failing = 0
        while true {
            let folder = "\(temporary.path)/\(failing)"
            try RealDisk().makeDirectory(folder)
            let disk = FaultyDisk(RealDisk(), failing: failing)
            var isWritten = false
            do {
                try DurableFile.write(content, to: folder + "/object", disk: disk)
                isWritten = true
            } catch {
                #expect(error.errno == ENOSPC)
            }
            #expect(try RealDisk().list(folder) == (isWritten ? ["object"] : []), "call \(failing)")
            if isWritten { #expect(try RealDisk().read(folder + "/object") == content) }
            if !disk.hasFailed { break }
            failing += 1
        }
        #expect(failing == 6)
    }

    @Test("a durable file that is given up leaves nothing, and a left-over temporary is no hindrance")
    func abandoned() throws {
        let path = temporary.path + "/object"
        do {
            let file = try DurableFile(path, disk: RealDisk())
            try file.write([1, 2, 3])
        }
        #expect(try RealDisk().list(temporary.path).isEmpty)
        try [9].write(path + ".tmp")
        try DurableFile.write([4], to: path, disk: RealDisk())
        #expect(try RealDisk().list(temporary.path) == ["object"])
        try DurableFile.write([5], to: path, disk: RealDisk(), replacing: true)
        #expect(try RealDisk().read(path) == [5])
    }

    @Test(
        "after a power cut at any moment a durable file is whole, absent, or was never acknowledged",
        arguments: [
            DiskReplay.Policy.dropUnsynced, .keepAll, .keepSome(seed: 4), .keepSome(seed: 5), .keepSome(seed: 6),
        ])
    func powerCut(policy: DiskReplay.Policy) throws {
        let disk = try RecordingDisk(RealDisk(), root: temporary.path)
        let contents = (0..<3).map { [UInt8](repeating: UInt8($0 + 1), count: 3000) }
        var done: [Int] = []
        for (number, content) in contents.enumerated() {
            try DurableFile.write(content, to: "\(temporary.path)/\(number)", disk: disk)
            done.append(disk.operations.count)
        }
        for count in 0...disk.operations.count {
            let survivors = try TemporaryDirectory()
            try DiskReplay.materialize(disk.operations, upTo: count, into: survivors.path, policy: policy)
            let names = try RealDisk().list(survivors.path).filter { !$0.hasSuffix(".tmp") }
            for name in names {
                let number = try #require(Int(name))
                #expect(try RealDisk().read("\(survivors.path)/\(name)") == contents[number])
            }
            for (number, operations) in done.enumerated() where operations <= count {
                #expect(names.contains("\(number)"))
            }
        }
    }

    @Test("a write that nobody synced is lost when power goes, and kept when only the process does")
    func lostWrites() throws {
        let disk = try RecordingDisk(RealDisk(), root: temporary.path)
        let handle = try disk.createFile(temporary.path + "/a")
        try disk.write([1], to: handle)
        try disk.syncData(handle)
        try disk.write([2], to: handle)
        let log = disk.operations
        func left(_ policy: DiskReplay.Policy, _ log: [DiskOperation]) throws -> [UInt8]? {
            let survivors = try TemporaryDirectory()
            try DiskReplay.materialize(log, upTo: log.count, into: survivors.path, policy: policy)
            return try RealDisk().list(survivors.path).isEmpty ? nil : RealDisk().read(survivors.path + "/a")
        }
        #expect(try left(.dropUnsynced, log) == nil)
        #expect(try left(.keepAll, log) == [1, 2])
        try disk.syncDirectory(temporary.path)
        #expect(try left(.dropUnsynced, disk.operations) == [1])
        try disk.unlink(temporary.path + "/a")
        #expect(try left(.dropUnsynced, disk.operations) == [1])
        try disk.syncDirectory(temporary.path)
        #expect(try left(.dropUnsynced, disk.operations) == nil)
        try disk.close(handle)
    }

    @Test("a log file says what the log in memory says, and its torn end is left out")
    func logFile() throws {
        let folder = temporary.path + "/data"
        try RealDisk().makeDirectory(folder)
        func work(_ disk: RecordingDisk) throws {
            try disk.makeDirectory(folder + "/sub")
            try DurableFile.write([1, 2, 3], to: folder + "/sub/a", disk: disk)
            let handle = try disk.openFile(folder + "/sub/a")
            try disk.truncate(handle, to: 1)
            try disk.close(handle)
            try disk.unlink(folder + "/sub/a")
        }
        let inMemory = try RecordingDisk(RealDisk(), root: folder)
        try work(inMemory)
        try work(RecordingDisk(RealDisk(), root: folder, logFile: temporary.path + "/log"))
        let log = try RealDisk().read(temporary.path + "/log")
        #expect(DiskOperation.decode(log) == inMemory.operations)
        #expect(inMemory.operations.count == 9)
        for length in 0..<log.count {
            let decoded = DiskOperation.decode(Array(log.prefix(length)))
            #expect(decoded == Array(inMemory.operations.prefix(decoded.count)))
            #expect(decoded.count < 9)
        }
    }
}
