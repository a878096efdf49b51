import Foundation
import HingeGraph

/// Files that the tests read.
enum Fixture {
    /// The folder of all fixtures.
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures").path

    /// Maps a fixture, given by its path in that folder.
    static func map(_ name: String) throws -> MappedFile {
        try MappedFile(path: "\(folder)/\(name)")
    }

    /// The bytes of a fixture.
    static func bytes(_ name: String) throws -> [UInt8] {
        let file = try map(name)
        return withExtendedLifetime(file) { Array(file.region.bytes) }
    }

    /// The names of the files in a folder of fixtures that end in `suffix`.
    ///
    /// - Precondition: There are some: a test without arguments would pass.
    static func names(in folder: String, suffix: String) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "\(self.folder)/\(folder)"))
        let names = (all ?? []).filter { $0.hasSuffix(suffix) }.sorted()
        precondition(!names.isEmpty, "no fixtures \(folder)/*\(suffix)")
        return names.map { "\(folder)/\($0)" }
    }

    /// Runs `body` with the path of a folder that is removed afterwards.
    static func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "hinge-hdf5-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder.path)
    }
}
