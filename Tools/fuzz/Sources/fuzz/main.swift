// fuzz TARGET [libFuzzer's arguments]: one program for all targets. See Tools/fuzz/run.
import CFuzzer
import Foundation

let targets: [String: fuzz_target] = [
    "prescan": { Prescan.take(UnsafeRawBufferPointer(start: $0, count: $1)) },
    "association": { Associations.take(UnsafeRawBufferPointer(start: $0, count: $1)) },
    "sealed": { SealedFiles.take(UnsafeRawBufferPointer(start: $0, count: $1)) },
    "onnx": { Networks.take(UnsafeRawBufferPointer(start: $0, count: $1)) },
]
guard CommandLine.argc > 1, let target = targets[CommandLine.arguments[1]] else {
    FileHandle.standardError.write(Data("usage: fuzz \(targets.keys.sorted().joined(separator: "|")) ...\n".utf8))
    exit(64)
}
// libFuzzer sees itself started without the target's name.
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
CommandLine.unsafeArgv[1] = CommandLine.unsafeArgv[0]
var count = CommandLine.argc - 1
arguments?.withMemoryRebound(to: UnsafeMutablePointer<CChar>.self, capacity: Int(count) + 1) { pointer in
    var pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = UnsafeMutableRawPointer(pointer)
        .assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
    exit(LLVMFuzzerRunDriver(&count, &pointer, target))
}
