/// Numbers as bytes that sort as the numbers do.
enum RecordBytes {
    static func append(_ number: UInt64, to record: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) {
            record.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }

    static func append(_ number: UInt16, to record: inout [UInt8]) {
        record.append(UInt8(number >> 8))
        record.append(UInt8(truncatingIfNeeded: number))
    }

    static func number(_ record: [UInt8], _ start: Int) -> UInt64 {
        var number: UInt64 = 0
        for offset in 0..<8 { number = number << 8 | UInt64(record[start + offset]) }
        return number
    }

    static func short(_ record: [UInt8], _ start: Int) -> UInt16 {
        UInt16(record[start]) << 8 | UInt16(record[start + 1])
    }

    /// A score of 0…1: bits of a number that is not negative sort as it does. Zero has one form.
    static func bits(_ score: Double) -> UInt64 { (score + 0).bitPattern }
}
