// swift-tools-version: 6.2
// The parsers of strangers' bytes, built for libFuzzer and AddressSanitizer. Apart from the main package, whose build
// stays lean; `house` links to the main package's own sources.
import PackageDescription

let swift: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .unsafeFlags(["-sanitize=address,fuzzer", "-suppress-warnings"]),
]
let clang = ["-fsanitize=address,fuzzer-no-link", "-w"]
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "house/\(name)", swiftSettings: swift)
}

let package = Package(
    name: "fuzz",
    dependencies: [.package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0")],
    targets: [
        .systemLibrary(name: "COpenSSL", path: "house/COpenSSL"),
        .systemLibrary(name: "COpenBLAS", path: "house/COpenBLAS"),
        .target(
            name: "CDCMTK", path: "house/CDCMTK", cxxSettings: [.unsafeFlags(clang)],
            linkerSettings: [
                "dcmnet", "dcmsr", "dcmjpeg", "dcmjpls", "dcmimgle", "dcmdata", "oflog", "ofstd", "ssl", "crypto",
            ].map { .linkedLibrary($0) }),
        .target(
            name: "COpenJPEG", path: "house/COpenJPEG", cSettings: [.unsafeFlags(clang)],
            linkerSettings: [.linkedLibrary("openjp2")]),
        .target(name: "CPixelPacking", path: "house/CPixelPacking", cSettings: [.unsafeFlags(["-O3"] + clang)]),
        .target(name: "CSandbox", path: "house/CSandbox", cSettings: [.unsafeFlags(clang)]),
        .target(name: "CTensorKernels", path: "house/CTensorKernels", cSettings: [.unsafeFlags(["-O3"] + clang)]),
        .target(name: "CAssets", path: "house/CAssets", exclude: ["data"]),
        .target(name: "CFuzzer"),
        module("DICOMCore"),
        module("StandardTables", ["DICOMCore", "CAssets"]),
        module("DICOMStream", ["CPixelPacking", "DICOMCore", "StandardTables"]),
        module("DICOMToolkit", ["DICOMCore", "CDCMTK", "COpenJPEG", "CSandbox"]),
        module("Passage", ["DICOMCore"]),
        module("Reception", ["DICOMCore", "Passage", "DICOMStream", "DICOMToolkit"]),
        module("Sealing", ["DICOMCore", "COpenSSL"]),
        module("ONNXFormat", [protobuf]),
        module("Tensors", ["COpenBLAS", "CTensorKernels", "ONNXFormat", protobuf]),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzzer", "DICOMCore", "DICOMStream", "DICOMToolkit", "Reception", "Sealing", "Tensors",
            ],
            swiftSettings: swift,
            linkerSettings: [.unsafeFlags(["-sanitize=address,fuzzer", "-use-ld=lld"])]),
    ],
    cLanguageStandard: .c17,
    cxxLanguageStandard: .cxx17
)
