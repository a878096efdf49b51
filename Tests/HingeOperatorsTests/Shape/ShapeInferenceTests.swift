import HingeGraph
import Testing

@testable import HingeOperators

@Suite("Inference of shape operators")
struct ShapeInferenceTests {
    /// An operator, what is known of its inputs, and what follows for its first output.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var operation: any Operator
        var inputs: [Inferred?]
        var shape: Shape?
        var elements: [Shape.Dimension]?
        var error: String?
        var testDescription: String { name }
    }

    static func x(_ dimensions: Shape.Dimension...) -> Inferred {
        .tensor(.float32, Shape(dimensions))
    }
    static func constant(_ values: Int...) -> Inferred {
        Inferred(constant: Tensor(values.map { Int64($0) }))
    }
    static func vector(_ elements: Shape.Dimension...) -> Inferred {
        var result = Inferred.tensor(.int64, Shape([elements.count]))
        result.elements = elements
        return result
    }

    static let cases: [Case] = [
        Case(
            name: "Transpose", operation: Transpose([0, 2, 1]), inputs: [x("N", 3, "L")],
            shape: ["N", "L", 3]),
        Case(
            name: "Transpose of another rank", operation: Transpose([0, 2, 1]),
            inputs: [x("N", 3)],
            error: "attribute 'perm': expected 3 dimensions, found 2"),
        Case(
            name: "Flatten", operation: Flatten(), inputs: [x("N", 3, 4)], shape: ["N", 12]),
        Case(
            name: "Flatten, two symbols", operation: Flatten(axis: 2),
            inputs: [x("N", "L", 4)], shape: [.product(["L", "N"]), 4]),
        Case(
            name: "Squeeze", operation: Squeeze(axes: [1]), inputs: [x("N", 1, 4)],
            shape: ["N", 4]),
        Case(
            name: "Squeeze what isn't 1", operation: Squeeze(axes: [1]),
            inputs: [x("N", 2, 4)], error: "expected an extent of 1 in dimension 1, found [N, 2, 4]"
        ),
        Case(
            name: "Squeeze all, unknown", operation: Squeeze(), inputs: [x("N", 1, 4)],
            shape: nil),
        Case(
            name: "Unsqueeze", operation: Unsqueeze(axes: [0, -1]), inputs: [x("N")],
            shape: [1, "N", 1]),
        Case(
            name: "Concat", operation: Concat(axis: 1),
            inputs: [x("N", 3), x(.unknown, 4), x("N", 0)], shape: ["N", 7]),
        Case(
            name: "Concat of shapes", operation: Concat(axis: 0),
            inputs: [vector("N"), constant(-1, 8), .tensor(.int64, [1])], shape: [4],
            elements: ["N", -1, 8, .unknown]),
        Case(
            name: "Concat that differs", operation: Concat(axis: 1), inputs: [x(2, 3), x(3, 3)],
            error: "dimensions 2 and 3 differ"),
        Case(
            name: "Slice", operation: SliceOf(starts: [0, 1], ends: [Int.max, -1], axes: [0, 1]),
            inputs: [x("N", 8)], shape: ["N", 6]),
        Case(
            name: "Slice of a shape", operation: SliceOf(starts: [-2], ends: [Int.max]),
            inputs: [vector("N", 3, "H", "W")], shape: [2], elements: ["H", "W"]),
        Case(
            name: "Slice up to an extent", operation: SliceOf(),
            inputs: [x("N", "L"), constant(0), vector("L"), constant(1)], shape: ["N", "L"]),
        Case(
            name: "Gather of a shape", operation: Gather(),
            inputs: [vector("N", 3, "H"), Inferred(constant: Tensor(scalar: Int64(-1)))],
            shape: [], elements: ["H"]),
        Case(
            name: "Gather", operation: Gather(axis: 1), inputs: [x("N", 5, 7), x("K", 2)],
            shape: ["N", "K", 2, 7]),
        Case(
            name: "Gather out of range", operation: Gather(),
            inputs: [vector("N", 3), constant(2)],
            error: "expected indices from -2 to 1, found 2"),
        Case(
            name: "GatherND", operation: GatherND(batchDimensions: 1),
            inputs: [x("N", 5, 7), x("N", 4, 1)], shape: ["N", 4, 7]),
        Case(
            name: "Pad", operation: Pad(pads: [0, 1, 0, 2]), inputs: [x("N", 5)],
            shape: ["N", 8]),
        Case(
            name: "Pad of a symbolic extent", operation: Pad(pads: [1, 0, 0, 0]),
            inputs: [x("N", 5)], shape: [.sum([1, "N"]), 5]),
        Case(
            name: "Expand", operation: Expand(), inputs: [x("N", 1), vector(1, 1, "K")],
            shape: [1, "N", "K"]),
        Case(
            name: "Tile", operation: Tile(repeats: [1, 2]), inputs: [x("N", 5)],
            shape: ["N", 10]),
        Case(
            name: "Shape", operation: ShapeOf(), inputs: [x("N", 5)], shape: [2],
            elements: ["N", 5]),
        Case(
            name: "Shape, a part", operation: ShapeOf(start: -1), inputs: [x("N", 5)], shape: [1],
            elements: [5]),
        Case(name: "Size", operation: SizeOf(), inputs: [x(4, 5)], shape: [], elements: [20]),
        Case(
            name: "ConstantOfShape", operation: ConstantOfShape(), inputs: [vector("N", 2)],
            shape: ["N", 2]),
        Case(
            name: "Range", operation: NumberRange(),
            inputs: [
                Inferred(constant: Tensor(scalar: Int64(0))), vector("N"),
                Inferred(constant: Tensor(scalar: Int64(1))),
            ], shape: ["N"]),
        Case(
            name: "Range of constants", operation: NumberRange(),
            inputs: [10, 4, -4].map { Inferred(constant: Tensor(scalar: Float($0))) },
            shape: [2]),
        Case(
            name: "OneHot", operation: OneHot(axis: 1),
            inputs: [.tensor(.int64, ["N", 2]), vector("D"), x(2)], shape: ["N", "D", 2]),
        Case(
            name: "DepthToSpace", operation: DepthToSpace(blockSize: 2),
            inputs: [x("N", 8, 3, "W")], shape: ["N", 2, 6, .product([2, "W"])]),
        Case(
            name: "SpaceToDepth", operation: SpaceToDepth(blockSize: 2),
            inputs: [x("N", 8, 4, 6)], shape: ["N", 32, 2, 3]),
        Case(
            name: "Compress", operation: Compress(axis: 0), inputs: [x(4, "K"), nil],
            shape: [.unknown, "K"]),
        Case(
            name: "NonZero", operation: NonZero(), inputs: [x("N", 2)], shape: [2, .unknown]),
        Case(
            name: "Reshape keeps a symbol", operation: Reshape(),
            inputs: [x("N", 3, 4), vector("N", -1)], shape: ["N", 12]),
        Case(
            name: "Reshape to one dimension that isn't known", operation: Reshape(),
            inputs: [x("N", 3, 4), .tensor(.int64, [1])], shape: [.product(["N", 12])]),
        Case(
            name: "Reshape with one that isn't known beside a symbol", operation: Reshape(),
            inputs: [x("N", 3, 4), vector("N", .unknown)], shape: ["N", .unknown]),
        Case(
            name: "Reshape to other elements", operation: Reshape(),
            inputs: [x(3, 4), constant(5, -1)], error: "cannot reshape [3, 4] to [5, -1]"),
        Case(
            name: "Squeeze of the only one that can be", operation: Squeeze(),
            inputs: [x(3, 1, 4), .tensor(.int64, [1])], shape: [3, 4]),
        Case(
            name: "Squeeze of one of two", operation: Squeeze(),
            inputs: [x(3, 1, 1), .tensor(.int64, [1])], shape: [.unknown, .unknown]),
        Case(
            name: "Split of nothing", operation: Split(),
            inputs: [x(0, 4), .tensor(.int64, [1])], shape: [0, 4]),
        Case(
            name: "Unique of one element", operation: Unique(), inputs: [x(1, 1)], shape: [1]),
        Case(
            name: "Reduction along no axes", operation: ReduceSum(),
            inputs: [x("N", 3), .tensor(.int64, [0])], shape: [1, 1]),
        Case(
            name: "Reduction along one that isn't known",
            operation: ReduceSum(keepsDimensions: false),
            inputs: [x(2, 3, 3), .tensor(.int64, [1])], shape: [.unknown, 3]),
        Case(
            name: "Expand to what isn't known", operation: Expand(),
            inputs: [x(1, 3), .tensor(.int64, [3])], shape: [.unknown, .unknown, 3]),
        Case(
            name: "Identity of a shape", operation: Identity(), inputs: [vector("N", 2)],
            shape: [2], elements: ["N", 2]),
        Case(
            name: "Squeeze of a shape", operation: Squeeze(axes: [0]), inputs: [vector("N")],
            shape: [], elements: ["N"]),
    ]

    @Test("what is known of the output", arguments: cases)
    func infer(_ test: Case) throws {
        do {
            let result = try OperatorHarness.infer(test.operation, test.inputs)[0]
            #expect(test.error == nil)
            #expect(result.type?.shape == test.shape)
            #expect(result.elements == test.elements)
        } catch let error as HingeError {
            #expect(error.description == test.error)
        }
    }

    @Test("Split gives each part its extent and elements")
    func split() throws {
        let parts = try OperatorHarness.infer(
            Split(), [ShapeInferenceTests.vector("N", 3, "H")], outputs: 2)
        #expect(parts.map(\.type?.shape) == [[2], [1]])
        #expect(parts.map(\.elements) == [["N", 3], ["H"]])
    }
}
