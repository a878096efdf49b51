import HingeGraph
import HingeOperators

/// Recognises LayerNormalization in the nodes that exporters write for it.
///
/// With `m = ReduceMean(x)` over the last dimensions and `d = x − m`, rules:
/// 1. `d / Sqrt(ReduceMean(d²) + epsilon)` becomes `LayerNormalization` with a scale of ones; the square is
///    `Pow(d, 2)` or `d · d`, and `d` may be computed twice.
/// 2. The product of that with a constant, which broadcasts to the normalized dimensions, is its scale.
/// 3. The sum of that with a constant, which broadcasts likewise, is its bias.
///
/// It needs an opset that has `LayerNormalization`: 17. The result may differ in the last bits.
public struct FuseLayerNormalization: Pass {
    /// The name of the pass.
    public static let name = "fuse-layer-normalization"

    /// Creates the pass.
    public init() {}

    /// Runs the pass.
    public func run(_ model: inout Model) throws -> Bool {
        try model.rewrite { rewriter in
            guard rewriter.canExpress(LayerNormalization.type) else { return }
            for id in rewriter.ids {
                guard let core = Core(id, rewriter) else { continue }
                try replace(core, id, &rewriter)
            }
        }
    }

    private func replace(
        _ core: Core, _ id: GraphRewriter.NodeID, _ rewriter: inout GraphRewriter
    ) throws {
        guard let shape = rewriter.shape(core.x), let node = rewriter.node(id),
            let type = rewriter.fact(core.x)?.type?.dataType,
            let normalized = core.normalized(shape)
        else { return }
        var nodes = core.nodes + [id]
        var output = node.outputs[0]
        var scale: String?
        var bias: String?
        if let (next, name) = follower(output, as: Mul.self, normalized, rewriter) {
            scale = name
            nodes.append(next)
            output = rewriter.node(next)?.outputs[0] ?? output
        }
        if let (next, name) = follower(output, as: Add.self, normalized, rewriter) {
            bias = name
            nodes.append(next)
        }
        if scale == nil {
            guard let extents = Shape(normalized).extents else { return }
            scale = rewriter.addConstant(
                try Tensor(filledWith: 1, type, shape: extents), hint: "\(output)_scale")
        }
        guard let scale else { return }
        try rewriter.replace(
            nodes,
            with: LayerNormalization(axis: -normalized.count, epsilon: Float(core.epsilon)),
            inputs: [core.x, scale] + (bias.map { [$0] } ?? []))
    }

    /// The node that combines a value with a constant that broadcasts to the normalized dimensions.
    private func follower<Kind: Operator>(
        _ value: String, as kind: Kind.Type, _ normalized: [Dimension], _ rewriter: GraphRewriter
    ) -> (GraphRewriter.NodeID, String)? {
        guard let id = rewriter.soleConsumer(of: value) else { return nil }
        for (first, second) in rewriter.operands(id, as: kind) where first == value {
            guard let constant = rewriter.constant(second),
                constant.rank <= normalized.count,
                zip(constant.shape.reversed(), normalized.reversed())
                    .allSatisfy({ $0 == 1 || .known($0) == $1 })
            else { continue }
            return (id, second)
        }
        return nil
    }
}

/// The nodes of `(x − m) / Sqrt(ReduceMean((x − m)²) + epsilon)`, but for the division.
private struct Core {
    var x = ""
    var epsilon = 0.0
    var nodes: [GraphRewriter.NodeID] = []
    private var axes: [Int] = []

    /// The node is the division.
    init?(_ id: GraphRewriter.NodeID, _ rewriter: GraphRewriter) {
        guard let (division, _) = rewriter.match(id, as: Div.self),
            let root = rewriter.inner(division.inputs[1], as: Sqrt.self, usedBy: id),
            let argument = rewriter.node(root)?.inputs[0],
            let sum = rewriter.inner(argument, as: Add.self, usedBy: root),
            let (variance, epsilon) = Core.variance(sum, rewriter),
            let mean = rewriter.inner(variance, as: ReduceMean.self, usedBy: sum),
            let squares = rewriter.node(mean)?.inputs[0],
            let square = rewriter.producer(of: squares),
            rewriter.soleConsumer(of: squares) == mean,
            let deviation = Core.squared(square, rewriter),
            let axes = Core.axes(mean, rewriter)
        else { return nil }
        let deviations = Set([division.inputs[0], deviation])
        var subtractions: [GraphRewriter.NodeID] = []
        var means: Set<String> = []
        for name in deviations.sorted() {
            guard let difference = rewriter.producer(of: name),
                let (node, _) = rewriter.match(difference, as: Sub.self),
                !rewriter.isOutput(name),
                Set(rewriter.consumers(of: name)).isSubset(of: [id, square]),
                x.isEmpty || x == node.inputs[0]
            else { return nil }
            x = node.inputs[0]
            means.insert(node.inputs[1])
            subtractions.append(difference)
        }
        var averages: [GraphRewriter.NodeID] = []
        for name in means.sorted() {
            guard let average = rewriter.producer(of: name),
                let (node, _) = rewriter.match(average, as: ReduceMean.self),
                node.inputs[0] == x, !rewriter.isOutput(name),
                Set(rewriter.consumers(of: name)).isSubset(of: Set(subtractions)),
                Core.axes(average, rewriter) == axes
            else { return nil }
            averages.append(average)
        }
        self.epsilon = epsilon
        self.axes = axes
        nodes = averages + subtractions + [square, mean, sum, root]
    }

    /// The normalized dimensions of a shape; `nil` unless they are the last ones.
    func normalized(_ shape: Shape) -> [Dimension]? {
        guard let first = try? InferenceContext.axes(axes, rank: shape.rank).sorted(),
            let start = first.first, first == Array(start..<shape.rank)
        else { return nil }
        return Array(shape.dimensions[start...])
    }

    private static func variance(
        _ sum: GraphRewriter.NodeID, _ rewriter: GraphRewriter
    ) -> (String, Double)? {
        for (variance, constant) in rewriter.operands(sum, as: Add.self) {
            if let epsilon = rewriter.number(constant), epsilon >= 0 { return (variance, epsilon) }
        }
        return nil
    }

    /// The value that a node squares.
    private static func squared(
        _ id: GraphRewriter.NodeID, _ rewriter: GraphRewriter
    ) -> String? {
        if let (node, _) = rewriter.match(id, as: Mul.self) {
            return node.inputs[0] == node.inputs[1] ? node.inputs[0] : nil
        }
        guard let (node, _) = rewriter.match(id, as: Pow.self),
            rewriter.isPower(node.inputs[1], 2)
        else { return nil }
        return node.inputs[0]
    }

    /// The axes of a mean that keeps its dimensions.
    private static func axes(
        _ id: GraphRewriter.NodeID, _ rewriter: GraphRewriter
    ) -> [Int]? {
        guard let (node, mean) = rewriter.match(id, as: ReduceMean.self), mean.keepsDimensions
        else { return nil }
        if let axes = mean.axes { return axes }
        guard node.inputs.count > 1 else { return nil }
        return try? rewriter.constant(node.inputs[1])?.integers()
    }
}
