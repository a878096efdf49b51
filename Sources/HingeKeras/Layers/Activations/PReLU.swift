import HingeGraph
import HingeOperators

/// `y = x` where `x ≥ 0`, `alpha · x` elsewhere, with a slope for each element of an example, or
/// shared along axes.
///
/// Source: Keras `PReLU(shared_axes)`; the variable `alpha` has the shape of an example, with 1
/// along shared axes.
struct PReLULayer: UnaryKerasLayer {
    /// The axes along which slopes are shared; the batch is axis 0 and not among them.
    var sharedAxes: [Int] = []
}

extension PReLULayer {
    static let className = "PReLU"

    init(_ config: ConfigReader) throws {
        sharedAxes = try config.ints("shared_axes") ?? []
        guard sharedAxes.allSatisfy({ $0 > 0 }) else {
            throw config.error("shared_axes", "expected axes greater than 0, found \(sharedAxes)")
        }
    }

    var variables: LayerVariables { LayerVariables(["alpha"]) }
    var masking: Masking { .keep }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let shape = try context.shape(x)
        guard sharedAxes.allSatisfy({ $0 < shape.rank }) else {
            throw HingeError(
                .mismatch, "expected axes less than \(shape.rank), found \(sharedAxes)",
                at: [.field("shared_axes")])
        }
        let expected = try (1..<max(shape.rank, 1)).map { axis in
            sharedAxes.contains(axis) ? 1 : try context.extent(x, axis)
        }
        let slopes = try context.variable("alpha", expected)
        return try context.append(PRelu(), x, slopes)
    }

    func write(_ config: inout ConfigWriter) {
        if !sharedAxes.isEmpty { config["shared_axes"] = .integers(sharedAxes) }
    }
}
