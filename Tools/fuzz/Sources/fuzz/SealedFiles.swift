import Sealing

/// The reader of sealed files: header, key agreement, chunks. Nothing that was not sealed may come out of it.
enum SealedFiles {
    private static let key: P256PrivateKey = {
        do { return try P256PrivateKey.generate() } catch { preconditionFailure("no key: \(error)") }
    }()

    private static let context: SealedContext = {
        guard let object = ObjectID(bytes: [UInt8](repeating: 1, count: 16)),
            let study = StudyID(bytes: [UInt8](repeating: 2, count: 16))
        else { preconditionFailure("16 bytes are a name") }
        return SealedContext(kind: .image, object: object, study: study)
    }()

    /// What was really sealed; the first bytes of the input say where it is changed.
    private static let sealed: [UInt8] = {
        do {
            return try Sealed.seal([UInt8](repeating: 7, count: 3000), context: context, to: key.publicKey)
        } catch { preconditionFailure("cannot seal: \(error)") }
    }()

    static func take(_ input: UnsafeRawBufferPointer) -> CInt {
        let bytes = [UInt8](input)
        open(bytes, mayOpen: false)
        // The input over the real file, from a place that it names: header, chunk or end.
        if bytes.count > 2 {
            var changed = sealed
            let start = (Int(bytes[0]) << 8 | Int(bytes[1])) % changed.count
            for (offset, byte) in bytes.dropFirst(2).enumerated() where start + offset < changed.count {
                changed[start + offset] ^= byte
            }
            open(changed, mayOpen: changed == sealed)
            open(Array(sealed.prefix(start)), mayOpen: false)
        }
        return 0
    }

    private static func open(_ bytes: [UInt8], mayOpen: Bool) {
        var isWhole = false
        do {
            var position = 0
            let reader = try SealedReader(context: context, with: key) { buffer in
                let count = min(buffer.count, bytes.count - position, 1000)
                buffer.copyBytes(from: bytes[position..<position + count])
                position += count
                return count
            }
            while try reader.withNextChunk({ _ in true }) != nil {}
            isWhole = true
        } catch {
            // Refused: the ordinary end here.
        }
        precondition(isWhole == mayOpen, "a changed file opened, or the real one did not")
    }
}
