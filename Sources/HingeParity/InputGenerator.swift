import HingeGraph
import HingeOperators

/// Makes inputs for a model, the same for the same seed.
///
/// Floating-point inputs are normally distributed. Integers are small, and where they index the
/// rows of a constant table (an embedding) they lie within it. Unknown extents are chosen: 2 for the
/// batch, 8 for others, equal names equal extents.
public struct InputGenerator: Sendable {
    /// The seed.
    public var seed: UInt64
    /// The extents of symbolic dimensions, by name, where the caller chooses them.
    public var extents: [String: Int]
    /// The shapes of inputs, by name, where the caller chooses them.
    public var shapes: [String: [Int]]

    /// Creates a generator.
    public init(seed: UInt64 = 0, extents: [String: Int] = [:], shapes: [String: [Int]] = [:]) {
        self.seed = seed
        self.extents = extents
        self.shapes = shapes
    }

    /// Inputs for a model, by name.
    ///
    /// - Throws: ``HingeError`` when an input isn't a tensor, or has no known rank and no chosen shape.
    public func inputs(for model: Model) throws -> [String: Value] {
        let bounds = IndexBounds(model.graph)
        var inputs: [String: Value] = [:]
        for (position, info) in model.graph.requiredInputs.enumerated() {
            try withContext(.value(info.name)) {
                guard case .tensor(let type?, let shape)? = info.type else {
                    throw HingeError(
                        .unsupported,
                        "cannot make up a value of type \(info.type?.description ?? "unknown")")
                }
                var generator = SeededGenerator(seed: seed &+ UInt64(position) &* 0x9E37)
                inputs[info.name] = .tensor(
                    try tensor(
                        type, try extents(info.name, shape), bounds.bound(info.name), &generator))
            }
        }
        return inputs
    }

    private func extents(_ name: String, _ shape: Shape?) throws -> [Int] {
        if let chosen = shapes[name] { return chosen }
        guard let shape else {
            throw HingeError(.usage, "the input has no known rank; give its shape")
        }
        return shape.dimensions.enumerated().map { index, dimension in
            switch dimension {
            case .known(let extent): extent
            case .symbolic(let name): extents[name] ?? (index == 0 ? 2 : 8)
            case .unknown: index == 0 ? 2 : 8
            }
        }
    }

    private func tensor(
        _ type: DataType, _ shape: [Int], _ bound: Int, _ generator: inout SeededGenerator
    ) throws -> Tensor {
        try MemoryLimit.check(type, shape)
        let count = try Tensor.count(of: shape)
        guard count <= 1 << 30 else {
            throw HingeError(.limit, "an input of shape \(shape) is too large to make up")
        }
        func integers<T: FixedWidthInteger & TensorElement>(_ type: T.Type) -> Tensor {
            let limit = UInt64(clamping: min(bound, Int(clamping: T.max)))
            return Tensor(
                (0..<count).map { _ in T(truncatingIfNeeded: generator.next() % max(limit, 1)) },
                shape: shape)
        }
        switch type {
        case .float32:
            return Tensor((0..<count).map { _ in Float(generator.normal()) }, shape: shape)
        case .float64:
            return Tensor((0..<count).map { _ in generator.normal() }, shape: shape)
        case .float16:
            return Tensor((0..<count).map { _ in Float16(generator.normal()) }, shape: shape)
        case .bfloat16:
            let elements = (0..<count).map { _ in BFloat16(Float(generator.normal())) }
            return Tensor(elements, shape: shape)
        case .bool:
            return Tensor((0..<count).map { _ in generator.next() & 1 == 1 }, shape: shape)
        case .int8: return integers(Int8.self)
        case .int16: return integers(Int16.self)
        case .int32: return integers(Int32.self)
        case .int64: return integers(Int64.self)
        case .uint8: return integers(UInt8.self)
        case .uint16: return integers(UInt16.self)
        case .uint32: return integers(UInt32.self)
        case .uint64: return integers(UInt64.self)
        default: throw HingeError(.unsupported, "cannot make up elements of type \(type)")
        }
    }
}

/// How large the integers of an input may be, judged by what the graph does with them.
private struct IndexBounds {
    private var bounds: [String: Int] = [:]

    init(_ graph: Graph) {
        var shapes: [String: [Int]] = [:]
        for initializer in graph.initializers {
            shapes[initializer.name] = initializer.tensor.shape
        }
        // From the last node back, so that a bound passes through what keeps values as they are.
        for node in graph.nodes.reversed() {
            switch node.type {
            case "Gather" where node.inputs.count == 2:
                guard let shape = shapes[node.inputs[0]] else { continue }
                var axis = 0
                if case .int(let value)? = node[attribute: "axis"] { axis = Int(value) }
                if axis < 0 { axis += shape.count }
                if shape.indices.contains(axis) { lower(node.inputs[1], shape[axis]) }
            case "Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Flatten":
                if let input = node.inputs.first, let output = node.outputs.first,
                    let bound = bounds[output]
                {
                    lower(input, bound)
                }
            default: continue
            }
        }
    }

    private mutating func lower(_ name: String, _ bound: Int) {
        bounds[name] = min(bounds[name] ?? .max, bound)
    }

    /// One more than the largest integer that an input should hold.
    func bound(_ name: String) -> Int { bounds[name] ?? 10 }
}
