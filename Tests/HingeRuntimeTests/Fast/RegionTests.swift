import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

/// What stands behind a data-dependent shape is planned in the course of the run, and computes as fast as anything.
@Suite("Steps behind shapes that only a run tells")
struct RegionTests {
    /// Rows of `x` that are chosen by the run.
    private func chosen(_ builder: inout GraphBuilder) throws -> GraphBuilder.Operand {
        let x = builder.input("x", .float32, [4, 8, 6, 6])
        let keep = builder.input("keep", .bool, [4])
        return try builder.append(Compress(axis: 0), x, keep)
    }

    private func convolution(
        _ builder: inout GraphBuilder, _ x: GraphBuilder.Operand, _ seed: UInt64
    ) throws -> GraphBuilder.Operand {
        try builder.append(
            Conv(padding: .explicit([1, 1, 1, 1])), x,
            builder.constant(random([8, 8, 3, 3], seed: seed, scale: 0.1)))
    }

    private static let choices = [
        [true, false, true, true], [false, true, false, false], [true, true, true, true],
        [false, false, false, false],
    ]

    private func inputs(_ keep: [Bool]) -> [String: Tensor] {
        ["x": random([4, 8, 6, 6], seed: 3), "keep": Tensor(keep, shape: [keep.count])]
    }

    /// Expects the same of both engines whatever is chosen, with one session, and these steps for the first choice.
    private func expectSame(
        _ builder: GraphBuilder, steps expected: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let model = builder.model()
        let pair = try EnginePair(model)
        for keep in Self.choices + Self.choices {
            try pair.expectSame(inputs(keep), sourceLocation: sourceLocation)
        }
        #if OneDNN
            let engine = try FastEngine(model, options: .init())
            let values = inputs(Self.choices[0])
            _ = try engine.run(
                values.mapValues { .tensor($0) }, outputs: model.graph.outputs.map(\.name), nil)
            let steps = try engine.summary(
                model.graph.inputs.map { input in
                    values[input.name].map { TensorType(dataType: $0.dataType, shape: $0.shape) }
                })
            // Without layouts and the names of implementations, which are the processor's.
            let names = steps.map { step in
                step.replacing(#/primitive ([^,]*), [^;]*\)/#) { "\($0.1)" }
                    .replacing(#/(reorder|copy); |; (reorder|copy)\b/#, with: "")
            }
            #expect(names == expected, sourceLocation: sourceLocation)
        #endif
    }

    @Test("A network behind a choice of rows")
    func network() throws {
        var builder = GraphBuilder()
        let rows = try chosen(&builder)
        let first = try builder.append(Relu(), convolution(&builder, rows, 1))
        builder.output(try builder.append(Relu(), convolution(&builder, first, 2)), "y")
        try expectSame(
            builder, steps: ["evaluate Compress", "region: Conv+Relu; Conv+Relu"])
    }

    @Test("Values from before and outputs on both sides")
    func outside() throws {
        var builder = GraphBuilder()
        let rows = try chosen(&builder)
        let mean = try builder.append(ReduceMean(axes: [0], keepsDimensions: true), rows)
        let bent = try builder.append(Tanh(), mean)
        let y = try builder.append(Add(), convolution(&builder, rows, 1), bent)
        builder.output(rows, "rows")
        builder.output(y, "y")
        builder.output(try builder.append(Neg(), bent), "bent")
        builder.output(y, "again")
        let model = builder.model()
        for keep in Self.choices.prefix(3) { try EnginePair(model).expectSame(inputs(keep)) }
    }

    @Test("A choice behind a choice")
    func twice() throws {
        var builder = GraphBuilder()
        let rows = try chosen(&builder)
        let y = try convolution(&builder, rows, 1)
        let largest = try builder.append(ReduceMax(axes: [1, 2, 3], keepsDimensions: false), y)
        let zero = builder.constant(Tensor(scalar: Float(0.3)))
        let keep = try builder.append(Greater(), largest, zero)
        let fewer = try builder.append(Compress(axis: 0), y, keep)
        builder.output(try builder.append(Relu(), convolution(&builder, fewer, 2)), "y")
        let model = builder.model()
        let pair = try EnginePair(model)
        for keep in Self.choices { try pair.expectSame(inputs(keep)) }
    }

    @Test("An element of a sequence, and what a branch gives")
    func values() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [4, 8, 6, 6])
        let sequence = try builder.append(SequenceConstruct(), x)
        let element = try builder.append(
            SequenceAt(), sequence, builder.constant(Tensor(scalar: 0 as Int64)))
        builder.output(try builder.append(Relu(), convolution(&builder, element, 1)), "y")
        let pair = try EnginePair(builder.model())
        try pair.expectSame(["x": random([4, 8, 6, 6], seed: 3)])
    }

    @Test("NaN and infinity reach a region and leave it")
    func special() throws {
        var builder = GraphBuilder()
        let rows = try chosen(&builder)
        let y = try builder.append(Relu(), convolution(&builder, rows, 1))
        builder.output(try builder.append(MaxPool(kernel: [2, 2]), y), "y")
        let pair = try EnginePair(builder.model())
        var numbers = try random([4, 8, 6, 6], seed: 3).array(of: Float.self)
        numbers[17] = .nan
        numbers[400] = .infinity
        numbers[900] = -.infinity
        for keep in Self.choices {
            try pair.expectSame([
                "x": Tensor(numbers, shape: [4, 8, 6, 6]),
                "keep": Tensor(keep, shape: [keep.count]),
            ])
        }
    }

    @Test("What doesn't fit says which node, as in the other engine")
    func errors() throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, [4, 8])
        let keep = builder.input("keep", .bool, [8])
        let columns = try builder.append(Compress(axis: 1), x, keep)
        let w = builder.constant(random([5, 3], seed: 1))
        builder.output(
            try builder.append(MatMul(), [columns, w], outputCount: 1, name: "last")[0], "y")
        let model = builder.model()
        let values: [String: Value] = [
            "x": .tensor(random([4, 8], seed: 1)),
            "keep": .tensor(Tensor([Bool](repeating: true, count: 8), shape: [8])),
        ]
        let errors = [Session.Options.Engine.fast, .reference].map { engine in
            #expect(throws: HingeError.self) {
                try Session(model, options: .init(engine: engine)).run(values)
            }
        }
        #expect(errors[0]?.description == errors[1]?.description)
        #expect(errors[0]?.description.contains("last") == true)
    }
}
