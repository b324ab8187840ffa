import Radiography
import Sealing
import Tensors

/// A labelled picture as training varies it: 8 bits, with the table that spreads its gray values over 0...1.
struct LabelledPicture: Sendable {
    let image: GrayImage
    let table: [Float]
    let label: Int
    let patientGroup: String
    /// SHA-256 of extent and decoded pixels: equal pictures have equal fingerprints.
    let fingerprint: [UInt8]
    /// The row of the label table.
    let row: Int
}

/// All pictures of a training, decoded and held in memory, and the way to read one again.
struct PictureStore {
    let pictures: [LabelledPicture]
    private let files: [LabelledFile]
    private let read: (_ path: String) throws -> Picture

    init(
        _ files: [LabelledFile], read: @escaping (_ path: String) throws -> Picture
    ) throws(TrainingError) {
        self.files = files
        self.read = read
        var pictures: [LabelledPicture] = []
        for file in files {
            let picture = try PictureStore.read(file, read)
            let image = try GrayImage(varying: picture)
            pictures.append(
                LabelledPicture(
                    image: image, table: image.percentileTable(), label: file.label, patientGroup: file.patientGroup,
                    fingerprint: try picture.fingerprint(), row: file.row))
        }
        self.pictures = pictures
    }

    /// What the network takes of a picture, bit for bit as the daemon makes it.
    func input(_ index: Int, _ configuration: TrainingConfiguration) throws(TrainingError) -> [Float] {
        let size = configuration.inputSize
        return PixelPipeline.networkInput(
            try PictureStore.read(files[index], read), width: size, height: size, mean: configuration.mean,
            std: configuration.std)
    }

    private static func read(
        _ file: LabelledFile, _ read: (_ path: String) throws -> Picture
    ) throws(TrainingError) -> Picture {
        do {
            return try read(file.path)
        } catch {
            throw .undecodableRow(row: file.row)
        }
    }

    /// One number for all that is trained on: rows, labels, groups and pixels.
    func digest() throws(TrainingError) -> [UInt8] {
        var bytes: [UInt8] = []
        for picture in pictures {
            bytes += Array("\(picture.row),\(picture.label),\(picture.patientGroup)\n".utf8) + picture.fingerprint
        }
        return try Digest.of(bytes)
    }
}

/// SHA-256 with this module's error.
enum Digest {
    static func of(_ bytes: [UInt8]) throws(TrainingError) -> [UInt8] {
        do {
            return try SHA256.hash(bytes)
        } catch {
            throw .engine(code: error.code)
        }
    }

    /// Lower-case hexadecimal.
    static func text(_ digest: [UInt8]) -> String { Hexadecimal.text(digest) }
}

extension Picture {
    /// SHA-256 of extent and gray values, in 16 bits each.
    func fingerprint() throws(TrainingError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * 2 + 8)
        for extent in [rows, columns] {
            for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: extent >> shift)) }
        }
        for value in values {
            let level = UInt16(value * 65535 + 0.5)
            bytes.append(UInt8(level & 0xFF))
            bytes.append(UInt8(level >> 8))
        }
        return try Digest.of(bytes)
    }
}

extension GrayImage {
    /// The longer side of a picture that is varied: much finer than any input, small enough to keep thousands.
    private static let varyingSide = 1024

    /// A picture as training holds it. One of 8 bits and moderate size keeps its pixels; a deeper or larger one is
    /// spread by its percentiles and shrunk first, so that 8 bits are enough.
    init(varying picture: Picture) throws(TrainingError) {
        let side = max(picture.rows, picture.columns)
        if picture.facts.distinctLevels <= 256, side <= GrayImage.varyingSide {
            try self.init(rows: picture.rows, columns: picture.columns, pixels: picture.gray8)
            return
        }
        let shrunk = min(side, GrayImage.varyingSide / 2)
        let rows = max(1, picture.rows * shrunk / side)
        let columns = max(1, picture.columns * shrunk / side)
        let values = PixelPipeline.networkInput(picture, width: columns, height: rows, mean: 0, std: 1)
        try self.init(rows: rows, columns: columns, pixels: values.map { UInt8(min(max($0, 0), 1) * 255 + 0.5) })
    }
}

/// A varied picture on the network's grid, normalised.
struct Preprocessing: Sendable {
    let size: Int
    let mean: Float
    let std: Float

    func input(_ picture: LabelledPicture, varied by: Augmentation) -> [Float] {
        var values = PictureGrid.warp(
            picture.image.pixels, rows: picture.image.rows, columns: picture.image.columns,
            table: by.applied(to: picture.table),
            matrix: by.matrix(rows: picture.image.rows, columns: picture.image.columns), outputRows: size,
            outputColumns: size)
        by.finish(&values, size: size)
        return values.map { ($0 - mean) / std }
    }
}
