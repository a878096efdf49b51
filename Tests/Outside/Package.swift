// swift-tools-version: 6.2
import PackageDescription

// Packages of users: what they can do with Hinge's public API, and nothing else of Hinge.
let package = Package(
    name: "outside",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "hinge", path: "../..")],
    targets: [
        .testTarget(
            name: "CustomOperatorTests",
            dependencies: [
                .product(name: "Hinge", package: "hinge"),
                .product(name: "HingeOperators", package: "hinge"),
            ],
            path: "CustomOperatorTests"),
        .testTarget(
            name: "CustomFormatTests",
            dependencies: [
                .product(name: "Hinge", package: "hinge"),
                .product(name: "HingeOperators", package: "hinge"),
            ],
            path: "CustomFormatTests"),
        .testTarget(
            name: "NameTests",
            dependencies: [
                .product(name: "Hinge", package: "hinge"),
                .product(name: "HingeOperators", package: "hinge"),
            ],
            path: "NameTests"),
    ],
    swiftLanguageModes: [.v6]
)
