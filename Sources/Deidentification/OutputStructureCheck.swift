import DICOMCore
import StandardTables

/// Holds every element of the output against what the profile allows to be there.
///
/// A list of what is allowed, not of what is forbidden: a removed attribute is absent; an emptied or replaced one is
/// empty, a known constant, or a UID of ours; a cleaned one holds ordinary words, or dates of the original that have
/// been moved; every UID is registered or ours; nothing private that is not declared safe, nothing unknown.
struct OutputStructureCheck {
    let profile: DeidentificationProfile
    let output: [UInt8]
    let removed: RemovedValues
    /// The UIDs of the output that our mapping made.
    let ours: Set<String>
    /// Without an original nothing can be said about values that were moved or kept.
    let hasOriginal: Bool
    /// Places of private elements that are declared safe, and of their creators.
    let safePrivate: Set<TagPath>

    init(
        _ elements: [OutputElement], profile: DeidentificationProfile, output: [UInt8], removed: RemovedValues,
        ours: Set<String>, hasOriginal: Bool
    ) {
        self.profile = profile
        self.output = output
        self.removed = removed
        self.ours = ours
        self.hasOriginal = hasOriginal
        safePrivate = profile.keepsPrivate ? Self.safePrivate(elements, output, profile) : []
    }

    private static func safePrivate(
        _ elements: [OutputElement], _ output: [UInt8], _ profile: DeidentificationProfile
    ) -> Set<TagPath> {
        var creators: [TagPath: String] = [:]
        var safe: Set<TagPath> = []
        for element in elements where element.path.tag.isPrivate {
            let path = element.path
            if path.tag.isPrivateCreator {
                let text = String(decoding: RemovedValues.trimmed(output[element.value]), as: UTF8.self)
                creators[path] = text
            } else {
                let creatorPath = TagPath(path.steps, Tag(path.tag.group, path.tag.element >> 8))
                if let creator = creators[creatorPath],
                    profile.isSafe(private: path.tag, creator: creator, vr: element.vr)
                {
                    safe.formUnion([path, creatorPath])
                }
            }
        }
        return safe
    }

    func findings(_ elements: [OutputElement]) -> [Finding] {
        elements.compactMap { element in rule(element).map { Finding(element.path, $0) } } + marks(elements)
    }

    private func rule(_ element: OutputElement) -> Finding.Rule? {
        let tag = element.path.tag
        if tag.isPrivate { return safePrivate.contains(element.path) ? nil : .privateElement }
        if tag.group >> 8 == 0x60, profile.options.contains(.cleanGraphics), element.path.steps.isEmpty {
            return overlayRule(element)
        }
        let isForeign = tag.group < 0x0008 || tag.element == 0 || [0x50, 0x60].contains(tag.group >> 8)
        guard !isForeign, let known = StandardTables.vr(of: tag), tag != Tag(0x0400, 0x0500) else { return .notRemoved }
        let surroundings = surroundings(of: element)
        if surroundings.isReplaced {
            return isStandIn(element) || isTermOfItem(element, known) ? nil : broken(element)
        }
        if surroundings.isCleaned {
            if tag == Tag(0x0040, 0xA160) { return areWords(element) ? nil : broken(element) }
            if isKeptContent(element) { return nil }
        }
        switch VerifiedFate.of(tag, profile) {
        case .gone: return .notRemoved
        case .replaced(let survives):
            if survives { return element.isSequence ? nil : .notReplaced }
            return element.isSequence || isStandIn(element) ? nil : broken(element)
        case .retained, .cleanedItems, .time: return nil
        case .words: return areWords(element) ? nil : broken(element)
        case .term: return isTerm(element) ? nil : broken(element)
        case .title: return isStandIn(element) || isOriginal(element) ? nil : broken(element)
        case .moved: return areMoved(element) ? nil : broken(element)
        case .unlisted: break
        }
        if known == .UI || element.vr == .UI, !profile.options.contains(.retainUIDs) {
            return uids(element).allSatisfy { isRegisteredOrOurs($0) } ? nil : .foreignUID
        }
        return nil
    }

    /// Whether a sequence around the element was replaced as a whole, or cleaned.
    private func surroundings(of element: OutputElement) -> (isReplaced: Bool, isCleaned: Bool) {
        var isCleaned = false
        for step in element.path.steps where !step.sequence.isPrivate {
            switch VerifiedFate.of(step.sequence, profile) {
            case .cleanedItems: isCleaned = true
            case .retained, .unlisted, .replaced(survives: true): continue
            default: return (true, isCleaned)
            }
        }
        return (false, isCleaned)
    }

    /// What may stay of an overlay; writing in the plane itself cannot be seen here.
    private func overlayRule(_ element: OutputElement) -> Finding.Rule? {
        switch element.path.tag.element {
        case 0x0010, 0x0011, 0x0015, 0x0040, 0x0050, 0x0051, 0x0100, 0x0102, 0x3000: nil
        case 0x0022, 0x0045, 0x1500, 0x4000: areWords(element) ? nil : .notReplaced
        default: .notRemoved
        }
    }

    // MARK: Values

    private func value(_ element: OutputElement) -> [UInt8] { RemovedValues.trimmed(output[element.value]) }

    private func isStandIn(_ element: OutputElement) -> Bool {
        if element.isSequence { return true }
        if StandInValues.isStandIn(value(element)) { return true }
        let isUID = element.vr == .UI || StandardTables.vr(of: element.path.tag) == .UI
        // Of an attribute with action U even a registered UID must go: it is not a class, but somebody's object.
        let mayBeRegistered = profile.action(for: element.path.tag) != .U
        return isUID && uids(element).allSatisfy { mayBeRegistered ? isRegisteredOrOurs($0) : ours.contains($0) }
    }

    private func isOriginal(_ element: OutputElement) -> Bool {
        !hasOriginal || removed.byTag[element.path.tag]?.contains(value(element)) == true
    }

    private func isKeptContent(_ element: OutputElement) -> Bool { removed.keptContent.contains(value(element)) }

    private func areWords(_ element: OutputElement) -> Bool {
        if element.isSequence { return false }
        return isStandIn(element) || isKeptContent(element) || VerifiedText.areOrdinary(output[element.value])
            || StandardTables.vr(of: element.path.tag) == .CS && isTerm(element)
    }

    private func isTerm(_ element: OutputElement) -> Bool {
        guard !element.isSequence else { return false }
        return output[element.value].split(separator: 0x5C).allSatisfy { part in
            let text = RemovedValues.trimmed(part)
            return StandInValues.isStandIn(text)
                || StandardTables.isStandardTerm(String(decoding: text, as: UTF8.self))
        }
    }

    /// A code string in a replaced item: a closed vocabulary.
    private func isTermOfItem(_ element: OutputElement, _ vr: VR) -> Bool {
        guard vr == .CS, case .unlisted = VerifiedFate.of(element.path.tag, profile) else { return false }
        let isValueType = element.path.tag == Tag(0x0040, 0xA040) && value(element) == Array("NUM".utf8)
        return isValueType || isTerm(element)
    }

    private func areMoved(_ element: OutputElement) -> Bool {
        guard !element.isSequence else { return false }
        let moved = removed.moved[element.path.tag] ?? []
        return output[element.value].split(separator: 0x5C).allSatisfy { part in
            let text = RemovedValues.trimmed(part)
            return StandInValues.isStandIn(text) || !hasOriginal || moved.contains(text)
        }
    }

    private func broken(_ element: OutputElement) -> Finding.Rule {
        if removed.byTag[element.path.tag]?.contains(value(element)) == true { return .originalValueKept }
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
            (.deidentificationMethod, profile.methodTexts.joined(separator: "\\")),
            (.longitudinalTemporalInformationModified, profile.temporalInformation),
        ]
        var missing = expected.filter { tag, text in
            !elements.contains { $0.path == TagPath([], tag) && value($0) == Array(text.utf8) }
        }.map { Finding(TagPath([], $0.0), .markMissing) }
        let sequence = Tag(0x0012, 0x0064)
        let codes = elements.filter {
            $0.path.tag == Tag(0x0008, 0x0100) && $0.path.steps.count == 1 && $0.path.steps[0].sequence == sequence
        }.map { String(decoding: value($0), as: UTF8.self) }
        // Clean Pixel Data is claimed by the one who has cleaned the pixels, later.
        if codes.filter({ $0 != "113101" }) != profile.methodCodes.map(\.value) {
            missing.append(Finding(TagPath([], sequence), .markMissing))
        }
        return missing
    }
}
