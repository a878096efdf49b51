import HingeGraph
import HingeOperators

/// The linear maps of an attention layer with heads, which are layers inside it, such as
/// `query_dense`.
struct HeadProjection: Sendable {
    /// The attribute of the outer layer that holds it, as Keras 3 names it.
    var attribute: String
    /// The name of the map itself, which legacy files use.
    var name: String
    /// Whether there is a bias.
    var useBias: Bool

    /// The variables.
    var group: LayerVariables.Group {
        LayerVariables.Group(
            name: name, location: .attribute([attribute, "_\(attribute)"]),
            variables: LayerVariables(["kernel"] + (useBias ? ["bias"] : [])), label: .name(name))
    }

    /// Splits the features of `x`, `[N, T, D]`, into heads: `[N, heads, T, size]`.
    func split(
        _ x: Operand, heads: Int, size: Int, _ context: LayerContext
    ) throws -> Operand {
        let inner = try context.inside(name)
        let features = try context.extent(x, -1)
        let kernel = try inner.variable("kernel") {
            try inner.weight("kernel", [features, heads, size])
                .reshaped(to: [features, heads * size])
        }
        var result = try inner.append(MatMul(), x, kernel)
        if useBias {
            let bias = try inner.variable("bias") {
                try inner.weight("bias", [heads, size]).reshaped(to: [heads * size])
            }
            result = try inner.append(Add(), result, bias, as: "biased")
        }
        let apart = try inner.append(
            Reshape(shape: [0, 0, heads, size]), result, as: "apart")
        return try inner.append(Transpose([0, 2, 1, 3]), apart, as: "heads")
    }

    /// Joins heads `[N, heads, T, size]` and maps them to `[N, T, …]`.
    ///
    /// - Parameter shape: The extents of the result after the steps.
    func join(
        _ x: Operand, heads: Int, size: Int, shape: [Int], _ context: LayerContext
    ) throws -> Operand {
        let inner = try context.inside(name)
        let apart = try inner.append(Transpose([0, 2, 1, 3]), x, as: "steps")
        let joined = try inner.append(Reshape(shape: [0, 0, heads * size]), apart, as: "joined")
        let features = Extent.product(of: shape)
        let kernel = try inner.variable("kernel") {
            try inner.weight("kernel", [heads, size] + shape)
                .reshaped(to: [heads * size, features])
        }
        var result = try inner.append(MatMul(), joined, kernel)
        if useBias {
            let bias = try inner.variable("bias") {
                try inner.weight("bias", shape).reshaped(to: [features])
            }
            result = try inner.append(Add(), result, bias, as: "biased")
        }
        return shape.count == 1
            ? result : try inner.append(Reshape(shape: [0, 0] + shape), result, as: "shaped")
    }
}
