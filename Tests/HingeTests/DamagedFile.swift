import Foundation
import Hinge
import HingeArchive
import HingeOperators
import Testing

/// A fixture to be damaged.
struct DamagedFile: CustomTestStringConvertible {
    let path: String

    var testDescription: String { String(path.dropFirst(Self.root.count + 1)) }

    static let root = #filePath.components(separatedBy: "/Tests/")[0] + "/Fixtures"

    /// All models in the folders of real ones.
    ///
    /// - Precondition: There are some in each: a test without arguments would pass.
    static let models: [DamagedFile] = ["digits", "onnx", "keras"].flatMap { folder in
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")) ?? []
        precondition(names.contains { $0.hasSuffix(".onnx") || $0.hasSuffix(".keras") })
        return names.sorted().filter { name in
            [".onnx", ".keras", ".h5"].contains { name.hasSuffix($0) }
        }.map { DamagedFile(path: "\(root)/\(folder)/\($0)") }
    }

    /// A few files of arrays.
    static let arrays = [
        "digits/digits.npz", "onnx/torch-gru.npz", "npy/unicode.npy", "npy/fortran.npy",
        "npy/version3.npy",
    ].map { DamagedFile(path: "\(root)/\($0)") }

    /// The most bytes that a value of a damaged model may take.
    static let memoryLimit = 1 << 18

    /// Set to look for more: how many times as often as usual each file is damaged.
    static let factor =
        ProcessInfo.processInfo.environment["HINGE_DAMAGE_FACTOR"].flatMap { Int($0) } ?? 1

    /// A generator whose numbers are those of this file: each is damaged in other places.
    func generator(seed: UInt64) -> SeededGenerator {
        SeededGenerator(seed: testDescription.utf8.reduce(seed) { $0 &* 31 &+ UInt64($1) })
    }

    /// The file's bytes as they are.
    func bytes() throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// Whether bytes may be flipped: libhdf5 itself crashes on damaged files.
    var isFlippable: Bool { !path.hasSuffix(".h5") }

    /// The places in a file outside of HDF5.
    static func flippable(_ bytes: [UInt8]) -> [Int] {
        let data = Data(bytes)
        var places = IndexSet(integersIn: 0..<bytes.count)
        var start = 0
        let signature = Data([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
        while let hdf5 = data.range(of: signature, in: start..<data.count) {
            let next = [[0x50, 0x4B, 0x03, 0x04], [0x50, 0x4B, 0x01, 0x02]].compactMap {
                data.range(of: Data($0), in: hdf5.upperBound..<data.count)?.lowerBound
            }
            start = next.min() ?? data.count
            places.remove(integersIn: hdf5.lowerBound..<start)
        }
        return Array(places)
    }

    /// Reads the damaged file and runs the model; what is wrong with the way that this ends, or `nil`.
    func outcome(_ region: MemoryRegion, isRun: Bool = false) -> String? {
        do {
            let file = MappedFile(path: path, region: region)
            try MemoryLimit.$perValue.withValue(DamagedFile.memoryLimit) {
                try read(file, isRun: isRun)
            }
            return nil
        } catch let error as HingeError {
            return error.code == .internalError ? "\(error)" : nil
        } catch {
            return "not an error of Hinge: \(error)"
        }
    }

    private func read(_ file: MappedFile, isRun: Bool) throws {
        if path.hasSuffix(".npz") {
            _ = try Npz.read(file)
        } else if path.hasSuffix(".npy") {
            _ = try Npy.read(file)
        } else {
            let model = try ModelFormats.standard.read(.file(file))
            guard isRun else { return }
            let session = try Session(model, options: Session.Options(engine: .reference))
            _ = try session.run(try InputGenerator().inputs(for: model))
        }
    }
}

/// A member of a zip file that is not compressed.
struct StoredMember {
    /// Where its content is.
    let content: Range<Int>
    private let checksums: [Int]
    /// What is left of each byte when it has been divided.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(byte) { rest, _ in rest >> 1 ^ (rest & 1 == 1 ? 0xEDB8_8320 : 0) }
    }

    /// Finds a member through the file's directory; `nil` when there is none, or it is compressed.
    init?(of bytes: [UInt8], named name: String) {
        func number(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reversed().reduce(0) { $0 << 8 | Int(bytes[offset + $1]) }
        }
        let data = Data(bytes)
        var start = 0
        while let entry = data.range(of: Data([0x50, 0x4B, 1, 2]), in: start..<data.count) {
            start = entry.upperBound
            let first = entry.lowerBound
            let nameLength = number(first + 28, 2)
            guard bytes[first + 46..<first + 46 + nameLength].elementsEqual(name.utf8) else {
                continue
            }
            guard number(first + 10, 2) == 0 else { return nil }
            let local = number(first + 42, 4)
            let begin = local + 30 + number(local + 26, 2) + number(local + 28, 2)
            content = begin..<begin + number(first + 24, 4)
            checksums = [first + 16, local + 14]
            return
        }
        return nil
    }

    /// Writes the checksum of the content as it is now (CRC-32).
    func repairChecksum(of bytes: inout [UInt8]) {
        let remainder = bytes[content].withUnsafeBufferPointer { content in
            var remainder: UInt32 = .max
            for byte in content {
                remainder = remainder >> 8 ^ Self.table[Int((remainder ^ UInt32(byte)) & 0xFF)]
            }
            return remainder
        }
        for offset in checksums {
            for index in 0..<4 {
                bytes[offset + index] = UInt8(truncatingIfNeeded: ~remainder >> (8 * UInt32(index)))
            }
        }
    }
}
