import DICOMCore
import StandardTables

/// Says whether encoded output is free of what the original held: the second opinion beside `Deidentifier`.
///
/// It reads the output's bytes with its own walker, walks the original in its own way, and asks Table E.1-1 again.
/// Two questions: is every element of the output one that may be there (`structure`), and does any value of four bytes
/// or more of a removed or replaced attribute occur anywhere in the bytes, under any letter case, in UTF-8, Latin-1 or
/// UTF-16 (`search`)? An empty answer means clean. Findings name places and rules, never values.
///
/// A match is excused only where the bytes around it cannot carry an identity: see `ExcusedZones`.
public struct DeidentificationVerifier: Sendable {
    public let profile: DeidentificationProfile
    private let dateShift: DateShift?

    /// `dateShift` is needed by profiles that shift dates; without it every shifted date is a finding.
    public init(profile: DeidentificationProfile = .basic, dateShift: DateShift? = nil) {
        self.profile = profile
        self.dateShift = dateShift
    }

    /// All findings, in the order of the output. `output` is the encoded data set, without or with pixel data;
    /// `isOurs` tells UIDs that our mapping made. What stands behind the pixels is verified alone, with `subject`, the
    /// original header before the pixels: its values must not be there either.
    public func verify(
        original: DataSet, output: [UInt8], transferSyntax: TransferSyntax, subject: DataSet? = nil,
        isOurs: (UID) -> Bool
    ) -> [Finding] {
        let days = dateShift.map { $0.days(for: subject ?? original) } ?? 0
        let originals = [original] + (subject.map { [$0] } ?? [])
        return verify(
            RemovedValues(originals, profile, days: profile.shiftsDates ? days : 0), hasOriginal: true, output,
            transferSyntax, isOurs)
    }

    /// What can be said without the original: whether every attribute is one that may be there and holds nothing but
    /// what the profile writes; not whether an identity hides in an attribute that the profile keeps.
    public func verify(
        output: [UInt8], transferSyntax: TransferSyntax, isOurs: (UID) -> Bool
    ) -> [Finding] {
        verify(RemovedValues([], profile, days: 0), hasOriginal: false, output, transferSyntax, isOurs)
    }

    private func verify(
        _ removed: RemovedValues, hasOriginal: Bool, _ output: [UInt8], _ transferSyntax: TransferSyntax,
        _ isOurs: (UID) -> Bool
    ) -> [Finding] {
        let root = TagPath([], Tag(0x0000, 0x0000))
        let elements: [OutputElement]
        do throws(OutputWalker.Malformed) {
            elements = try OutputWalker.elements(of: output, transferSyntax)
        } catch {
            return [Finding(root, .malformed)]
        }
        guard removed.isComplete else { return [Finding(root, .tooManyValues)] }
        let ours = Self.uids(elements, output).filter { UID($0).map(isOurs) ?? false }
        let structure = OutputStructureCheck(
            elements, profile: profile, output: output, removed: removed, ours: ours, hasOriginal: hasOriginal)
        var findings = structure.findings(elements)
        findings += search(elements, structure)
        var seen: Set<Finding> = []
        return findings.filter { seen.insert($0).inserted }
    }

    /// Every UID in the output, as it is written.
    private static func uids(_ elements: [OutputElement], _ output: [UInt8]) -> Set<String> {
        var uids: Set<String> = []
        for element in elements where element.vr == .UI || StandardTables.vr(of: element.path.tag) == .UI {
            for part in output[element.value].split(separator: 0x5C) where !element.isSequence {
                uids.insert(String(decoding: RemovedValues.trimmed(part), as: UTF8.self))
            }
        }
        return uids
    }

    private func search(
        _ elements: [OutputElement], _ structure: OutputStructureCheck
    ) -> [Finding] {
        let bytes = searchable(elements, structure.output)
        guard let matches = PatternIndex(structure.removed.patterns).matches(in: bytes) else {
            return [Finding(TagPath([], Tag(0x0000, 0x0000)), .tooManyValues)]
        }
        if matches.isEmpty { return [] }
        let zones = ExcusedZones(elements, structure)
        return matches.compactMap { match in
            if zones.excuse(match) { return nil }
            return Finding(zones.path(at: match.range.lowerBound), .removedValueFound)
        }
    }

    /// The output without its pixels, which are noise to a search for text; what is burned into them is another
    /// station's question.
    private func searchable(_ elements: [OutputElement], _ output: [UInt8]) -> [UInt8] {
        guard let pixels = elements.last(where: { $0.path.tag == .pixelData && $0.path.steps.isEmpty }) else {
            return output
        }
        var bytes = output
        bytes.replaceSubrange(pixels.value, with: repeatElement(0, count: pixels.value.count))
        return bytes
    }
}
