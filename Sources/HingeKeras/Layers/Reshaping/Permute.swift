import HingeGraph
import HingeOperators

/// The axes of each example in another order.
///
/// Source: Keras `Permute(dims)`, which counts from 1 and leaves out the batch.
struct PermuteLayer: UnaryKerasLayer {
    /// The axes in their new order, without the batch.
    var dims: [Int]
}

extension PermuteLayer {
    static let className = "Permute"

    init(_ config: ConfigReader) throws {
        dims = try config.required("dims", config.ints("dims"))
        guard dims.sorted() == Array(1..<dims.count + 1) else {
            throw config.error(
                "dims", "expected an order of the axes from 1 to \(dims.count), found \(dims)")
        }
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        try context.requireRank(x, dims.count + 1...dims.count + 1)
        return try context.append(Transpose([0] + dims), x)
    }

    func write(_ config: inout ConfigWriter) {
        config["dims"] = .integers(dims)
    }
}
