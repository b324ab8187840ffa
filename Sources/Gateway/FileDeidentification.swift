import DICOMCore
import DICOMStream
import Deidentification
import Foundation

/// De-identifies a DICOM file into another without ever holding its pixels: the header is read, judged and written, the
/// pixels pass from file to file, and what stands behind them is treated like the header.
struct FileDeidentification {
    let station: DeidentificationStation

    struct Outcome {
        var actions = 0
        var findings: [Deidentification.Finding] = []
        /// Of the new object; a safe name for its file.
        var instance = ""
    }

    /// What one read takes; headers and pixels of small images come in one.
    private static let chunkBytes = 1 << 20

    /// Writes `output` anew, readable by its owner alone. `nil` if the object has no pixel data. Throws what is wrong
    /// with the file, and leaves no output then.
    func run(from input: String, to output: String) throws -> Outcome? {
        let source = try unsafe Descriptor(open(input, O_RDONLY), "input file")
        let target = try unsafe Descriptor(open(output, O_WRONLY | O_CREAT | O_TRUNC, 0o600), "output file")
        do {
            let outcome = try copy(source, target)
            if outcome == nil { _ = unsafe unlink(output) }
            return outcome
        } catch {
            _ = unsafe unlink(output)
            throw error
        }
    }

    private func copy(_ source: borrowing Descriptor, _ target: borrowing Descriptor) throws -> Outcome? {
        var chunk = try source.read(Self.chunkBytes)
        let contents = try Part10.read(chunk)
        let syntax = contents.transferSyntax
        let written = syntax.isEncapsulated ? syntax : .explicitVRLittleEndian
        var scanner = InstanceScanner(transferSyntax: syntax)
        var outcome = Outcome()
        var header: DataSet?
        var pixelOffset = 0
        var nativeCount: Int?
        var start = contents.dataSetOffset
        while start < chunk.count {
            try unsafe chunk.withUnsafeBytes { bytes in
                try unsafe scanner.consume(
                    UnsafeRawBufferPointer(rebasing: bytes[start...]),
                    onHeader: { headerBytes, element in
                        let dataSet = try DataSetParser.parse(headerBytes, transferSyntax: syntax)
                        let clean = try cleaned(dataSet, dataSet, isHeader: true, &outcome)
                        guard let sopClass = clean.uid(.sopClassUID), let instance = clean.uid(.sopInstanceUID) else {
                            throw StreamError(.missingIdentification, at: 0)
                        }
                        outcome.instance = instance.value
                        var bytes = Part10.prefix(
                            sopClass: sopClass, sopInstance: instance, transferSyntax: written)
                        bytes += DataSetWriter.write(clean, transferSyntax: written)
                        bytes += DataSetWriter.pixelDataHeader(element, transferSyntax: written)
                        try unsafe bytes.withUnsafeBytes { try unsafe target.write($0) }
                        header = dataSet
                        let isLong = syntax.isExplicitVR && element.vr.hasLongLength
                        pixelOffset = contents.dataSetOffset + headerBytes.count + (isLong ? 12 : 8)
                        nativeCount = element.declaredLength.map { Int($0) }
                    },
                    onPixels: { if nativeCount == nil { try unsafe target.write($0) } })
            }
            if nativeCount != nil { break }
            chunk = try source.read(Self.chunkBytes)
            start = 0
        }
        guard let header else {
            // Throws what is missing; an object without pixels is whole all the same.
            do throws(StreamError) { _ = try scanner.finish() } catch {
                if error.code == .noPixelData { return nil }
                throw error
            }
            return nil
        }
        let trailer: [UInt8]
        if let nativeCount {
            try source.copy(from: pixelOffset, nativeCount, to: target)
            trailer = try source.rest(from: pixelOffset + nativeCount)
        } else {
            trailer = try scanner.finish()
        }
        if !trailer.isEmpty {
            let clean = try cleaned(
                DataSetParser.parse(trailer, transferSyntax: syntax), header, isHeader: false, &outcome)
            let bytes = DataSetWriter.write(
                DataSet(clean.elements.filter { $0.tag > .pixelData }), transferSyntax: written)
            try unsafe bytes.withUnsafeBytes { try unsafe target.write($0) }
        }
        return outcome
    }

    private func cleaned(
        _ dataSet: DataSet, _ header: DataSet, isHeader: Bool, _ outcome: inout Outcome
    ) throws -> DataSet {
        let subject = isHeader ? nil : header
        let clean = try station.deidentifier.deidentify(
            dataSet, sopClass: header.uid(.sopClassUID) ?? SOPClass.computedRadiography, subject: subject)
        let bytes = DataSetWriter.write(clean.dataSet, transferSyntax: .explicitVRLittleEndian)
        outcome.actions += clean.actions.count
        outcome.findings += station.verifier.verify(
            original: dataSet, output: bytes, transferSyntax: .explicitVRLittleEndian, subject: subject,
            isOurs: station.uids.isOurs)
        return clean.dataSet
    }
}

/// An open file; closed when it goes.
private struct Descriptor: ~Copyable {
    private let number: Int32

    init(_ number: Int32, _ what: String) throws(GatewayError) {
        guard number >= 0 else { throw .system(what, errno) }
        self.number = number
    }

    deinit { close(number) }

    /// The next bytes, fewer than asked only at the end.
    func read(_ count: Int) throws(GatewayError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = unsafe Foundation.read(
                    number,
                    UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                        .baseAddress, count - filled)
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { break }
                filled += got
            }
        }
        guard failure == 0 else { throw .system("reading a file", failure) }
        return bytes
    }

    /// What lies behind an offset; a trailer is small.
    func rest(from offset: Int) throws -> [UInt8] {
        guard lseek(number, offset, SEEK_SET) >= 0 else { throw GatewayError.system("reading a file", errno) }
        let limit = ScanLimits.standard.maximumTrailerBytes
        let bytes = try read(limit + 1)
        guard bytes.count <= limit else { throw StreamError(.trailerTooLarge, at: offset) }
        return bytes
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(GatewayError) {
        var position = 0
        while position < bytes.count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[position...])
            let count = unsafe Foundation.write(number, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system("writing a file", errno) }
            position += count
        }
    }

    /// Bytes from file to file inside the kernel, where the file systems can; else through memory.
    func copy(from offset: Int, _ count: Int, to target: borrowing Descriptor) throws {
        var position = off_t(offset)
        var left = count
        while left > 0 {
            let moved = unsafe sendfile(target.number, number, &position, left)
            if moved < 0, errno == EINTR { continue }
            if moved < 0 { break }
            if moved == 0 { throw StreamError(.truncated, at: offset + count - left) }
            left -= moved
        }
        guard left > 0 else { return }
        guard lseek(number, Int(position), SEEK_SET) >= 0 else { throw GatewayError.system("reading a file", errno) }
        while left > 0 {
            let bytes = try read(min(left, 1 << 20))
            if bytes.isEmpty { throw StreamError(.truncated, at: offset + count - left) }
            try unsafe bytes.withUnsafeBytes { try unsafe target.write($0) }
            left -= bytes.count
        }
    }
}
