import DICOMCore

/// What a key object selection is made of.
public struct KeyObjectInput: Sendable {
    public var source: SourceAttributes
    /// The images in which a finding is present or undetermined.
    public var images: [ReferencedImage]
    /// What is of interest, for people.
    public var description: String
    public var device: DeviceInput
    public var algorithm: AlgorithmInput
    public var identity: ResultIdentity

    public init(
        source: SourceAttributes, images: [ReferencedImage], description: String, device: DeviceInput,
        algorithm: AlgorithmInput, identity: ResultIdentity
    ) {
        self.source = source
        self.images = images
        self.description = description
        self.device = device
        self.algorithm = algorithm
        self.identity = identity
    }
}

/// A flag on the images that the model found something in, for worklists and viewers that show key images first.
///
/// Source: PS3.3 A.35.4 (Key Object Selection Document), PS3.16 TID 2010.
public struct KeyObjectSelection: Sendable {
    let input: KeyObjectInput
    private let words: ReportText

    /// Throws without an image, and for text outside ASCII.
    public init(_ input: KeyObjectInput) throws(ReportingError) {
        guard !input.images.isEmpty else { throw .noImage }
        words = try ReportText(input.description, limit: 1024)
        self.input = input
    }

    /// The object for the PACS, without file meta information. The same input gives the same data set.
    public var dataSet: DataSet {
        KeyObjectDocument(
            title: ReportCodes.ofInterest, seriesDescription: "AI key images (unverified)", source: input.source,
            objects: input.images.map(\.object), device: input.device, identity: input.identity, words: words,
            algorithm: input.algorithm, opening: LanguageOfContent().items
        ).dataSet
    }
}
