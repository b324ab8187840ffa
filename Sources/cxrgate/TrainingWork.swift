import Dispatch
import Foundation
import Gateway
import Sealing
import Synchronization
import Training

/// One training or cross-validation at work in its run's folder: progress to the terminal, checkpoints, and the end.
final class TrainingWork {
    private let run: RunFolder
    private let configuration: TrainingConfiguration
    private let stop: StopSignal
    private let isTerminal: Bool
    private var meter: TrainingMeter
    private var history: [TrainingReport.Epoch] = []
    private var lastShown = -1.0
    private let trainer = Trainer { path in
        try PictureReader(executable: Executable.path).picture(try Files.read(path))
    }

    init(run: RunFolder, configuration: TrainingConfiguration, stop: StopSignal, isTerminal: Bool) {
        self.run = run
        self.configuration = configuration
        self.stop = stop
        self.isTerminal = isTerminal
        meter = TrainingMeter(epochs: configuration.epochs)
    }

    /// Whether a person ended it.
    var wasStopped: Bool { stop.isSet }

    func train() throws(TrainingError) -> TrainingReport {
        var control = control()
        let run = run
        control.keep = { checkpoint throws(TrainingError) in try run.write(RunStore.checkpointName, checkpoint) }
        guard case .finished(let report) = try trainer.run(configuration, resuming: run.checkpoint, control: control)
        else { throw .stopped(run: run.record.id) }
        try run.finish(report, ended: Date().formatted(.iso8601))
        return report
    }

    func crossValidate(_ count: Int) throws(TrainingError) {
        guard (2...20).contains(count) else {
            throw .badConfiguration(problems: ["folds: \(count) is not within 2…20"])
        }
        let (run, done) = (run, Set(run.folds(of: count).filter { $0.of == count }.map(\.number)))
        let isWhole = try CrossValidation(trainer).run(
            configuration, folds: count, skipping: done, control: control()
        ) { fold, scores throws(TrainingError) in
            try run.keep(fold, scores)
            self.say(
                "fold \(fold.number): "
                    + fold.test.named.map {
                        "\($0.name) \(Table.cell(.number(($0.value * 10_000).rounded() / 10_000)))"
                    }
                    .joined(separator: ", "))
            self.meter = TrainingMeter(epochs: self.configuration.epochs)
        }
        guard isWhole else { throw .stopped(run: run.record.id) }
        try run.finish(run.folds(of: count), ended: Date().formatted(.iso8601))
    }

    private func control() -> TrainingControl {
        TrainingControl(progress: { self.show($0) }, shouldStop: { self.stop.isSet })
    }

    private func show(_ progress: TrainingProgress) {
        switch progress {
        case .loaded(let data):
            var record = run.record
            record.dataSHA256 = Hexadecimal.text(data.sha256)
            record.trainingImages = data.trainingImages
            record.validationImages = data.validationImages
            record.parameters = data.parameters
            do throws(TrainingError) {
                try run.keep(record)
            } catch {
                // The next checkpoint meets the same disk, and ends the training with the reason.
                say("\(error)")
            }
            say(
                "\(data.trainingImages) pictures to train, \(data.validationImages) held out, "
                    + "\(data.parameters) weights")
        case .step(let epoch, let pictures, let of, let loss):
            let now = Double(DispatchTime.now().uptimeNanoseconds) / 1e9
            let line = meter.line(epoch: epoch, pictures: pictures, of: of, loss: loss, seconds: now)
            // Four times a second is enough for a person.
            guard isTerminal, now - lastShown > 0.25 else { return }
            lastShown = now
            FileHandle.standardError.write(Foundation.Data("\r\u{1B}[K\(line)".utf8))
        case .epoch(let epoch):
            say("\(epoch)")
        }
    }

    private func say(_ line: String) {
        FileHandle.standardError.write(Foundation.Data("\(isTerminal ? "\r\u{1B}[K" : "")\(line)\n".utf8))
    }
}

/// Ctrl-C and SIGTERM, asked between steps. The second one ends the program at once.
final class StopSignal {
    private final class Flag: Sendable { let isRaised = Atomic<Bool>(false) }

    private let flag = Flag()
    private let sources: [any DispatchSourceSignal]

    init() {
        sources = [SIGINT, SIGTERM].map { [flag] number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                // 128 and the signal's number, as shells have it.
                if flag.isRaised.exchange(true, ordering: .relaxed) { _exit(128 + number) }
            }
            source.resume()
            return source
        }
    }

    var isSet: Bool { flag.isRaised.load(ordering: .relaxed) }
}
