import DICOMCore
import Drift
import Foundation
import Inference
import ModelCard
import Passage
import Radiography
import Tensors
import Watching

// What is measured of each analysed image for `model drift`.

extension AnalysisRole {
    /// The features of an image that was analysed; `nil` where the site does not watch.
    func features(
        of opened: ImageOpener.OpenedImage, findings: Findings, run: Run, place: TrustProfile.Place?
    ) -> FeatureSample? {
        guard house.configuration.drift.isWatched else { return nil }
        var sample = FeatureSample()
        sample.measure(opened.picture)
        if let signal = opened.signal { sample.measure(signal) }
        sample.set(.kilovolts, opened.header.decimal(Tag(0x0018, 0x0060)))
        sample.set(.exposureIndex, opened.header.decimal(Tag(0x0018, 0x1411)))
        let strongest = findings.findings.indices.max {
            findings.findings[$0].probability < findings.findings[$1].probability
        }
        if let strongest, run.logits.indices.contains(strongest) {
            sample.set(.score, Double(run.logits[strongest]))
            sample.set(.positive, findings.findings[strongest].presence == .present ? 1 : 0)
        }
        if let place {
            sample.set(.distance, Double(place.distance))
            for (feature, value) in zip(Self.embedding, place.embedding) { sample.set(feature, Double(value)) }
        }
        sample.set(.view, kind: opened.facts.viewPosition.rawValue)
        sample.set(.age, kind: opened.facts.ageBand.rawValue)
        sample.set(.photometric, kind: opened.geometry.photometricInterpretation)
        return sample
    }

    private static let embedding: [Feature] = [.embedding1, .embedding2, .embedding3, .embedding4]

    /// Looks whether the images of a source are still as they were. Its failure is logged and harms no image.
    func watch(_ source: String, model: ModelCard) {
        guard house.configuration.drift.isWatched else { return }
        do {
            try DriftWatch(house: house, model: model.title, settings: house.configuration.drift).look(at: source)
        } catch {
            house.log(.driftNotLooked, .error(error))
        }
    }
}
