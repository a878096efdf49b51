import HingeGraph
import HingeOperators

@testable import HingeRuntime

/// A graph made of random choices, whose steps read the same values again and again: residuals, squares, chains,
/// diamonds, views.
///
/// Each step is made from a seed of its own and takes what is there, so that a graph from which steps are left out
/// is a graph, too.
struct RandomGraph {
    /// The element type of the input.
    var dataType: DataType
    /// The shape of the input, `[N, C, H, W]`.
    var shape: [Int]
    /// Where the choices of each step begin.
    var steps: [UInt64]
    /// Whether some numbers of the input are NaN, infinite, or too small to be normal.
    var isSpecial: Bool
    /// Whether it is to be computed with fewer bits than its type has.
    var isRough = false
    /// Where the choice of a value begins whose shape nothing tells before the run; `nil` for none.
    var hidden: UInt64?

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let types: [DataType] = [.int32, .float64, .int64, .float16, .bfloat16]
        dataType = random.isLikely(0.8) ? .float32 : random.pick(types)
        let channels =
            random.isLikely(0.5) ? random.pick(1...9) : random.pick([8, 16, 24, 32, 33, 64])
        let extents = channels > 20 ? 1...3 : 1...5
        shape = [random.pick(1...2), channels, random.pick(extents), random.pick(extents)]
        isSpecial = dataType == .float32 && random.isLikely(0.15)
        steps = (0..<random.pick(2...9)).map { _ in random.next() }
        if random.isLikely(0.2) { hidden = random.next() }
    }

    /// The input.
    var input: Tensor {
        get throws {
            let plain = random(shape, seed: 11)
            guard isSpecial else { return try plain.converted(to: dataType) }
            var numbers = try plain.array(of: Float.self)
            let specials: [Float] = [
                .nan, .infinity, -.infinity, .leastNonzeroMagnitude, -.leastNormalMagnitude / 8,
                -0.0, 1e30,
            ]
            var generator = SeededGenerator(seed: 12)
            for _ in 0..<generator.pick(1...3) {
                numbers[generator.pick(0...numbers.count - 1)] = generator.pick(specials)
            }
            return Tensor(numbers, shape: shape)
        }
    }

    /// The model; its outputs are the last value, and some of those before.
    func model() throws -> Model {
        var maker = RandomGraphMaker(dataType, shape, isRough: isRough)
        var isOutput: [Bool] = []
        for seed in steps {
            var random = SeededGenerator(seed: seed)
            let isShown = random.isLikely(0.15)
            // What doesn't fit the values that are there adds nothing.
            try? maker.step(&random)
            while isOutput.count < maker.values.count { isOutput.append(isShown) }
        }
        if !isOutput.isEmpty { isOutput[isOutput.count - 1] = true }
        for (value, isOutput) in zip(maker.values, isOutput) where isOutput {
            maker.builder.output(value, "y_\(value.name)")
        }
        var model = maker.builder.model()
        if let hidden { try model.graph.hideShape(SeededGenerator(seed: hidden), dataType) }
        return model
    }

    /// What is less: a step fewer, or a smaller input.
    private var smaller: [RandomGraph] {
        var graphs: [RandomGraph] = []
        for index in steps.indices {
            var graph = self
            graph.steps.remove(at: index)
            graphs.append(graph)
        }
        for axis in shape.indices where shape[axis] > 1 {
            for extent in [1, shape[axis] / 2, shape[axis] - 1] where extent < shape[axis] {
                var graph = self
                graph.shape[axis] = max(1, extent)
                graphs.append(graph)
            }
        }
        if isSpecial {
            var graph = self
            graph.isSpecial = false
            graphs.append(graph)
        }
        if hidden != nil {
            var graph = self
            graph.hidden = nil
            graphs.append(graph)
        }
        return graphs
    }

    /// The smallest graph that can be found for which a question still has an answer.
    func shrunk<Fault>(_ find: (RandomGraph) -> Fault?) -> (RandomGraph, Fault)? {
        guard var fault = find(self) else { return nil }
        var graph = self
        search: while true {
            for candidate in graph.smaller {
                guard let found = find(candidate) else { continue }
                (graph, fault) = (candidate, found)
                continue search
            }
            return (graph, fault)
        }
    }
}

extension Graph {
    /// Lets a value go through `Compress`, which keeps all of it, so that the shapes behind it are known only in a run.
    fileprivate mutating func hideShape(_ generator: SeededGenerator, _ type: DataType) throws {
        var generator = generator
        let names = inputs.map(\.name) + nodes.dropLast().compactMap(\.outputs.first)
        let name = generator.pick(names)
        let place = (nodes.firstIndex { $0.outputs.first == name }).map { $0 + 1 } ?? 0
        for index in place..<nodes.count {
            nodes[index].inputs = nodes[index].inputs.map { $0 == name ? "hidden" : $0 }
        }
        // One number for each of the first dimension, which may be NaN.
        var added = [
            Node("Flatten", inputs: [name], outputs: ["flat"], attributes: [.int("axis", 1)]),
            Node(
                "ReduceMax", inputs: ["flat", "axes"], outputs: ["largest"],
                attributes: [.int("keepdims", 0)]),
            Node("Equal", inputs: ["largest", "largest"], outputs: ["equal"]),
            Node(
                "Compress", inputs: [name, "kept"], outputs: ["hidden"],
                attributes: [.int("axis", 0)]),
        ]
        let isInteger = type == .int32 || type == .int64
        added.insert(
            isInteger
                ? Node("Identity", inputs: ["equal"], outputs: ["kept"])
                : Node("Or", inputs: ["equal", "nan"], outputs: ["kept"]), at: 3)
        if !isInteger {
            added.insert(Node("IsNaN", inputs: ["largest"], outputs: ["nan"]), at: 3)
        }
        initializers.append(NamedTensor(name: "axes", Tensor([1 as Int64])))
        nodes.insert(contentsOf: added, at: place)
    }
}

extension RandomGraph: CustomStringConvertible {
    /// The nodes, one a line.
    var description: String {
        guard let graph = try? model().graph else { return "no graph" }
        let constants = Dictionary(
            graph.initializers.map { ($0.name, "constant\($0.tensor.shape)") },
            uniquingKeysWith: { first, _ in first })
        let lines = graph.nodes.map { node -> String in
            let inputs = node.inputs.map { constants[$0] ?? $0 }.joined(separator: ", ")
            let attributes = node.attributes.map { "\($0.name)=\($0.value)" }
            let outputs = node.outputs.joined(separator: ", ")
            return "  \(outputs) = \(node.type)(\(inputs)) \(attributes.joined(separator: " "))"
        }
        let outputs = graph.outputs.map(\.name).joined(separator: ", ")
        return "x: \(dataType)\(shape)\(isSpecial ? " with special numbers" : "")\n"
            + lines.joined(separator: "\n") + "\n  outputs: \(outputs)"
    }
}

extension SeededGenerator {
    /// True with a probability.
    mutating func isLikely(_ probability: Double) -> Bool { uniform() < probability }

    /// One of a list.
    mutating func pick<Element>(_ list: [Element]) -> Element {
        list[Int(next() % UInt64(list.count))]
    }

    /// A number of a range.
    mutating func pick(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }
}

extension Tensor {
    /// The numbers, ten times as large and rounded where the type is one of integers.
    func converted(to type: DataType) throws -> Tensor {
        guard type.isInteger || type == .float64 else {
            return try converted(to: type, ConversionRules())
        }
        let numbers = try array(of: Float.self)
        switch type {
        case .float64: return Tensor(numbers.map { Double($0) }, shape: shape)
        case .int32: return Tensor(numbers.map { Int32($0 * 10) }, shape: shape)
        case .int64: return Tensor(numbers.map { Int64($0 * 10) }, shape: shape)
        default: throw HingeError(.unsupported, "random numbers of \(type)")
        }
    }
}
