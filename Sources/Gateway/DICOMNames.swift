import DICOMCore
import Reporting

/// What the standard calls the UIDs that the gateway negotiates.
///
/// Source: PS3.6 Annex A.
enum DICOMNames {
    static let sopClasses: [UID: String] = [
        SOPClass.verification: "Verification",
        SOPClass.computedRadiography: "Computed Radiography Image Storage",
        SOPClass.digitalXRayForPresentation: "Digital X-Ray Image Storage - For Presentation",
        SOPClass.digitalXRayForProcessing: "Digital X-Ray Image Storage - For Processing",
        SOPClass.secondaryCapture: "Secondary Capture Image Storage",
        SOPClass.enhancedSR: "Enhanced SR Storage",
        SOPClass.comprehensiveSR: "Comprehensive SR Storage",
        SOPClass.comprehensive3DSR: "Comprehensive 3D SR Storage",
        SOPClass.keyObjectSelection: "Key Object Selection Document Storage",
        SOPClass.grayscalePresentationState: "Grayscale Softcopy Presentation State Storage",
        SOPClass.storageCommitmentPushModel: "Storage Commitment Push Model",
        SOPClass.studyRootQueryFind: "Study Root Query/Retrieve Information Model - FIND",
    ]

    static let transferSyntaxes: [TransferSyntax: String] = [
        .implicitVRLittleEndian: "Implicit VR Little Endian", .explicitVRLittleEndian: "Explicit VR Little Endian",
        .deflatedExplicitVRLittleEndian: "Deflated Explicit VR Little Endian",
        .explicitVRBigEndian: "Explicit VR Big Endian", .jpegBaseline: "JPEG Baseline (Process 1)",
        .jpegExtended: "JPEG Extended (Process 2 & 4)", .jpegLossless: "JPEG Lossless, Non-Hierarchical (Process 14)",
        .jpegLosslessSV1: "JPEG Lossless, Non-Hierarchical, First-Order Prediction",
        .jpegLSLossless: "JPEG-LS Lossless", .jpegLSNearLossless: "JPEG-LS Lossy (Near-Lossless)",
        .jpeg2000Lossless: "JPEG 2000 (Lossless Only)", .jpeg2000: "JPEG 2000", .rleLossless: "RLE Lossless",
    ]

    static func name(_ uid: UID) -> String { sopClasses[uid] ?? uid.value }
    static func name(_ syntax: TransferSyntax) -> String { transferSyntaxes[syntax] ?? syntax.uid.value }
}
