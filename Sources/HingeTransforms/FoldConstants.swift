import HingeGraph
import HingeOperators

/// Computes what depends on constants only, and makes it an initializer.
///
/// Rules:
/// 1. A node of a deterministic operator without subgraphs whose inputs are all constants becomes
///    initializers, `Constant` included, if its outputs have at most ``limit`` elements or no more than
///    its inputs.
/// 2. So does a node whose output is known though its inputs aren't: `Shape` of a value of known shape.
/// 3. `DequantizeLinear` stays: its input is a smaller form of the same weights.
/// 4. A node that gives an output of the graph stays.
public struct FoldConstants: Pass {
    /// The name of the pass.
    public static let name = "fold-constants"

    /// The largest number of elements of an output that grows.
    public var limit: Int
    /// How types are inferred, and with which input shapes.
    public var inference: InferTypes

    /// Creates the pass.
    public init(limit: Int = 1 << 16, inference: InferTypes = InferTypes()) {
        self.limit = limit
        self.inference = inference
    }

    /// Runs the pass.
    public func run(_ model: inout Model) throws -> Bool {
        var inference = inference
        inference.constantLimit = limit
        inference.computesLargeConstants = true
        return try model.rewrite(inference: inference) { rewriter in
            for id in rewriter.ids {
                guard let node = rewriter.node(id), let candidate = rewriter.operator(id),
                    candidate.isDeterministic, node.subgraphs.isEmpty,
                    candidate.id.type != "DequantizeLinear"
                else { continue }
                let names = node.outputs.filter { !$0.isEmpty }
                guard !names.isEmpty, !names.contains(where: rewriter.isOutput) else { continue }
                let constants = names.compactMap { name in
                    rewriter.constant(name).map { (name, $0) }
                }
                guard constants.count == names.count else { continue }
                rewriter.replace(
                    id, withConstants: Dictionary(constants) { first, _ in first })
            }
        }
    }
}
