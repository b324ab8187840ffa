import DICOMCore
import ModelCard
import Passage
import Radiography

/// Whether the model may look at an image.
///
/// Strict where the header is clear, lenient where it is silent: what is unknown is remarked, not refused.
public struct EligibilityRule: Sendable {
    /// What happens to patients outside the model's population.
    public enum PopulationPolicy: String, Sendable, Codable, CaseIterable {
        /// Performed, and the report says so in its first lines.
        case mark
        case refuse
    }

    let population: ModelCard.Population
    let policy: PopulationPolicy
    let image: ImagePolicy

    public init(
        population: ModelCard.Population, policy: PopulationPolicy, image: ImagePolicy = .refuse
    ) {
        self.image = image
        self.population = population
        self.policy = policy
    }

    public func judge(_ facts: AnalysisFacts, geometry: PixelGeometry) -> Eligibility {
        guard let modality = facts.modality, ["CR", "DX"].contains(modality) else {
            return Eligibility(refusal: .modality)
        }
        let part = facts.bodyPartExamined
        guard part.map(Self.chestParts.contains) ?? true else { return Eligibility(refusal: .bodyPart) }
        guard !facts.viewPosition.isLateral else { return Eligibility(refusal: .view) }
        guard geometry.frames == 1 else { return Eligibility(refusal: .frames) }
        guard geometry.samplesPerPixel == 1, geometry.photometricInterpretation.hasPrefix("MONOCHROME") else {
            return Eligibility(refusal: .pixels)
        }
        let contradictions = [judge(orientation: facts), judge(size: geometry)].compactMap { $0 }
        if let refused = contradictions.first(where: { $0.refusal != nil }) { return refused }
        var remarks = contradictions.flatMap(\.remarks)
        if let years = facts.ageBand.years {
            let wanted = population.minimumAgeYears...max(population.maximumAgeYears, population.minimumAgeYears)
            if !years.overlaps(wanted) {
                if policy == .refuse { return Eligibility(refusal: .population) }
                remarks.append(.ageOutsidePopulation)
            }
        } else {
            remarks.append(.ageUnknown)
        }
        if facts.viewPosition == .unknown {
            remarks.append(.viewUnknown)
        } else if !population.views.contains(facts.viewPosition.rawValue) {
            remarks.append(.viewOutsidePopulation)
        }
        if part == nil { remarks.append(.bodyPartUnknown) }
        return Eligibility(remarks: remarks)
    }

    /// A picture without any structure has nothing to say (dark field, collimator shut, detector test).
    public func judge(_ picture: Picture) -> Eligibility? {
        var least = Float.infinity
        var most = -Float.infinity
        for value in picture.values {
            least = min(least, value)
            most = max(most, value)
        }
        if most - least < 0.01 { return Eligibility(refusal: .blank) }
        return isPattern(picture.facts) ? Eligibility(refusal: .pattern) : nil
    }

    /// Body Part Examined of what shows the chest (PS3.16 Annex L).
    private static let chestParts: Set<String> = [
        "CHEST", "THORAX", "LUNG", "CHESTABDOMEN", "CHESTABDPELVIS", "MEDIASTINUM", "RIB",
    ]
}
