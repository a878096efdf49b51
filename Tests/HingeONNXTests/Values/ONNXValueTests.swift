import HingeGraph
import Testing

@testable import HingeONNX

@Suite("Values in files")
struct ONNXValueTests {
    private static func tensor(_ name: String, _ value: Float) -> Wire {
        Wire().int(1, 1).int(2, 1).floats(4, [value]).text(8, name)
    }

    /// Each kind, as a message and as what it means.
    static let values: [(ONNXValue.Kind, Wire, Value)] = [
        (.tensor, tensor("t", 1), .tensor(Tensor([1] as [Float]))),
        (
            .sequence,
            Wire().text(1, "s").int(2, 1).message(3, tensor("a", 1)).message(3, tensor("b", 2)),
            .sequence([.tensor(Tensor([1] as [Float])), .tensor(Tensor([2] as [Float]))])
        ),
        (.sequence, Wire().int(2, 1), .sequence([])),
        (
            .sequence,
            Wire().int(2, 3).message(5, Wire().int(2, 1).message(3, tensor("", 1))),
            .sequence([.sequence([.tensor(Tensor([1] as [Float]))])])
        ),
        (
            .optional, Wire().int(2, 1).message(3, tensor("x", 3)),
            .optional(.tensor(Tensor([3] as [Float])))
        ),
        (.optional, Wire().text(1, "none").int(2, 0), .optional(nil)),
        (
            .map,
            Wire().int(2, 8).text(4, "k").message(
                5, Wire().int(2, 1).message(3, tensor("", 4))),
            .map(
                keys: Tensor.vector(["k"]), values: [.tensor(Tensor([4] as [Float]))])
        ),
        (
            .map,
            Wire().int(2, 2).int(3, 200).message(5, Wire().int(2, 1).message(3, tensor("", 4))),
            .map(
                keys: Tensor([200] as [UInt8]), values: [.tensor(Tensor([4] as [Float]))])
        ),
        (
            .sparseTensor,
            Wire().message(1, tensor("v", 5))
                .message(2, Wire().int(1, 1).int(2, 7).packed(7, [3])).int(3, 2).int(3, 2),
            .sparseTensor(
                SparseTensor(
                    values: Tensor([5] as [Float]), indices: Tensor([3] as [Int64]),
                    shape: [2, 2], name: "v"))
        ),
    ]

    @Test("Each kind is read, and written as it was", arguments: 0..<values.count)
    func roundTrip(index: Int) throws {
        let (kind, wire, expected) = Self.values[index]
        let value = try ONNXValueFile.read(wire.region, as: kind)
        #expect(value.kind == kind)
        #expect(plain(value.value) == expected)
        #expect(try ONNXValueFile.encode(value).bytes.sorted() == wire.bytes.sorted())
    }

    @Test("A value that comes from nowhere is written, and read again", arguments: 0..<values.count)
    func fresh(index: Int) throws {
        let (kind, _, expected) = Self.values[index]
        let bytes = try ONNXValueFile.encode(ONNXValue(name: "fresh", expected)).bytes
        let again = try ONNXValueFile.read(Wire(bytes: bytes).region, as: kind)
        #expect(again.name == "fresh")
        if kind != .sparseTensor { #expect(plain(again.value) == expected) }
    }

    @Test("The kind is found by the content, where it can be", arguments: 0..<values.count)
    func findsKind(index: Int) throws {
        let (kind, wire, _) = Self.values[index]
        let folder = try TemporaryFolder()
        try folder.write(wire.bytes, "v.pb")
        let found = try ONNXValueFile.read(folder.path + "/v.pb").kind
        // An optional looks like a sequence of at most one element.
        #expect(found == (kind == .optional ? .sequence : kind))
    }

    @Test(
        "A value that contradicts itself is an error",
        arguments: [
            HostileMessage(
                "elements of another kind", Wire().int(2, 3).message(3, tensor("", 1)),
                "expected elements of kind 3, found 1 of 1"),
            HostileMessage(
                "a kind that does not exist", Wire().int(2, 9),
                "field 'elem_type': expected a kind of element from 0 to 5, found 9"),
            HostileMessage(
                "an element that is malformed",
                Wire().int(2, 1).message(3, tensor("", 1)).message(3, Wire().int(2, 1)),
                "element 1 › tensor '': expected 4 bytes for float32[], found 0"),
        ])
    func contradictions(_ message: HostileMessage) {
        let region = Wire(bytes: message.bytes).region
        #expect(
            errorText { _ = try ONNXValueFile.read(region, as: .sequence) } == message.error)
    }

    /// The value without what only its file knows.
    private func plain(_ value: Value) -> Value {
        guard case .sparseTensor(var tensor) = value else { return value }
        tensor.origin = nil
        return .sparseTensor(tensor)
    }
}

extension Tensor {
    /// A vector of strings.
    fileprivate static func vector(_ strings: [ByteString]) -> Tensor {
        do {
            return try Tensor(strings: strings, shape: [strings.count])
        } catch {
            fatalError("\(error)")
        }
    }
}
