import HingeGraph
import HingeRuntime
import HingeTransforms
import Testing

@testable import HingeOperators

/// A computation at a point, whose derivatives are checked against central differences.
struct GradientCase: Sendable, CustomTestStringConvertible {
    typealias Operand = GraphBuilder.Operand

    var testDescription: String
    /// The operator that it is there for.
    var id: OperatorID
    /// The inputs: those of `float64` are varied, the others stay.
    var inputs: [Tensor?]
    /// Whether it is computed with unknown extents as well.
    var hasOpenShapes: Bool
    /// Whether the gradient is differentiated once more.
    var isDoubled: Bool
    /// By how much a gradient may be off, relative to the largest of them or 1.
    var tolerance: Double
    /// The distance between the points of central differences.
    var step = 1e-4
    /// Computes the outputs that count.
    let build: @Sendable (inout GraphBuilder, [Operand]) throws -> [Operand]

    /// - Parameters:
    ///   - operation: The operator.
    ///   - outputs: The positions of the outputs that count.
    init(
        _ operation: any Operator, _ inputs: [Tensor?], outputs: [Int] = [0],
        named name: String = "",
        open: Bool = true, doubled: Bool = true, tolerance: Double = 1e-6
    ) {
        let schema = OperatorSchema.versions(
            domain: operation.id.domain, name: operation.id.type
        ).last
        let count = max((outputs.max() ?? 0) + 1, schema?.outputCounts.lowerBound ?? 1)
        self.init(
            name.isEmpty ? operation.id.description : "\(operation.id), \(name)",
            operation.id, inputs, open: open, doubled: doubled, tolerance: tolerance
        ) { graph, inputs in
            let all = try graph.append(operation, inputs, outputCount: count)
            return outputs.map { all[$0] }
        }
    }

    init(
        _ name: String, _ id: OperatorID, _ inputs: [Tensor?], open: Bool = true,
        doubled: Bool = true, tolerance: Double = 1e-6,
        build: @escaping @Sendable (inout GraphBuilder, [Operand]) throws -> [Operand]
    ) {
        testDescription = name
        self.id = id
        self.inputs = inputs
        hasOpenShapes = open
        isDoubled = doubled
        self.tolerance = tolerance
        self.build = build
    }
}

extension GradientCase {
    /// An operator that isn't of double precision: in single precision, with points further apart for its rounding.
    static func single(
        _ operation: any Operator, _ inputs: [Tensor?], outputs: [Int] = [0],
        named name: String = "", open: Bool = true
    ) -> GradientCase {
        let title = name.isEmpty ? operation.id.description : "\(operation.id), \(name)"
        let isReal = inputs.map { $0?.dataType == .float64 }
        var example = GradientCase(
            title, operation.id, inputs, open: open, tolerance: 1e-4
        ) { graph, inputs in
            let narrow = try zip(inputs, isReal).map { input, isReal in
                isReal ? try graph.append(Cast(to: .float32), input) : input
            }
            let all = try graph.append(
                operation, narrow, outputCount: (outputs.max() ?? 0) + 1)
            return outputs.map { all[$0] }
        }
        example.step = 0.02
        return example
    }

    /// The positions of the inputs that are varied.
    var varied: [Int] { inputs.indices.filter { inputs[$0]?.dataType == .float64 } }

    private static func name(_ index: Int) -> String { "x\(index)" }

    /// A model whose output `s` is a weighted sum of the outputs.
    ///
    /// - Parameter isOpen: Whether nothing is known of extents.
    func model(isOpen: Bool) throws -> Model {
        var graph = GraphBuilder(
            opset: ConvertOpset.newest, domains: [Domain("ai.onnx.preview"): 1])
        let operands = inputs.enumerated().map { index, tensor -> Operand in
            guard let tensor else { return .absent }
            guard tensor.dataType == .float64 else {
                return graph.constant(tensor, name: GradientCase.name(index))
            }
            let shape = isOpen ? Shape.unknown(rank: tensor.rank) : Shape(tensor.shape)
            return graph.input(GradientCase.name(index), .float64, shape)
        }
        let outputs = try build(&graph, operands)
        var parts: [Operand] = []
        for output in outputs {
            // A weight for each element, by its place.
            let flat = try graph.append(
                Cast(to: .float64), graph.append(Reshape(shape: [-1]), output))
            let zero = graph.constant(Tensor(scalar: Double(0)))
            let one = graph.constant(Tensor(scalar: Double(1)))
            let count = try graph.append(Cast(to: .float64), graph.append(SizeOf(), output))
            let places = try graph.append(NumberRange(), zero, count, one)
            let weights = try graph.append(
                Sin(), graph.append(Add(), graph.append(Mul(), places, places), one))
            let product = try graph.append(Mul(), flat, weights)
            parts.append(try graph.append(ReduceSum(keepsDimensions: false), product))
        }
        graph.output(try graph.append(Sum(), parts, outputCount: 1)[0], "s")
        return graph.model()
    }

    /// The largest difference between gradients and central differences, relative to the largest gradient or 1.
    func error(isOpen: Bool) throws -> Double {
        let model = try model(isOpen: isOpen)
        let names = varied.map { GradientCase.name($0) }
        let gradient = try model.gradient(of: "s", withRespectTo: names)
        return try GradientCase.error(
            model, gradient, names, names.map { "\($0)_gradient" }, point, "s", step: step,
            elements: 6)
    }

    /// The same of a weighted sum of the gradients.
    func secondError() throws -> Double {
        let names = varied.map { GradientCase.name($0) }
        var first = try model(isOpen: false).gradient(of: "s", withRespectTo: names)
        let parts = zip(names, varied).enumerated().map {
            index, entry -> (Node, Node, NamedTensor) in
            let count = inputs[entry.1]?.count ?? 0
            let shape = inputs[entry.1]?.shape ?? []
            let weights = Tensor((0..<count).map { Double($0 * 5 % 7) - 2.5 }, shape: shape)
            let product = Node(
                "Mul", inputs: ["\(entry.0)_gradient", "weights\(index)"], outputs: ["part\(index)"]
            )
            let sum = Node(
                "ReduceSum", inputs: ["part\(index)"], outputs: ["sum\(index)"],
                attributes: [.int("keepdims", 0)])
            return (product, sum, NamedTensor(name: "weights\(index)", weights))
        }
        for (product, sum, weights) in parts {
            first.graph.nodes += [product, sum]
            first.graph.initializers.append(weights)
        }
        first.graph.nodes.append(
            Node("Sum", inputs: parts.indices.map { "sum\($0)" }, outputs: ["t"]))
        first.graph.outputs = [ValueInfo(name: "t", type: .tensor(.float64, []))]
        first.makeNodeNamesUnique()
        let second = try first.gradient(of: "t", withRespectTo: names)
        return try GradientCase.error(
            first, second, names, second.graph.outputs.map(\.name), point, "t", step: step,
            elements: 3)
    }

    private var point: [String: Tensor] {
        Dictionary(
            uniqueKeysWithValues: varied.compactMap { index in
                inputs[index].map { (GradientCase.name(index), $0) }
            })
    }

    /// Where to go from a point: along each element, or along a few and one way along all of them.
    private static func directions(_ count: Int, _ few: Int) -> [[Double]] {
        func unit(_ index: Int) -> [Double] { (0..<count).map { $0 == index ? 1 : 0 } }
        if count <= few { return (0..<count).map(unit) }
        let all = (0..<count).map { index in
            let number = (index * 7 + 3) % 10 - 5
            return Double(number < 0 ? number : number + 1) / 5
        }
        return (0..<few).map { unit($0 * (count - 1) / (few - 1)) } + [all]
    }

    private static func error(
        _ model: Model, _ gradient: Model, _ names: [String], _ outputs: [String],
        _ point: [String: Tensor], _ output: String, step: Double, elements few: Int
    ) throws -> Double {
        let options = Session.Options(engine: .reference)
        let session = try Session(model, options: options)
        let found = try Session(gradient, options: options).run(point.mapValues { .tensor($0) })
        func value(_ point: [String: Tensor]) throws -> Double {
            let results = try session.run(point.mapValues { .tensor($0) }, outputs: [output])
            return try #require(try results[output]?.tensor?.doubles().first)
        }
        var (largest, error) = (1.0, 0.0)
        for (name, output) in zip(names, outputs) {
            let tensor = try #require(point[name])
            let analytic = try #require(found[output]?.tensor)
            #expect(analytic.shape == tensor.shape && analytic.dataType == tensor.dataType)
            let gradients = try analytic.doubles()
            let elements = try tensor.doubles()
            if gradients.contains(where: \.isNaN) { return .nan }
            for direction in directions(elements.count, few) {
                // Of the fourth order: the error is that of the fifth derivative.
                let values = try [-2.0, -1, 1, 2].map { factor in
                    var moved = point
                    moved[name] = Tensor(
                        zip(elements, direction).map { $0 + factor * step * $1 },
                        shape: tensor.shape)
                    return try value(moved)
                }
                let slope =
                    (values[0] - values[3] + 8 * (values[2] - values[1])) / (12 * step)
                let expected = zip(gradients, direction).reduce(0) { $0 + $1.0 * $1.1 }
                largest = max(largest, abs(slope))
                error = max(error, abs(slope - expected))
            }
        }
        return error / largest
    }
}

/// Numbers for cases: different ones, none near 0.
enum Point {
    /// Between bounds, shuffled, with equal distances.
    static func between(_ low: Double, _ high: Double, _ shape: Int...) -> Tensor {
        between(low, high, shape)
    }

    static func between(_ low: Double, _ high: Double, _ shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        var stride = max(1, count * 5 / 13)
        while greatestCommonDivisor(stride, count) != 1 { stride += 1 }
        let places = (0..<count).map { ($0 * stride + count / 3) % max(count, 1) }
        return Tensor(
            places.map { low + (high - low) * (Double($0) + 0.37) / Double(count) }, shape: shape)
    }

    /// Between −2 and 2.
    static func any(_ shape: Int...) -> Tensor { between(-2.03, 1.97, shape) }
    /// Between 0.5 and 2.
    static func positive(_ shape: Int...) -> Tensor { between(0.5, 2, shape) }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        b == 0 ? a : greatestCommonDivisor(b, a % b)
    }
}
