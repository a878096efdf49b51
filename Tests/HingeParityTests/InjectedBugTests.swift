import HingeGraph
import HingeOperators
import HingeRuntime
import Testing

@testable import HingeParity

/// The mistakes that conversions make, each put into a small network, are found with the default tolerance: whatever
/// stands at the network's end, and however large its outputs are.
@Suite("Injected conversion bugs")
struct InjectedBugTests {
    /// A mistake.
    enum Bug: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case batchNormalizationEpsilon, layerNormalizationEpsilon, tanhGelu, halfPrecisionWeights
        case oneZeroWeight, oneZeroChannel, swappedRows, unbiasedVariance, noBias, otherSlope
        case transposedWeights, otherPoolingPadding

        var testDescription: String { rawValue }
    }

    /// What stands at the end.
    enum Head: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case plain, softmax, sharpSoftmax, tiny, huge

        var testDescription: String { rawValue }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let bug: Bug
        let head: Head
        var testDescription: String { "\(bug), \(head)" }
    }

    static let cases = Bug.allCases.flatMap { bug in
        Head.allCases.map { Case(bug: bug, head: $0) }
    }

    @Test("Another model with a bug differs", arguments: cases)
    func models(_ test: Case) throws {
        let right = try Network(head: test.head).model()
        let wrong = try Network(head: test.head, bug: test.bug).model()
        let inputs = try InputGenerator(seed: 1).inputs(for: right)
        let report = try ModelComparison().compare(wrong, with: right, inputs: inputs)
        #expect(report.verdict == .different, "relative L2 \(report.relativeL2)")
    }

    /// The wrong epsilon of a layer normalization is as small as another program's rounding may be.
    @Test(
        "A recording of the right model differs from one with a bug",
        arguments: cases.filter { $0.bug != .layerNormalizationEpsilon })
    func recordings(_ test: Case) throws {
        let right = try Network(head: test.head).model()
        let recording = try record(right, .reference)
        let wrong = try Network(head: test.head, bug: test.bug).model()
        #expect(try ModelComparison().compare(wrong, with: recording).verdict == .different)
    }

    @Test("A model equals itself, on the other engine too", arguments: Head.allCases)
    func rounding(_ head: Head) throws {
        let right = try Network(head: head).model()
        let inputs = try InputGenerator(seed: 1).inputs(for: right)
        #expect(try ModelComparison().compare(right, with: right, inputs: inputs).isEqual)
        #expect(try ModelComparison().compare(right, with: record(right, .reference)).isEqual)
        // Written in other operators, which round otherwise.
        let other = try Network(head: head, isDecomposed: true).model()
        let report = try ModelComparison().compare(other, with: right, inputs: inputs)
        #expect(report.isEqual, "relative L2 \(report.relativeL2)")
    }

    private func record(
        _ model: Model, _ engine: Session.Options.Engine
    ) throws -> Recording {
        let inputs = try InputGenerator(seed: 1).inputs(for: model)
        let outputs = try Session(model, options: .init(engine: engine)).run(inputs)
        var tensors: [String: Tensor] = [:]
        for (name, value) in inputs.merging(outputs, uniquingKeysWith: { first, _ in first }) {
            let tensor = try #require(value.tensor)
            tensors[name] = tensor
        }
        return Recording(tensors)
    }
}

/// Convolution, pooling, both normalizations and two dense layers, with a mistake or without.
private struct Network {
    let head: InjectedBugTests.Head
    var bug: InjectedBugTests.Bug?
    /// Whether the Gelu and the batch normalization are spelled out in arithmetic.
    var isDecomposed = false

    private func weights(_ shape: [Int], seed: UInt64, scale: Double) -> Tensor {
        var generator = SeededGenerator(seed: seed)
        let count = shape.reduce(1, *)
        return Tensor((0..<count).map { _ in Float(generator.normal() * scale) }, shape: shape)
    }

    private func variances(_ count: Int) -> Tensor {
        var generator = SeededGenerator(seed: 9)
        return Tensor((0..<count).map { _ in Float(0.5 + generator.uniform()) })
    }

    func model() throws -> Model {
        var graph = GraphBuilder(opset: 21)
        let x = graph.input("x", .float32, ["N", 3, 8, 8])
        var kernel = weights([16, 3, 3, 3], seed: 1, scale: 0.2)
        if bug == .halfPrecisionWeights {
            kernel = Tensor(try kernel.floats().map { Float(Float16($0)) }, shape: kernel.shape)
        }
        let bias = weights([16], seed: 2, scale: 0.1)
        let convolution = try graph.append(
            Conv(padding: .explicit([1, 1, 1, 1])), x, graph.constant(kernel),
            bug == .noBias ? .absent : graph.constant(bias))
        let normalized = try batchNormalization(convolution, &graph)
        let pooled = try graph.append(
            AveragePool(
                kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1, 1, 1]),
                countsPadding: bug == .otherPoolingPadding), normalized)
        let leaky = try graph.append(
            LeakyRelu(alpha: bug == .otherSlope ? 0.011 : 0.01), pooled)
        let flat = try graph.append(Flatten(), leaky)
        let hidden = try dense(flat, first(), &graph)
        let layer = try graph.append(
            LayerNormalization(epsilon: bug == .layerNormalizationEpsilon ? 1e-6 : 1e-5), hidden,
            graph.constant(Tensor([Float](repeating: 1, count: 64))))
        let active = try gelu(layer, &graph)
        let square = try dense(active, second(), &graph)
        let logits = try dense(square, third(), &graph)
        graph.output(try finish(logits, &graph), "y")
        return graph.model()
    }

    private func first() throws -> Tensor { weights([256, 64], seed: 3, scale: 0.02) }

    private func second() throws -> Tensor {
        let tensor = weights([64, 64], seed: 4, scale: 0.15)
        guard bug == .transposedWeights else { return tensor }
        let elements = try tensor.array(of: Float.self)
        var transposed = elements
        for row in 0..<64 {
            for column in 0..<64 { transposed[column * 64 + row] = elements[row * 64 + column] }
        }
        return Tensor(transposed, shape: tensor.shape)
    }

    private func third() throws -> Tensor {
        let tensor = weights([64, 10], seed: 5, scale: 0.2)
        var elements = try tensor.array(of: Float.self)
        switch bug {
        case .oneZeroWeight: elements[123] = 0
        case .oneZeroChannel: for row in 0..<64 { elements[row * 10 + 4] = 0 }
        case .swappedRows: for column in 0..<10 { elements.swapAt(column, 10 + column) }
        default: break
        }
        return Tensor(elements, shape: tensor.shape)
    }

    private func dense(
        _ x: GraphBuilder.Operand, _ weights: Tensor, _ graph: inout GraphBuilder
    ) throws -> GraphBuilder.Operand {
        try graph.append(MatMul(), x, graph.constant(weights))
    }

    private func batchNormalization(
        _ x: GraphBuilder.Operand, _ graph: inout GraphBuilder
    ) throws -> GraphBuilder.Operand {
        let epsilon: Float = bug == .batchNormalizationEpsilon ? 1e-3 : 1e-5
        let scale = weights([16], seed: 6, scale: 1)
        let offset = weights([16], seed: 7, scale: 0.1)
        let mean = weights([16], seed: 8, scale: 0.1)
        var variance = variances(16)
        if bug == .unbiasedVariance {
            // Of 512 numbers.
            variance = Tensor(try variance.floats().map { $0 * 512 / 511 })
        }
        if isDecomposed {
            let factor = try zip(scale.floats(), variance.floats()).map {
                $0 / ($1 + epsilon).squareRoot()
            }
            let centred = try graph.append(
                Sub(), x, graph.constant(try mean.reshaped(to: [16, 1, 1])))
            let scaled = try graph.append(
                Mul(), centred, graph.constant(Tensor(factor, shape: [16, 1, 1])))
            return try graph.append(
                Add(), scaled, graph.constant(try offset.reshaped(to: [16, 1, 1])))
        }
        return try graph.append(
            BatchNormalization(epsilon: epsilon), x, graph.constant(scale),
            graph.constant(offset), graph.constant(mean), graph.constant(variance))
    }

    private func gelu(
        _ x: GraphBuilder.Operand, _ graph: inout GraphBuilder
    ) throws -> GraphBuilder.Operand {
        guard isDecomposed else {
            return try graph.append(
                Gelu(approximation: bug == .tanhGelu ? .tanh : .none), x)
        }
        let half = graph.constant(Tensor(scalar: Float(0.5)))
        let one = graph.constant(Tensor(scalar: Float(1)))
        let root = graph.constant(Tensor(scalar: Float(2).squareRoot()))
        let error = try graph.append(Erf(), graph.append(Div(), x, root))
        let sum = try graph.append(Add(), error, one)
        return try graph.append(Mul(), graph.append(Mul(), x, sum), half)
    }

    private func finish(
        _ logits: GraphBuilder.Operand, _ graph: inout GraphBuilder
    ) throws -> GraphBuilder.Operand {
        func scaled(_ factor: Float) throws -> GraphBuilder.Operand {
            try graph.append(Mul(), logits, graph.constant(Tensor(scalar: factor)))
        }
        switch head {
        case .plain: return logits
        case .softmax: return try graph.append(Softmax(), logits)
        case .sharpSoftmax: return try graph.append(Softmax(), scaled(10))
        case .tiny: return try scaled(1e-9)
        case .huge: return try scaled(1e9)
        }
    }
}
