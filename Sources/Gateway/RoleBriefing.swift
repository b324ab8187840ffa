import Foundation

/// What the supervisor hands to a role when it starts it, over an inherited descriptor. Its keys come over the link.
struct RoleBriefing: Sendable, Codable {
    let configuration: GatewayConfiguration
    /// Whom to become; `nil` to stay the user of the supervisor.
    let identity: RoleUsers.Identity?
    /// Verifies the passports of models: 64 hexadecimal digits. No secret.
    let modelsKey: String?

    /// Descriptor numbers in a role.
    static let briefingDescriptor: Int32 = 3
    static let linkDescriptor: Int32 = 4

    init(configuration: GatewayConfiguration, identity: RoleUsers.Identity? = nil, modelsKey: String? = nil) {
        self.configuration = configuration
        self.identity = identity
        self.modelsKey = modelsKey
    }

    /// Reads a briefing to its end, and closes the descriptor.
    init(reading descriptor: Int32) throws {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            bytes += buffer[..<count]
        }
        close(descriptor)
        guard !bytes.isEmpty else { throw GatewayError.keys("a role was started without its briefing") }
        self = try JSONDecoder().decode(RoleBriefing.self, from: Data(bytes))
    }

    /// Writes the briefing; it fits a pipe's buffer, so that nobody waits.
    func write(to descriptor: Int32) throws {
        try UnixPipe.write(Array(try JSONEncoder().encode(self)), to: descriptor)
    }
}

/// A pipe between two processes.
public enum UnixPipe {
    /// A child gets only the end that the spawner passes on; every other descriptor is closed there.
    public static func make() throws(GatewayError) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw .system("pipe", errno) }
        return (ends[0], ends[1])
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32) throws(GatewayError) {
        var position = 0
        while position < bytes.count {
            let rest = Array(bytes[position...])
            let count = unsafe Foundation.write(descriptor, rest, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system("write to a pipe", errno) }
            position += count
        }
    }
}
