/// The SOP classes that the gateway names.
///
/// Source: PS3.4 B.5, PS3.6 Annex A.
public enum SOPClass {
    public static let verification: UID = "1.2.840.10008.1.1"
    public static let computedRadiography: UID = "1.2.840.10008.5.1.4.1.1.1"
    public static let digitalXRayForPresentation: UID = "1.2.840.10008.5.1.4.1.1.1.1"
    public static let digitalXRayForProcessing: UID = "1.2.840.10008.5.1.4.1.1.1.1.1"
    public static let secondaryCapture: UID = "1.2.840.10008.5.1.4.1.1.7"
    public static let enhancedSR: UID = "1.2.840.10008.5.1.4.1.1.88.22"
    public static let comprehensiveSR: UID = "1.2.840.10008.5.1.4.1.1.88.33"
    public static let comprehensive3DSR: UID = "1.2.840.10008.5.1.4.1.1.88.34"
    public static let keyObjectSelection: UID = "1.2.840.10008.5.1.4.1.1.88.59"
    public static let storageCommitmentPushModel: UID = "1.2.840.10008.1.20.1"
    /// The well-known instance that every Storage Commitment message is about (PS3.4 J.3).
    public static let storageCommitmentInstance: UID = "1.2.840.10008.1.20.1.1"
    public static let studyRootQueryFind: UID = "1.2.840.10008.5.1.4.1.2.2.1"
}
