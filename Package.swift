// swift-tools-version: 6.2
import PackageDescription

// The system's oneDNN, or the other that `./dev onednn` builds with: of one name they would be mixed, as the linker looks in
// the system's folders first.
let oneDNN = "dnnl" + (Context.environment["HINGE_ONEDNN"] ?? "")

let package = Package(
    name: "hinge",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Hinge", targets: ["Hinge"]),
        // The standard's operators as types, and what one's own are written with: for who builds graphs.
        .library(name: "HingeOperators", targets: ["HingeOperators"]),
        .executable(name: "hinge", targets: ["HingeCLI"]),
    ],
    traits: [
        .trait(
            name: "OneDNN",
            description: "Run convolution, matrix products and the like on the oneDNN library."),
        .trait(
            name: "Images",
            description: "Decode JPEG, PNG, TIFF, WebP and JPEG 2000 with the formats' libraries."),
        .default(enabledTraits: ["OneDNN", "Images"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
    ],
    targets: [
        // System libraries: a module map each, and a shim only for what Swift can't import.
        .systemLibrary(
            name: "CProtobufC", pkgConfig: "libprotobuf-c",
            providers: [.apt(["libprotobuf-c-dev"]), .brew(["protobuf-c"])]),
        .systemLibrary(
            name: "CHDF5", pkgConfig: "hdf5",
            providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
        .systemLibrary(
            name: "CZip", pkgConfig: "libzip",
            providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
        .systemLibrary(
            name: "COneDNN", providers: [.apt(["libdnnl-dev"]), .brew(["onednn"])]),

        // C generated from Schemas/.
        .target(name: "CONNX", dependencies: ["CProtobufC"]),
        .target(name: "COperatorSchemas"),

        // Image files, decoded by their formats' libraries behind one face that no error leaves.
        .target(
            name: "CImages",
            cSettings: [.define("HINGE_IMAGES", .when(traits: ["Images"]))],
            linkerSettings: ["jpeg", "png", "tiff", "webp", "openjp2"].map {
                .linkedLibrary($0, .when(traits: ["Images"]))
            }),

        // Loops in vector code for several generations of processors.
        .target(name: "CVectorMath"),

        // A face in C of the system library RE2, which is C++: libre2-dev of apt, re2 of brew.
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),

        // Swift, from the bottom up. A target imports nothing that stands below it in this list.
        .target(name: "HingeGraph"),
        .target(name: "HingeHDF5", dependencies: ["HingeGraph", "CHDF5"]),
        .target(name: "HingeArchive", dependencies: ["HingeGraph", "CZip"]),
        .target(
            name: "HingeOperators",
            dependencies: [
                "HingeGraph", "COperatorSchemas", "CVectorMath", "CRE2", "CImages",
            ]),
        .target(name: "HingeProgram", dependencies: ["HingeGraph", "HingeOperators"]),
        .target(name: "HingeTransforms", dependencies: ["HingeProgram"]),
        .target(
            name: "HingeKeras", dependencies: ["HingeTransforms", "HingeHDF5", "HingeArchive"]),
        .target(name: "HingeONNX", dependencies: ["HingeTransforms", "CONNX"]),
        .target(
            name: "HingeRuntime",
            dependencies: [
                "HingeTransforms", "CVectorMath",
                .target(name: "COneDNN", condition: .when(traits: ["OneDNN"])),
            ],
            linkerSettings: [.linkedLibrary(oneDNN, .when(traits: ["OneDNN"]))]),
        .target(name: "HingeParity", dependencies: ["HingeRuntime"]),
        .target(
            name: "Hinge",
            dependencies: [
                "HingeParity", "HingeONNX", "HingeKeras", "HingeHDF5", "HingeArchive",
            ]),
        .executableTarget(
            name: "HingeCLI",
            dependencies: [
                "Hinge", "HingeOperators",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // How often memory is taken, for tests.
        .target(name: "CAllocationCount", path: "Tests/CAllocationCount"),
        .testTarget(name: "HingeGraphTests", dependencies: ["HingeGraph"]),
        .testTarget(name: "HingeHDF5Tests", dependencies: ["HingeHDF5", "HingeArchive"]),
        .testTarget(name: "HingeArchiveTests", dependencies: ["HingeArchive", "HingeHDF5"]),
        .testTarget(name: "HingeOperatorsTests", dependencies: ["HingeOperators"]),
        .testTarget(name: "HingeProgramTests", dependencies: ["HingeProgram"]),
        .testTarget(
            name: "HingeTransformsTests",
            dependencies: ["HingeTransforms", "HingeParity", "HingeONNX"]),
        .testTarget(
            name: "HingeKerasTests", dependencies: ["HingeKeras", "HingeRuntime", "HingeArchive"]),
        .testTarget(name: "HingeONNXTests", dependencies: ["HingeONNX", "HingeRuntime"]),
        .testTarget(
            name: "HingeRuntimeTests",
            dependencies: ["HingeRuntime", "HingeONNX", "CAllocationCount"]),
        .testTarget(name: "HingeParityTests", dependencies: ["HingeParity"]),
        .testTarget(name: "HingeTests", dependencies: ["Hinge", "HingeOperators"]),
        .testTarget(name: "HingeCLITests", dependencies: ["HingeCLI", "Hinge"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

for target in package.targets where target.name.hasPrefix("Hinge") {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
}
