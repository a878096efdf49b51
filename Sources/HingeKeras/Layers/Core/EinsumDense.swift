import HingeGraph
import HingeOperators

/// `activation(einsum(equation, x, kernel) + bias)`.
///
/// Source: Keras `EinsumDense(equation, output_shape, activation, bias_axes)`. The kernel has the
/// axes of the equation's second operand; the bias those of the result from the first one in
/// `bias_axes` on, with a size of 1 where the axis isn't among them.
struct EinsumDenseLayer: UnaryKerasLayer {
    /// The Einstein sum, `abc,cd->abd`.
    var equation: String
    /// The extents of the result without the batch; `nil` for one that varies.
    var outputShape: [Int?]
    /// What is applied to the result.
    var activation: KerasActivation = .linear
    /// The letters of the axes along which the bias differs.
    var biasAxes: String?
}

extension EinsumDenseLayer {
    static let className = "EinsumDense"

    init(_ config: ConfigReader) throws {
        equation = try config.required("equation", config.string("equation"))
        let shape: [Int?]? = try config.read("output_shape", "a size or a list of sizes") { json in
            let items = ConfigReader.untupled(json).array ?? [json]
            let sizes = items.map { $0.isNull ? nil : $0.int }
            return zip(items, sizes).allSatisfy { $0.isNull || ($1 ?? 0) > 0 } ? sizes : nil
        }
        outputShape = try config.required("output_shape", shape)
        activation = try config.activation("activation")
        biasAxes = try config.string("bias_axes")
    }

    var variables: LayerVariables {
        LayerVariables(["kernel"] + (biasAxes == nil ? [] : ["bias"]))
    }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let x = try context.floating(x)
        let rank = try context.rank(x)
        let kernelText = equation.components(at: "->")[0].components(at: ",").last ?? ""
        let letters = kernelText.filter { $0.isLetter }.count
        let labels = try ContractionLabels(equation, aRank: rank, bRank: letters)
        let sizes = try sizes(labels, x, context)
        let kernel = try context.variable("kernel", labels.b.map { sizes[$0] ?? -1 })
        let isPlain = biasAxes == nil
        let result = try context.contract(
            x, labels.a, kernel, labels.b, labels.output, as: isPlain ? nil : "product")
        guard let biasAxes else { return try context.activate(activation, result) }
        let biased = Set(biasAxes.unicodeScalars.map { Int($0.value) })
        let first = labels.output.firstIndex { biased.contains($0) } ?? labels.output.count
        let shape = try labels.output[first...].map { label -> Int in
            guard biased.contains(label) else { return 1 }
            guard let size = sizes[label] else {
                throw HingeError(.unsupported, "the size of an axis of the bias is not known")
            }
            return size
        }
        let bias = try context.variable("bias", shape)
        return try context.activate(activation, context.append(Add(), result, bias))
    }

    /// The extents by label: those of the input, and those that the configuration states for the
    /// result.
    private func sizes(
        _ labels: ContractionLabels, _ x: Operand, _ context: LayerContext
    ) throws -> [Int: Int] {
        var sizes: [Int: Int] = [:]
        for (label, dimension) in zip(labels.a, try context.shape(x).dimensions) {
            sizes[label] = dimension.extent
        }
        for (label, size) in zip(labels.output.reversed(), outputShape.reversed()) {
            sizes[label] = sizes[label] ?? size
        }
        return sizes
    }

    func write(_ config: inout ConfigWriter) {
        config["equation"] = .string(equation)
        config["output_shape"] = .array(outputShape.map { $0.map { .integer($0) } ?? .null })
        config.setActivation("activation", activation)
        if let biasAxes { config["bias_axes"] = .string(biasAxes) }
    }
}
