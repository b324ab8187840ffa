import DICOMCore

/// TID 1204 "Language of Content Item and Descendants". We write English, and say so.
struct LanguageOfContent {
    var items: [ContentItem] {
        [.code(.hasConceptModifier, ReportCodes.language, ReportCodes.englishUnitedStates)]
    }
}

/// TID 1002 "Observer Context" with TID 1004 "Device Observer Identifying Attributes": a device looked, no person.
struct DeviceObserverContext {
    let device: DeviceInput

    var items: [ContentItem] {
        [
            .code(.hasObservationContext, ReportCodes.observerType, ReportCodes.device),
            .uidReference(.init(.hasObservationContext, ReportCodes.deviceObserverUID), device.uid),
            .text(.hasObservationContext, ReportCodes.deviceObserverName, device.name),
            .text(.hasObservationContext, ReportCodes.deviceObserverManufacturer, device.manufacturer),
            .text(.hasObservationContext, ReportCodes.deviceObserverModelName, device.modelName),
            .text(.hasObservationContext, ReportCodes.deviceObserverSerialNumber, device.serialNumber),
        ]
    }
}

/// TID 4019 "Algorithm Identification", with the thresholds, in full, that make the decision reproducible.
struct AlgorithmIdentification {
    let algorithm: AlgorithmInput
    let finding: FindingInput

    var items: [ContentItem] {
        let parameters = [
            "threshold=\(finding.threshold)",
            "lowerThreshold=\(finding.lowerThreshold)",
            "weightsSHA256=" + algorithm.weightsSHA256.value,
        ]
        return [
            .text(.hasConceptModifier, ReportCodes.algorithmName, algorithm.name),
            .text(.hasConceptModifier, ReportCodes.algorithmVersion, algorithm.version),
            .text(.hasConceptModifier, ReportCodes.algorithmManufacturer, algorithm.manufacturer),
        ]
            + parameters.map {
                .text(.init(.hasConceptModifier, ReportCodes.algorithmParameters), $0)
            } + [.code(.hasConceptModifier, ReportCodes.algorithmFamily, ReportCodes.artificialIntelligence)]
    }
}
