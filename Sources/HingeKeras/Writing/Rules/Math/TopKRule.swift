import HingeGraph
import HingeOperators

/// `TopK` of the largest elements along the last axis as `TopK`, whose indices are widened.
struct TopKRule: OperatorRule {
    func write(_ operator: TopK, _ node: NodeWriting) throws -> [KerasTensor] {
        let x = try node.tensor(0)
        let axis = try InferenceContext.axis(`operator`.axis, rank: x.rank)
        guard `operator`.isLargest, axis == x.rank - 1 else {
            throw node.unsupported("Keras takes the largest elements along the last axis only")
        }
        guard let k = try `operator`.k ?? node.integers(1, "the number of elements")?.first else {
            throw node.unsupported("the number of elements isn't known")
        }
        let values = OutputType(
            x.type, Shape(Array(x.shape.dimensions.dropLast()) + [.known(k)]))
        let results = try node.operation(
            .math("TopK"), [("k", .integer(k)), ("sorted", .bool(`operator`.isSorted))],
            CallArguments([.tensor(x)]), giving: [values, OutputType(.int32, values.shape)])
        guard node.isUsed(1) else { return results }
        return [results[0], try node.cast(results[1], to: .int64, as: "indices")]
    }
}
