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

    /// Whether this process may mount a small disk, which only then can be filled.
    private static let canMount: Bool = {
        let folder = NSTemporaryDirectory() + "hinge-mount-\(UUID().uuidString)"
        let manager = FileManager.default
        try? manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? manager.removeItem(atPath: folder) }
        return mount(folder) && run("/bin/umount", "-l", folder)
    }()

    private static func mount(_ folder: String) -> Bool {
        run("/bin/mount", "-t", "tmpfs", "-o", "size=64k", "hinge", folder)
    }

    /// Runs a program; whether it succeeded.
    private static func run(_ program: String, _ arguments: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    @Test(
        "On a full disk", .enabled(if: canMount, "needs the right to mount a small disk"),
        arguments: ["onnx", "hdf5", "h5", "weights.h5", "keras", "npz", "npy"])
    func fullDisk(format: String) throws {
        try inFolder { folder in
            try #require(Self.mount(folder))
            defer { _ = Self.run("/bin/umount", "-l", folder) }
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
        "On a disk that the weights don't fit beside the model",
        .enabled(if: canMount, "needs the right to mount a small disk"))
    func fullDiskBesideTheModel() throws {
        try inFolder { folder in
            try #require(Self.mount(folder))
            defer { _ = Self.run("/bin/umount", "-l", folder) }
            let path = "\(folder)/model.onnx"
            try Data("old".utf8).write(to: URL(filePath: path))
            let error = #expect(throws: HingeError.self) {
                try Model(contentsOfFile: Self.model)
                    .write(
                        toFile: path,
                        options: WriteOptions(ONNXOptions(opset: nil, externalData: true)))
            }
            #expect(error?.code == .inputOutput)
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("old".utf8))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.onnx"])
        }
    }

    @Test(
        "Into a folder that doesn't exist",
        arguments: ["onnx", "hdf5", "h5", "weights.h5", "keras", "npz", "npy"])
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
        "In place of a folder",
        arguments: ["onnx", "hdf5", "h5", "weights.h5", "keras", "npz", "npy"])
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
