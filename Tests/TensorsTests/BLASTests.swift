import Testing

@testable import Tensors

@Suite struct BLASTests {
    @Test func aCoreBelowWhatTheCPUHasIsCorrected() {
        #expect(LinearAlgebra.advisedCoreType(core: "Prescott", level: 2) == "SkylakeX")
        #expect(LinearAlgebra.advisedCoreType(core: "Haswell", level: 2) == "SkylakeX")
        #expect(LinearAlgebra.advisedCoreType(core: "Nehalem", level: 1) == "Haswell")
    }

    @Test func aSoundChoiceIsLeftAlone() {
        for core in ["SkylakeX", "Cooperlake", "SapphireRapids", "SKYLAKEX"] {
            #expect(LinearAlgebra.advisedCoreType(core: core, level: 2) == nil)
        }
        for core in ["Haswell", "Zen"] { #expect(LinearAlgebra.advisedCoreType(core: core, level: 1) == nil) }
        #expect(LinearAlgebra.advisedCoreType(core: "Prescott", level: 0) == nil)
    }
}
