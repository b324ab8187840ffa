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

    public init(profile: DeidentificationProfile = .basic) { self.profile = profile }

    /// All findings, in the order of the output. `output` is the encoded data set, without or with pixel data;
    /// `isOurs` tells UIDs that our mapping made.
    public func verify(
        original: DataSet, output: [UInt8], transferSyntax: TransferSyntax, isOurs: (UID) -> Bool
    ) -> [Finding] {
        let root = TagPath([], Tag(0x0000, 0x0000))
        let elements: [OutputElement]
        do throws(OutputWalker.Malformed) {
            elements = try OutputWalker.elements(of: output, transferSyntax)
        } catch {
            return [Finding(root, .malformed)]
        }
        let removed = RemovedValues(original, profile)
        guard removed.isComplete else { return [Finding(root, .tooManyValues)] }
        let ours = Self.uids(elements, output).filter { UID($0).map(isOurs) ?? false }
        let structure = OutputStructureCheck(profile: profile, output: output, removed: removed, ours: ours)
        var findings = structure.findings(elements)
        findings += search(elements, output, removed, ours)
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
        _ elements: [OutputElement], _ output: [UInt8], _ removed: RemovedValues, _ ours: Set<String>
    ) -> [Finding] {
        guard let matches = PatternIndex(removed.patterns).matches(in: searchable(elements, output)) else {
            return [Finding(TagPath([], Tag(0x0000, 0x0000)), .tooManyValues)]
        }
        if matches.isEmpty { return [] }
        let zones = ExcusedZones(elements, output, ours)
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
