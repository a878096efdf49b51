import HingeGraph
import HingeOperators

/// What a layer makes of the categories that it finds.
///
/// Source: Keras `CategoryEncoding`, `Discretization` and `IntegerLookup`, `output_mode`.
enum CategoryMode: String, CaseIterable, Sendable {
    /// Their numbers.
    case int
    /// A vector for each, with a 1 at its number.
    case oneHot = "one_hot"
    /// A vector for each example: which categories occur.
    case multiHot = "multi_hot"
    /// A vector for each example: how often each category occurs.
    case count
    /// A vector for each example: how often each category occurs, times the category's weight.
    case weighted = "tf_idf"
}

extension ConfigReader {
    /// A mode with a default, also by the names that it had before.
    ///
    /// - Throws: ``HingeError`` when it is none of those allowed.
    func categoryMode(
        default standard: CategoryMode, allowed: Set<CategoryMode>
    ) throws -> CategoryMode {
        let older: [String: CategoryMode] = ["binary": .multiHot, "tf-idf": .weighted]
        let name = try string("output_mode")
        let mode = try name.flatMap { older[$0] } ?? word("output_mode", default: standard)
        guard allowed.contains(mode) else {
            throw unsupported(
                "output_mode", "the output mode '\(mode.rawValue)' is not supported")
        }
        if mode != .int, try bool("sparse", default: false) {
            throw unsupported("sparse", "sparse outputs are not supported")
        }
        return mode
    }
}

extension LayerContext {
    /// Numbers of categories, `[N, …]`, as vectors of the given size.
    ///
    /// Numbers out of range count nowhere.
    ///
    /// - Parameters:
    ///   - indices: The numbers; N is the batch.
    ///   - mode: What the vectors say.
    ///   - depth: The number of categories.
    ///   - type: The type of the vectors' elements.
    ///   - weights: What each occurrence counts, of the numbers' shape.
    func encode(
        _ indices: Operand, _ mode: CategoryMode, depth: Int, as type: DataType,
        weights: Operand? = nil
    ) throws -> Operand {
        var indices = indices
        let shape = try shape(indices)
        let isOneHot = mode == .oneHot
        if isOneHot, shape.rank > 1, shape[shape.rank - 1].extent == 1 {
            indices = try append(Squeeze(axes: [-1]), indices, as: "flat")
        }
        let levels = constant(try fold(Cast(to: type), [Tensor([0, 1] as [Float])]), "levels")
        var vectors = try oneHot(indices, depth, levels, as: isOneHot ? nil : "vectors")
        if let weights {
            let column = try append(Unsqueeze(axes: [-1]), weights, as: "weights")
            vectors = try append(Mul(), vectors, column, as: "weighted")
        }
        // The categories of an example are along its first axis; numbers without a batch are one
        // example.
        let axis = shape.rank > 1 ? 1 : 0
        switch mode {
        case .int, .oneHot: return vectors
        case .multiHot:
            return try append(ReduceMax(axes: [axis], keepsDimensions: false), vectors)
        case .count, .weighted:
            return try append(ReduceSum(axes: [axis], keepsDimensions: false), vectors)
        }
    }
}
