import DICOMCore
import Radiography

/// What a heat map object is made of.
public struct CaptureInput: Sendable {
    public var source: SourceAttributes
    /// The image under the overlay.
    public var image: ReferencedImage
    /// `[rows][columns][3]`, 8 bits, of the source's rows and as many columns as the layout wants.
    public var samples: [UInt8]
    public var algorithm: AlgorithmInput
    public var device: DeviceInput
    public var identity: ResultIdentity
    /// `OT`, or what a PACS wants instead (e.g. `CR`, where its hanging protocol hides OT).
    public var modality: String
    public var layout: HeatMapRenderer.Layout

    public init(
        source: SourceAttributes, image: ReferencedImage, samples: [UInt8], algorithm: AlgorithmInput,
        device: DeviceInput, identity: ResultIdentity, modality: String = "OT",
        layout: HeatMapRenderer.Layout = .overlay
    ) {
        self.source = source
        self.image = image
        self.samples = samples
        self.algorithm = algorithm
        self.device = device
        self.identity = identity
        self.modality = modality
        self.layout = layout
    }
}

/// The heat map as an image of the original study: RGB, with its legend burned in.
///
/// Source: PS3.3 A.8.1 (Secondary Capture Image), C.7.6.1, C.8.6.
public struct SecondaryCapture: Sendable {
    let input: CaptureInput
    private let columns: Int

    /// Throws unless the pixels fit the image's rows and columns.
    public init(_ input: CaptureInput) throws(ReportingError) {
        columns = input.image.columns * input.layout.width
        guard input.samples.count == input.image.rows * columns * 3, columns <= Int(UInt16.max) else {
            throw .pixelsDoNotFit
        }
        _ = try ReportText(input.modality, limit: 16)
        self.input = input
    }

    /// The object for the PACS, without file meta information. The same input gives the same data set.
    public var dataSet: DataSet {
        var object = input.source.shared
        ResultModules.identify(
            &object, input.identity, sopClass: SOPClass.secondaryCapture, modality: input.modality)
        object.set(.seriesDescription, .LO, "AI heat map - not for diagnosis")
        ResultModules.equip(&object, device: input.device)
        object.set(
            .contributingEquipmentSequence,
            items: [ResultModules.contribution(of: input.algorithm, at: input.identity.time)])
        object.set(.conversionType, .CS, "WSD")
        object.set(.dateOfSecondaryCapture, .DA, input.identity.time.date)
        object.set(.timeOfSecondaryCapture, .TM, input.identity.time.time)
        setImage(&object)
        setPixels(&object)
        return object
    }

    /// General Image, with what the source says of orientation, side and lossy history.
    private func setImage(_ object: inout DataSet) {
        object.set(.imageType, .CS, "DERIVED\\SECONDARY")
        object.set(DataElement(.patientOrientation, .CS, bytes: []))
        object.set(.lossyImageCompression, .CS, "00")
        // Only chest radiographs are analysed; a source that does not name the part is one all the same.
        object.set(.bodyPartExamined, .CS, "CHEST")
        for element in input.image.inherited.elements { object.set(element) }
        object.set(.burnedInAnnotation, .CS, "YES")
        let what =
            input.layout == .overlay
            ? "Heat map of an AI finding laid over the source image"
            : "Source image, and beside it the heat map over it"
        object.set(.derivationDescription, .ST, what + "; legend burned in; not for diagnosis")
        object.set(.derivationCodeSequence, code: ReportCodes.pixelByPixelMean)
        var source = input.image.reference
        source.set(.purposeOfReferenceCodeSequence, code: ReportCodes.sourceImageForProcessing)
        source.set(.spatialLocationsPreserved, .CS, input.layout == .overlay ? "YES" : "NO")
        object.set(.sourceImageSequence, items: [source])
    }

    private func setPixels(_ object: inout DataSet) {
        object.set(.samplesPerPixel, 3)
        object.set(.photometricInterpretation, .CS, "RGB")
        object.set(.planarConfiguration, 0)
        object.set(.rows, UInt16(input.image.rows))
        object.set(.columns, UInt16(columns))
        object.set(.bitsAllocated, 8)
        object.set(.bitsStored, 8)
        object.set(.highBit, 7)
        object.set(.pixelRepresentation, 0)
        var bytes = input.samples
        if bytes.count % 2 == 1 { bytes.append(0) }
        object.set(DataElement(.pixelData, .OB, bytes: bytes))
    }
}
