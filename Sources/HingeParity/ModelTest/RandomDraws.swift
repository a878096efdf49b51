import HingeGraph
import HingeOperators
import HingeProgram
import HingeRuntime
import HingeTransforms

/// Judges whether recorded values could be the outputs of a model that draws random numbers.
///
/// No two tools draw the same numbers, the `seed` of an operator notwithstanding: the standard names no generator.
///
/// An output that follows from others that were recorded, `y = x · r` beside a drawn `r`, is not random where they are given:
/// the model runs on from them, and must give what was recorded.
///
/// All others are drawn again and again with other seeds, and the recorded values must be one more of such draws:
///
/// 1. Kind, element types and shapes must be the same. Where shapes are random, ranks must.
/// 2. *Which elements differ, and by what.* Count, for a value, its elements that are equal, within the tolerance, to
///    the same element of none of the others. The recorded value may have as many of them as the draw that has most:
///    none where all draws are the same, or have few values (the zeros and the scaled elements of `Dropout`, the zeros
///    and ones of `Bernoulli`). The same must hold of the pairs of elements that two outputs of one shape have in the same
///    place: where the mask of `Dropout` is false, its other output is zero.
/// 3. *Distribution.* The mean of its elements, that of their squares, and that of the squares of their distances from
///    their own means, in standard deviations, may each be as far from the draws' mean as ``DrawLimit`` says.
///
/// There are 64 draws; what fails is judged again by 1,024, so that what happens once in a hundred runs is not taken
/// for an error.
///
/// Since a value that was drawn in the same way could stand in for any of the draws, rules 1 and 2 hold for whatever
/// distribution, and for elements that depend on each other. Rule 2 finds fault with a right value only where an element may
/// be what it is in none of 1,024 draws; rule 3 in one of a million tests.
struct RandomDraws {
    private let model: Model
    private let inputs: [String: Value]
    /// The recorded outputs that are random, in the order of the model's.
    private let outputs: [(name: String, value: Value)]
    private let options: Session.Options
    private let tolerance: ElementTolerance

    /// The numbers of draws, the second where the first finds a difference.
    private static let counts = [64, 1024]
    /// The most elements that are kept of all draws.
    private static let elementLimit = 1 << 24

    init(
        _ model: Model, _ dataSet: ModelTest.DataSet, _ options: Session.Options,
        _ tolerance: ElementTolerance
    ) throws {
        self.model = model.withoutSeeds
        inputs = dataSet.inputs
        let random = try model.randomOutputs
        outputs = model.graph.outputs.compactMap { info in
            random.contains(info.name)
                ? dataSet.outputs[info.name].map { (info.name, $0) } : nil
        }
        self.options = options
        self.tolerance = tolerance
    }

    /// An output that can't be what was recorded, and why.
    typealias Fault = (output: String, difference: ValueDifference)

    /// Why the recorded values can't be a draw; `nil` when they can.
    func fault() throws -> Fault? {
        try faultOfDetermined() ?? faultOfDraws()
    }

    /// The first output that follows from recorded ones, and isn't what follows.
    private func faultOfDetermined() throws -> Fault? {
        for output in outputs {
            let others = outputs.filter { $0.name != output.name }
            guard
                let model = model.running(
                    onFrom: Dictionary(uniqueKeysWithValues: others), to: output.name),
                try model.randomOutputs.isEmpty
            else { continue }
            var values = inputs
            for info in model.graph.inputs where values[info.name] == nil {
                values[info.name] = others.first { $0.name == info.name }?.value
            }
            let found = try Session(model, options: options).run(values)
            if let difference = tolerance.difference(try found.value(output.name), output.value) {
                return (output.name, difference)
            }
        }
        return nil
    }

    private func faultOfDraws() throws -> Fault? {
        let elementCount = outputs.reduce(0) { $0 + $1.value.elementCount }
        var draws: [[String: Value]] = []
        var fault: Fault?
        for wanted in Self.counts {
            let count = min(wanted, max(16, Self.elementLimit / max(elementCount, 1)))
            while draws.count < count {
                var options = options
                // Far from those that a user would take, in which the recorded value may have been drawn.
                options.seed = 0x9E37_79B9 &+ UInt64(draws.count)
                draws.append(
                    try Session(model, options: options).run(
                        inputs, outputs: outputs.map(\.name)))
            }
            fault = try judge(draws, isFinal: wanted == Self.counts.last)
            if fault == nil { return nil }
        }
        return fault
    }

    /// Judges each output, then each two together.
    private func judge(_ draws: [[String: Value]], isFinal: Bool) throws -> Fault? {
        var tensors: [(name: String, tensor: DrawnTensor)] = []
        for (name, expected) in outputs {
            let values = try draws.map { try $0.value(name) }
            if let difference = judge(expected, values, "", isFinal: isFinal) {
                return (name, difference)
            }
            if let drawn = drawnTensor(expected, values) { tensors.append((name, drawn)) }
        }
        for (index, (name, tensor)) in tensors.enumerated() {
            for (other, second) in tensors[..<index] {
                if let difference = second.difference(beside: tensor, named: name) {
                    return (other, difference)
                }
            }
        }
        return nil
    }

    /// A tensor among draws of the same shape.
    private func drawnTensor(_ expected: Value, _ draws: [Value]) -> DrawnTensor? {
        guard case .tensor(let tensor) = expected else { return nil }
        let tensors = draws.compactMap(\.unwrapped.tensor)
        guard tensors.count == draws.count, tensors.allSatisfy({ $0.shape == tensor.shape }) else {
            return nil
        }
        return DrawnTensor(tensor, tensors, tolerance)
    }

    private func judge(
        _ expected: Value, _ draws: [Value], _ part: String, isFinal: Bool
    ) -> ValueDifference? {
        func differ(_ found: Value) -> ValueDifference {
            ValueDifference(
                part: part, expected: ModelComparison.describe(expected),
                found: ModelComparison.describe(found))
        }
        func judge(_ expected: Value, _ suffix: String, _ element: (Value) -> Value?)
            -> ValueDifference?
        {
            self.judge(
                expected, draws.compactMap(element), part + suffix, isFinal: isFinal)
        }
        switch expected {
        case .tensor(let tensor):
            let tensors = draws.compactMap(\.unwrapped.tensor)
            guard tensors.count == draws.count else { return differ(draws[0]) }
            let shapes = Set(tensors.map(\.shape))
            if let other = tensors.first(where: {
                $0.dataType != tensor.dataType || $0.rank != tensor.rank
                    || shapes.count == 1 && $0.shape != tensor.shape
            }) {
                return differ(.tensor(other))
            }
            return drawnTensor(expected, draws)?.difference(part, isFinal: isFinal)
        case .sequence(let elements):
            let counts = Set(draws.map { $0.unwrapped.sequence?.count })
            guard counts.count == 1, !counts.contains(nil) else {
                return counts.contains(nil) ? differ(draws[0]) : nil
            }
            guard counts == [elements.count] else { return differ(draws[0]) }
            return elements.indices.lazy.compactMap { index in
                judge(elements[index], "[\(index)]") { $0.unwrapped.sequence?[index] }
            }.first
        default: return draws.lazy.compactMap { tolerance.difference($0, expected) }.first
        }
    }
}

extension Value {
    /// What an optional holds; a value that is none itself.
    fileprivate var unwrapped: Value {
        if case .optional(let value?) = self { value.unwrapped } else { self }
    }

    fileprivate var sequence: [Value]? {
        if case .sequence(let elements) = self { elements } else { nil }
    }

    /// The number of elements of the tensors that the value is made of.
    fileprivate var elementCount: Int {
        switch self {
        case .tensor(let tensor): tensor.count
        case .sequence(let elements): elements.reduce(0) { $0 + $1.elementCount }
        case .optional(let value): value?.elementCount ?? 0
        case .sparseTensor(let tensor): tensor.values.count
        case .map(let keys, let values):
            values.reduce(keys.count) { $0 + $1.elementCount }
        }
    }
}

extension Model {
    /// The names of the outputs that depend on operators whose outputs are not a function of their inputs.
    ///
    /// - Throws: ``HingeError`` when the model can't be understood.
    package var randomOutputs: Set<String> {
        get throws {
            var options = ProgramOptions()
            options.inlinesFunctions = true
            options.inference.isLenient = true
            let program = try Program(self, options)
            let random = program.randomSlots
            return Set(
                zip(graph.outputs, program.outputs).filter { random.contains($1) }.map(\.0.name))
        }
    }

    /// The model, with operators that draw random numbers drawing them as whoever runs it says.
    fileprivate var withoutSeeds: Model {
        var model = self
        model.graph.removeSeeds()
        for index in model.functions.indices {
            for node in model.functions[index].nodes.indices {
                model.functions[index].nodes[node].removeSeed()
            }
        }
        return model
    }
}

extension Graph {
    fileprivate mutating func removeSeeds() {
        for index in nodes.indices { nodes[index].removeSeed() }
    }
}

extension Node {
    /// Removes the attribute `seed`, which of the standard's operators those have that draw random numbers.
    fileprivate mutating func removeSeed() {
        if Domain(domain) == Domain("") { attributes.removeAll { $0.name == "seed" } }
        mapSubgraphs { graph in
            var graph = graph
            graph.removeSeeds()
            return graph
        }
    }
}

extension Program {
    /// The slots whose values depend on random numbers.
    fileprivate var randomSlots: Set<SlotID> {
        var random: Set<SlotID> = []
        for step in steps where step.isRandom || step.used.contains(where: random.contains) {
            random.formUnion(step.outputs.compactMap { $0 })
        }
        return random
    }
}

extension Program.Step {
    /// Whether the operator, or one in a body of it, draws random numbers.
    fileprivate var isRandom: Bool {
        !operation.isDeterministic
            || bodies.contains { $0.program.steps.contains(where: \.isRandom) }
    }
}
