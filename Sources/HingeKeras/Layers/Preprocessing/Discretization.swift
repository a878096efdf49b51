import HingeGraph
import HingeOperators

/// Which of the ranges between given boundaries each number is in.
///
/// A number at a boundary belongs to the range above it.
///
/// Source: Keras `Discretization(bin_boundaries, output_mode="int")`.
struct DiscretizationLayer: UnaryKerasLayer {
    /// The boundaries, ascending.
    var boundaries: [Double]
    /// What is made of the ranges' numbers.
    var outputMode = CategoryMode.int
}

extension DiscretizationLayer {
    static let className = "Discretization"

    init(_ config: ConfigReader) throws {
        let found = try config.read("bin_boundaries", "a list of numbers") { json in
            let numbers = json.array?.compactMap(\.double)
            return numbers?.count == json.array?.count ? numbers : nil
        }
        boundaries = try config.required("bin_boundaries", found)
        guard boundaries.sorted() == boundaries else {
            throw config.error("bin_boundaries", "expected ascending numbers, found \(boundaries)")
        }
        outputMode = try config.categoryMode(
            default: .int, allowed: [.int, .oneHot, .multiHot, .count])
    }

    var castsInputs: Bool { false }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let numbers = try context.append(Cast(to: .float32), x, as: "numbers")
        let column = try context.append(Unsqueeze(axes: [-1]), numbers, as: "column")
        let bounds = context.constant(Tensor(boundaries.map { Float($0) }), "boundaries")
        let isAbove = try context.append(GreaterOrEqual(), column, bounds, as: "above")
        let ones = try context.append(Cast(to: .int32), isAbove, as: "ones")
        let count = try context.append(
            ReduceSum(axes: [-1], keepsDimensions: false), ones, as: "count")
        guard outputMode == .int else {
            return try context.encode(
                context.append(Cast(to: .int64), count, as: "indices"), outputMode,
                depth: boundaries.count + 1, as: context.policy.compute)
        }
        let isKeras3 = context.semantics.generation == .keras3
        return try context.append(Cast(to: isKeras3 ? .int32 : .int64), count)
    }

    func write(_ config: inout ConfigWriter) {
        config["bin_boundaries"] = .array(boundaries.map { .number($0) })
        config.set("output_mode", outputMode, default: .int) { .string($0.rawValue) }
    }
}
