import Testing

@testable import Training

@Suite struct TrainingFileTests {
    private func problems(_ text: String, _ overrides: [(key: String, value: String)] = []) -> [String] {
        do throws(TrainingError) {
            _ = try TrainingFile.read(text, overrides: overrides)
            return []
        } catch .badConfiguration(let problems) {
            return problems
        } catch {
            return ["\(error)"]
        }
    }

    @Test func anEmptyFileGivesTheDefaultsAndWhatIsWrittenIsReadBack() throws {
        let defaults = try TrainingFile.read("{}")
        #expect(defaults == TrainingConfiguration(dataDirectory: ""))
        var changed = defaults
        changed.dataDirectory = "a folder/with: \"signs\" \\ and # more"
        changed.family = .dense
        changed.widths = [8, 16]
        (changed.blocks, changed.strides) = ([1, 2], [1, 2])
        changed.classes = ["none", "some"]
        changed.card.findings = ["1 99X none at all", "2 99X some"]
        changed.augmentation.horizontalFlip = true
        changed.learningRate = 1.5e-5
        #expect(try TrainingFile.read(TrainingFile.text(changed)) == changed)
    }

    @Test func everyProblemIsSaidAtOnce() {
        let problems = problems(
            """
            network:
              size: 8
              famly: dense
              widths: 3
            augmentation:
              contrast: 1.5
              rotation: .nan
            training: {epochs: many}
            schedule: {kind: [cosine]}
            """)
        #expect(
            problems == [
                "network.size: 8 is not a whole number within 16…512",
                "network.famly: there is no such key; cxrgate train --settings lists them",
                "network.widths: 3 is not a list of 1 to 6 values of 1…1024",
                "augmentation.contrast: contrast_range must be between 0.0 and 1.0, got 1.5. "
                    + "Valid range creates contrast adjustment of [1-contrast_range, 1+contrast_range].",
                "augmentation.rotation: .nan is not within 0.0…45.0",
                "training.epochs: many is not a whole number within 1…1000",
                "schedule.kind: [cosine] is not one of cosine, plateau, constant",
            ])
    }

    @Test func settingsThatContradictEachOtherAreRefused() {
        #expect(problems("network: {widths: [8, 8]}").contains { $0.hasPrefix("network.widths, network.strides") })
        #expect(problems("thresholds: {lower_sensitivity: 0.6}").count == 1)
        #expect(problems("data: {classes: [one]}").contains { $0.hasPrefix("data.classes") })
        #expect(problems("data: {classes: [a, b, c]}").contains { $0.hasPrefix("card.findings: 3 wanted") })
        #expect(problems("loss: {class_weights: [1]}").count == 1)
    }

    @Test func theCommandLineOverridesTheFile() throws {
        let configuration = try TrainingFile.read(
            "training: {epochs: 3, seed: 9}",
            overrides: [("training.epochs", "4"), ("network.strides", "[1, 1, 1, 1]")])
        #expect(configuration.epochs == 4 && configuration.seed == 9 && configuration.strides == [1, 1, 1, 1])
        #expect(problems("{}", [("training.epochs", "0")]).count == 1)
    }

    @Test(arguments: ["0", "0.0", "0.1", "0.5", "1", "1.0"])
    func contrastWithinItsRangeIsTaken(value: String) {
        #expect(problems("augmentation: {contrast: \(value)}").isEmpty)
    }

    @Test(arguments: ["-0.1", "1.5", "10.0", "nan", "inf", "x"])
    func contrastOutsideItsRangeIsRefusedWithTheRange(value: String) {
        #expect(
            problems("augmentation: {contrast: \(value)}").first?.contains("between 0.0 and 1.0, got \(value)") == true)
    }

    @Test func everySettingTakesItsOwnDefaultAndRefusesNonsense() {
        for setting in TrainingSetting.all {
            var configuration = TrainingConfiguration(dataDirectory: "")
            #expect(setting.read(setting.defaultValue, &configuration) == nil, "\(setting.key)")
            #expect(setting.read(.list(["\u{0}", "\u{0}"]), &configuration) != nil, "\(setting.key)")
        }
        #expect(Set(TrainingSetting.all.map(\.key)).count == TrainingSetting.all.count)
    }

    @Test func aFileThatIsNoYAMLIsRefused() {
        #expect(problems("a: [") == ["the file is not readable as YAML"])
        #expect(problems("- a\n- b") == ["the file has no keys"])
        #expect(problems("training: {epochs: {deep: 1}}").count == 1)
    }
}
