import Durability
import Foundation
import Testing

@Suite struct DatabaseCopyTests {
    @Test("a copy is the database of one moment, in one file of its owner's, without what was deleted before")
    func copy() throws {
        let test = try TemporaryStore()
        let secret = [UInt8](repeating: 0xA5, count: 64)
        try test.store.write { transaction in
            try transaction.execute("INSERT INTO counter VALUES ('a', 1)")
            try transaction.execute("INSERT INTO destroyed_key VALUES (?)", .blob(secret))
        }
        _ = try test.store.write { try $0.execute("DELETE FROM destroyed_key") }
        let target = test.folder + "/copy.sqlite"
        let copy = try DatabaseCopy.make(of: test.folder + "/test.sqlite", at: target)
        _ = try test.store.write { try $0.execute("INSERT INTO counter VALUES ('later', 1)") }
        #expect(try copy.read { try $0.rows("SELECT name FROM counter") }.compactMap { $0.text("name") } == ["a"])
        #expect(try !copy.isNewer())
        try copy.settle()
        #expect(try RealDisk().list(test.folder).filter { $0.hasPrefix("copy") } == ["copy.sqlite"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: target)).range(of: Data(secret)) == nil)
        let mode = try FileManager.default.attributesOfItem(atPath: target)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(throws: DiskError.self) { try DatabaseCopy.make(of: test.folder + "/test.sqlite", at: target) }
    }

    @Test("a database that a later version has changed is opened as a copy, and refused as today's")
    func newer() throws {
        let test = try TemporaryStore()
        let path = test.folder + "/later.sqlite"
        _ = try Store(path: path).write { transaction in
            try transaction.execute("INSERT INTO grdb_migrations VALUES ('of a later version')")
        }
        #expect(throws: DurabilityError.newerSchema) { try Store(path: path) }
        #expect(try DatabaseCopy(path: path).isNewer())
    }
}
