// swift-tools-version: 6.2
import PackageDescription

/// The house settings: Swift 6 language mode (by the tools version), strict memory safety, no warnings.
let house: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, swiftSettings: house)
}

let package = Package(
    name: "cxrgate",
    products: [.executable(name: "cxrgate", targets: ["cxrgate"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Foreign libraries behind plain C.
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "COpenTLS", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
        .target(
            name: "CDCMTK",
            linkerSettings: [
                "dcmnet", "dcmsr", "dcmjpeg", "dcmjpls", "dcmimgle", "dcmdata", "oflog", "ofstd", "ssl", "crypto",
            ].map { .linkedLibrary($0) }),
        .target(name: "COpenJPEG", linkerSettings: [.linkedLibrary("openjp2")]),
        .target(name: "CSandbox"),
        .target(name: "CLinux"),
        .target(name: "CPixelPacking", cSettings: [.unsafeFlags(["-O3"])]),
        .target(name: "CTensorKernels", cSettings: [.unsafeFlags(["-O3", "-fno-math-errno"])]),
        // Tables, the built-in model and the font, embedded as data.
        .target(name: "CAssets", exclude: ["data"]),

        // Floor 0: the words.
        module("DICOMCore"),

        // Floor 1: one coat around each foreign library.
        module("StandardTables", ["DICOMCore", "CAssets"]),
        module("DICOMStream", ["CPixelPacking", "DICOMCore", "StandardTables"]),
        module("DICOMToolkit", ["DICOMCore", "CDCMTK", "COpenJPEG", "CSandbox"]),
        module("Sealing", ["DICOMCore", "COpenSSL"]),
        module("SecureChannel", ["COpenTLS"]),
        module("Durability", ["CLinux", "DICOMCore", grdb]),
        .target(name: "ONNXFormat", dependencies: [protobuf]),
        module("Tensors", ["COpenBLAS", "CTensorKernels", "ONNXFormat", protobuf]),
        module("Radiography", ["DICOMCore", "CAssets"]),
        module("ModelCard", ["Sealing", "CAssets"]),
        module("Phantom", ["DICOMCore"]),
        module("Watching", ["DICOMCore"]),

        // Floor 2: the path's types, and the journal beneath every step.
        module("Passage", ["DICOMCore"]),
        module("Journal", ["Sealing", "Durability"]),
        module("AuditMessages", ["DICOMCore", "Journal"]),

        // Floor 3: the stations.
        module("Reception", ["DICOMCore", "Passage", "DICOMStream", "DICOMToolkit"]),
        module("Deidentification", ["DICOMCore", "Passage", "DICOMStream", "StandardTables"]),
        module("WorkQueue", ["DICOMCore", "Passage", "Durability"]),
        // Calibration goes through thousands of radiographs.
        .target(
            name: "Inference", dependencies: ["DICOMCore", "Passage", "Tensors", "Radiography", "ModelCard"],
            swiftSettings: house + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
        module("Explanation", ["Tensors", "Radiography"]),
        module("Reporting", ["DICOMCore", "Passage", "Radiography"]),
        // Every image is searched, in tests too: the loops over pixels are optimized in every build.
        .target(
            name: "PixelCleaning", dependencies: ["DICOMCore", "Radiography"],
            swiftSettings: house + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
        module("Performance", ["Durability"]),
        // Every image is measured, in tests too.
        .target(
            name: "Drift", dependencies: ["Radiography"],
            swiftSettings: house + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
        module("Delivery", ["DICOMCore", "DICOMStream", "Passage", "DICOMToolkit"]),
        module("Registry", ["Durability", "ModelCard", "Passage", "Sealing"]),
        module("Training", ["Tensors", "Radiography", "Sealing", "Durability", yams]),
        // A bootstrap counts every case a thousand times: its loops are optimized in every build.
        .target(
            name: "Evaluation", dependencies: ["Sealing"],
            swiftSettings: house + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
        // Beside the path: servers, ours and others', under load.
        module("Measuring", ["DICOMCore", "DICOMStream", "DICOMToolkit", "Phantom"]),

        // Floor 4: the house that joins them.
        module(
            "Gateway",
            [
                "DICOMCore", "DICOMStream", "DICOMToolkit", "Sealing", "Durability", "Tensors", "Radiography",
                "ModelCard", "Phantom", "Passage", "Journal", "Reception", "Deidentification", "WorkQueue",
                "Inference", "Explanation", "Reporting", "Delivery", "PixelCleaning", "StandardTables",
                "CSandbox", "AuditMessages", "Registry", "SecureChannel", "Watching", "CLinux", "Performance",
                "Drift", yams, "Evaluation",
            ]),

        // Floor 5: one door.
        .executableTarget(
            name: "cxrgate",
            dependencies: [
                "DICOMCore", "DICOMStream", "Gateway", "Training", "Evaluation", "Sealing", "Journal", "Durability",
                "Passage", "DICOMToolkit", "Phantom", "ModelCard", "Radiography", "Watching", "Measuring",
                argumentParser,
            ],
            swiftSettings: house),

        // Tests mirror the modules; Tests/EndToEnd and Conformance/Suite hold what needs foreign peers.
        tests("DICOMCore"),
        tests("DICOMStream", ["DICOMCore", "StandardTables"]),
        tests("DICOMToolkit", ["DICOMCore", "CSandbox", "codec-worker-fixture"]),
        tests("Sealing", ["DICOMCore"]),
        tests("Durability"),
        tests("Tensors", ["ONNXFormat", "CTensorKernels", protobuf]),
        tests("Radiography", ["DICOMCore"]),
        tests("Phantom", ["DICOMCore", "Radiography"]),
        tests("Watching", ["DICOMCore"]),
        tests("Passage", ["DICOMCore"]),
        tests("Journal", ["DICOMCore", "Sealing", "Durability"]),
        tests("AuditMessages", ["Journal"]),
        tests("Reception", ["DICOMCore", "DICOMToolkit"]),
        tests("Deidentification", ["DICOMCore", "DICOMStream", "Passage", "StandardTables"]),
        tests("WorkQueue", ["Durability", "Passage"]),
        tests("Inference", ["DICOMCore", "ModelCard", "Passage", "Radiography"]),
        tests("Explanation", ["ModelCard", "Radiography", "Tensors"]),
        tests("Reporting", ["DICOMCore", "Passage", "Phantom", "Radiography"]),
        tests("Delivery", ["DICOMCore", "DICOMStream", "DICOMToolkit", "Passage"]),
        tests("PixelCleaning", ["DICOMCore", "Radiography"]),
        tests("Performance", ["Durability"]),
        tests("Drift", ["Radiography"]),
        tests("ModelCard", ["Sealing"]),
        tests("Registry", ["Durability", "ModelCard", "Sealing"]),
        tests(
            "Training",
            [
                "DICOMCore", "Durability", "Gateway", "Inference", "ModelCard", "Phantom", "Radiography", "Sealing",
                "Tensors",
            ]),
        tests("Evaluation"),
        tests("Measuring", ["DICOMCore", "DICOMToolkit"]),
        tests(
            "Gateway",
            [
                "Delivery", "DICOMCore", "DICOMStream", "Durability", "Journal", "ModelCard", "Passage", "Phantom",
                "Reception", "Sealing", "Watching", "WorkQueue",
            ]),
        .executableTarget(
            name: "codec-worker-fixture", dependencies: ["DICOMToolkit", "CSandbox"], path: "Tests/CodecWorkerFixture",
            swiftSettings: house),
    ],
    cLanguageStandard: .c17,
    cxxLanguageStandard: .cxx17
)
