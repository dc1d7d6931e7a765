// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let kernelSettings: [CSetting] = [
  .unsafeFlags(["-O3", "-fno-math-errno", "-ffp-contract=fast"])
]

func product(_ name: String, _ package: String) -> Target.Dependency {
  .product(name: name, package: package)
}

let log = product("Logging", "swift-log")
let crypto = product("Crypto", "swift-crypto")

let package = Package(
  name: "braid",
  products: [.executable(name: "braid", targets: ["braid"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
  ],
  targets: [
    // The C side.
    .systemLibrary(name: "CNNG", providers: [.apt(["libnng-dev"])]),
    .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl")]),
    .target(name: "CKernels", cSettings: kernelSettings),

    .target(name: "Memory", swiftSettings: settings),

    // Libraries of general use, which know nothing of documents or clusters.
    .target(name: "NNG", dependencies: ["CNNG"], swiftSettings: settings),
    .target(name: "GGUF", dependencies: ["CKernels"], swiftSettings: settings),
    .target(
      name: "Tokenizers",
      dependencies: [product("HeapModule", "swift-collections")],
      swiftSettings: settings),

    // The heart.
    .target(name: "Transformer", dependencies: ["COneDNN", "CKernels", "GGUF", "Memory"], swiftSettings: settings),
    .target(name: "ParallelContext", dependencies: ["CKernels", "Memory", "Transformer"], swiftSettings: settings),

    // Distribution.
    .target(
      name: "Wire",
      dependencies: ["CKernels", "Memory", product("SwiftProtobuf", "swift-protobuf")],
      swiftSettings: settings),
    .target(
      name: "Scheduling",
      dependencies: [
        product("DequeModule", "swift-collections"),
        product("HeapModule", "swift-collections"),
      ],
      swiftSettings: settings),
    .target(
      name: "Worker",
      dependencies: ["Memory", "NNG", "Wire", log, product("ServiceLifecycle", "swift-service-lifecycle")],
      swiftSettings: settings),
    .target(
      name: "Coordinator",
      dependencies: [
        "APITypes", "Memory", "NNG", "ParallelContext", "Scheduling", "Tokenizers", "Transformer", "Wire", log,
        product("ServiceLifecycle", "swift-service-lifecycle"),
      ],
      swiftSettings: settings),

    // The API over HTTP: its types, its server, its client.
    .target(name: "APITypes", swiftSettings: settings),
    .target(
      name: "HTTPAPI",
      dependencies: ["APITypes", product("Hummingbird", "hummingbird"), log],
      swiftSettings: settings),
    .target(
      name: "HTTPClient",
      dependencies: ["APITypes", product("AsyncHTTPClient", "async-http-client")],
      swiftSettings: settings),

    // The command line.
    .executableTarget(
      name: "braid",
      dependencies: [
        "GGUF", "Tokenizers", "Transformer", "ParallelContext", "Worker", "Coordinator",
        "APITypes", "HTTPAPI", "HTTPClient", log, crypto,
        product("ArgumentParser", "swift-argument-parser"),
        product("ServiceLifecycle", "swift-service-lifecycle"),
        product("Subprocess", "swift-subprocess"),
        product("UnixSignals", "swift-service-lifecycle"),
      ],
      swiftSettings: settings),

    .testTarget(name: "GGUFTests", dependencies: ["GGUF"], swiftSettings: settings),
    .testTarget(name: "TokenizersTests", dependencies: ["Tokenizers", "GGUF", crypto], swiftSettings: settings),
    .testTarget(name: "NNGTests", dependencies: ["NNG"], swiftSettings: settings),
    .testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: settings),
    .testTarget(name: "SchedulingTests", dependencies: ["Scheduling"], swiftSettings: settings),
    .testTarget(name: "TransformerTests", dependencies: ["Transformer"], swiftSettings: settings),
    .testTarget(name: "ParallelContextTests", dependencies: ["ParallelContext"], swiftSettings: settings),
    .testTarget(
      name: "ClusterTests", dependencies: ["Coordinator", "Worker"], swiftSettings: settings),
    .testTarget(name: "HTTPAPITests", dependencies: [
      "HTTPAPI", "HTTPClient", product("HummingbirdTesting", "hummingbird")], swiftSettings: settings),
    .testTarget(
      name: "ProcessTests",
      dependencies: ["APITypes", product("Subprocess", "swift-subprocess")],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu17
)
