import COpenSSL

/// The few things that every use of OpenSSL here shares.
enum OpenSSL {
    /// EVP answers 1 for success. Anything else is an error; its queue is emptied so that no later call sees it.
    static func check(_ code: Int32, _ step: String) throws(SealingError) {
        guard code == 1 else {
            ERR_clear_error()
            throw .cryptographyFailed(step: step)
        }
    }

    /// A pointer that OpenSSL promised, or the error that it left.
    static func unwrap(_ pointer: OpaquePointer?, _ step: String) throws(SealingError) -> OpaquePointer {
        guard let pointer = unsafe pointer else {
            ERR_clear_error()
            throw .cryptographyFailed(step: step)
        }
        return unsafe pointer
    }
}
