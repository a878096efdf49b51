import Foundation
import HingeGraph

/// A folder that is removed when the test that made it is over.
final class TemporaryFolder {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("hinge-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and returns its path.
    func write(_ bytes: some Sequence<UInt8>, as name: String) throws -> String {
        let path = "\(path)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }
}

/// The bytes of a file among the fixtures.
func bytes(_ path: String) throws -> [UInt8] {
    let file = try MappedFile(path: "\(Fixtures.root)/\(path)")
    return withExtendedLifetime(file) { Array(file.region.bytes) }
}
