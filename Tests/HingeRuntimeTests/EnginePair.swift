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

    /// The steps of the fast engine's plan that compute, by what they are, for one input of the given shape.
    ///
    /// Copies between layouts are left out.
    func steps(_ shape: [Int]) throws -> [String] {
        let engine = try FastEngine(model, options: .init())
        return try engine.summary([TensorType(dataType: .float32, shape: shape)])
            .filter { $0 != "reorder" && $0 != "copy" }
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
