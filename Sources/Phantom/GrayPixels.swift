/// Gray pixels without a header, and how they are to be read.
public struct GrayPixels: Hashable, Sendable {
    let rows: Int
    let columns: Int
    let bitsStored: Int
    let bitsAllocated: Int
    let isInverted: Bool
    let bytes: [UInt8]

    /// 8-bit gray, 0 black. `nil` unless there are rows × columns samples, and both fit in 16 bits.
    public init?(gray8: [UInt8], rows: Int, columns: Int) {
        guard (1...65535).contains(rows), (1...65535).contains(columns), gray8.count == rows * columns else {
            return nil
        }
        self.init(rows, columns, 8, 8, false, gray8)
    }

    /// Gray in `bitsStored` (9…16) of 16 bits. As MONOCHROME1 (`isInverted`) the samples are turned, so that the
    /// picture stays the same. `nil` unless there are rows × columns samples that fit.
    public init?(gray16: [UInt16], rows: Int, columns: Int, bitsStored: Int = 12, isInverted: Bool = false) {
        guard (1...65535).contains(rows), (1...65535).contains(columns), gray16.count == rows * columns,
            (9...16).contains(bitsStored)
        else { return nil }
        let largest = UInt16(truncatingIfNeeded: (1 << bitsStored) - 1)
        var bytes = [UInt8]()
        bytes.reserveCapacity(gray16.count * 2)
        for sample in gray16 {
            guard sample <= largest else { return nil }
            let stored = isInverted ? largest - sample : sample
            bytes.append(UInt8(stored & 0xFF))
            bytes.append(UInt8(stored >> 8))
        }
        self.init(rows, columns, bitsStored, 16, isInverted, bytes)
    }

    private init(
        _ rows: Int, _ columns: Int, _ bitsStored: Int, _ bitsAllocated: Int, _ isInverted: Bool, _ bytes: [UInt8]
    ) {
        self.rows = rows
        self.columns = columns
        self.bitsStored = bitsStored
        self.bitsAllocated = bitsAllocated
        self.isInverted = isInverted
        self.bytes = bytes
    }
}
