import HingeGraph
import HingeOperators
import Testing

@testable import HingeONNX

/// A tensor of one type: in `raw_data`, and in the list for its type.
///
/// The numbers of types and fields, and the order of packed elements, are those of the ONNX standard.
struct TypedTensor: CustomTestStringConvertible, Sendable {
    let dataType: DataType
    let number: Int
    let shape: [Int]
    let raw: [UInt8]
    let typed: [UInt8]

    var testDescription: String { dataType.description }

    init(
        _ dataType: DataType, _ number: Int, _ shape: [Int], raw: [UInt8], typed: (Wire) -> Wire
    ) {
        self.dataType = dataType
        self.number = number
        self.shape = shape
        self.raw = raw
        self.typed = typed(Wire()).bytes
    }

    /// The message, with the elements in `data`.
    func message(_ data: Wire) -> Wire {
        shape.reduce(Wire()) { $0.int(1, $1) }.int(2, number).raw(data.bytes)
    }

    static func bytes<Element>(_ values: [Element]) -> [UInt8] {
        values.withUnsafeBytes { Array($0) }
    }

    static let all: [TypedTensor] = [
        TypedTensor(.float32, 1, [2], raw: bytes([1.5, -2] as [Float])) {
            $0.floats(4, [1.5, -2])
        },
        TypedTensor(.uint8, 2, [2], raw: [1, 255]) { $0.packed(5, [1, 255]) },
        TypedTensor(.int8, 3, [2], raw: [1, 255]) { $0.packed(5, [1, -1]) },
        TypedTensor(.uint16, 4, [2], raw: [1, 0, 0xFF, 0xFF]) { $0.packed(5, [1, 65535]) },
        TypedTensor(.int16, 5, [2], raw: [1, 0, 0xFE, 0xFF]) { $0.packed(5, [1, -2]) },
        TypedTensor(.int32, 6, [2], raw: bytes([1, -3] as [Int32])) { $0.packed(5, [1, -3]) },
        TypedTensor(.int64, 7, [2], raw: bytes([1, -4] as [Int64])) { $0.packed(7, [1, -4]) },
        TypedTensor(.bool, 9, [2], raw: [0, 1]) { $0.packed(5, [0, 1]) },
        TypedTensor(.float16, 10, [1], raw: [0x00, 0xBC]) { $0.packed(5, [0xBC00]) },
        TypedTensor(.float64, 11, [1], raw: bytes([0.1])) { $0.bytes(10, bytes([0.1])) },
        TypedTensor(.uint32, 12, [1], raw: bytes([4_000_000_000] as [UInt32])) {
            $0.packed(11, [4_000_000_000])
        },
        TypedTensor(.uint64, 13, [1], raw: bytes([UInt64.max])) { $0.packed(11, [-1]) },
        TypedTensor(.complex64, 14, [1], raw: bytes([1, -1] as [Float])) { $0.floats(4, [1, -1]) },
        TypedTensor(.complex128, 15, [1], raw: bytes([1.0, -1])) {
            $0.bytes(10, bytes([1.0, -1]))
        },
        TypedTensor(.bfloat16, 16, [1], raw: [0x80, 0x3F]) { $0.packed(5, [0x3F80]) },
        TypedTensor(.float8e4m3fn, 17, [1], raw: [0xB8]) { $0.packed(5, [0xB8]) },
        TypedTensor(.float8e4m3fnuz, 18, [1], raw: [0xC0]) { $0.packed(5, [0xC0]) },
        TypedTensor(.float8e5m2, 19, [1], raw: [0xBC]) { $0.packed(5, [0xBC]) },
        TypedTensor(.float8e5m2fnuz, 20, [1], raw: [0xC0]) { $0.packed(5, [0xC0]) },
        TypedTensor(.uint4, 21, [3], raw: [0x21, 0x0F]) { $0.packed(5, [0x21, 0x0F]) },
        TypedTensor(.int4, 22, [3], raw: [0xF1, 0x08]) { $0.packed(5, [0xF1, 0x08]) },
        TypedTensor(.float4e2m1, 23, [3], raw: [0x21, 0x0F]) { $0.packed(5, [0x21, 0x0F]) },
        TypedTensor(.float8e8m0, 24, [1], raw: [0x7F]) { $0.packed(5, [0x7F]) },
        TypedTensor(.uint2, 25, [5], raw: [0b11_10_01_00, 0b01]) { $0.packed(5, [0xE4, 1]) },
        TypedTensor(.int2, 26, [5], raw: [0b11_10_01_00, 0b01]) { $0.packed(5, [0xE4, 1]) },
        // What `onnx.numpy_helper` makes of elements with these bits.
        TypedTensor(.float6e2m3, 27, [5], raw: [0x41, 0xF8, 0x2B, 0x15]) {
            $0.packed(5, [0x01, 0x21, 0x3F, 0x0A, 0x15])
        },
        TypedTensor(.float6e3m2, 28, [5], raw: [0x41, 0xF8, 0x2B, 0x15]) {
            $0.packed(5, [0x01, 0x21, 0x3F, 0x0A, 0x15])
        },
    ]
}

@Suite("Tensors")
struct TensorTests {
    @Test("Every type is read from raw data and from its list", arguments: TypedTensor.all)
    func types(_ tensor: TypedTensor) throws {
        #expect(tensor.dataType.number == tensor.number)
        for data in [Wire().bytes(9, tensor.raw), Wire(bytes: tensor.typed)] {
            let message = tensor.message(data)
            let value = try ONNXValueFile.read(message.region, as: .tensor)
            let read = try #require(value.value.tensor)
            #expect(read.dataType == tensor.dataType)
            #expect(read.shape == tensor.shape)
            #expect(read.withUnsafeBytes { Array($0) } == tensor.raw)
            let written = try ONNXValueFile.encode(value).bytes
            let again = try ONNXValueFile.read(Wire(bytes: written).region, as: .tensor)
            #expect(again.value == value.value)
            #expect(written.sorted() == tensor.message(data).bytes.sorted())
        }
    }

    @Test("Strings need not be UTF-8")
    func strings() throws {
        let message = Wire().int(1, 2).int(2, 8).text(6, "a").bytes(6, [0xFF, 0x00])
        let value = try ONNXValueFile.read(message.region, as: .tensor)
        #expect(value.value.tensor?.strings == ["a", ByteString(bytes: [0xFF, 0x00])])
    }

    @Test("Integers that are written with the other sign stay as they are")
    func exactElements() throws {
        let message = Wire().int(1, 2).int(2, 3).packed(5, [200, -1])
        var value = try ONNXValueFile.read(message.region, as: .tensor)
        #expect(value.value.tensor == Tensor([-56, -1] as [Int8]))
        #expect(try ONNXValueFile.encode(value).bytes.sorted() == message.bytes.sorted())
        value.value = .tensor(Tensor([1, -1] as [Int8]))
        #expect(
            try ONNXValueFile.encode(value).bytes.sorted()
                == Wire().int(1, 2).int(2, 3).packed(5, [1, -1]).bytes.sorted())
    }

    @Test(
        "A tensor that contradicts itself is an error",
        arguments: [
            HostileMessage(
                "too few raw bytes",
                Wire().int(1, 2).int(2, 1).text(8, "w").bytes(9, [0, 0, 0, 0]),
                "tensor 'w': expected 8 bytes for float32[2], found 4"),
            HostileMessage(
                "too many floats", Wire().int(1, 1).int(2, 1).floats(4, [1, 2]),
                "tensor '': expected 4 bytes for float32[1], found 8"),
            HostileMessage(
                "too few packed elements", Wire().int(1, 3).int(2, 22).packed(5, [1]),
                "tensor '': expected 2 entries in 'int32_data' for int4[3], found 1"),
            HostileMessage(
                "an element that does not fit", Wire().int(1, 1).int(2, 3).packed(5, [256]),
                "tensor '': the entry 256 of 'int32_data' does not fit int8"),
            HostileMessage(
                "uint32 over 32 bits", Wire().int(1, 1).int(2, 12).packed(11, [1 << 32]),
                "tensor '': the element 4294967296 does not fit uint32"),
            HostileMessage(
                "two storages", Wire().int(1, 1).int(2, 1).bytes(9, [0, 0, 0, 0]).floats(4, [1]),
                "tensor '': expected the float32 elements in 'raw_data', found 'float_data'"),
            HostileMessage(
                "the storage of another type", Wire().int(1, 1).int(2, 1).packed(7, [1]),
                "tensor '': expected the float32 elements in 'float_data', found 'int64_data'"),
            HostileMessage(
                "raw strings", Wire().int(1, 1).int(2, 8).bytes(9, [0]),
                "tensor '': expected strings in 'string_data', found 'raw_data'"),
            HostileMessage(
                "a negative dimension", Wire().int(1, -1).int(2, 1),
                "tensor '' › field 'dims': expected dimensions of at least 0, found -1"),
            HostileMessage(
                "dimensions whose product overflows",
                Wire().int(1, 1 << 32).int(1, 1 << 32).int(2, 1).bytes(9, []),
                "tensor '': shape [4294967296, 4294967296] has more elements than fit in memory"),
            HostileMessage(
                "2^62 floats", Wire().int(1, 1 << 62).int(2, 1).bytes(9, []),
                "tensor '': shape [4611686018427387904] has more elements than fit in memory"),
            HostileMessage(
                "no type", Wire().int(1, 1).bytes(9, [0]),
                "tensor '': expected an element type, found none"),
            HostileMessage(
                "a type that does not exist", Wire().int(1, 1).int(2, 99).bytes(9, [0]),
                "tensor '': expected an element type, found 99"),
            HostileMessage(
                "an element of more than 6 bits", Wire().int(1, 1).int(2, 27).packed(5, [64]),
                "tensor '': the entry 64 of 'int32_data' does not fit float6e2m3"),
            HostileMessage(
                "external data outside a model", Wire().int(1, 1).int(2, 1).int(14, 1),
                "tensor '': external data is supported in models only"),
        ])
    func contradictions(_ message: HostileMessage) {
        let region = Wire(bytes: message.bytes).region
        #expect(
            errorText { _ = try ONNXValueFile.read(region, as: .tensor) } == message.error)
    }
}
