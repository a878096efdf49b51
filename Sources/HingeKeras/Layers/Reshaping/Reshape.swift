import HingeGraph
import HingeOperators

/// The elements of each example in another shape.
///
/// Source: Keras `Reshape(target_shape)`, where one extent may be −1.
struct ReshapeLayer: UnaryKerasLayer {
    /// The shape without the batch; −1 for what follows from the others.
    var targetShape: [Int]
}

extension ReshapeLayer {
    static let className = "Reshape"

    init(_ config: ConfigReader) throws {
        targetShape = try config.required("target_shape", config.ints("target_shape"))
        guard targetShape.count(where: { $0 == -1 }) <= 1,
            targetShape.allSatisfy({ $0 >= -1 && $0 <= ConfigReader.greatest })
        else {
            throw config.error(
                "target_shape", "expected sizes, at most one of them -1, found \(targetShape)")
        }
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        // 0 copies the batch; an extent of 0 elsewhere has to be told from that.
        if targetShape.contains(0) {
            throw HingeError(
                .unsupported, "an extent of 0 is not supported", at: [.field("target_shape")])
        }
        return try context.append(Reshape(shape: [0] + targetShape), x)
    }

    func write(_ config: inout ConfigWriter) {
        config["target_shape"] = .integers(targetShape)
    }
}
