import Foundation

/// A nameless file for what does not fit into memory: it vanishes with its owner, and after a crash too.
@safe final class SpoolFile {
    private let descriptor: Int32
    private(set) var byteCount = 0

    /// Makes it in `folder`, readable by nobody else, and takes its name away at once.
    init(folder: String) throws(EvaluationError) {
        var template = Array("\(folder)/cxrgate-XXXXXX".utf8CString)
        descriptor = unsafe template.withUnsafeMutableBufferPointer { name in
            guard let start = name.baseAddress else { return -1 }
            let descriptor = unsafe mkstemp(start)
            if descriptor >= 0 { unsafe unlink(start) }
            return descriptor
        }
        guard descriptor >= 0 else { throw .disk(reading: nil) }
    }

    deinit { close(descriptor) }

    /// Writes at the end.
    func append(_ bytes: [UInt8]) throws(EvaluationError) {
        var isWritten = true
        unsafe bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let wrote = unsafe write(descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done)
                guard wrote > 0 else {
                    isWritten = false
                    return
                }
                done += wrote
            }
        }
        guard isWritten else { throw .disk(reading: nil) }
        byteCount += bytes.count
    }

    /// Fills `bytes` from `offset`; all of it must be there.
    func read(_ bytes: inout [UInt8], at offset: Int) throws(EvaluationError) {
        var isRead = true
        unsafe bytes.withUnsafeMutableBytes { buffer in
            var done = 0
            while done < buffer.count {
                let got = unsafe pread(
                    descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done, off_t(offset + done))
                guard got > 0 else {
                    isRead = false
                    return
                }
                done += got
            }
        }
        guard isRead else { throw .disk(reading: nil) }
    }
}
