import COpenSSL

// Lending the bytes of an array with a typed error, and the few encodings of numbers that the formats use.

extension Array where Element == UInt8 {
    /// Like `withUnsafeBytes`, which loses the type of the error.
    func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe withUnsafeBufferPointer { buffer throws(Failure) in
            try unsafe body(UnsafeRawBufferPointer(buffer))
        }
    }

    /// Like `withUnsafeMutableBytes`, which loses the type of the error.
    mutating func withMutableBytes<Result, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe withUnsafeMutableBufferPointer { buffer throws(Failure) in
            try unsafe body(UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// Overwrites what was a secret. Works on this copy alone: keep such an array unshared.
    mutating func wipe() {
        unsafe withUnsafeMutableBytes { unsafe OPENSSL_cleanse($0.baseAddress, $0.count) }
    }
}

extension FixedWidthInteger {
    /// Most significant byte first.
    var bigEndianBytes: [UInt8] {
        (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (Self.bitWidth - 8 - 8 * $0)) }
    }

    /// Reads the most significant byte first; the slice has exactly as many bytes as the number.
    init(bigEndian bytes: some Collection<UInt8>) {
        self = bytes.reduce(0) { $0 << 8 | Self(truncatingIfNeeded: $1) }
    }
}

/// Lower-case hexadecimal, the text form of ids and key files.
enum Hexadecimal {
    static func text(_ bytes: some Collection<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// `nil` unless the text is `count` bytes in lower-case hexadecimal: one value, one text.
    static func bytes(_ text: some StringProtocol, count: Int) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count == count * 2 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for index in 0..<count {
            guard let high = digit(digits[2 * index]), let low = digit(digits[2 * index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
