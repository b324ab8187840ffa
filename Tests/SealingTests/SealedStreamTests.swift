import Foundation
import Sealing
import Testing

@Suite struct SealedStreamTests {
    static let chunk = SealingLimits.chunkBytes

    @Test("pieces of any size give the file that the whole gives", arguments: [1 << 10, 65_537, 131_072, 3 << 20])
    func pieces(size: Int) throws {
        let key = try P256PrivateKey.generate()
        let message = plaintext(2 * Self.chunk + 4321)
        let whole = try Sealed.seal(
            message, context: context(), to: key.publicKey, random: InsecureSeededRandom(seed: 3))
        var file: [UInt8] = []
        let writer = try unsafe SealedWriter(
            context: context(), to: key.publicKey, random: InsecureSeededRandom(seed: 3)
        ) { unsafe file.append(contentsOf: $0) }
        for start in stride(from: 0, to: message.count, by: size) {
            try writer.write(Array(message[start..<min(start + size, message.count)]))
            try writer.write([])
        }
        try writer.finish()
        #expect(file == whole)
    }

    @Test("an input that gives a few bytes at a time opens just the same")
    func drippingInput() throws {
        let key = try P256PrivateKey.generate()
        let message = plaintext(Self.chunk + 77)
        let sealed = try Sealed.seal(message, context: context(), to: key.publicKey)
        var position = 0
        let reader = try unsafe SealedReader(context: context(), with: key) { buffer in
            let count = min(buffer.count, sealed.count - position, 1021)
            unsafe buffer.copyBytes(from: sealed[position..<position + count])
            position += count
            return count
        }
        var opened: [UInt8] = []
        while let next = try reader.nextChunk() { opened += next }
        #expect(opened == message)
        #expect(try reader.nextChunk() == nil)
    }

    @Test("a chunk whose tag does not hold is never released, and the reader stays closed")
    func damagedChunk() throws {
        let key = try P256PrivateKey.generate()
        let directory = try TemporaryDirectory()
        var sealed = try Sealed.seal(plaintext(2 * Self.chunk), context: context(), to: key.publicKey)
        sealed[122 + Self.chunk + 16 + 5] ^= 1
        let path = directory.path + "/damaged"
        try Data(sealed).write(to: URL(fileURLWithPath: path))
        let reader = try SealedReader(path: path, context: context(), with: key)
        #expect(try reader.nextChunk()?.count == Self.chunk)
        #expect(throws: SealingError.damaged(chunk: 1)) { try reader.nextChunk() }
        #expect(throws: SealingError.closed) { try reader.nextChunk() }
        #expect(throws: SealingError.fileSystem(name: "sealed file", errno: 2)) {
            try SealedReader(path: path + "x", context: context(), with: key)
        }
    }

    @Test("an output that fails closes the writer")
    func failingOutput() throws {
        struct Full: Error {}
        let key = try P256PrivateKey.generate()
        var room = 200
        let writer = try unsafe SealedWriter(context: context(), to: key.publicKey) { bytes in
            guard bytes.count <= room else { throw Full() }
            room -= bytes.count
        }
        #expect(throws: Full.self) { try writer.write(plaintext(Self.chunk + 1)) }
        #expect(throws: SealingError.closed) { try writer.write([1]) }
        #expect(throws: SealingError.closed) { try writer.finish() }
    }

    @Test("a finished writer takes nothing more")
    func finished() throws {
        let writer = try unsafe SealedWriter(context: context(), to: P256PrivateKey.generate().publicKey) { _ in }
        try writer.finish()
        #expect(throws: SealingError.closed) { try writer.finish() }
        #expect(throws: SealingError.closed) { try writer.write([]) }
    }
}
