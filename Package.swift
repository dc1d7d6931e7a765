// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// For tests that compute little by themselves: without optimisation they compile in half the time.
let testSettings = settings + [.unsafeFlags(["-Onone"])]

let kernelSettings: [CSetting] = [
  .unsafeFlags(["-O3", "-fno-math-errno", "-ffp-contract=fast"])
]

func product(_ name: String, _ package: String) -> Target.Dependency {
  .product(name: name, package: package)
}

let argumentParser = product("ArgumentParser", "swift-argument-parser")
let asyncAlgorithms = product("AsyncAlgorithms", "swift-async-algorithms")
let crypto = product("Crypto", "swift-crypto")
let deque = product("DequeModule", "swift-collections")
let heap = product("HeapModule", "swift-collections")
let httpTypes = product("HTTPTypes", "swift-http-types")
let hummingbird = product("Hummingbird", "hummingbird")
let lifecycle = product("ServiceLifecycle", "swift-service-lifecycle")
let log = product("Logging", "swift-log")
let nio = product("NIOCore", "swift-nio")
let protobuf = product("SwiftProtobuf", "swift-protobuf")
let subprocess = product("Subprocess", "swift-subprocess")
let system = product("SystemPackage", "swift-system")

let package = Package(
  name: "braid",
  products: [.executable(name: "braid", targets: ["braid"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
  ],
  targets: [
    // The C side.
    .systemLibrary(name: "CNNG", providers: [.apt(["libnng-dev"])]),
    .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
    .target(name: "CKernels", cSettings: kernelSettings),

    // Libraries of general use, which know nothing of documents or clusters.
    .target(name: "Failures", swiftSettings: settings),
    .target(name: "Addresses", dependencies: ["Failures"], swiftSettings: settings),
    .target(name: "SystemText", swiftSettings: settings),
    .target(name: "Tables", dependencies: ["SystemText"], swiftSettings: settings),
    .target(name: "Machine", dependencies: ["Failures"], swiftSettings: settings),
    .target(name: "Memory", dependencies: ["Failures", "SystemText"], swiftSettings: settings),
    .target(name: "KVFormat", swiftSettings: settings),
    .target(name: "SeededRandom", swiftSettings: settings),
    .target(name: "Threads", dependencies: ["CKernels"], swiftSettings: settings),
    .target(name: "NNG", dependencies: ["CNNG", "Failures"], swiftSettings: settings),
    .target(name: "GGUF", dependencies: ["CKernels", "Failures", "Memory"], swiftSettings: settings),
    .target(name: "ChatTemplates", dependencies: ["Failures"], swiftSettings: settings),
    .target(name: "Tokenizers", dependencies: ["ChatTemplates", "Failures", heap], swiftSettings: settings),

    // The heart.
    .target(
      name: "Transformer",
      dependencies: ["CKernels", "COneDNN", "Failures", "GGUF", "KVFormat", "Memory", "Threads"],
      swiftSettings: settings
    ),
    .target(
      name: "ParallelContext",
      dependencies: [
        "CKernels", "Failures", "KVFormat", "Memory", "SeededRandom", "Threads", "Transformer",
      ],
      swiftSettings: settings
    ),

    // Distribution.
    .target(
      name: "Wire",
      dependencies: ["CKernels", "Failures", "KVFormat", protobuf],
      exclude: ["Protos"],
      swiftSettings: settings
    ),
    .target(
      name: "Gate",
      dependencies: [
        "Addresses", "Failures", "NNG", deque, log, nio, product("NIOPosix", "swift-nio"), system,
      ],
      swiftSettings: settings
    ),
    .target(name: "Scheduling", dependencies: [deque, heap], swiftSettings: settings),
    .target(name: "Cluster", dependencies: ["KVFormat", "Scheduling"], swiftSettings: settings),
    .target(
      name: "Simulation",
      dependencies: ["Cluster", "Scheduling", "SeededRandom", "Tables", heap],
      swiftSettings: settings
    ),
    .target(
      name: "Worker",
      dependencies: [
        "Addresses", "Failures", "Gate", "KVFormat", "Memory", "NNG", "Scheduling", "Threads",
        "Wire", lifecycle, log,
      ],
      swiftSettings: settings
    ),
    .target(
      name: "Recordings",
      dependencies: ["Failures", "KVFormat", "Memory", "SystemText", "Wire", "Worker", log],
      swiftSettings: settings
    ),
    .target(
      name: "Coordinator",
      dependencies: [
        "Addresses", "Cluster", "Failures", "Gate", "KVFormat", "Memory", "NNG", "Scheduling", "Threads",
        "Wire", deque, lifecycle, log,
      ],
      swiftSettings: settings
    ),

    // The API over HTTP: its types, its server, its client.
    .target(name: "APITypes", dependencies: ["Failures", "KVFormat"], swiftSettings: settings),
    .target(
      name: "HTTPAPI",
      dependencies: [
        "APITypes", "Addresses", "Failures", asyncAlgorithms, httpTypes, hummingbird, lifecycle, log, nio,
        product("HummingbirdCore", "hummingbird"), product("NIOHTTP1", "swift-nio"),
      ],
      swiftSettings: settings
    ),
    .target(
      name: "HTTPClient",
      dependencies: [
        "APITypes", "Addresses", "Failures", "KVFormat", nio, product("AsyncHTTPClient", "async-http-client"),
        product("NIOHTTP1", "swift-nio"),
        product("NIOPosix", "swift-nio"), product("NIOSSL", "swift-nio-ssl"),
      ],
      swiftSettings: settings
    ),

    // Where all of it is put together.
    .target(
      name: "Runtime",
      dependencies: [
        "Addresses", "APITypes", "Cluster", "Coordinator", "Failures", "Gate", "GGUF", "KVFormat", "Memory",
        "ParallelContext", "Recordings", "Scheduling", "Tokenizers", "Transformer", "Wire", "Worker", crypto,
        lifecycle, log,
      ],
      swiftSettings: settings
    ),
    .target(name: "Charts", swiftSettings: settings),
    .target(
      name: "CommandLineSupport",
      dependencies: ["APITypes", "Failures", "SystemText", "Tables"],
      swiftSettings: settings
    ),
    .target(
      name: "Benchmarks",
      dependencies: [
        "Addresses", "APITypes", "Charts", "Cluster", "Coordinator", "Failures", "KVFormat", "Memory",
        "ParallelContext", "Recordings", "Scheduling", "SeededRandom", "Tables", "Threads", "Transformer",
        "Wire",
        "Worker", log,
      ],
      swiftSettings: settings
    ),
    .target(
      name: "Evaluation",
      dependencies: [
        "Charts", "KVFormat", "Memory", "ParallelContext", "SeededRandom", "Tables", "Transformer",
        "Wire",
      ],
      swiftSettings: settings
    ),
    .target(
      name: "Workbench",
      dependencies: [
        "APITypes", "Addresses", "Benchmarks", "CommandLineSupport", "Evaluation", "GGUF", "HTTPClient",
        "KVFormat", "Machine", "Memory", "ParallelContext", "Recordings", "Runtime", "Scheduling",
        "Simulation", "SystemText", "Tables", "Threads", "Tokenizers", "Transformer", "Wire", "Worker",
        lifecycle, log,
      ],
      swiftSettings: settings
    ),
    .executableTarget(
      name: "braid",
      dependencies: [
        "APITypes", "Addresses", "Benchmarks", "Charts", "CommandLineSupport", "Evaluation", "HTTPAPI",
        "HTTPClient", "KVFormat", "Machine", "NNG", "ParallelContext", "Recordings", "Runtime", "Scheduling",
        "Simulation", "SystemText", "Tables", "Threads", "Transformer", "Workbench", "Worker",
        argumentParser, lifecycle, log, nio, subprocess, system,
        product("UnixSignals", "swift-service-lifecycle"),
      ],
      swiftSettings: settings
    ),

    // Tests, one target for each of the above, and what they share.
    .target(
      name: "TestSupport",
      dependencies: ["GGUF"],
      path: "Tests/TestSupport",
      swiftSettings: settings
    ),
    .testTarget(name: "CKernelsTests", dependencies: ["CKernels"], swiftSettings: settings),
    .testTarget(name: "FailuresTests", dependencies: ["Failures"], swiftSettings: testSettings),
    .testTarget(name: "AddressesTests", dependencies: ["Addresses"], swiftSettings: testSettings),
    .testTarget(name: "SystemTextTests", dependencies: ["SystemText"], swiftSettings: testSettings),
    .testTarget(name: "TablesTests", dependencies: ["Tables"], swiftSettings: testSettings),
    .testTarget(name: "MachineTests", dependencies: ["Machine"], swiftSettings: testSettings),
    .testTarget(name: "MemoryTests", dependencies: ["Memory"], swiftSettings: testSettings),
    .testTarget(name: "KVFormatTests", dependencies: ["KVFormat"], swiftSettings: settings),
    .testTarget(name: "SeededRandomTests", dependencies: ["SeededRandom"], swiftSettings: testSettings),
    .testTarget(name: "ThreadsTests", dependencies: ["CKernels", "Threads"], swiftSettings: testSettings),
    .testTarget(name: "NNGTests", dependencies: ["NNG"], swiftSettings: testSettings),
    .testTarget(
      name: "GGUFTests",
      dependencies: ["CKernels", "GGUF", "Memory", "TestSupport"],
      exclude: ["Golden"],
      swiftSettings: testSettings
    ),
    .testTarget(
      name: "ChatTemplatesTests",
      dependencies: ["ChatTemplates", "SeededRandom"],
      exclude: ["Golden"],
      swiftSettings: testSettings
    ),
    .testTarget(
      name: "TokenizersTests",
      dependencies: ["GGUF", "TestSupport", "Tokenizers", crypto],
      exclude: ["Golden"],
      swiftSettings: testSettings
    ),
    .testTarget(
      name: "TransformerTests",
      dependencies: ["GGUF", "KVFormat", "TestSupport", "Transformer"],
      exclude: ["Golden"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "ParallelContextTests",
      dependencies: ["GGUF", "KVFormat", "Memory", "ParallelContext", "TestSupport", "Transformer"],
      exclude: ["Golden"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "WireTests",
      dependencies: ["CKernels", "KVFormat", "SeededRandom", "TestSupport", "Wire"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "GateTests",
      dependencies: ["Addresses", "Gate", "NNG", log, nio],
      swiftSettings: testSettings
    ),
    .testTarget(
      name: "SchedulingTests",
      dependencies: ["Scheduling", "SeededRandom"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "ClusterTests",
      dependencies: ["Cluster", "KVFormat", "Scheduling", "SeededRandom"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "SimulationTests",
      dependencies: ["Scheduling", "Simulation", "Tables"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "WorkerTests",
      dependencies: [
        "Addresses", "KVFormat", "NNG", "TestSupport", "Threads", "Wire", "Worker", log,
      ],
      swiftSettings: testSettings
    ),
    .testTarget(
      name: "RecordingsTests",
      dependencies: ["KVFormat", "Recordings", "Wire", "Worker"],
      swiftSettings: testSettings
    ),
    .testTarget(
      name: "CoordinatorTests",
      dependencies: [
        "Addresses", "Cluster", "Coordinator", "KVFormat", "Memory", "NNG", "Recordings", "Scheduling",
        "TestSupport", "Wire", "Worker", lifecycle, log,
      ],
      swiftSettings: settings
    ),
    .testTarget(
      name: "RuntimeTests",
      dependencies: [
        "APITypes", "Addresses", "Cluster", "GGUF", "KVFormat", "Memory", "ParallelContext", "Recordings",
        "Runtime", "TestSupport", "Tokenizers", "Transformer", "Worker", log,
      ],
      swiftSettings: settings
    ),
    .testTarget(
      name: "HTTPAPITests",
      dependencies: [
        "APITypes", "Addresses", "HTTPAPI", "HTTPClient", "KVFormat", httpTypes, hummingbird, lifecycle, log,
        nio,
        product("HummingbirdTesting", "hummingbird"), product("NIOEmbedded", "swift-nio"),
        product("NIOHTTP1", "swift-nio"),
      ],
      swiftSettings: testSettings
    ),
    .testTarget(name: "APITypesTests", dependencies: ["APITypes"], swiftSettings: testSettings),
    .testTarget(
      name: "HTTPClientTests",
      dependencies: ["APITypes", "HTTPClient", nio, product("NIOPosix", "swift-nio")],
      swiftSettings: testSettings
    ),
    .testTarget(name: "ChartsTests", dependencies: ["Charts"], swiftSettings: testSettings),
    .testTarget(
      name: "CommandLineSupportTests",
      dependencies: ["APITypes", "CommandLineSupport"],
      swiftSettings: testSettings
    ),
    .testTarget(
      name: "EvaluationTests",
      dependencies: [
        "Charts", "Evaluation", "GGUF", "KVFormat", "ParallelContext", "Runtime", "SeededRandom",
        "Tables", "TestSupport", "Tokenizers", "Transformer",
      ],
      swiftSettings: testSettings
    ),
    .testTarget(
      name: "BenchmarksTests",
      dependencies: [
        "APITypes", "Benchmarks", "Charts", "GGUF", "KVFormat", "ParallelContext", "TestSupport",
        "Transformer",
      ],
      swiftSettings: testSettings
    ),
    .testTarget(
      name: "WorkbenchTests",
      dependencies: [
        "APITypes", "Benchmarks", "CommandLineSupport", "HTTPClient", "KVFormat", "Machine",
        "ParallelContext", "Recordings", "Runtime", "Simulation", "Tables", "Transformer", "Wire",
        "Workbench",
        "Worker",
      ],
      swiftSettings: testSettings
    ),
    .testTarget(
      name: "ProcessTests",
      dependencies: [
        "APITypes", "Benchmarks", "CommandLineSupport", "HTTPClient", "TestSupport", "braid", subprocess,
        system,
      ],
      swiftSettings: testSettings
    ),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu17
)
