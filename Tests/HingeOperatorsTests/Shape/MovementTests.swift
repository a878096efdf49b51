import HingeGraph
import Testing

@testable import HingeOperators

/// Operators that move elements without looking at them, in every element type.
///
/// The expected elements are what NumPy 1.24 gives for the numbers from 0 on: `transpose`, `concatenate`, slicing,
/// `take`, `take_along_axis`, `pad`, `broadcast_to`, `tile`, `triu`, `tril` and `compress`; for the blocks of
/// DepthToSpace and SpaceToDepth, the `reshape` and `transpose` that the standard states.
@Suite("Movement")
struct MovementTests {
    /// An operator, the shapes of the tensors that it moves, and which of their elements, counted through,
    /// each element of the result is; −1 is a zero.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var operation: any Operator
        var shapes: [[Int]]
        var operands: [Tensor?] = []
        var result: [Int]
        var elements: [Int]
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "Transpose", operation: Transpose([2, 0, 1]), shapes: [[2, 3, 4]],
            result: [4, 2, 3],
            elements: [
                0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19,
                23,
            ]),
        Case(
            name: "Transpose, reversed", operation: Transpose(), shapes: [[2, 3, 4]],
            result: [4, 3, 2],
            elements: [
                0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11,
                23,
            ]),
        Case(
            name: "Concat", operation: Concat(axis: -1), shapes: [[2, 3, 4], [2, 3, 2]],
            result: [2, 3, 6],
            elements: [
                0, 1, 2, 3, 24, 25, 4, 5, 6, 7, 26, 27, 8, 9, 10, 11, 28, 29, 12, 13, 14, 15, 30,
                31, 16, 17, 18, 19, 32, 33, 20, 21, 22, 23, 34, 35,
            ]),
        Case(
            name: "Slice, backwards",
            operation: SliceOf(
                starts: [-1, 1], ends: [Int.min, -1], axes: [1, 2], steps: [-2, 1]),
            shapes: [[2, 3, 4]], result: [2, 2, 2], elements: [9, 10, 1, 2, 21, 22, 13, 14]),
        Case(
            name: "Slice, two steps",
            operation: SliceOf(starts: [1, 3], ends: [2, 0], axes: [0, -1], steps: [1, -2]),
            shapes: [[2, 3, 4]], result: [1, 3, 2], elements: [15, 13, 19, 17, 23, 21]),
        Case(
            name: "Gather", operation: Gather(axis: 1), shapes: [[2, 3, 4]],
            operands: [Tensor([Int32](arrayLiteral: 2, 0, -1, 1), shape: [2, 2])],
            result: [2, 2, 2, 4],
            elements: [
                8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15,
                20, 21, 22, 23, 16, 17, 18, 19,
            ]),
        Case(
            name: "GatherElements", operation: GatherElements(axis: 2), shapes: [[2, 3, 4]],
            operands: [Tensor([Int64](arrayLiteral: 3, 1, 0, -1), shape: [1, 2, 2])],
            result: [1, 2, 2], elements: [3, 1, 4, 7]),
        Case(
            name: "GatherND", operation: GatherND(), shapes: [[2, 3, 4]],
            operands: [Tensor([Int64](arrayLiteral: 1, 2, 0, -1), shape: [2, 2])],
            result: [2, 4], elements: [20, 21, 22, 23, 8, 9, 10, 11]),
        Case(
            name: "Pad, edge", operation: Pad(.edge, pads: [1, 2, 0, 1]), shapes: [[3, 4]],
            result: [4, 7],
            elements: [
                0, 0, 0, 1, 2, 3, 3, 0, 0, 0, 1, 2, 3, 3, 4, 4, 4, 5, 6, 7, 7, 8, 8, 8, 9, 10, 11,
                11,
            ]),
        Case(
            name: "Pad, reflect", operation: Pad(.reflect, pads: [1, 0, 2, 3]), shapes: [[3, 4]],
            result: [6, 7],
            elements: [
                4, 5, 6, 7, 6, 5, 4, 0, 1, 2, 3, 2, 1, 0, 4, 5, 6, 7, 6, 5, 4, 8, 9, 10, 11, 10, 9,
                8, 4, 5, 6, 7, 6, 5, 4, 0, 1, 2, 3, 2, 1, 0,
            ]),
        // Checked against ONNX Runtime: what is added is made of what is left.
        Case(
            name: "Pad, wrap, after removing", operation: Pad(.wrap, pads: [-1, 2]), shapes: [[5]],
            result: [6], elements: [1, 2, 3, 4, 1, 2]),
        Case(
            name: "Pad, wrap, before removing", operation: Pad(.wrap, pads: [2, -1]), shapes: [[5]],
            result: [6], elements: [2, 3, 0, 1, 2, 3]),
        Case(
            name: "Pad, wrap", operation: Pad(.wrap, pads: [2, 1, 1, 4]), shapes: [[3, 4]],
            result: [6, 9],
            elements: [
                7, 4, 5, 6, 7, 4, 5, 6, 7, 11, 8, 9, 10, 11, 8, 9, 10, 11, 3, 0, 1, 2, 3, 0, 1, 2,
                3, 7, 4, 5, 6, 7, 4, 5, 6, 7, 11, 8, 9, 10, 11, 8, 9, 10, 11, 3, 0, 1, 2, 3, 0, 1,
                2, 3,
            ]),
        Case(
            name: "Pad", operation: Pad(pads: [1, 0, 0, 2]), shapes: [[3, 4]], result: [4, 6],
            elements: [
                -1, -1, -1, -1, -1, -1, 0, 1, 2, 3, -1, -1, 4, 5, 6, 7, -1, -1, 8, 9, 10, 11, -1,
                -1,
            ]),
        Case(
            name: "Pad that removes", operation: Pad(pads: [-1, 1, 0, -2]), shapes: [[3, 4]],
            result: [2, 3], elements: [-1, 4, 5, -1, 8, 9]),
        Case(
            name: "Expand", operation: Expand(shape: [2, 1, 4]), shapes: [[3, 1]],
            result: [2, 3, 4],
            elements: [
                0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2,
            ]),
        Case(
            name: "Tile", operation: Tile(repeats: [2, 2]), shapes: [[2, 3]], result: [4, 6],
            elements: [
                0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5, 0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5,
            ]),
        Case(
            name: "DepthToSpace", operation: DepthToSpace(blockSize: 2), shapes: [[1, 8, 1, 2]],
            result: [1, 2, 2, 4],
            elements: [0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15]),
        Case(
            name: "DepthToSpace, depth last",
            operation: DepthToSpace(blockSize: 2, order: .depthLast), shapes: [[1, 8, 1, 2]],
            result: [1, 2, 2, 4],
            elements: [0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15]),
        Case(
            name: "SpaceToDepth", operation: SpaceToDepth(blockSize: 2), shapes: [[1, 2, 2, 4]],
            result: [1, 8, 1, 2],
            elements: [0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15]),
        Case(
            name: "Trilu, upper", operation: Trilu(), shapes: [[3, 4]],
            operands: [Tensor(scalar: Int64(1))], result: [3, 4],
            elements: [-1, 1, 2, 3, -1, -1, 6, 7, -1, -1, -1, 11]),
        Case(
            name: "Trilu, lower", operation: Trilu(isUpper: false), shapes: [[3, 4]],
            operands: [Tensor(scalar: Int64(-1))], result: [3, 4],
            elements: [-1, -1, -1, -1, 4, -1, -1, -1, 8, 9, -1, -1]),
        Case(
            name: "Compress", operation: Compress(axis: 1), shapes: [[2, 3, 4]],
            operands: [Tensor([false, true, true], shape: [3])], result: [2, 2, 4],
            elements: [4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23]),
        Case(
            name: "Compress, flat", operation: Compress(), shapes: [[2, 3, 4]],
            operands: [Tensor([true, false, true], shape: [3])], result: [2], elements: [0, 2]),
        Case(
            name: "ReverseSequence", operation: ReverseSequence(batchAxis: 0, timeAxis: 1),
            shapes: [[2, 3]], operands: [.ints(2, 3)], result: [2, 3],
            elements: [1, 0, 2, 5, 4, 3]),
        Case(
            name: "Identity", operation: Identity(), shapes: [[2, 2]], result: [2, 2],
            elements: [0, 1, 2, 3]),
        Case(
            name: "Flatten", operation: Flatten(axis: 2), shapes: [[1, 2, 3]], result: [2, 3],
            elements: [0, 1, 2, 3, 4, 5]),
        Case(
            name: "Squeeze", operation: Squeeze(axes: [-3]), shapes: [[1, 2, 1]], result: [2, 1],
            elements: [0, 1]),
        Case(
            name: "Unsqueeze", operation: Unsqueeze(axes: [0, -1]), shapes: [[2]],
            result: [1, 2, 1], elements: [0, 1]),
    ]

    @Test("in every type", arguments: cases, DataType.allCases)
    func everyType(_ test: Case, type: DataType) throws {
        var start = 0
        let inputs = try test.shapes.map { shape in
            let count = shape.reduce(1, *)
            defer { start += count }
            return try MovementTests.tensor(Array(start..<start + count), type, shape)
        }
        let outputs = try OperatorHarness.evaluate(
            test.operation, inputs.map { $0 } + test.operands)
        let expected = try MovementTests.tensor(test.elements, type, test.result)
        #expect(outputs[0] == expected)
    }

    @Test("Split, in every type", arguments: DataType.allCases)
    func split(type: DataType) throws {
        let x = try MovementTests.tensor(Array(0..<10), type, [2, 5])
        let parts = try OperatorHarness.evaluate(Split(axis: 1), [x], outputs: 2)
        #expect(parts[0] == (try MovementTests.tensor([0, 1, 2, 5, 6, 7], type, [2, 3])))
        #expect(parts[1] == (try MovementTests.tensor([3, 4, 8, 9], type, [2, 2])))
        let sized = try OperatorHarness.evaluate(
            Split(axis: -1, sizes: [1, 0, 4]), [x], outputs: 3)
        #expect(sized[0] == (try MovementTests.tensor([0, 5], type, [2, 1])))
        #expect(sized[1] == (try MovementTests.tensor([], type, [2, 0])))
        #expect(sized[2]?.shape == [2, 4])
    }

    @Test("large transposes, in blocks", arguments: [[37, 41], [3, 17, 50], [2, 33, 1, 18, 3]])
    func largeTranspose(shape: [Int]) throws {
        let x = Tensor((0..<shape.reduce(1, *)).map { Int32($0) }, shape: shape)
        let y = try OperatorHarness.value(Transpose(), x)
        let there = StridedCopy.strides(of: shape)
        let back = StridedCopy.strides(of: y.shape)
        let elements = try y.array(of: Int32.self)
        for offset in 0..<x.count {
            let index = shape.indices.map { offset / there[$0] % shape[$0] }
            let place = zip(index.reversed(), back).reduce(0) { $0 + $1.0 * $1.1 }
            guard elements[place] == Int32(offset) else {
                Issue.record("element \(index) is \(elements[place])")
                return
            }
        }
    }

    /// A tensor whose elements have the bits of one more than the given numbers, as far as the type holds them,
    /// or are their text.
    static func tensor(_ numbers: [Int], _ type: DataType, _ shape: [Int]) throws -> Tensor {
        if type == .string {
            let strings = numbers.map { ByteString($0 < 0 ? "" : "s\($0)") }
            return try Tensor(strings: strings, shape: shape)
        }
        var tensor = try Tensor(zeros: type, shape: shape)
        let width = type.bitWidth
        try tensor.withUnsafeMutableBytes { bytes in
            for (position, number) in numbers.enumerated() {
                if width >= 8 {
                    bytes[position * width / 8] = UInt8(truncatingIfNeeded: number + 1)
                    bytes[(position + 1) * width / 8 - 1] = UInt8(truncatingIfNeeded: number + 1)
                } else {
                    let bits = UInt8(truncatingIfNeeded: number + 1) & ((1 << width) - 1)
                    PackedBits.store(bits, in: bytes, at: position, width: width)
                }
            }
        }
        return tensor
    }
}
