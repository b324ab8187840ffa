import Foundation

/// The shared libraries of a process, and Debian's packages that they came from. Reads files alone: no program is run.
public struct LoadedLibraries: Sendable {
    let maps: String
    let packageDatabase: String

    /// - Parameters:
    ///   - maps: memory map of the process. Source: proc(5).
    ///   - packageDatabase: folder of dpkg's database.
    public init(maps: String = "/proc/self/maps", packageDatabase: String = "/var/lib/dpkg") {
        self.maps = maps
        self.packageDatabase = packageDatabase
    }

    /// Paths of the libraries, sorted.
    func paths() throws -> [String] {
        // A file whose size is said to be 0 and which is longer than a page: read until nothing comes.
        guard let file = FileHandle(forReadingAtPath: maps), let bytes = try file.readToEnd() else {
            throw GatewayError.system("reading the memory map", errno)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let paths = text.split(separator: "\n").compactMap { line -> String? in
            guard let slash = line.firstIndex(of: "/"), line.contains(".so") else { return nil }
            return String(line[slash...])
        }
        return Set(paths).sorted()
    }

    /// One part for each package. A library that no package owns is a part, too: its version is unknown, which a scan
    /// does not pass over.
    func parts() throws -> [SoftwarePart] {
        var owners: [String: [String]] = [:]
        var orphans: [String] = []
        let lists = try owningLists()
        for path in try paths() {
            // /lib is a link to /usr/lib since Debian 12; the lists have either.
            let names = [path, path.hasPrefix("/usr/") ? String(path.dropFirst(4)) : "/usr" + path]
            let file = path.split(separator: "/").last.map(String.init) ?? path
            if let package = names.lazy.compactMap({ lists[$0] }).first {
                owners[package, default: []].append(file)
            } else if !Self.isRuntime(file) {
                orphans.append(file)
            }
        }
        let records = try Self.records(packageDatabase + "/status", of: Set(owners.keys))
        return owners.sorted { $0.key < $1.key }.map { package, files in
            let record = records[package]
            return SoftwarePart(
                ecosystem: .debian, advisoryName: record?.source ?? package, name: package,
                version: record?.version ?? "unknown", licence: SoftwarePart.debianLicences[package],
                files: files)
        }
            + orphans.map {
                SoftwarePart(
                    ecosystem: .debian, advisoryName: $0, name: $0, version: "unknown", licence: nil,
                    files: [$0])
            }
    }

    /// Swift's own libraries, where they are not linked in: a part that the table of packages has.
    private static func isRuntime(_ file: String) -> Bool {
        ["libswift", "libFoundation", "lib_Foundation", "libdispatch.so", "libBlocksRuntime.so"].contains {
            file.hasPrefix($0)
        }
    }

    /// Which package a library file belongs to.
    private func owningLists() throws -> [String: String] {
        var owners: [String: String] = [:]
        let folder = packageDatabase + "/info"
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".list") {
            let package = name.dropLast(".list".count).split(separator: ":").first.map(String.init) ?? name
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            guard text.contains(".so") else { continue }
            for line in text.split(separator: "\n") where line.contains(".so") { owners[String(line)] = package }
        }
        return owners
    }

    /// Version and source package, from the paragraphs of dpkg's status file.
    private static func records(
        _ status: String, of packages: Set<String>
    ) throws -> [String: (version: String, source: String)] {
        var found: [String: (version: String, source: String)] = [:]
        for paragraph in try String(contentsOfFile: status, encoding: .utf8).components(separatedBy: "\n\n") {
            var fields: [Substring: Substring] = [:]
            for line in paragraph.split(separator: "\n") where line.first != " " {
                guard let colon = line.firstIndex(of: ":") else { continue }
                fields[line[..<colon]] = line[line.index(after: colon)...].drop { $0 == " " }
            }
            guard let name = fields["Package"].map(String.init), packages.contains(name),
                let version = fields["Version"].map(String.init)
            else { continue }
            // `Source: glibc (2.36-9)`: the version in brackets, where it differs, is that of the source.
            let source = fields["Source"]?.split(separator: " ").first.map(String.init) ?? name
            found[name] = (version, source)
        }
        return found
    }
}
