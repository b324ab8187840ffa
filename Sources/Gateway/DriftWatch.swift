import Drift
import Durability
import Foundation
import Journal
import Watching

/// Watches each source of a model in the role that analyses: freezes references, raises and ends alarms, pauses the model
/// where the site has said so. Looks after an image is finished, never in its way.
struct DriftWatch: Sendable {
    let house: RoleHouse
    let model: String
    let settings: DriftSettings

    private var monitor: DriftMonitor { DriftMonitor(policy: settings.policy) }

    /// Devices that an alarm names at most.
    private static let namedDevices = 8

    /// Looks if a look is due after another image of a source.
    func look(at title: String) throws {
        let source = DriftBook.Source(model: model, source: title)
        let images = try house.store.read { try DriftBook.images(of: source, in: $0) }
        guard images > 0, images % monitor.stride == 0 else { return }
        let (own, others) = try house.store.read { transaction in
            let all = try DriftBook.references(of: model, in: transaction)
            return (all[title], all.filter { $0.key != title }.map(\.value.profile))
        }
        let kept = try house.store.read { transaction in
            try DriftBook.samples(
                of: source, after: own?.through ?? 0, limit: max(monitor.memory, settings.referenceImages),
                in: transaction)
        }
        if let own {
            let findings = monitor.look(kept.map(\.sample), seen: images, reference: own.profile)
            // An alarm ends only when the longest window, too, has nothing to say.
            let isWhole = images % settings.policy.window == 0
            try report(findings, endsOthers: isWhole, source, kept, own.profile)
        } else if let first = others.first {
            let rest = others.dropFirst().reduce(first) { $0 + $1 }
            try report(monitor.lookAtStranger(kept.map(\.sample), others: rest), endsOthers: true, source, kept, rest)
        }
        try house.store.write { try DriftBook.prune(source, memory: monitor.memory, in: $0) }
        if own == nil, kept.count >= settings.referenceImages {
            try freeze(source, kept.suffix(settings.referenceImages))
        }
    }

    /// Freezes the reference of a source from its first images, unless there is something wrong with them.
    private func freeze(_ source: DriftBook.Source, _ kept: ArraySlice<DriftBook.Kept>) throws {
        guard let last = kept.last else { return }
        let (house, profile) = (house, ReferenceProfile(kept.map(\.sample)))
        let now = house.clock.milliseconds()
        try house.committer.commit { transaction in
            guard try DriftBook.openAlarms(of: source, in: transaction).isEmpty else { return }
            let sha256 = try DriftBook.freeze(
                profile, of: source, origin: "live", through: last.sequence, now: now, in: transaction)
            try transaction.owe(
                house.event(
                    .configurationChange,
                    details: [
                        "change": "drift reference", "model": source.model, "source": source.source,
                        "images": "\(profile.images)", "sha256": sha256,
                    ]))
        }
    }

    private func report(
        _ findings: [DriftFinding], endsOthers: Bool, _ source: DriftBook.Source, _ kept: [DriftBook.Kept],
        _ reference: ReferenceProfile
    ) throws {
        let open = try house.store.read { try DriftBook.openAlarms(of: source, in: $0) }
        let fresh = findings.filter { finding in open[finding.feature].map { $0 < finding.level } ?? true }
        let ended = endsOthers ? open.keys.filter { feature in !findings.contains { $0.feature == feature } } : []
        if fresh.isEmpty, ended.isEmpty { return }
        let (house, settings) = (house, settings)
        let now = house.clock.milliseconds()
        try house.committer.commit { transaction in
            for finding in fresh {
                let hour = kept.suffix(finding.onset).first?.hour ?? now / 3_600_000
                let window = kept.suffix(finding.window).map { (device: $0.device, sample: $0.sample) }
                let devices = DeviceBlame.devices(of: window, feature: finding.feature, reference: reference)
                try DriftBook.raise(
                    finding, devices: Array(devices.prefix(Self.namedDevices)), since: hour, of: source, now: now,
                    in: transaction)
                try transaction.owe(
                    house.event(
                        .configurationChange, outcome: finding.level == .critical ? "DRI-002" : "DRI-001",
                        details: [
                            "change": "drift found", "model": source.model, "source": source.source,
                            "feature": finding.feature.rawValue, "level": finding.level.rawValue,
                        ]))
            }
            for feature in ended { try DriftBook.end(feature, of: source, now: now, in: transaction) }
            guard settings.stop == .critical, fresh.contains(where: { $0.level == .critical }),
                try !DriftBook.isPaused(source.model, in: transaction)
            else { return }
            try transaction.execute(
                "INSERT INTO model_pause VALUES (?, ?, ?)", .text(source.model),
                .text("DRI-002: critical drift of \(source.source)"), .integer(now))
            try transaction.owe(
                house.event(
                    .configurationChange, outcome: "DRI-002",
                    details: ["change": "model paused", "model": source.model, "source": source.source]))
        }
        for finding in fresh {
            house.log(
                .driftFound, LogFact("source", PeerName(source.source)), LogFact("feature", finding.feature),
                LogFact("level", finding.level))
        }
    }
}

extension Feature: Loggable { public var logText: String { rawValue } }
extension DriftLevel: Loggable { public var logText: String { rawValue } }
