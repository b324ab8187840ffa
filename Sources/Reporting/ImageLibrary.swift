import DICOMCore

/// TID 1600 "Image Library" with TID 1601 entries and their TID 1602 and 1603 descriptors.
struct ImageLibrary {
    let images: [ReferencedImage]

    var item: ContentItem {
        let group = ContentItem.container(
            .init(.contains, ReportCodes.imageLibraryGroup, images.map(entry)), templateIdentifier: nil)
        return .container(.init(.contains, ReportCodes.imageLibrary, [group]), templateIdentifier: nil)
    }

    private func entry(_ image: ReferencedImage) -> ContentItem {
        typealias Codes = ReportCodes
        var facts: [ContentItem] = []
        switch image.modality {
        case "CR": facts.append(.code(.hasAcquisitionContext, Codes.modality, Codes.computedRadiography))
        case "DX": facts.append(.code(.hasAcquisitionContext, Codes.modality, Codes.digitalRadiography))
        default: break
        }
        facts.append(number(Codes.pixelDataRows, "\(image.rows)", Codes.pixels))
        facts.append(number(Codes.pixelDataColumns, "\(image.columns)", Codes.pixels))
        switch image.viewPosition {
        case "AP": facts.append(.code(.hasAcquisitionContext, Codes.imageView, Codes.anteroPosterior))
        case "PA": facts.append(.code(.hasAcquisitionContext, Codes.imageView, Codes.posteroAnterior))
        default: break
        }
        if let orientation = image.orientation {
            facts.append(.text(.init(.hasAcquisitionContext, Codes.patientOrientationRow), orientation.row))
            facts.append(.text(.init(.hasAcquisitionContext, Codes.patientOrientationColumn), orientation.column))
        }
        if let spacing = image.spacing {
            facts.append(number(Codes.horizontalPixelSpacing, spacing.horizontal, Codes.millimeter))
            facts.append(number(Codes.verticalPixelSpacing, spacing.vertical, Codes.millimeter))
        }
        return .image(.init(.contains, Codes.source, facts), image)
    }

    private func number(_ name: Code, _ decimal: String, _ unit: Code) -> ContentItem {
        .number(.init(.hasAcquisitionContext, name), decimal: decimal, unit: unit)
    }
}
