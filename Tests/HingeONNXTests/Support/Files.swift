import Foundation
import HingeGraph

@testable import HingeONNX

/// The repository's fixtures.
enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures").path

    /// The real models, smallest first.
    ///
    /// - Precondition: There are some: a test without arguments would pass.
    static let models: [String] = {
        let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String }
        let models = (files ?? []).filter { $0.hasSuffix(".onnx") && !$0.hasPrefix("hostile") }
        precondition(models.count > 20, "found \(models.count) models")
        func size(_ path: String) -> Int {
            (try? MappedFile(path: "\(folder)/\(path)").byteCount) ?? 0
        }
        return models.sorted { (size($0), $0) < (size($1), $1) }
    }()

    static func file(_ name: String) throws -> MappedFile {
        try MappedFile(path: "\(folder)/\(name)")
    }
}

/// A folder for the files of one test, removed with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "hinge-onnx-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ bytes: [UInt8], _ name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    func read(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
    }

    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }
}
