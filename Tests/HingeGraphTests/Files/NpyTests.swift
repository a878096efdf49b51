import Foundation
import HingeGraph
import Testing

@Suite struct NpyTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/npy").path

    private static func map(_ name: String) throws -> MappedFile {
        try MappedFile(path: "\(folder)/\(name).npy")
    }

    private static func bytes(_ name: String) throws -> [UInt8] {
        let file = try map(name)
        return withExtendedLifetime(file) { Array(file.region.bytes) }
    }

    /// The files that NumPy wrote, with the elements that it read back.
    private static func expected() throws -> [String: [String: [Any]]] {
        let data = try Data(contentsOf: URL(filePath: "\(folder)/expected.json"))
        return try #require(
            try JSONSerialization.jsonObject(with: data) as? [String: [String: [Any]]])
    }

    @Test func readsWhatNumPyWrote() throws {
        let files = try Self.expected()
        #expect(files.count == 38)
        for (name, expected) in files {
            let tensor = try Npy.read(Self.map(name))
            #expect(tensor.shape == expected["shape"] as? [Int], "\(name)")
            let elements = try #require(expected["elements"])
            switch tensor.dataType {
            case .string:
                #expect(tensor.strings?.map(\.text) == elements as? [String], "\(name)")
            case .complex64:
                let parts = tensor.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
                #expect(parts.map(Double.init) == elements as? [Double], "\(name)")
            case .complex128:
                let parts = tensor.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
                #expect(parts == elements as? [Double], "\(name)")
            case .bool:
                #expect(try tensor.doubles().map { $0 == 1 } == elements as? [Bool], "\(name)")
            default:
                #expect(try tensor.doubles() == elements as? [Double], "\(name)")
            }
            if let kind = name.split(separator: "_").dropFirst().first, name.contains("tle_") {
                #expect(Self.type(kind) == tensor.dataType, "\(name)")
            }
        }
    }

    private static func type(_ kind: Substring) -> DataType? {
        let names = ["f": "float", "i": "int", "u": "uint", "c": "complex"]
        let bits = Int(kind.dropFirst()).map { $0 * 8 } ?? 0
        return names[String(kind.prefix(1))].flatMap { DataType(name: "\($0)\(bits)") }
    }

    /// Reading and writing again gives NumPy's bytes.
    @Test(arguments: [
        "little_f2", "little_f4", "little_f8", "little_i1", "little_i2", "little_i4", "little_i8",
        "little_u1", "little_u2", "little_u4", "little_u8", "little_c8", "little_c16", "bool",
        "scalar", "empty", "vector", "unicode", "many",
    ])
    func writesTheBytesThatNumPyWrites(_ name: String) throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "hinge-\(UUID().uuidString).npy").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Npy.write(Npy.read(Self.map(name)), toPath: path)
        let written = try Data(contentsOf: URL(filePath: path))
        #expect(try written == Data(contentsOf: URL(filePath: "\(Self.folder)/\(name).npy")))
    }

    @Test func mapsElementsInNativeOrder() throws {
        let file = try Self.map("little_f4")
        let tensor = try Npy.read(file)
        tensor.withUnsafeBytes { bytes in
            #expect(bytes.baseAddress == UnsafeRawPointer(file.region.base + 128))
        }
    }

    @Test func keepsBFloat16AndByteStrings() throws {
        let tensors = [
            Tensor([BFloat16(1.5), BFloat16(-2)], shape: [1, 2]),
            try Tensor(strings: [ByteString(bytes: [0xFF, 0x61]), "b"], shape: [2]),
            try Tensor(strings: [], shape: [0]),
        ]
        for tensor in tensors {
            #expect(try Npy.read(Self.encode(tensor)) == tensor)
        }
    }

    private static func encode(_ tensor: Tensor) throws -> MemoryRegion {
        let pieces = try Npy.pieces(of: tensor)
        return withExtendedLifetime(pieces) {
            MemoryRegion(copying: pieces.flatMap { Array($0.bytes) })
        }
    }

    @Test(arguments: [
        (DataType.float8e4m3fn, "NumPy has no elements of type float8e4m3fn"),
        (.int4, "NumPy has no elements of type int4"),
    ])
    func refusesToWriteWhatNumPyLacks(_ type: DataType, _ message: String) {
        let error = #expect(throws: HingeError.self) {
            try Npy.pieces(of: Tensor(zeros: type, shape: [2]))
        }
        #expect(error?.description == message)
    }

    @Test func refusesToWriteStringsThatEndInZero() throws {
        let tensor = try Tensor(strings: ["a\0"], shape: [])
        let error = #expect(throws: HingeError.self) { try Npy.pieces(of: tensor) }
        #expect(error?.description == "NumPy has no strings that end in a zero byte")
    }

    @Test(arguments: [
        ("objects", "field 'header': type '|O': pickled Python objects, which are never read"),
        ("record", "field 'header': records of several fields are not supported"),
        ("date", "field 'header': type '<M8[D]': dates and times are not supported"),
        ("long_double", "field 'header': type '<f16': elements of this type are not supported"),
    ])
    func refusesWhatATensorCannotHold(_ name: String, _ message: String) throws {
        let file = try Self.map(name)
        let error = #expect(throws: HingeError.self) { try Npy.read(file) }
        #expect(error?.description == message)
        #expect(error?.code == .unsupported)
    }

    @Test(arguments: [
        ("", "this is not an .npy file: it does not begin with 93 NUMPY"),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
            "expected 8 bytes of elements"
                + " for shape [2], found 0"
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775808)}",
            "field 'header': a dimension is too large"
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
            "shape [4294967296, 4294967296] has more elements than fit in memory"
        ),
        (
            "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904,)}",
            "shape [4611686018427387904] has more elements than fit in memory"
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
            "field 'header' › byte 51: expected a number"
        ),
        (
            "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
            "field 'header' › byte 34: expected True or False"
        ),
        (
            "{'descr': 'f4', 'fortran_order': False, 'shape': ()}",
            "field 'header': 'f4' is not a type of NumPy"
        ),
        (
            "{'descr': '<q4', 'fortran_order': False, 'shape': ()}",
            "field 'header': type '<q4': elements of this type are not supported"
        ),
        (
            "{'descr': '<f4', 'shape': ()}",
            "field 'header': expected the entries descr, fortran_order and shape"
        ),
        (
            "{'descr': '<f4', 'descr': '<f4', 'shape': ()}",
            "field 'header': unexpected entry 'descr'"
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': ()} + 1",
            "field 'header' › byte 54: expected the end"
        ),
        ("{'descr': '<f4", "field 'header' › byte 14: expected '''"),
        ("(\(String(repeating: "1,", count: 65)))", "field 'header' › byte 0: expected '{'"),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (\(String(repeating: "1,", count: 65)))}",
            "field 'header': expected at most 64 dimensions"
        ),
    ])
    func refusesAMalformedHeader(_ header: String, _ message: String) {
        let size = header.utf8.count
        let prefix: [UInt8] =
            [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(size & 0xFF), UInt8(size >> 8)]
        let region = MemoryRegion(copying: header.isEmpty ? [] : prefix + Array(header.utf8))
        let error = #expect(throws: HingeError.self) { try Npy.read(region) }
        #expect(error?.description == message)
    }

    @Test(arguments: ["little_f4", "big_c16", "fortran", "unicode", "version2", "version3"])
    func refusesATruncatedFile(_ name: String) throws {
        let whole = try Self.bytes(name)
        for length in 0..<whole.count {
            let region = MemoryRegion(copying: whole[..<length])
            #expect(throws: HingeError.self, "\(length) bytes") { try Npy.read(region) }
        }
    }

    @Test(arguments: ["little_f4", "fortran_big", "unicode", "bytes", "version2"])
    func survivesFlippedBytes(_ name: String) throws {
        let whole = try Self.bytes(name)
        var random = SplitMix64(state: 2)
        var refused = 0
        for _ in 0..<2000 {
            var bytes = whole
            bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                UInt8.random(in: 1...255, using: &random)
            do {
                let tensor = try Npy.read(MemoryRegion(copying: bytes))
                #expect(tensor.byteCount <= bytes.count * 4)
            } catch is HingeError {
                refused += 1
            }
        }
        #expect(refused > 200 && refused < 2000)
    }
}

/// A small generator of random numbers that gives the same ones each time.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
