import COpenSSL

// The bytes that go from the supervisor to a role over an inherited descriptor: `CXRROLE1`, then every part behind
// its length (4 bytes, most significant first). Both ends are one program; this is not a format for a disk.

extension RoleSecrets {
    private static let magic = Array("CXRROLE1".utf8)

    /// The whole set as bytes.
    public func encoded() throws(SealingError) -> SecretBytes {
        var writer = SecretWriter()
        defer { writer.wipe() }
        writer.part(RoleSecrets.magic)
        try write(to: &writer)
        return writer.finish()
    }

    /// Reads what `encoded` wrote. Throws `secretsMalformed` for anything else.
    public init(decoding bytes: SecretBytes) throws(SealingError) {
        var reader = SecretReader(bytes)
        guard try reader.part() == RoleSecrets.magic else { throw .secretsMalformed }
        try self.init(decoding: &reader)
        guard reader.isAtEnd else { throw .secretsMalformed }
    }
}

struct SecretWriter {
    private var bytes: [UInt8] = []

    init() {
        // Room for the largest set, so that growing leaves no copies behind.
        bytes.reserveCapacity(SealingLimits.keyFileBytes)
    }

    mutating func part(_ part: [UInt8]) { bytes += UInt32(part.count).bigEndianBytes + part }

    mutating func secret(_ secret: SecretBytes) {
        bytes += UInt32(secret.count).bigEndianBytes
        unsafe secret.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func list<Element>(
        _ elements: [Element], _ write: (inout SecretWriter, Element) throws(SealingError) -> Void
    ) throws(SealingError) {
        bytes += UInt32(elements.count).bigEndianBytes
        for element in elements { try write(&self, element) }
    }

    func finish() -> SecretBytes { SecretBytes(copying: bytes) }

    mutating func wipe() { bytes.wipe() }
}

struct SecretReader {
    private let bytes: SecretBytes
    private var position = 0

    init(_ bytes: SecretBytes) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func part() throws(SealingError) -> [UInt8] {
        let count = try length()
        return try unsafe take(count) { unsafe Array($0) }
    }

    mutating func secret() throws(SealingError) -> SecretBytes {
        let count = try length()
        return try unsafe take(count) { unsafe SecretBytes(copying: $0) }
    }

    mutating func list<Element>(
        _ read: (inout SecretReader) throws(SealingError) -> Element
    ) throws(SealingError) -> [Element] {
        let count = try length()
        guard count <= SealingLimits.pseudonymEpochs else { throw .secretsMalformed }
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try read(&self)) }
        return elements
    }

    private mutating func length() throws(SealingError) -> Int {
        unsafe Int(try take(4) { unsafe UInt32(bigEndian: $0) })
    }

    private mutating func take<Result>(
        _ count: Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(SealingError) -> Result {
        guard count <= bytes.count - position else { throw .secretsMalformed }
        defer { position += count }
        let range = position..<position + count
        return unsafe bytes.withUnsafeBytes { unsafe body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}
