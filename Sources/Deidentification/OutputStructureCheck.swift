import DICOMCore
import StandardTables

/// Holds every element of the output against what the profile allows to be there.
///
/// A list of what is allowed, not of what is forbidden: a removed attribute is absent; an emptied or replaced one is
/// empty, a known constant, or a UID of ours; every UID is registered or ours; nothing private, nothing unknown.
struct OutputStructureCheck {
    let profile: DeidentificationProfile
    let output: [UInt8]
    let removed: RemovedValues
    /// The UIDs of the output that our mapping made.
    let ours: Set<String>

    func findings(_ elements: [OutputElement]) -> [Finding] {
        elements.compactMap { element in rule(element, elements).map { Finding(element.path, $0) } } + marks(elements)
    }

    private func rule(_ element: OutputElement, _ elements: [OutputElement]) -> Finding.Rule? {
        let tag = element.path.tag
        if tag.isPrivate { return .privateElement }
        let isForeign = tag.group < 0x0008 || tag.element == 0 || [0x50, 0x60].contains(tag.group >> 8)
        guard !isForeign, let known = StandardTables.vr(of: tag), tag != Tag(0x0400, 0x0500) else { return .notRemoved }
        if isInsideReplaced(element) { return isStandIn(element) ? nil : broken(element) }
        switch profile.action(for: tag) {
        case .X, .C: return .notRemoved
        case .Z, .D, .U, .zeroOrDummy, .removeOrZero, .removeOrDummy, .removeZeroOrDummy:
            return element.isSequence || isStandIn(element) ? nil : broken(element)
        case .removeZeroOrUID: return element.isSequence ? nil : .notReplaced
        case .K: return nil
        case nil: break
        }
        if known == .UI || element.vr == .UI, !profile.options.contains(.retainUIDs) {
            return uids(element).allSatisfy { isRegisteredOrOurs($0) } ? nil : .foreignUID
        }
        if [.DA, .DT, .TM].contains(known), !profile.options.contains(.retainLongitudinalFullDates) {
            return isStandIn(element) ? nil : broken(element)
        }
        return nil
    }

    /// Whether a sequence around the element was replaced as a whole.
    private func isInsideReplaced(_ element: OutputElement) -> Bool {
        element.path.steps.contains { step in
            switch profile.action(for: step.sequence) {
            case nil, .K, .removeZeroOrUID: false
            default: true
            }
        }
    }

    private func isStandIn(_ element: OutputElement) -> Bool {
        if element.isSequence { return true }
        let value = RemovedValues.trimmed(output[element.value])
        if StandInValues.isStandIn(value) { return true }
        let isUID = element.vr == .UI || StandardTables.vr(of: element.path.tag) == .UI
        // Of an attribute with action U even a registered UID must go: it is not a class, but somebody's object.
        let mayBeRegistered = profile.action(for: element.path.tag) != .U
        return isUID && uids(element).allSatisfy { mayBeRegistered ? isRegisteredOrOurs($0) : ours.contains($0) }
    }

    private func broken(_ element: OutputElement) -> Finding.Rule {
        let value = RemovedValues.trimmed(output[element.value])
        if removed.byTag[element.path.tag]?.contains(value) == true { return .originalValueKept }
        return StandardTables.vr(of: element.path.tag) == .UI ? .foreignUID : .notReplaced
    }

    private func uids(_ element: OutputElement) -> [String] {
        output[element.value].split(separator: 0x5C).map { String(decoding: RemovedValues.trimmed($0), as: UTF8.self) }
            .filter { !$0.isEmpty }
    }

    private func isRegisteredOrOurs(_ text: String) -> Bool { StandardTables.isRegistered(text) || ours.contains(text) }

    // MARK: Marks

    private func marks(_ elements: [OutputElement]) -> [Finding] {
        let expected: [(Tag, String)] = [
            (.patientIdentityRemoved, "YES"),
            (.deidentificationMethod, DeidentificationProfile.methodText),
            (.longitudinalTemporalInformationModified, profile.temporalInformation),
        ]
        var missing = expected.filter { tag, text in
            !elements.contains {
                $0.path == TagPath([], tag) && RemovedValues.trimmed(output[$0.value]) == Array(text.utf8)
            }
        }.map { Finding(TagPath([], $0.0), .markMissing) }
        let methods = elements.first { $0.path == TagPath([], .deidentificationMethodCodeSequence) }
        if methods?.itemCount != profile.methodCodes.count {
            missing.append(Finding(TagPath([], .deidentificationMethodCodeSequence), .markMissing))
        }
        return missing
    }
}
