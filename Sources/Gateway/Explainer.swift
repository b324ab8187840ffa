import Explanation
import Foundation
import ModelCard
import Passage
import Radiography
import Tensors

/// From what the network said to what filing needs: heat maps, their regions, and the rendered picture.
struct Explainer {
    let card: ModelCard
    let policy: GatewayConfiguration.HeatmapPolicy
    let layout: HeatMapRenderer.Layout

    struct Analysis {
        let record: AnalysisRecord
        /// 8-bit RGB, row by row; empty if the policy wants none.
        let picture: [UInt8]
    }

    /// - Parameter now: milliseconds since 1970-01-01 UTC; the result bears it.
    func explain(
        _ findings: Findings, run: Run, facts: AnalysisFacts, picture: Picture, now: Int64
    ) throws -> Analysis {
        let maps = try findings.findings.indices.map {
            try GradCAM.heatMap(of: run, logit: $0, layer: card.explanationLayer, fullScale: card.explanationFullScale)
        }
        let regions = maps.map { map in
            map.regions(rows: picture.rows, columns: picture.columns).map { $0.vertices.flatMap { [$0.x, $0.y] } }
        }
        let wanted =
            switch policy {
            case .always: true
            case .never: false
            case .positive: findings.isNotable
            }
        var pixels: [UInt8] = []
        let strongest = findings.findings.indices.max {
            findings.findings[$0].probability < findings.findings[$1].probability
        }
        if wanted, let strongest {
            let finding = findings.findings[strongest]
            let legend = HeatMapLegend(
                finding: finding.label, decision: finding.presence.words, probability: finding.probability,
                threshold: finding.threshold, modelName: findings.modelID, modelVersion: findings.modelVersion,
                time: UniversalTime.readable(now))
            pixels =
                try HeatMapRenderer.render(
                    picture: picture, heatMap: maps[strongest], legend: legend, layout: layout
                ).samples
        }
        let record = AnalysisRecord(
            findings: findings, facts: facts, regions: regions, rows: picture.rows, columns: picture.columns,
            layer: card.explanationLayer, analysedAt: now)
        return Analysis(record: record, picture: pixels)
    }
}
