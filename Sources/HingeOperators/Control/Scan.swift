import HingeGraph

/// Runs a body for each index of one dimension of tensors.
///
/// The inputs are the first values of the body's state, then the tensors that are scanned, all of the same extent along their
/// axis. The body takes the state and an element of each of those, without the dimension; it gives the next state and
/// tensors that are stacked. The outputs are the last state and the stacks. State and stacked tensors have one type and
/// shape in all iterations.
///
/// In the form that is batched, input 0 is the lengths of the sequences, `int64[batch]`, or absent. The body runs for each
/// index of dimension 0 of the other inputs by itself, dimension 1 is scanned, and what is stacked is 0 beyond
/// a sequence's length.
///
/// Source: ONNX Scan 8, 9, 11, 16, 19, 21, 23, 24, 25; it is batched in 8, and in no other version.
public struct Scan: Operator {
    /// The number of values of the body's state.
    public var stateCount: Int
    /// How each input is scanned.
    public var scans: [Direction]
    /// How each output is stacked.
    public var stacks: [Direction]
    /// Whether each index of dimension 0 is scanned by itself.
    public var isBatched: Bool

    /// The way through a tensor.
    public struct Direction: Sendable, Hashable {
        /// The dimension; a negative one counts from the last.
        public var axis: Int
        /// Whether it goes from the last index to the first.
        public var isReversed: Bool

        /// Creates a direction.
        public init(axis: Int = 0, isReversed: Bool = false) {
            self.axis = axis
            self.isReversed = isReversed
        }
    }

    /// Creates the operator.
    public init(
        stateCount: Int, scans: [Direction], stacks: [Direction], isBatched: Bool = false
    ) {
        self.stateCount = stateCount
        self.scans = scans
        self.stacks = stacks
        self.isBatched = isBatched
    }

    /// The attribute that holds the body.
    static let body = "body"
}

public extension Scan {
    static let type = "Scan"

    init(_ node: NodeReader) throws {
        isBatched = node.opset < 9
        let count = try node.required("num_scan_inputs", node.int("num_scan_inputs"))
        let inputCount = node.node.inputs.count - (isBatched ? 1 : 0)
        guard count >= 1, count <= inputCount else {
            throw node.error(
                "num_scan_inputs", "expected a number from 1 to \(inputCount), found \(count)")
        }
        stateCount = inputCount - count
        let bodyInputCount = try node.bodyInputCount(Self.body)
        guard bodyInputCount == inputCount else {
            throw node.error(
                Self.body, "expected a body of \(inputCount) inputs, found \(bodyInputCount)")
        }
        let outputCount = try node.bodyOutputCount(Self.body)
        let least = max(stateCount, node.node.outputs.count)
        guard outputCount >= least else {
            throw node.error(
                Self.body, "expected a body of at least \(least) outputs, found \(outputCount)")
        }
        if isBatched {
            scans = try Scan.directions(node, count, axes: nil, reversals: "directions")
            stacks = [Direction](repeating: Direction(), count: outputCount - stateCount)
        } else {
            scans = try Scan.directions(
                node, count, axes: "scan_input_axes", reversals: "scan_input_directions")
            stacks = try Scan.directions(
                node, outputCount - stateCount, axes: "scan_output_axes",
                reversals: "scan_output_directions")
        }
    }

    private static func directions(
        _ node: NodeReader, _ count: Int, axes axesName: String?, reversals reversalsName: String
    ) throws -> [Direction] {
        func values(_ name: String) throws -> [Int] {
            guard let values = try node.ints(name), !values.isEmpty else {
                return [Int](repeating: 0, count: count)
            }
            guard values.count == count else {
                throw node.error(name, "expected \(count) integers, found \(values.count)")
            }
            return values
        }
        let axes = try axesName.map(values) ?? [Int](repeating: 0, count: count)
        let reversals = try values(reversalsName)
        guard reversals.allSatisfy({ $0 == 0 || $0 == 1 }) else {
            throw node.error(reversalsName, "expected 0 or 1, found \(reversals)")
        }
        return zip(axes, reversals).map { Direction(axis: $0, isReversed: $1 == 1) }
    }

    /// The position of the first value of the state among the inputs.
    internal var firstState: Int { isBatched ? 1 : 0 }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        guard isBatched else { return [:] }
        return [0: .count(upTo: context.extent(1 + stateCount, 1))]
    }
}

// MARK: - Inference

public extension Scan {
    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let outer = isBatched ? 1 : 0
        var batch = Shape.Dimension.unknown
        var length = Shape.Dimension.unknown
        /// The type of one input to the body.
        func element(_ position: Int, _ direction: Direction?) throws -> Inferred {
            let type = context.dataType(position)
            guard var shape = context.shape(position) else { return .tensor(type, nil) }
            try context.require(
                shape.rank >= outer,
                "expected a dimension of the batch in input \(position), found \(shape)")
            if isBatched {
                batch = try batch.merged(with: shape[0])
                shape.dimensions.removeFirst()
            }
            guard let direction else { return .tensor(type, shape) }
            let axis = try InferenceContext.axis(direction.axis, rank: shape.rank)
            length = try length.merged(with: shape[axis])
            shape.dimensions.remove(at: axis)
            return .tensor(type, shape)
        }
        let states = try (0..<stateCount).map { try element(firstState + $0, nil) }
        let elements = try scans.enumerated().map { index, direction in
            try element(firstState + stateCount + index, direction)
        }
        guard let outputs = try context.infer(Self.body, states + elements),
            outputs.count == stateCount + stacks.count
        else { return [Inferred](repeating: Inferred(), count: stateCount + stacks.count) }
        func batched(_ type: DataType?, _ shape: Shape?) -> Inferred {
            .tensor(type, shape.map { isBatched ? Shape([batch] + $0.dimensions) : $0 })
        }
        let last = try zip(states, outputs).map { state, output -> Inferred in
            // They are equal, or evaluation fails.
            let shape = try state.type?.shape.map { try $0.merged(with: output.type?.shape) }
            return batched(
                state.type?.dataType ?? output.type?.dataType, shape ?? output.type?.shape)
        }
        let stacked = try zip(stacks, outputs.dropFirst(stateCount)).map { direction, output in
            var shape = output.type?.shape
            if let rank = shape?.rank {
                shape?.dimensions.insert(
                    length, at: try InferenceContext.axis(direction.axis, rank: rank + 1))
            }
            return batched(output.type?.dataType, shape)
        }
        return last + stacked
    }
}

extension Shape {
    /// Of two shapes that must be equal, the one that says more of each dimension.
    ///
    /// - Throws: ``HingeError`` when they surely differ.
    fileprivate func merged(with other: Shape?) throws -> Shape {
        guard let other else { return self }
        guard other.rank == rank else {
            throw HingeError(
                .mismatch, "expected a state of shape \(self) from the body, found \(other)")
        }
        return Shape(try zip(dimensions, other.dimensions).map { try $0.merged(with: $1) })
    }
}

extension Scan: BodyDerivative {}
