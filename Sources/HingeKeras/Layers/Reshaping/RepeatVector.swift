import HingeGraph
import HingeOperators

/// Each vector as many times: `[N, C]` to `[N, n, C]`.
///
/// Source: Keras `RepeatVector(n)`.
struct RepeatVectorLayer: UnaryKerasLayer {
    /// How many times.
    var count: Int
}

extension RepeatVectorLayer {
    static let className = "RepeatVector"

    init(_ config: ConfigReader) throws {
        count = try config.requiredPositive("n")
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        try context.requireRank(x, 2...2)
        let row = try context.append(Unsqueeze(axes: [1]), x, as: "row")
        return try context.append(Expand(shape: [1, count, 1]), row)
    }

    func write(_ config: inout ConfigWriter) {
        config["n"] = .integer(count)
    }
}
