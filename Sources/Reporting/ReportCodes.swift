import DICOMCore

/// Every coded concept that our results use, value, scheme and meaning together, so that none is spelt twice.
///
/// Meanings are those of PS3.16 Annex D and of its context groups, letter by letter.
public enum ReportCodes {
    // Document and sections (TID 1500).
    static let imagingMeasurementReport = Code("126000", "DCM", "Imaging Measurement Report")
    static let imagingMeasurements = Code("126010", "DCM", "Imaging Measurements")
    static let qualitativeEvaluations = Code("C0034375", "UMLS", "Qualitative Evaluations")
    static let measurementGroup = Code("125007", "DCM", "Measurement Group")
    static let comment = Code("121106", "DCM", "Comment")
    static let procedureReported = Code("121058", "DCM", "Procedure reported")
    static let plainChestXRay = Code("399208008", "SCT", "Plain chest X-ray")
    static let summaryOfAnalyses = Code("111065", "DCM", "Summary of Analyses")
    static let notAttempted = Code("111225", "DCM", "Not Attempted")
    // Rejection notes (TID 2010, CID 7011).
    static let rejectedForPatientSafety = Code("113037", "DCM", "Rejected for Patient Safety Reasons")
    // Key object selection (TID 2010).
    static let ofInterest = Code("113000", "DCM", "Of Interest")
    static let keyObjectDescription = Code("113012", "DCM", "Key Object Description")
    // Language (TID 1204).
    static let language = Code("121049", "DCM", "Language of Content Item and Descendants")
    static let englishUnitedStates = Code("en-US", "RFC5646", "English (United States)")
    // Observer (TID 1002, 1004).
    static let observerType = Code("121005", "DCM", "Observer Type")
    static let device = Code("121007", "DCM", "Device")
    static let deviceObserverUID = Code("121012", "DCM", "Device Observer UID")
    static let deviceObserverName = Code("121013", "DCM", "Device Observer Name")
    static let deviceObserverManufacturer = Code("121014", "DCM", "Device Observer Manufacturer")
    static let deviceObserverModelName = Code("121015", "DCM", "Device Observer Model Name")
    static let deviceObserverSerialNumber = Code("121016", "DCM", "Device Observer Serial Number")
    // Image library (TID 1600 to 1603).
    static let imageLibrary = Code("111028", "DCM", "Image Library")
    static let imageLibraryGroup = Code("126200", "DCM", "Image Library Group")
    static let modality = Code("121139", "DCM", "Modality")
    static let computedRadiography = Code("CR", "DCM", "Computed Radiography")
    static let digitalRadiography = Code("DX", "DCM", "Digital Radiography")
    static let pixelDataRows = Code("110910", "DCM", "Pixel Data Rows")
    static let pixelDataColumns = Code("110911", "DCM", "Pixel Data Columns")
    static let imageView = Code("111031", "DCM", "Image View")
    static let anteroPosterior = Code("399348003", "SCT", "antero-posterior")
    static let posteroAnterior = Code("272479007", "SCT", "postero-anterior")
    static let patientOrientationRow = Code("111044", "DCM", "Patient Orientation Row")
    static let patientOrientationColumn = Code("111043", "DCM", "Patient Orientation Column")
    static let horizontalPixelSpacing = Code("111026", "DCM", "Horizontal Pixel Spacing")
    static let verticalPixelSpacing = Code("111066", "DCM", "Vertical Pixel Spacing")
    static let source = Code("260753009", "SCT", "Source")
    // Measurement groups (TID 1501, 1410).
    static let trackingIdentifier = Code("112039", "DCM", "Tracking Identifier")
    static let trackingUniqueIdentifier = Code("112040", "DCM", "Tracking Unique Identifier")
    static let findingCategory = Code("276214006", "SCT", "Finding category")
    static let finding = Code("121071", "DCM", "Finding")
    static let findingSite = Code("363698007", "SCT", "Finding Site")
    static let laterality = Code("272741003", "SCT", "Laterality")
    static let certaintyOfFinding = Code("111012", "DCM", "Certainty of Finding")
    static let presenceOfProperty = Code("121052", "DCM", "Presence of property")
    static let present = Code("121053", "DCM", "Present")
    static let absent = Code("121054", "DCM", "Absent")
    static let presenceUndetermined = Code("121059", "DCM", "Presence Undetermined")
    static let sourceOfMeasurement = Code("121112", "DCM", "Source of Measurement")
    static let imageRegion = Code("111030", "DCM", "Image Region")
    // Algorithm (TID 4019).
    static let algorithmName = Code("111001", "DCM", "Algorithm Name")
    static let algorithmVersion = Code("111003", "DCM", "Algorithm Version")
    static let algorithmParameters = Code("111002", "DCM", "Algorithm Parameters")
    static let algorithmManufacturer = Code("122405", "DCM", "Algorithm Manufacturer")
    static let algorithmFamily = Code("111000", "DCM", "Algorithm Family")
    static let artificialIntelligence = Code("123110", "DCM", "Artificial Intelligence")
    // Units.
    static let percent = Code("%", "UCUM", "Percent")
    static let pixels = Code("{pixels}", "UCUM", "Pixels")
    static let millimeter = Code("mm", "UCUM", "mm")
    // Image level purposes.
    static let sourceImageForProcessing = Code("121322", "DCM", "Source image for image processing operation")
    static let processingEquipment = Code("109102", "DCM", "Processing Equipment")
    static let pixelByPixelMean = Code("113049", "DCM", "Pixel by pixel mean")

    /// What findings are about.
    public static let morphologicallyAbnormalStructure = Code("49755003", "SCT", "Morphologically Abnormal Structure")
    public static let lung = Code("39607008", "SCT", "Lung")
    public static let chest = Code("816094009", "SCT", "Chest")
    public static let right = Code("24028007", "SCT", "Right")
    public static let left = Code("7771000", "SCT", "Left")
    /// The findings whose codes have been checked against SNOMED CT; a model may bring others.
    public static let pneumonia = Code("233604007", "SCT", "Pneumonia")
    public static let pneumothorax = Code("36118008", "SCT", "Pneumothorax")
    public static let pleuralEffusion = Code("60046008", "SCT", "Pleural effusion")
    public static let pulmonaryEdema = Code("19242006", "SCT", "Pulmonary edema")

    /// All of the above; the validator takes nothing else, except the findings that the model card names.
    static let known: Set<Code> = [
        imagingMeasurementReport, imagingMeasurements, qualitativeEvaluations, measurementGroup, comment,
        procedureReported, plainChestXRay, summaryOfAnalyses, notAttempted, ofInterest, keyObjectDescription, language,
        englishUnitedStates,
        observerType, device, deviceObserverUID, deviceObserverName, deviceObserverManufacturer,
        deviceObserverModelName, deviceObserverSerialNumber, imageLibrary, imageLibraryGroup, modality,
        computedRadiography, digitalRadiography, pixelDataRows, pixelDataColumns, imageView,
        anteroPosterior,
        posteroAnterior, patientOrientationRow, patientOrientationColumn, horizontalPixelSpacing,
        verticalPixelSpacing, source, trackingIdentifier, trackingUniqueIdentifier, findingCategory, finding,
        findingSite, laterality, certaintyOfFinding, presenceOfProperty, present, absent, presenceUndetermined,
        sourceOfMeasurement, imageRegion, algorithmName, algorithmVersion, algorithmParameters,
        algorithmManufacturer, algorithmFamily, artificialIntelligence, percent, pixels, millimeter,
        sourceImageForProcessing, processingEquipment, pixelByPixelMean, morphologicallyAbnormalStructure, lung,
        chest, right, left, pneumonia, pneumothorax, pleuralEffusion, pulmonaryEdema,
    ]
}
