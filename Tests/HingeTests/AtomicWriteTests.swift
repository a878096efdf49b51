import Foundation
import HingeArchive
import Testing

@testable import Hinge

/// Writes that fail leave the old file as it was, and nothing beside it.
@Suite("Failing writes", .serialized)
struct AtomicWriteTests {
    /// The fixture that each format's file is written from.
    private static let model = DamagedFile.root + "/digits/digits-torch.onnx"

    private func inFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "hinge-write-\(UUID().uuidString)"
        let manager = FileManager.default
        try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? manager.removeItem(atPath: folder) }
        try body(folder)
    }

    private func write(_ path: String) throws {
        if path.hasSuffix(".npz") {
            let zeros = try Tensor(zeros: .float32, shape: [1 << 16])
            try Npz.write([(name: "zeros", tensor: zeros)], toPath: path)
        } else if path.hasSuffix(".npy") {
            try Npy.write(Tensor(zeros: .float32, shape: [1 << 16]), toPath: path)
        } else {
            try Model(contentsOfFile: Self.model).write(toFile: path)
        }
    }

    /// Runs a program; whether it succeeded.
    private func run(_ program: String, _ arguments: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    @Test(
        "On a full disk",
        arguments: ["onnx", "hdf5", "h5", "keras", "npz", "npy"])
    func fullDisk(format: String) throws {
        try inFolder { folder in
            // Only who may mount a small disk can fill it.
            guard run("/bin/mount", "-t", "tmpfs", "-o", "size=64k", "hinge", folder) else {
                return
            }
            defer { _ = run("/bin/umount", "-l", folder) }
            let path = "\(folder)/model.\(format)"
            try Data("old".utf8).write(to: URL(filePath: path))
            let error = #expect(throws: HingeError.self) { try write(path) }
            #expect(error?.code == .inputOutput)
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("old".utf8))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.\(format)"])
        }
    }

    @Test(
        "Into a folder that doesn't exist",
        arguments: ["onnx", "hdf5", "h5", "keras", "npz", "npy"])
    func noFolder(format: String) throws {
        try inFolder { folder in
            let path = "\(folder)/none/model.\(format)"
            let error = #expect(throws: HingeError.self) { try write(path) }
            #expect(error?.code == .cannotCreate)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(names.isEmpty)
        }
    }

    @Test(
        "In place of a folder", arguments: ["onnx", "hdf5", "h5", "keras", "npz", "npy"])
    func overFolder(format: String) throws {
        try inFolder { folder in
            let path = "\(folder)/model.\(format)"
            try FileManager.default.createDirectory(
                atPath: "\(path)/inside", withIntermediateDirectories: true)
            let error = #expect(throws: HingeError.self) { try write(path) }
            #expect(error?.code == .cannotCreate)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.\(format)"])
        }
    }
}
