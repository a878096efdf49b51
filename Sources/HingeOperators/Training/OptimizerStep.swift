import HingeGraph

/// A step of an optimizer: for each of n tensors, new values of it and of what is kept beside it.
///
/// Inputs 0 and 1 are the learning rate and how many steps there were before, one number each; then come the n tensors, their n
/// gradients, and as many states of each kind that the optimizer keeps. Outputs are the n new tensors, then the new states.
extension InferenceContext {
    /// The outputs of a step that keeps `stateCount` states beside each tensor.
    func inferOptimizer(stateCount: Int) throws -> [Inferred] {
        try requireScalars(0..<2)
        let groups = try OptimizerLayout(inputCount: inputs.count, stateCount: stateCount)
        for index in groups.tensors {
            for other in groups.companions(of: index) {
                try require(
                    ValueType.agree(input(index)?.type, input(other)?.type),
                    "expected input \(other) to be of the type of input \(index), found "
                        + "\(input(other)?.type?.description ?? "none")")
            }
        }
        return groups.sources.map { Inferred(type: input($0)?.type) }
    }
}

/// Which inputs and outputs belong together.
struct OptimizerLayout: Sendable {
    /// The number of tensors.
    let count: Int
    let stateCount: Int

    /// - Throws: ``HingeError`` when the inputs aren't those of whole tensors.
    init(inputCount: Int, stateCount: Int) throws {
        let (count, rest) = (inputCount - 2).quotientAndRemainder(dividingBy: 2 + stateCount)
        guard count >= 1, rest == 0 else {
            throw HingeError(
                .mismatch,
                "expected 2 inputs and \(2 + stateCount) for each tensor, found \(inputCount)")
        }
        self.count = count
        self.stateCount = stateCount
    }

    /// The inputs that are tensors to change.
    var tensors: Range<Int> { 2..<2 + count }

    /// The inputs that belong to a tensor: its gradient, then its states.
    func companions(of tensor: Int) -> [Int] { (1...1 + stateCount).map { tensor + $0 * count } }

    /// The input that has the type of each output.
    var sources: [Int] {
        Array(tensors) + (0..<stateCount * count).map { 2 + 2 * count + $0 }
    }
}

/// An element of a tensor and of its states.
struct OptimizerElement {
    var value: Double
    var first: Double
    var second: Double = 0
}

/// What a step does to each element.
protocol OptimizerFunction: Sendable {
    /// The element after a step.
    func callAsFunction(_ x: OptimizerElement, gradient: Double) -> OptimizerElement
}

extension PreparationContext {
    /// The kernel of an optimizer that keeps `stateCount` states, one or two.
    ///
    /// It computes in double precision.
    ///
    /// - Parameter function: What a step does, given the learning rate and the number of steps before.
    func optimize<Function: OptimizerFunction>(
        stateCount: Int, _ function: @escaping @Sendable (Double, Double) -> Function
    ) throws -> Kernel {
        let layout = try OptimizerLayout(inputCount: inputs.count, stateCount: stateCount)
        let types = try layout.tensors.map { index in
            let tensor = try input(index)
            for other in layout.companions(of: index) {
                let companion = try input(other)
                guard companion.dataType == tensor.dataType, companion.shape == tensor.shape
                else {
                    throw HingeError(
                        .mismatch,
                        "expected input \(other) to be \(tensor.dataType)\(tensor.shape), found "
                            + "\(companion.dataType)\(companion.shape)")
                }
            }
            guard tensor.dataType == .float32 || tensor.dataType == .float64 else {
                throw tensor.notSupported(as: "input \(index)")
            }
            return tensor
        }
        return { context in
            let numbers = try [0, 1].map { index in
                let tensor = try context.input(index)
                guard tensor.count == 1 else {
                    throw HingeError(
                        .mismatch, "expected one number as input \(index), found \(tensor.shape)")
                }
                return try tensor.doubles()[0]
            }
            let step = function(numbers[0], numbers[1])
            for (place, tensor) in types.enumerated() {
                if tensor.dataType == .float64 {
                    try context.optimize(place, layout, tensor, step, Double.self)
                } else {
                    try context.optimize(place, layout, tensor, step, Float.self)
                }
            }
        }
    }
}

extension EvaluationContext {
    fileprivate mutating func optimize<T: RealElement>(
        _ place: Int, _ layout: OptimizerLayout, _ type: KnownTensor,
        _ function: some OptimizerFunction, _ element: T.Type
    ) throws {
        let index = layout.tensors.lowerBound + place
        let sources = try ([index] + layout.companions(of: index)).map { try input($0).aligned() }
        let targets = try (0...layout.stateCount).map {
            try output(place + $0 * layout.count, type.dataType, type.shape).elements(of: T.self)
        }
        guard let value = targets.first, !value.isEmpty else { return }
        let hasTwo = layout.stateCount > 1
        let (x, g) = (sources[0], sources[1])
        try x.withUnsafeElements(of: T.self) { x in
            try g.withUnsafeElements(of: T.self) { g in
                try sources[2].withUnsafeElements(of: T.self) { first in
                    try sources[hasTwo ? 3 : 2].withUnsafeElements(of: T.self) { second in
                        parallelFor(x.count, cost: RealMath.cost) { range in
                            for index in range {
                                let old = OptimizerElement(
                                    value: Double(x[index]), first: Double(first[index]),
                                    second: Double(second[index]))
                                let new = function(old, gradient: Double(g[index]))
                                value[index] = T(new.value)
                                targets[1][index] = T(new.first)
                                if hasTwo { targets[2][index] = T(new.second) }
                            }
                        }
                    }
                }
            }
        }
    }
}
