import DICOMCore

/// The modules that reports and heat maps share.
enum ResultModules {
    /// SOP Common and series (PS3.3 C.12.1, C.7.3.1, C.17.1).
    static func identify(_ object: inout DataSet, _ identity: ResultIdentity, sopClass: UID, modality: String) {
        object.set(.sopClassUID, sopClass)
        object.set(.sopInstanceUID, identity.sopInstanceUID)
        object.set(.seriesInstanceUID, identity.seriesInstanceUID)
        object.set(.seriesNumber, .IS, "\(identity.seriesNumber)")
        object.set(.instanceNumber, .IS, "\(identity.instanceNumber)")
        object.set(.modality, .CS, modality)
        for tag in [Tag.instanceCreationDate, .seriesDate, .contentDate] { object.set(tag, .DA, identity.time.date) }
        for tag in [Tag.instanceCreationTime, .seriesTime, .contentTime] { object.set(tag, .TM, identity.time.time) }
    }

    /// General and Enhanced General Equipment (PS3.3 C.7.5.1, C.7.5.2).
    static func equip(_ object: inout DataSet, device: DeviceInput) {
        object.set(.manufacturer, .LO, device.manufacturer.value)
        object.set(.manufacturerModelName, .LO, device.modelName.value)
        object.set(.deviceSerialNumber, .LO, device.serialNumber.value)
        object.set(.softwareVersions, .LO, device.softwareVersion.value)
    }

    /// The algorithm as contributing equipment (PS3.3 C.12.1.1.5; IHE AI Results 6.5.3.1).
    static func contribution(of algorithm: AlgorithmInput, at time: ReportTime) -> DataSet {
        var item = DataSet()
        item.set(.purposeOfReferenceCodeSequence, code: ReportCodes.processingEquipment)
        item.set(.manufacturer, .LO, algorithm.manufacturer.value)
        item.set(.manufacturerModelName, .LO, algorithm.name.value)
        item.set(.softwareVersions, .LO, algorithm.version.value)
        item.set(.deviceUID, algorithm.deviceUID)
        item.set(.contributionDateTime, .DT, time.date + time.time)
        item.set(.contributionDescription, .ST, "AI analysis, weights SHA-256 " + algorithm.weightsSHA256.value)
        return item
    }

    /// Every object that a document speaks of, once, by series in the order of first mention (PS3.3 Table C.17-3).
    static func hierarchy(_ source: SourceAttributes, _ objects: [ReferencedObject]) -> DataSet {
        var order: [UID] = []
        var bySeries: [UID: [DataSet]] = [:]
        var seen: Set<UID> = []
        for object in objects where seen.insert(object.sopInstanceUID).inserted {
            if bySeries[object.seriesInstanceUID] == nil { order.append(object.seriesInstanceUID) }
            bySeries[object.seriesInstanceUID, default: []].append(object.reference)
        }
        let series = order.map { uid -> DataSet in
            var item = DataSet()
            item.set(.seriesInstanceUID, uid)
            item.set(.referencedSOPSequence, items: bySeries[uid] ?? [])
            return item
        }
        var item = DataSet()
        item.set(.studyInstanceUID, source.studyInstanceUID)
        item.set(.referencedSeriesSequence, items: series)
        return item
    }
}
