import DICOMCore

/// What a presentation state is made of.
public struct PresentationInput: Sendable {
    public var source: SourceAttributes
    public var display: DisplayAttributes
    /// The findings of one image whose regions are to be drawn.
    public var findings: [FindingInput]
    public var algorithm: AlgorithmInput
    public var device: DeviceInput
    public var identity: ResultIdentity

    public init(
        source: SourceAttributes, display: DisplayAttributes, findings: [FindingInput], algorithm: AlgorithmInput,
        device: DeviceInput, identity: ResultIdentity
    ) {
        self.source = source
        self.display = display
        self.findings = findings
        self.algorithm = algorithm
        self.device = device
        self.identity = identity
    }
}

/// The regions of the heat map as lines on the source image itself: for viewers that apply presentation states, nothing
/// is burned in, and the reader can take the lines away.
///
/// Source: PS3.3 A.33.1 (Grayscale Softcopy Presentation State), C.10.4, C.10.5, C.10.7, C.11.10.
public struct PresentationState: Sendable {
    let input: PresentationInput
    private let image: ReferencedImage
    private let words: [ReportText]

    /// Throws unless at least one finding has a region, and all belong to one image.
    public init(_ input: PresentationInput) throws(ReportingError) {
        let shown = input.findings.filter { !$0.regions.isEmpty }
        guard let image = shown.first?.image else { throw .malformedRegion }
        guard shown.allSatisfy({ $0.image.sopInstanceUID == image.sopInstanceUID }) else { throw .noImage }
        var words: [ReportText] = []
        for finding in shown {
            words.append(
                try ReportText(
                    "AI, not for diagnosis: \(finding.finding.meaning) \(finding.presence.words), certainty "
                        + "\(finding.certainty.probability) %", limit: 256))
        }
        self.input = input
        self.image = image
        self.words = words
    }

    /// The object for the PACS, without file meta information. The same input gives the same data set.
    public var dataSet: DataSet {
        var object = input.source.shared
        ResultModules.identify(
            &object, input.identity, sopClass: SOPClass.grayscalePresentationState, modality: "PR")
        for tag in [Tag.contentDate, .contentTime] { object.remove(tag) }
        object.set(.seriesDescription, .LO, "AI regions - not for diagnosis")
        ResultModules.equip(&object, device: input.device)
        object.set(
            .contributingEquipmentSequence,
            items: [ResultModules.contribution(of: input.algorithm, at: input.identity.time)])
        // A series about a part of unknown side would have to name it; a chest has both.
        object.set(.bodyPartExamined, .CS, "CHEST")
        for tag in [Tag.bodyPartExamined, .laterality] {
            if let element = image.inherited[tag] { object.set(element) }
        }
        object.set(.contentLabel, .CS, "AI_REGIONS")
        object.set(.contentDescription, .LO, "Regions of AI findings, unverified")
        object.set(DataElement(.contentCreatorName, .PN, bytes: []))
        object.set(.presentationCreationDate, .DA, input.identity.time.date)
        object.set(.presentationCreationTime, .TM, input.identity.time.time)
        var series = DataSet()
        series.set(.seriesInstanceUID, image.seriesInstanceUID)
        series.set(.referencedImageSequence, items: [image.reference])
        object.set(.referencedSeriesSequence, items: [series])
        setDisplay(&object)
        setGraphics(&object)
        return object
    }

    private func setDisplay(_ object: inout DataSet) {
        for element in input.display.modality.elements { object.set(element) }
        if !input.display.valuesOfInterest.isEmpty {
            object.set(.softcopyVOILUTSequence, items: [input.display.valuesOfInterest])
        }
        object.set(.presentationLUTShape, .CS, input.display.isInverted ? "INVERSE" : "IDENTITY")
        var area = DataSet()
        area.set(.referencedImageSequence, items: [image.reference])
        area.set(.displayedAreaTopLeft, signed: [1, 1])
        area.set(.displayedAreaBottomRight, signed: [image.columns, image.rows])
        area.set(.presentationSizeMode, .CS, "SCALE TO FIT")
        if let spacing = image.spacing {
            area.set(.presentationPixelSpacing, .DS, "\(spacing.vertical)\\\(spacing.horizontal)")
        } else {
            area.set(.presentationPixelAspectRatio, .IS, "1\\1")
        }
        object.set(.displayedAreaSelectionSequence, items: [area])
    }

    private func setGraphics(_ object: inout DataSet) {
        let shown = input.findings.filter { !$0.regions.isEmpty }
        let annotations = zip(shown, words).map { finding, text -> DataSet in
            var item = DataSet()
            item.set(.referencedImageSequence, items: [image.reference])
            item.set(.graphicLayer, .CS, PresentationState.layer)
            item.set(.textObjectSequence, items: [anchored(text, at: finding.regions[0])])
            item.set(.graphicObjectSequence, items: finding.regions.map(outline))
            return item
        }
        object.set(.graphicAnnotationSequence, items: annotations)
        var layer = DataSet()
        layer.set(.graphicLayer, .CS, PresentationState.layer)
        layer.set(.graphicLayerOrder, .IS, "1")
        layer.set(.graphicLayerDescription, .LO, "AI regions, unverified")
        object.set(.graphicLayerSequence, items: [layer])
    }

    private func outline(_ region: RegionInput) -> DataSet {
        // A presentation state counts pixels from 1 at their centres, a report from 0 at their corners (PS3.3 C.10.5).
        let points = region.region.closedGraphicData.map { $0 + 0.5 }
        var item = DataSet()
        item.set(.graphicAnnotationUnits, .CS, "PIXEL")
        item.set(.graphicDimensions, 2)
        item.set(.numberOfGraphicPoints, UInt16(clamping: points.count / 2))
        item.set(.graphicData, floats: points)
        item.set(.graphicType, .CS, "POLYLINE")
        item.set(.graphicFilled, .CS, "N")
        return item
    }

    private func anchored(_ text: ReportText, at region: RegionInput) -> DataSet {
        let corners = region.region.vertices
        var item = DataSet()
        item.set(.anchorPointAnnotationUnits, .CS, "PIXEL")
        item.set(.unformattedTextValue, .ST, text.value)
        let lowest = corners.map(\.y).max() ?? 0
        item.set(.anchorPoint, floats: [(corners.map(\.x).min() ?? 0) + 0.5, lowest + 0.5])
        item.set(.anchorPointVisibility, .CS, "N")
        return item
    }

    private static let layer = "AI"
}

extension DataSet {
    /// Sets signed 32-bit numbers (VR SL).
    fileprivate mutating func set(_ tag: Tag, signed values: [Int]) {
        set(
            DataElement(
                tag, .SL,
                bytes: values.flatMap { value in
                    let bits = UInt32(bitPattern: Int32(clamping: value))
                    return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
                }))
    }
}
