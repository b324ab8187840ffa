import DICOMCore

/// One node of a report's tree.
///
/// Source: PS3.3 C.17.3 (SR Document Content), C.18 (content item macros).
indirect enum ContentItem {
    /// How a node relates to the one above it (PS3.3 C.17.3.2.4).
    enum Relationship: String {
        case contains = "CONTAINS"
        case hasObservationContext = "HAS OBS CONTEXT"
        case hasConceptModifier = "HAS CONCEPT MOD"
        case hasAcquisitionContext = "HAS ACQ CONTEXT"
        case hasProperties = "HAS PROPERTIES"
        case selectedFrom = "SELECTED FROM"
        case inferredFrom = "INFERRED FROM"
    }

    struct Node {
        let relationship: Relationship
        let name: Code
        let children: [ContentItem]

        init(_ relationship: Relationship, _ name: Code, _ children: [ContentItem] = []) {
            self.relationship = relationship
            self.name = name
            self.children = children
        }
    }

    case container(Node, templateIdentifier: String?)
    case code(Node, Code)
    case text(Node, String)
    case number(Node, decimal: String, unit: Code)
    case uidReference(Node, UID)
    case image(Node, ReferencedImage)
    /// A closed outline in the coordinates of the image it is selected from.
    case polyline(Node, graphicData: [Float])

    static func code(_ relationship: Relationship, _ name: Code, _ value: Code) -> ContentItem {
        .code(Node(relationship, name), value)
    }

    static func text(_ relationship: Relationship, _ name: Code, _ value: ReportText) -> ContentItem {
        .text(Node(relationship, name), value.value)
    }

    /// The item of Content Sequence that encodes this node and all below it.
    var dataSet: DataSet {
        var item = DataSet()
        switch self {
        case .container(let node, let template):
            item = base(node, "CONTAINER")
            item.set(.continuityOfContent, .CS, "CONTINUOUS")
            if let template { item.set(.contentTemplateSequence, items: [ContentItem.template(template)]) }
        case .code(let node, let value):
            item = base(node, "CODE")
            item.set(.conceptCodeSequence, code: value)
        case .text(let node, let value):
            item = base(node, "TEXT")
            item.set(.textValue, .UT, value)
        case .number(let node, let decimal, let unit):
            item = base(node, "NUM")
            var measured = DataSet()
            measured.set(.measurementUnitsCodeSequence, code: unit)
            measured.set(.numericValue, .DS, decimal)
            item.set(.measuredValueSequence, items: [measured])
        case .uidReference(let node, let uid):
            item = base(node, "UIDREF")
            item.set(.uidValue, uid)
        case .image(let node, let image):
            item = base(node, "IMAGE")
            item.set(.referencedSOPSequence, items: [image.reference])
        case .polyline(let node, let graphicData):
            item = base(node, "SCOORD")
            item.set(.graphicType, .CS, "POLYLINE")
            item.set(.graphicData, floats: graphicData)
        }
        return item
    }

    private func base(_ node: Node, _ valueType: String) -> DataSet {
        var item = DataSet()
        item.set(.relationshipType, .CS, node.relationship.rawValue)
        item.set(.valueType, .CS, valueType)
        item.set(.conceptNameCodeSequence, code: node.name)
        if !node.children.isEmpty { item.set(.contentSequence, items: node.children.map(\.dataSet)) }
        return item
    }

    /// The item of Content Template Sequence that names a template of the DICOM Content Mapping Resource.
    static func template(_ identifier: String) -> DataSet {
        var item = DataSet()
        item.set(.mappingResource, .CS, "DCMR")
        item.set(.templateIdentifier, .CS, identifier)
        return item
    }
}
