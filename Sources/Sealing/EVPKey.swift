import COpenSSL

/// Owns a key of OpenSSL, which wipes a private half when the last owner lets go.
@safe final class EVPKey: @unchecked Sendable {
    // @unchecked: never changed after it is made, and OpenSSL guards its own caches.
    let pointer: OpaquePointer

    init(takingOwnershipOf key: OpaquePointer) { unsafe pointer = key }

    deinit { unsafe EVP_PKEY_free(pointer) }
}
