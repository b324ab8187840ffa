import DICOMCore

/// Whole studies of phantoms.
public enum PhantomStudy {
    /// A CR of a made-up child; the same seed gives the same bytes.
    public static func crDataSet(
        seed: UInt64, rows: Int = 1024, columns: Int = 1024, opacity: Phantom.Opacity? = nil,
        study: FictitiousStudy? = nil
    ) -> DataSet {
        let image = Phantom.rendering(seed: seed, rows: rows, columns: columns, opacity: opacity)
        let study = study ?? FictitiousStudy(seed: seed)
        guard let pixels = GrayPixels(gray16: image.samples, rows: image.rows, columns: image.columns) else {
            preconditionFailure("a phantom has the pixels that it says it has")
        }
        return RadiographWrapper.crDataSet(pixels, study: study)
    }

    /// The same as a DX for presentation.
    public static func dxDataSet(
        seed: UInt64, rows: Int = 1024, columns: Int = 1024, opacity: Phantom.Opacity? = nil,
        study: FictitiousStudy? = nil, isInverted: Bool = false
    ) -> DataSet {
        let image = Phantom.rendering(seed: seed, rows: rows, columns: columns, opacity: opacity)
        let study = study ?? FictitiousStudy(seed: seed)
        guard
            let pixels = GrayPixels(
                gray16: image.samples, rows: image.rows, columns: image.columns, isInverted: isInverted)
        else { preconditionFailure("a phantom has the pixels that it says it has") }
        return RadiographWrapper.dxDataSet(pixels, study: study)
    }

    /// The radiograph of a scene as CR or DX, with its mask; the view of the scene is that of the header.
    public static func object(
        seed: UInt64, rows: Int, columns: Int, scene: Phantom.Scene, isDX: Bool = false, isInverted: Bool = false
    ) -> (dataSet: DataSet, image: Phantom.Radiograph) {
        let image = Phantom.rendering(seed: seed, rows: rows, columns: columns, scene: scene)
        var study = FictitiousStudy(seed: seed)
        study.view = scene.view.rawValue
        guard
            let pixels = GrayPixels(
                gray16: image.samples, rows: image.rows, columns: image.columns, isInverted: isInverted)
        else { preconditionFailure("a phantom has the pixels that it says it has") }
        let dataSet =
            isDX
            ? RadiographWrapper.dxDataSet(pixels, study: study) : RadiographWrapper.crDataSet(pixels, study: study)
        return (dataSet, image)
    }
}
