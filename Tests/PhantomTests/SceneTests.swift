import Testing

@testable import Phantom

@Suite("Scenes of phantoms")
struct SceneTests {
    private let size = 160

    private func rendering(_ change: (inout Phantom.Scene) -> Void) -> Phantom.Radiograph {
        var scene = Phantom.Scene()
        change(&scene)
        return Phantom.rendering(seed: 9, rows: size, columns: size, scene: scene)
    }

    @Test(
        "every pattern is brighter than the lung it lies in, on its own side, and the mask says where",
        arguments: Phantom.Opacity.Pattern.allCases, Phantom.Opacity.Zone.allCases)
    func patterns(pattern: Phantom.Opacity.Pattern, zone: Phantom.Opacity.Zone) {
        let plain = rendering { _ in }
        for side in Phantom.Opacity.Side.allCases {
            let ill = rendering {
                $0.opacities = [.init(side: side, zone: zone, strength: 0.8, extent: 0.7, pattern: pattern)]
            }
            let inside = ill.mask.indices.filter { ill.mask[$0] == 1 }
            #expect(inside.count > 80 && inside.count < size * size / 5)
            #expect(inside.allSatisfy { side == .right ? $0 % size < size / 2 : $0 % size >= size / 2 })
            let gain = inside.reduce(0) { $0 + Int(ill.samples[$1]) - Int(plain.samples[$1]) } / max(1, inside.count)
            #expect(gain > 100, "\(pattern) \(zone) \(side): \(gain)")
        }
    }

    @Test("a device is seen, and is no lesion", arguments: Phantom.Device.allCases)
    func devices(device: Phantom.Device) {
        let plain = rendering { _ in }
        let fitted = rendering { $0.devices = [device] }
        #expect(!fitted.mask.contains(1))
        #expect(zip(plain.samples, fitted.samples).contains { Int($1) - Int($0) > 150 })
        #expect(zip(plain.samples, fitted.samples).allSatisfy { $0 <= $1 })
    }

    @Test("too little dose is noisy and pale, too much is dark, a hard picture has more contrast than a soft one")
    func techniques() {
        func mean(_ picture: Phantom.Radiograph) -> Double {
            picture.samples.reduce(0) { $0 + Double($1) } / Double(picture.samples.count)
        }
        func roughness(_ picture: Phantom.Radiograph) -> Double {
            zip(picture.samples, picture.samples.dropFirst()).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) }
        }
        func spread(_ picture: Phantom.Radiograph) -> Double {
            let middle = mean(picture)
            return picture.samples.reduce(0) { $0 + (Double($1) - middle) * (Double($1) - middle) }
        }
        let pictures = Phantom.Technique.allCases.reduce(into: [Phantom.Technique: Phantom.Radiograph]()) {
            all, technique in all[technique] = rendering { $0.technique = technique }
        }
        guard let standard = pictures[.standard], let under = pictures[.underexposed],
            let over = pictures[.overexposed],
            let hard = pictures[.hard], let soft = pictures[.soft]
        else {
            Issue.record("a technique is missing")
            return
        }
        #expect(mean(over) < mean(standard) && mean(standard) < mean(under))
        #expect(roughness(under) > 1.5 * roughness(standard))
        #expect(spread(hard) > spread(standard) && spread(standard) > spread(soft))
    }

    @Test("drawn scenes have their share of ill, and what varies does not tell who is")
    func draws() {
        let all = Phantom.Opacity.Pattern.allCases
        let scenes = (0..<2000).map { Phantom.Scene(seed: $0, share: 0.3, patterns: all, varies: true) }
        let ill = scenes.filter { !$0.opacities.isEmpty }
        #expect(abs(Double(ill.count) / 2000 - 0.3) < 0.04)
        #expect(Set(ill.compactMap { $0.opacities.first?.pattern }) == Set(all))
        let well = scenes.filter { $0.opacities.isEmpty }
        for device in Phantom.Device.allCases {
            let parts = [ill, well].map { part in
                Double(part.count { $0.devices.contains(device) }) / Double(part.count)
            }
            #expect(abs(parts[0] - parts[1]) < 0.06 && parts[0] > 0.1)
        }
        #expect(Phantom.Scene(seed: 4, share: 1, patterns: [.round], varies: false).opacities[0].pattern == .round)
        #expect(Phantom.Scene(seed: 4, share: 0, patterns: all, varies: false) == Phantom.Scene())
    }
}
