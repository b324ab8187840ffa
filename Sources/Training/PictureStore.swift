import Tensors

/// A labelled picture with the table that spreads its gray values over 0...1.
struct LabelledPicture: Sendable {
    let image: GrayImage
    let table: [Float]
    let isPneumonia: Bool
    let patientGroup: String
    let fingerprint: UInt64
}

/// All pictures of a training, decoded and held in memory.
struct PictureStore: Sendable {
    let pictures: [LabelledPicture]

    init(
        _ files: [LabelledFile], decode: (_ path: String) throws -> GrayImage
    ) throws(TrainingError) {
        var pictures: [LabelledPicture] = []
        for file in files {
            let image: GrayImage
            do { image = try decode(file.path) } catch { throw .undecodableRow(row: file.row) }
            pictures.append(
                LabelledPicture(
                    image: image, table: image.percentileTable(), isPneumonia: file.isPneumonia,
                    patientGroup: file.patientGroup, fingerprint: image.fingerprint))
        }
        self.pictures = pictures
    }
}

/// Pictures on the network's grid: spread by percentiles, squashed by averaging areas, normalised.
struct Preprocessing: Sendable {
    let size: Int
    let mean: Float
    let std: Float

    /// `size * size` values of one picture, as the daemon makes them.
    func input(_ picture: LabelledPicture) -> [Float] {
        picture.image.networkInput(table: picture.table, width: size, height: size, mean: mean, std: std)
    }

    /// The same of a varied picture.
    func input(_ picture: LabelledPicture, varied by: Augmentation) -> [Float] {
        var values = PictureGrid.warp(
            picture.image.pixels, rows: picture.image.rows, columns: picture.image.columns,
            table: by.applied(to: picture.table),
            matrix: by.matrix(rows: picture.image.rows, columns: picture.image.columns), outputRows: size,
            outputColumns: size)
        by.cover(&values, size: size)
        return values.map { ($0 - mean) / std }
    }
}
