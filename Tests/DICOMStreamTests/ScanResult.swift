import DICOMCore

@testable import DICOMStream

/// Everything that a scan has to say about some bytes.
struct ScanResult: Equatable {
    var header: [UInt8]?
    var element: PixelElement?
    var pixels: [UInt8] = []
    var trailer: [UInt8] = []
    var code: StreamError.Code?
    var noise = ScanNoise()

    /// Scans bytes in portions; `portion` says how long the next one is.
    static func scan(
        _ bytes: [UInt8], _ syntax: TransferSyntax = .explicitVRLittleEndian, limits: ScanLimits = .standard,
        portion: () -> Int = { .max }
    ) -> ScanResult {
        var result = ScanResult()
        var scanner = InstanceScanner(transferSyntax: syntax, limits: limits)
        do {
            var index = 0
            while index < bytes.count {
                let end = index + min(max(1, portion()), bytes.count - index)
                try unsafe Array(bytes[index..<end]).withUnsafeBytes { buffer in
                    try unsafe scanner.consume(
                        buffer,
                        onHeader: { header, element in
                            precondition(result.header == nil, "the header came twice")
                            result.header = header
                            result.element = element
                        },
                        onPixels: { unsafe result.pixels.append(contentsOf: $0) })
                }
                index = end
            }
            result.trailer = try scanner.finish()
        } catch let error as StreamError {
            result.code = error.code
        } catch {
            preconditionFailure("an error of another kind")
        }
        result.noise = scanner.noise
        return result
    }

    /// What must not depend on the portions. A refused object is refused with one code, however it arrived; its parts
    /// are not compared, because a larger portion may pass more pixels before the fault is seen.
    var verdict: ScanResult {
        guard let code else { return self }
        return ScanResult(code: code)
    }
}

/// Builds encoded elements by hand, right or wrong.
enum Wire {
    static func explicit(_ group: UInt16, _ element: UInt16, _ vr: String, _ value: [UInt8], length: UInt32? = nil)
        -> [UInt8]
    {
        var bytes = tag(group, element) + Array(vr.utf8)
        let isLong = VR(rawValue: vr)?.hasLongLength ?? true
        let count = length ?? UInt32(value.count)
        if isLong { bytes += [0, 0] + number(count, 4) } else { bytes += number(count, 2) }
        return bytes + value
    }

    static func implicit(_ group: UInt16, _ element: UInt16, _ value: [UInt8], length: UInt32? = nil) -> [UInt8] {
        tag(group, element) + number(length ?? UInt32(value.count), 4) + value
    }

    static func item(_ value: [UInt8], length: UInt32? = nil) -> [UInt8] {
        tag(0xFFFE, 0xE000) + number(length ?? UInt32(value.count), 4) + value
    }

    static let itemEnd = tag(0xFFFE, 0xE00D) + [0, 0, 0, 0]
    static let sequenceEnd = tag(0xFFFE, 0xE0DD) + [0, 0, 0, 0]
    static let undefined = UInt32.max

    static func tag(_ group: UInt16, _ element: UInt16) -> [UInt8] {
        number(UInt32(group), 2) + number(UInt32(element), 2)
    }

    static func number(_ value: UInt32, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
    }

    static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    static let patient = explicit(0x0010, 0x0010, "PN", text("DOE^JANE"))
    static let pixels = explicit(0x7FE0, 0x0010, "OW", [1, 2, 3, 4])

    /// Sequences of undefined length inside one another.
    static func nested(_ depth: Int) -> [UInt8] {
        let open = explicit(0x0008, 0x1140, "SQ", [], length: undefined) + item([], length: undefined)
        return Array(repeatElement(open, count: depth).joined())
            + Array(repeatElement(itemEnd + sequenceEnd, count: depth).joined())
    }
}
