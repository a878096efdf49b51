import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

/// A model in both engines, which are asked for the same outputs.
struct EnginePair {
    let model: Model
    let fast: Session
    let reference: Session

    /// The largest relative L2 error of single precision sums taken in another order, of a few thousand terms each,
    /// through a handful of layers: 2⁻²⁴ times the square root of the terms, and a margin.
    static let tolerance = 5e-6

    init(_ model: Model) throws {
        self.model = model
        fast = try Session(model)
        reference = try Session(model, options: .init(engine: .reference))
    }

    /// A graph from one input to the value that `body` gives.
    init(
        _ shape: Shape,
        _ body: (inout GraphBuilder, GraphBuilder.Operand) throws -> GraphBuilder.Operand
    ) throws {
        var builder = GraphBuilder()
        let x = builder.input("x", .float32, shape)
        builder.output(try body(&builder, x), "y")
        try self.init(builder.model())
    }

    /// Expects the same outputs of both engines.
    func expectSame(
        _ inputs: [String: Tensor], tolerance: Double = EnginePair.tolerance,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let values = inputs.mapValues { Value.tensor($0) }
        let found = try fast.run(values)
        let expected = try reference.run(values)
        #expect(found.keys.sorted() == expected.keys.sorted(), sourceLocation: sourceLocation)
        for (name, value) in expected {
            let a = try #require(found[name]?.tensor, sourceLocation: sourceLocation)
            let b = try #require(value.tensor, sourceLocation: sourceLocation)
            #expect(a.shape == b.shape && a.dataType == b.dataType, sourceLocation: sourceLocation)
            let error = try relativeL2(a.doubles(), b.doubles())
            #expect(
                error <= tolerance, "'\(name)' \(b.dataType)\(b.shape)",
                sourceLocation: sourceLocation)
        }
    }

    /// Expects the same outputs of both engines for a random input of the given shape.
    func expectSame(
        _ shape: [Int], tolerance: Double = EnginePair.tolerance,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expectSame(
            ["x": random(shape, seed: 7)], tolerance: tolerance, sourceLocation: sourceLocation)
    }

    /// What the fast engine's plan computes, step by step, for inputs of the given types: the operators that one
    /// primitive of oneDNN does, as in `Conv+Relu`, or `evaluate Exp` for an operator's own evaluation.
    ///
    /// Copies between layouts are left out.
    func steps(_ inputs: [String: Tensor]) throws -> [String] {
        try summaries(inputs).map(\.operators)
    }

    /// What the fast engine's plan computes for one input of the given shape.
    func steps(_ shape: [Int]) throws -> [String] {
        try steps(["x": Tensor(zeros: .float32, shape: shape)])
    }

    /// The layout in which each step leaves its result, for one input of the given shape: `row-major`, `strided` or
    /// `blocked`.
    func layouts(_ shape: [Int]) throws -> [String] {
        try summaries(["x": Tensor(zeros: .float32, shape: shape)]).map(\.layout)
    }

    /// How many values each `Concat` copies whose result others are written into in the first place, for one input of the
    /// given shape.
    func copyCounts(_ shape: [Int]) throws -> [Int] {
        try FastEngine(model, options: .init())
            .summary([TensorType(dataType: .float32, shape: shape)])
            .compactMap { $0.firstMatch(of: /, (\d+) copied$/).flatMap { Int($0.1) } }
    }

    private func summaries(
        _ inputs: [String: Tensor]
    ) throws -> [(operators: String, layout: String)] {
        let types = model.graph.inputs.map { info in
            inputs[info.name].map { TensorType(dataType: $0.dataType, shape: $0.shape) }
        }
        let summaries = try FastEngine(model, options: .init()).summary(types)
        return summaries.filter { $0 != "reorder" && $0 != "copy" }.map { summary in
            let summary = summary.replacing(/, \d+ copied$/, with: "")
            guard let name = summary.wholeMatch(of: /primitive (.*), (.*) \(.*\)/) else {
                return (summary, "row-major")
            }
            return (String(name.1), String(name.2))
        }
    }

    /// Expects that the plan computes in the given steps.
    ///
    /// Without oneDNN there are no others than operators' own evaluations.
    ///
    /// - Parameter other: The steps with oneDNN's code for other processors: where that for AVX-512 has channels last, it adds
    ///   what varies over more than channels only in place.
    func expectSteps(
        _ expected: [String], or other: [String]? = nil, for inputs: [String: Tensor],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #if OneDNN
            let found = try steps(inputs)
            #expect(found == expected || found == other, sourceLocation: sourceLocation)
        #endif
    }

    /// Expects that the plan computes in the given steps.
    func expectSteps(
        _ expected: [String], _ inputs: [String: Tensor],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expectSteps(expected, for: inputs, sourceLocation: sourceLocation)
    }

    /// Expects that the plan computes in the given steps for one input of the given shape.
    func expectSteps(
        _ expected: [String], or other: [String]? = nil, _ shape: [Int],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expectSteps(
            expected, or: other, for: ["x": try Tensor(zeros: .float32, shape: shape)],
            sourceLocation: sourceLocation)
    }

    private func relativeL2(_ a: [Double], _ b: [Double]) -> Double {
        guard a.count == b.count else { return .infinity }
        var (difference, norm) = (0.0, 0.0)
        for (x, y) in zip(a, b) where !(x.isNaN && y.isNaN) && x != y {
            difference += (x - y) * (x - y)
        }
        for y in b where y.isFinite { norm += y * y }
        return difference == 0 ? 0 : (difference / max(norm, .leastNormalMagnitude)).squareRoot()
    }
}

/// A tensor of normally distributed numbers.
func random(_ shape: [Int], seed: UInt64, scale: Double = 1) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    let count = shape.reduce(1, *)
    return Tensor((0..<count).map { _ in Float(generator.normal() * scale) }, shape: shape)
}

extension EnginePair {
    /// Expects the same output of both engines, place by place: NaN where there is NaN, infinity of the same sign where there
    /// is infinity, elsewhere numbers that differ by no more than their `relative` part, or by that part of the
    /// largest finite one.
    func expectSamePlaces(
        _ x: Tensor, relative: Double = 4e-6, absolute: Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for threads in [1, 2] {
            let session = try Session(model, options: .init(threads: threads))
            let found = try #require(
                try session.run(["x": .tensor(x)])["y"]?.tensor, sourceLocation: sourceLocation)
            let expected = try #require(
                try reference.run(["x": .tensor(x)])["y"]?.tensor, sourceLocation: sourceLocation)
            #expect(found.shape == expected.shape, sourceLocation: sourceLocation)
            let (a, b) = (try found.doubles(), try expected.doubles())
            let largest = b.lazy.filter(\.isFinite).map(\.magnitude).reduce(0, max)
            for (index, (a, b)) in zip(a, b).enumerated() where !(a.isNaN && b.isNaN) && a != b {
                // Numbers too small to be normal are exact to their last bit, and one of its size may be wrong.
                let allowed = max(relative * b.magnitude, absolute * largest, 1.5e-45)
                #expect(
                    abs(a - b) <= allowed, "\(a) at \(index), expected \(b)",
                    sourceLocation: sourceLocation)
            }
        }
    }
}
