import Foundation
import Testing

/// The `hinge` program as a user runs it.
enum Tool {
    /// What a run of the program gave.
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    /// The package's folder.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// A file of the fixtures.
    static func fixture(_ path: String) -> String { "\(root)/Fixtures/\(path)" }

    /// The program, which is built beside the tests.
    static func program() throws -> URL {
        var folder = Bundle.main.bundleURL
        for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") {
            folder = bundle.bundleURL.deletingLastPathComponent()
        }
        // The helper that runs a bundle of tests is told where it is.
        let told = CommandLine.arguments.compactMap { argument in
            argument.range(of: ".xctest").map { argument[..<$0.upperBound] }
        }.map { URL(fileURLWithPath: String($0)).deletingLastPathComponent() }
        for candidate in [folder, folder.deletingLastPathComponent()] + told {
            let program = candidate.appendingPathComponent("hinge")
            if FileManager.default.isExecutableFile(atPath: program.path) { return program }
        }
        let fallback = URL(fileURLWithPath: "\(root)/.build/debug/hinge")
        try #require(FileManager.default.isExecutableFile(atPath: fallback.path))
        return fallback
    }

    /// Runs the program.
    static func run(_ arguments: String..., folder: String? = nil) throws -> Result {
        try run(arguments, folder: folder)
    }

    /// Runs the program.
    static func run(
        _ arguments: [String], program: URL? = nil, folder: String? = nil
    ) throws -> Result {
        let process = Process()
        process.executableURL = try program ?? self.program()
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder ?? root)
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // Both pipes are emptied at once, so that neither fills up while the other is read.
        nonisolated(unsafe) var errorData = Data()
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            errorData = errors.fileHandleForReading.readDataToEndOfFile()
        }
        let outputData = output.fileHandleForReading.readDataToEndOfFile()
        group.wait()
        process.waitUntilExit()
        return Result(
            status: process.terminationReason == .exit ? process.terminationStatus : -1,
            output: String(decoding: outputData, as: UTF8.self),
            errors: String(decoding: errorData, as: UTF8.self))
    }

    /// Runs `body` with a folder that is removed afterwards.
    static func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("hinge-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder.path)
    }
}
