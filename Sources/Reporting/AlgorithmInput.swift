import DICOMCore

/// The model behind a result. `deviceUID` must change whenever the weights change (IHE AI Results 6.5.3.1): derive it
/// from their hash.
public struct AlgorithmInput: Hashable, Sendable {
    let name: ReportText
    let version: ReportText
    let manufacturer: ReportText
    let deviceUID: UID
    /// Lower-case hexadecimal SHA-256 of the weights.
    let weightsSHA256: ReportText

    /// Throws for text outside ASCII or longer than 64 characters.
    public init(
        name: String, version: String, manufacturer: String, deviceUID: UID, weightsSHA256: String
    ) throws(ReportingError) {
        self.name = try ReportText(name)
        self.version = try ReportText(version)
        self.manufacturer = try ReportText(manufacturer)
        self.deviceUID = deviceUID
        self.weightsSHA256 = try ReportText(weightsSHA256)
    }
}

/// This gateway, which made the result.
public struct DeviceInput: Hashable, Sendable {
    let uid: UID
    let name: ReportText
    let manufacturer: ReportText
    let modelName: ReportText
    let serialNumber: ReportText
    let softwareVersion: ReportText

    /// `name` is what the site calls the node. Throws for text outside ASCII or longer than 64 characters.
    public init(
        uid: UID, name: String, manufacturer: String, modelName: String, serialNumber: String, softwareVersion: String
    ) throws(ReportingError) {
        self.uid = uid
        self.name = try ReportText(name)
        self.manufacturer = try ReportText(manufacturer)
        self.modelName = try ReportText(modelName)
        self.serialNumber = try ReportText(serialNumber)
        self.softwareVersion = try ReportText(softwareVersion)
    }
}
