import HingeGraph
import HingeOperators

/// `(x − mean) / max(√variance, 1e-7)`, or the reverse, with a mean and variance that were measured
/// before training.
///
/// Source: Keras `Normalization(axis=-1, mean=None, variance=None, invert=False)`; mean and
/// variance are in the configuration, or are variables with the extents of the axes.
struct NormalizationLayer: UnaryKerasLayer {
    /// The axes for whose positions there are values of their own; none for one value for all.
    var axes: [Int] = [-1]
    /// The mean, if the configuration has it.
    var mean: Tensor?
    /// The variance, if the configuration has it.
    var variance: Tensor?
    /// Whether the layer undoes a normalisation.
    var invert = false
}

extension NormalizationLayer {
    static let className = "Normalization"

    init(_ config: ConfigReader) throws {
        if config.has("axis") { axes = try config.ints("axis") ?? [] }
        invert = try config.bool("invert", default: false)
        mean = try config.numbers("mean")
        variance = try config.numbers("variance")
        guard (mean == nil) == (variance == nil) else {
            throw config.error("variance", "expected a mean and a variance, found one of them")
        }
    }

    var variables: LayerVariables {
        LayerVariables(fixed: mean == nil ? ["mean", "variance", "count"] : [])
    }

    func masking(in semantics: KerasSemantics) -> Masking {
        semantics.generation == .keras3 ? .keep : .drop
    }
    var castsInputs: Bool { false }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        var x = x
        if try context.dataType(x) != context.policy.compute {
            x = try context.append(Cast(to: context.policy.compute), x, as: "cast")
        }
        let rank = try context.rank(x)
        let axes = self.axes.isEmpty ? [] : try context.axes(axes, rank: rank)
        let extents = try axes.map { try context.extent(x, $0) }
        let shape = try context.broadcastShape(extents, axes, rank: axes.isEmpty ? 0 : rank)
        let count = try Tensor.count(of: extents)
        func statistic(_ name: String, _ given: Tensor?) throws -> Tensor {
            guard let given else {
                let weight = try context.weight(name, as: context.policy.compute) {
                    Extent.product(of: $0) == count ? nil : "\(extents)"
                }
                return try weight.reshaped(to: shape)
            }
            let cast = try context.fold(Cast(to: context.policy.compute), [given])
            if given.count == count { return try cast.reshaped(to: shape) }
            guard given.count == 1 else {
                throw HingeError(
                    .mismatch, "expected \(count) numbers, found \(given.count)",
                    at: [.field(name)])
            }
            return try cast.reshaped(to: [])
        }
        let center = try context.variable("mean") { try statistic("mean", mean) }
        let deviation = try context.variable("deviation") {
            let root = try context.fold(Sqrt(), [statistic("variance", variance)])
            let least = try Tensor(filledWith: 1e-7, context.policy.compute, shape: [])
            return try context.fold(Max(), [root, least])
        }
        if invert {
            let scaled = try context.append(Mul(), x, deviation, as: "scaled")
            return try context.append(Add(), scaled, center)
        }
        let centered = try context.append(Sub(), x, center, as: "centered")
        return try context.append(Div(), centered, deviation)
    }

    func write(_ config: inout ConfigWriter) {
        config["axis"] = axes.isEmpty ? .null : .integers(axes)
        if let mean, let json = try? ConfigTensor.json(mean) { config["mean"] = json }
        if let variance, let json = try? ConfigTensor.json(variance) { config["variance"] = json }
        config.set("invert", invert, default: false) { .bool($0) }
    }
}

extension ConfigReader {
    /// Numbers that a configuration holds: one, a list, nested lists, or an array of Keras 3.
    func numbers(_ key: String) throws -> Tensor? {
        guard let value = value(key) else { return nil }
        return try withContext(.field(key)) {
            if value["class_name"] == "__numpy__" || value["class_name"] == "__tensor__",
                let config = value["config"]
            {
                return try ConfigTensor.read(config)
            }
            let json = value["type"] == "ndarray" ? value["value"] ?? value : value
            return try ConfigTensor.tensor(ConfigReader.untupled(json), .float64)
        }
    }
}
