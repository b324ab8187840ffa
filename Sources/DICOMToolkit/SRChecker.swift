import CDCMTK

/// Reads SR documents with DCMTK's dcmsr: do tree, relationships and value types fit the document type?
///
/// For documents of our own making; dcmsr follows nesting on the stack.
/// Source: PS3.3 A.35, C.17.3.
public enum SRChecker {
    /// - Parameter dataSet: explicit VR little endian, without preamble and file meta information.
    /// - Returns: `nil` for a valid document, else the reason, which holds no value of the document.
    public static func check(_ dataSet: [UInt8]) -> String? {
        var reason = [UInt8](repeating: 0, count: 256)
        let valid = unsafe dataSet.withUnsafeBufferPointer { bytes in
            unsafe reason.withUnsafeMutableBytes { text in
                unsafe cdcmtk_check_structured_report(
                    bytes.baseAddress, bytes.count, text.baseAddress?.assumingMemoryBound(to: CChar.self), text.count)
            }
        }
        return valid ? nil : String(decoding: reason.prefix { $0 != 0 }, as: UTF8.self)
    }
}
