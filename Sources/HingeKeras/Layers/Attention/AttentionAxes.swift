import HingeGraph
import HingeOperators

/// The axes over which attention goes, of values with more axes than `[N, T, D]`.
///
/// The axes that attention goes over become one axis of steps; the other ones between the batch and
/// the features are examples of their own.
///
/// Letters: N the batch, T the queries, S the keys, D the features.
struct AttentionAxes: Sendable {
    /// The axes, in the order in which steps are counted, not negative.
    private let axes: [Int]
    /// The number of dimensions of the values.
    private let rank: Int

    /// Reads axes of values of a rank; without any, all between the batch and the features.
    ///
    /// - Throws: ``HingeError`` when one of them is the batch's or the features', or given twice.
    init(_ axes: [Int]?, rank: Int) throws {
        self.rank = rank
        self.axes =
            try axes?.map { try InferenceContext.axis($0, rank: rank) }
            ?? Array(1..<max(rank - 1, 1))
        guard !self.axes.isEmpty, Set(self.axes).count == self.axes.count,
            self.axes.allSatisfy({ (1..<rank - 1).contains($0) })
        else {
            throw HingeError(
                .badData, "expected axes between the batch and the features, found \(axes ?? [])",
                at: [.field("attention_axes")])
        }
    }

    /// Whether values are `[N, T, D]` as they are.
    var isPlain: Bool { rank == 3 }

    /// The axes that are examples of their own.
    private var others: [Int] { (1..<rank - 1).filter { !axes.contains($0) } }

    /// A value as `[N · …, T, D]`.
    func flattened(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let order = [0] + others + axes + [rank - 1]
        let moved =
            order == Array(0..<rank)
            ? x : try context.append(Transpose(order), x, as: "attention_axes")
        let steps = try axes.map { try context.extent(x, $0) }.reduce(1, *)
        let features = try context.extent(x, rank - 1)
        return try context.append(Reshape(shape: [-1, steps, features]), moved, as: "flat")
    }

    /// A result `[N · …, T, …]` with the axes of the query.
    func restored(
        _ result: Operand, query: Operand, _ context: LayerContext
    ) throws -> Operand {
        let examples = try others.map { try context.extent(query, $0) }
        let steps = try axes.map { try context.extent(query, $0) }
        let resultRank = try context.rank(result)
        let features = try (2..<resultRank).map { try context.extent(result, $0) }
        let apart = try context.append(
            Reshape(shape: [-1] + examples + steps + features), result, as: "apart")
        let order = [0] + others + axes
        let inverse = (0..<order.count).map { order.firstIndex(of: $0) ?? 0 }
        guard inverse != Array(0..<order.count) else { return apart }
        return try context.append(
            Transpose(inverse + (0..<features.count).map { order.count + $0 }), apart,
            as: "axes_back")
    }

    /// Weights `[N · …, heads, T, S]` as `[N, …, heads, T…, S…]`.
    func restoredWeights(
        _ weights: Operand, query: Operand, key: Operand, _ context: LayerContext
    ) throws -> Operand {
        let examples = try others.map { try context.extent(query, $0) }
        let heads = try context.extent(weights, 1)
        let steps = try axes.map { try context.extent(query, $0) }
        let keys = try axes.map { try context.extent(key, $0) }
        return try context.append(
            Reshape(shape: [-1] + examples + [heads] + steps + keys), weights, as: "weights_apart")
    }
}
