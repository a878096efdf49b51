import HingeGraph

/// Writes an update over a part of each sample of a cache: along `axis`, from the index on that the sample has.
///
/// Inputs: the cache, `[N, …, T, …]`; the update, of the same shape but for `axis`, where it has at most T; optional:
/// where to begin in each sample, `int64[N]`, else 0. N is the batch, T the length of the cache.
///
/// Source: ONNX TensorScatter 24.
public struct TensorScatter: Operator {
    /// The dimension along which the update is placed; not the first.
    public var axis: Int
    /// What becomes of an update that reaches beyond the end of the cache.
    public var mode: Mode

    /// What becomes of an update that reaches beyond the end of the cache.
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// It is an error.
        case linear
        /// It continues from the beginning.
        case circular
    }

    /// Creates the operator.
    public init(axis: Int = -2, mode: Mode = .linear) {
        self.axis = axis
        self.mode = mode
    }
}

public extension TensorScatter {
    static let type = "TensorScatter"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: -2)
        mode = try node.word("mode", default: .linear)
    }

    func spell(_ speller: inout Speller) throws {
        guard speller.opset >= 24 else {
            guard speller.opset >= 11 else { throw speller.needs(11, Self.type) }
            return try speller.compose(compose)
        }
        speller.emit(Self.type, [.int("axis", axis), .string("mode", mode.rawValue)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        guard let cache = context.shape(0) else { return context.same() }
        let axis = try axis(rank: cache.rank)
        if let update = context.shape(1) {
            let fits =
                update.rank == cache.rank
                && zip(update.dimensions, cache.dimensions).enumerated().allSatisfy {
                    guard let own = $1.0.extent, let other = $1.1.extent else { return true }
                    return $0 == axis ? own <= other : own == other
                }
            try context.require(
                fits, "an update of shape \(update) does not fit into \(cache) along axis \(axis)")
        }
        if let starts = context.shape(2) {
            let fits =
                starts.rank == 1
                && (starts[0].extent ?? cache[0].extent) == (cache[0].extent ?? starts[0].extent)
            try context.require(
                fits, "expected indices of shape [\(cache[0])], found \(starts)")
        }
        return context.same()
    }

    private func axis(rank: Int) throws -> Int {
        let place = try InferenceContext.axis(axis, rank: rank)
        guard place > 0 else {
            throw HingeError(
                .mismatch, "expected an axis other than that of the batch, found \(axis)",
                at: [.attribute("axis")])
        }
        return place
    }

    var inPlaceInputs: [Int] { [0] }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs = moving(0, 1, of: outputs)
        let room =
            if let length = context.extent(0, axis), let count = context.extent(1, axis) {
                max(0, mode == .linear ? length - count : 2 * length)
            } else {
                0
            }
        needs[2] = .within(0, Double(room))
        return needs
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let (cache, update) = (try context.input(0), try context.input(1))
        let starts = try context.optionalInput(2)
        _ = try infer(InferenceContext([cache, update, starts]))
        let axis = try axis(rank: cache.rank)
        let first = try starts?.integers() ?? []
        let (length, count) = (cache.shape[axis], update.shape[axis])
        let inner = Extent.product(of: cache.shape[(axis + 1)...])
        let rows = Extent.product(of: cache.shape[..<axis])
        let perSample = Extent.product(of: cache.shape[1..<axis])
        guard cache.count > 0, update.count > 0 else {
            return context.set(0, cache)
        }
        try MemoryLimit.checkArray(of: Int.self, count: rows * count)
        var offsets: [Int] = []
        offsets.reserveCapacity(rows * count)
        for row in 0..<rows {
            let start = try begin(first.isEmpty ? 0 : first[row / perSample], count, length)
            for index in 0..<count {
                offsets.append((row * length + (start + index) % length) * inner)
            }
        }
        try context.scatter(cache, update, offsets: offsets, length: inner, .none)
    }

    /// The place in the cache where an update begins.
    private func begin(_ index: Int, _ count: Int, _ length: Int) throws -> Int {
        if mode == .circular {
            let place = index % length
            return place < 0 ? place + length : place
        }
        guard index >= 0, index <= length - count else {
            throw HingeError(
                .mismatch,
                "expected indices from 0 to \(length - count) for an update of \(count) in a "
                    + "cache of \(length), found \(index)")
        }
        return index
    }
}

extension TensorScatter {
    /// As the writing of single elements, for versions before 24.
    private func compose(_ steps: inout Composition) throws {
        let (cache, update) = (try steps.input(0), try steps.input(1))
        let shape = try steps.knownShape(cache)
        let axis = try axis(rank: shape.rank)
        func number(_ value: Int) -> Composition.Operand {
            steps.constant(Tensor([Int64(value)], shape: []))
        }
        func extent(_ operand: Composition.Operand) throws -> Composition.Operand {
            if let extent = steps.shape(operand)?[axis].extent { return number(extent) }
            let shape = try steps.append(ShapeOf(), operand)
            return try steps.append(Gather(axis: 0), shape, number(axis))
        }
        let (zero, one) = (number(0), number(1))
        let count = try extent(update)
        var places = try steps.append(NumberRange(), zero, count, one)
        let inner = [Int](repeating: 1, count: shape.rank - 1 - axis)
        places = try steps.append(Reshape(shape: [-1] + inner), places)
        if let starts = steps.optionalInput(2) {
            let ones = [Int](repeating: 1, count: shape.rank - 1)
            let column = try steps.append(Reshape(shape: [-1] + ones), starts)
            places = try steps.append(Add(), column, places)
        }
        if mode == .circular { places = try steps.append(Mod(), places, extent(cache)) }
        let updateShape = try steps.append(ShapeOf(), update)
        let indices = try steps.append(Expand(), places, updateShape)
        let y = try steps.append(ScatterElements(axis: axis), cache, indices, update)
        steps.give(y)
    }
}

extension TensorScatter: RespelledOperator {
    static var derivativeVersion: Int { 23 }
}
