import HingeGraph
import Testing

@testable import HingeOperators

/// Operators on sequences and optional values.
///
/// The expected values, and what is refused, are ONNX Runtime 1.23's.
@Suite("Sequences")
struct SequenceTests {
    /// An operator, its inputs and its output; or a part of its error.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var operation: any Operator
        var inputs: [Value?]
        var output: Value?
        var error: String?

        init(
            _ name: String, _ operation: any Operator, _ inputs: [Value?], _ output: Value? = nil,
            error: String? = nil
        ) {
            self.name = name
            self.operation = operation
            self.inputs = inputs
            self.output = output
            self.error = error
        }

        var testDescription: String { name }
    }

    static func value(_ elements: [Float], _ shape: Int...) -> Value {
        .tensor(Tensor(elements, shape: shape.isEmpty ? [elements.count] : shape))
    }

    static func position(_ index: Int64) -> Value { .tensor(Tensor(scalar: index)) }

    static let (a, b, c) = (value([0]), value([1]), value([2]))
    static let abc = Value.sequence([a, b, c])
    static let x = value([9])
    static let counting = value((0..<10).map { Float($0) }, 5, 2)

    static let accesses = [
        Case("at 0", SequenceAt(), [abc, position(0)], a),
        Case("at 2", SequenceAt(), [abc, position(2)], c),
        Case("at -1", SequenceAt(), [abc, position(-1)], c),
        Case("at -3", SequenceAt(), [abc, position(-3)], a),
        Case("at an int32", SequenceAt(), [abc, .tensor(Tensor(scalar: Int32(1)))], b),
        Case(
            "at 3", SequenceAt(), [abc, position(3)],
            error: "expected a position from -3 to 2, found 3"),
        Case(
            "at -4", SequenceAt(), [abc, position(-4)],
            error: "expected a position from -3 to 2, found -4"),
        Case(
            "at the least integer", SequenceAt(), [abc, position(.min)],
            error: "expected a position from -3 to 2, found \(Int.min)"),
        Case(
            "at 0 of nothing", SequenceAt(), [.sequence([]), position(0)],
            error: "expected an element at position 0, found an empty sequence"),
        Case(
            "at a vector", SequenceAt(), [abc, .tensor(.ints(0, 1))],
            error: "expected one integer, found int64[2]"),
        Case(
            "at, of a tensor", SequenceAt(), [x, position(0)],
            error: "expected a sequence as input 0, found float32[1]"),
        Case("insert at the end", SequenceInsert(), [abc, x], .sequence([a, b, c, x])),
        Case("insert at 0", SequenceInsert(), [abc, x, position(0)], .sequence([x, a, b, c])),
        Case("insert at 2", SequenceInsert(), [abc, x, position(2)], .sequence([a, b, x, c])),
        Case("insert at 3", SequenceInsert(), [abc, x, position(3)], .sequence([a, b, c, x])),
        Case("insert at -1", SequenceInsert(), [abc, x, position(-1)], .sequence([a, b, x, c])),
        Case("insert at -3", SequenceInsert(), [abc, x, position(-3)], .sequence([x, a, b, c])),
        Case("insert into nothing", SequenceInsert(), [.sequence([]), x], .sequence([x])),
        Case(
            "insert at 4", SequenceInsert(), [abc, x, position(4)],
            error: "expected a position from -3 to 3, found 4"),
        Case(
            "insert at -4", SequenceInsert(), [abc, x, position(-4)],
            error: "expected a position from -3 to 3, found -4"),
        Case(
            "insert another type", SequenceInsert(), [abc, .tensor(.ints(1))],
            error: "float32"),
        Case("erase the last", SequenceErase(), [abc], .sequence([a, b])),
        Case("erase 0", SequenceErase(), [abc, position(0)], .sequence([b, c])),
        Case("erase -3", SequenceErase(), [abc, position(-3)], .sequence([b, c])),
        Case("erase -1", SequenceErase(), [abc, position(-1)], .sequence([a, b])),
        Case(
            "erase 3", SequenceErase(), [abc, position(3)],
            error: "expected a position from -3 to 2, found 3"),
        Case(
            "erase of nothing", SequenceErase(), [.sequence([])],
            error: "expected an element to erase, found an empty sequence"),
        Case("length", SequenceLength(), [abc], position(3)),
        Case("length of nothing", SequenceLength(), [.sequence([])], position(0)),
        Case("empty", SequenceEmpty(.int64), [], .sequence([])),
        Case("construct", SequenceConstruct(), [a, b], .sequence([a, b])),
        Case(
            "construct of two types", SequenceConstruct(), [a, .tensor(.ints(1))],
            error: "float32"),
    ]

    static let partings = [
        Case(
            "split into ones", SplitToSequence(), [value([1, 2, 3, 4], 2, 2)],
            .sequence([value([1, 2], 1, 2), value([3, 4], 1, 2)])),
        Case(
            "split into ones along the last dimension, without it",
            SplitToSequence(axis: -1, keepsDimension: false), [value([1, 2, 3, 4], 2, 2)],
            .sequence([value([1, 3]), value([2, 4])])),
        Case(
            "split by a scalar", SplitToSequence(), [counting, position(2)],
            .sequence([
                value([0, 1, 2, 3], 2, 2), value([4, 5, 6, 7], 2, 2), value([8, 9], 1, 2),
            ])),
        Case(
            "split by a scalar beyond the extent", SplitToSequence(), [counting, position(.max)],
            .sequence([counting])),
        Case(
            "split by a vector", SplitToSequence(keepsDimension: false),
            [counting, .tensor(.ints(0, 4, 1))],
            .sequence([
                value([], 0, 2), value([0, 1, 2, 3, 4, 5, 6, 7], 4, 2), value([8, 9], 1, 2),
            ])),
        Case(
            "split of nothing", SplitToSequence(), [value([], 0, 2)], .sequence([])),
        Case(
            "split of strings", SplitToSequence(axis: 1),
            [.tensor(strings(["a", "b", "c", "d"], [2, 2]))],
            .sequence([
                .tensor(strings(["a", "c"], [2, 1])), .tensor(strings(["b", "d"], [2, 1])),
            ])),
        Case(
            "split by 0", SplitToSequence(), [counting, position(0)],
            error: "expected an extent above 0, found 0"),
        Case(
            "split by too little", SplitToSequence(), [counting, .tensor(.ints(2, 2))],
            error: "expected extents that add up to 5, found [2, 2]"),
        Case(
            "split by what overflows", SplitToSequence(),
            [counting, .tensor(.ints(.max, .max, 7))], error: "expected extents that add up to 5"),
        Case(
            "join", ConcatFromSequence(axis: 0),
            [.sequence([value([1, 2], 1, 2), value([3, 4, 5, 6], 2, 2)])],
            value([1, 2, 3, 4, 5, 6], 3, 2)),
        Case(
            "join along the last dimension", ConcatFromSequence(axis: -1),
            [.sequence([value([1, 2], 2, 1), value([3, 4, 5, 6], 2, 2)])],
            value([1, 3, 4, 2, 5, 6], 2, 3)),
        Case(
            "join along a new dimension", ConcatFromSequence(axis: -1, insertsAxis: true),
            [.sequence([value([1, 2]), value([3, 4])])], value([1, 3, 2, 4], 2, 2)),
        Case(
            "join along a new first dimension", ConcatFromSequence(axis: -3, insertsAxis: true),
            [.sequence([counting, counting])],
            value((0..<20).map { Float($0 % 10) }, 2, 5, 2)),
        Case(
            "join scalars along a new dimension", ConcatFromSequence(axis: 0, insertsAxis: true),
            [.sequence([.tensor(Tensor(scalar: Float(1))), .tensor(Tensor(scalar: Float(2)))])],
            value([1, 2])),
        Case(
            "join nothing", ConcatFromSequence(axis: 0), [.sequence([])],
            error: "expected a tensor to join, found an empty sequence"),
        Case(
            "join unequal shapes along a new dimension",
            ConcatFromSequence(axis: 0, insertsAxis: true), [.sequence([a, counting])],
            error: "expected tensors of one shape, found [1] and [5, 2]"),
        Case(
            "join along no dimension", ConcatFromSequence(axis: 2), [.sequence([counting])],
            error: "expected an axis from -2 to 1, found 2"),
    ]

    static let optionals = [
        Case("an optional value", OptionalOf(), [x], .optional(x)),
        Case("an optional sequence", OptionalOf(), [abc], .optional(abc)),
        Case(
            "nothing", OptionalOf(elementType: .tensor(.float32, nil)), [nil], .optional(nil)),
        Case("has an element", OptionalHasElement(), [.optional(x)], truth(true)),
        Case("has none", OptionalHasElement(), [.optional(nil)], truth(false)),
        Case("has none when absent", OptionalHasElement(), [nil], truth(false)),
        Case("a tensor has itself", OptionalHasElement(), [x], truth(true)),
        Case("a sequence has itself", OptionalHasElement(), [.sequence([])], truth(true)),
        Case("the element", OptionalGetElement(), [.optional(abc)], abc),
        Case("the element of a tensor", OptionalGetElement(), [x], x),
        Case(
            "the element of nothing", OptionalGetElement(), [.optional(nil)],
            error: "expected an element, found an empty optional value"),
    ]

    static func truth(_ value: Bool) -> Value { .tensor(Tensor([value], shape: [])) }

    static func strings(_ elements: [ByteString], _ shape: [Int]) -> Tensor {
        guard let tensor = try? Tensor(strings: elements, shape: shape) else {
            preconditionFailure("shape \(shape) of \(elements.count)")
        }
        return tensor
    }

    @Test("Values are as they should be", arguments: accesses + partings + optionals)
    func evaluate(_ specimen: Case) throws {
        var context = EvaluationContext(inputs: specimen.inputs)
        guard let message = specimen.error else {
            try specimen.operation.evaluate(&context)
            #expect(context.outputs[0] == specimen.output)
            return
        }
        let error = #expect(throws: HingeError.self) {
            try specimen.operation.evaluate(&context)
        }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.code == .mismatch)
    }

    /// What is inferred of a value of a case's type holds for its output.
    @Test("What is inferred is true", arguments: accesses + partings + optionals)
    func infer(_ specimen: Case) throws {
        guard let output = specimen.output else { return }
        let known = try specimen.inputs.map { value in
            try value.map { Inferred(type: try $0.valueType) }
        }
        let inferred = try specimen.operation.inferOutputs(InferenceContext(inputs: known))
        let type = try #require(inferred.first?.type)
        #expect(SequenceTests.type(type, holds: output), "\(type)")
    }

    private static func type(_ type: ValueType, holds value: Value) -> Bool {
        switch (type, value) {
        case (.tensor(let dataType, let shape), .tensor(let tensor)):
            guard dataType == nil || dataType == tensor.dataType else { return false }
            guard let shape else { return true }
            return shape.rank == tensor.rank
                && zip(shape.dimensions, tensor.shape).allSatisfy { ($0.extent ?? $1) == $1 }
        case (.sequence(let element), .sequence(let values)):
            return element.map { element in
                values.allSatisfy { self.type(element, holds: $0) }
            } ?? true
        case (.optional(let element?), .optional(let value?)):
            return self.type(element, holds: value)
        case (.optional, .optional): return true
        default: return false
        }
    }

    // MARK: - Types

    static let floats = ValueType.tensor(.float32, [2, 3])

    @Test("Elements of other shapes leave the extents that they share")
    func commonShape() throws {
        let inferred = try SequenceConstruct().infer(
            InferenceContext(inputs: [
                .tensor(.float32, [2, 3]), .tensor(.float32, [2, "N"]),
            ]))
        #expect(inferred[0].type == .sequence(.tensor(.float32, [2, .unknown])))
    }

    @Test("Types that differ are refused")
    func unequalTypes() throws {
        let error = #expect(throws: HingeError.self) {
            try SequenceInsert().infer(
                InferenceContext(inputs: [
                    Inferred(type: .sequence(Self.floats)), .tensor(.int64, [2]),
                ]))
        }
        #expect(
            error?.description
                == "expected values of one type, found float32[2, 3] and int64[2]")
    }

    /// An operator, the type of its input, and that of its output.
    static let inferences: [(any Operator, ValueType?, ValueType)] = [
        (SplitToSequence(axis: 1), floats, .sequence(.tensor(.float32, [2, 1]))),
        (
            SplitToSequence(axis: 1, keepsDimension: false), floats,
            .sequence(.tensor(.float32, [2]))
        ),
        (
            ConcatFromSequence(axis: 0), .sequence(floats), .tensor(.float32, [.unknown, 3])
        ),
        (
            ConcatFromSequence(axis: -1, insertsAxis: true), .sequence(floats),
            .tensor(.float32, [2, 3, .unknown])
        ),
        (OptionalOf(), floats, .optional(floats)),
        (OptionalGetElement(), .optional(floats), floats),
        (SequenceErase(), .sequence(floats), .sequence(floats)),
        (SequenceLength(), .sequence(nil), .tensor(.int64, [])),
    ]

    @Test("Types follow", arguments: 0..<inferences.count)
    func types(_ index: Int) throws {
        let (operation, input, output) = Self.inferences[index]
        let inferred = try operation.infer(InferenceContext(inputs: [Inferred(type: input)]))
        #expect(inferred[0].type == output)
    }

    // MARK: - Versions

    static func attributed(_ type: String, _ inputs: [String]) -> Node {
        let attributes: [String: [Attribute]] = [
            "ConcatFromSequence": [.int("axis", 1), .int("new_axis", 1)],
            "SplitToSequence": [.int("axis", 1), .int("keepdims", 0)],
            "SequenceEmpty": [.int("dtype", 7)],
            "Optional": inputs.isEmpty ? [Attribute("type", .type(floats))] : [],
        ]
        return Node(type, inputs: inputs, outputs: ["y"], attributes: attributes[type] ?? [])
    }

    static let spelled: [(Node, Int, ValueType?)] = [
        (attributed("SequenceAt", ["q", "i"]), 11, .sequence(floats)),
        (attributed("SequenceConstruct", ["a", "b"]), 11, floats),
        (attributed("SequenceEmpty", []), 11, nil),
        (attributed("SequenceErase", ["q"]), 11, .sequence(floats)),
        (attributed("SequenceInsert", ["q", "a"]), 11, .sequence(floats)),
        (attributed("SequenceLength", ["q"]), 11, .sequence(floats)),
        (attributed("SplitToSequence", ["a", "i"]), 11, floats),
        (attributed("ConcatFromSequence", ["q"]), 11, .sequence(floats)),
        (attributed("Optional", ["a"]), 15, floats),
        (attributed("Optional", []), 15, nil),
        (attributed("OptionalGetElement", ["o"]), 15, .optional(floats)),
        (attributed("OptionalHasElement", ["o"]), 15, .optional(floats)),
    ]

    @Test("A node stays as it is, from its first version on", arguments: 0..<spelled.count)
    func versions(_ index: Int) throws {
        let (node, first, type) = Self.spelled[index]
        let known = node.inputs.enumerated().map { $0.offset == 0 ? Inferred(type: type) : nil }
        for opset in [first, 18, 21, 25] {
            let result = try OperatorHarness.convert(node, from: first, to: opset, known: known)
            #expect(result.nodes == [node])
        }
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.convert(node, from: first, to: first - 1, known: known)
        }
        #expect(error?.message == "\(node.type) needs opset \(first), not \(first - 1)")
    }

    @Test("What is not optional is passed on, and has an element, before version 18")
    func plainValues() throws {
        let known: [Inferred?] = [Inferred(type: Self.floats)]
        let element = Node("OptionalGetElement", inputs: ["a"], outputs: ["y"])
        #expect(
            try OperatorHarness.convert(element, from: 18, to: 15, known: known).nodes
                == [Node("Identity", inputs: ["a"], outputs: ["y"])])
        for (inputs, value) in [(["a"], true), ([], false)] {
            let question = Node("OptionalHasElement", inputs: inputs, outputs: ["y"])
            let answer = Attribute.tensor("value", Tensor([value], shape: []))
            #expect(
                try OperatorHarness.convert(question, from: 18, to: 15, known: known).nodes
                    == [Node("Constant", inputs: [], outputs: ["y"], attributes: [answer])])
        }
    }
}
