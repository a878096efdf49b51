import HingeGraph

/// `(x − zero point) · scale`.
///
/// Input 1 is the scale, input 2, optional, the zero point: one for all, `[D]` for each position along the axis, or one for each
/// block of positions along it.
///
/// Source: ONNX DequantizeLinear 10, 13, 19, 21, 23, 24, 25, 28.
public struct DequantizeLinear: Operator {
    /// The axis along which scales vary; negative counts from the end.
    public var axis: Int
    /// The number of positions along the axis that share a scale; 0 unless scales belong to blocks.
    public var blockSize: Int
    /// The element type of the result; `nil` for that of the scale.
    public var outputType: DataType?

    /// Creates the operator.
    public init(axis: Int = 1, blockSize: Int = 0, outputType: DataType? = nil) {
        self.axis = axis
        self.blockSize = blockSize
        self.outputType = outputType
    }
}

public extension DequantizeLinear {
    static let type = "DequantizeLinear"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: 1)
        blockSize = try node.quantizationBlockSize()
        outputType = try node.optionalDataType("output_dtype")
    }

    func spell(_ speller: inout Speller) throws {
        if try speller.needsQuantizationSteps(blockSize: blockSize, speller.dataType(0) ?? .uint8) {
            return try spellAsSteps(&speller)
        }
        var attributes = speller.quantizationAttributes(axis: axis, blockSize: blockSize)
        try speller.requireScalarScale(speller.opset < 13)
        let isKnown =
            outputType != nil && speller.known.count > 1
            && speller.known[1]?.type?.dataType == outputType
        if let outputType, !isKnown { attributes.append(.dataType("output_dtype", outputType)) }
        speller.emit(Self.type, attributes)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.requireScales(axis: axis, blockSize: blockSize)
        return [.tensor(outputType ?? context.dataType(1), context.shape(0))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [1: .scale]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let (x, scale) = (try context.input(0), try context.input(1))
        let zeroPoint = try context.optionalInput(2)
        if let zeroPoint, zeroPoint.shape != scale.shape, zeroPoint.count != 1 {
            throw HingeError(
                .mismatch,
                "expected a zero point of shape \(scale.shape), found \(zeroPoint.shape)")
        }
        let layout = try QuantizationLayout(
            scale.shape, over: x.shape, axis: axis, blockSize: blockSize)
        let scales = try scale.doubles()
        let zeros = try zeroPoint?.doubles() ?? [0]
        let values = try x.doubles()
        let type = outputType ?? scale.dataType
        switch type {
        case .float32, .float16, .bfloat16, .float64: break
        default: throw HingeError(.mismatch, "\(type) is not a type to dequantize to")
        }
        try context.output(0, type, x.shape).withReals(Double.self) { result in
            for index in result.indices {
                let place = layout[index]
                result[index] =
                    (values[index] - zeros[zeros.count == 1 ? 0 : place]) * scales[place]
            }
        }
    }
}

extension DequantizeLinear: DifferentiableOperator {
    /// For the scale, the sum of `g · (x − zero point)` over what each scale is of; integers have no gradient.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()
        guard derivative.wants(1) else { return }
        let scale = try derivative.input(1)
        let ones = try derivative.filled(1, like: scale)
        let difference = try derivative.append(
            self, derivative.input(0), ones, derivative.optionalInput(2))
        let type = try derivative.composition.dataType(scale)
        let product = try derivative.composition.cast(derivative.multiply(g, difference), to: type)
        let (shape, rank) = (
            try derivative.composition.knownShape(scale),
            try derivative.composition.knownShape(g).rank
        )
        guard blockSize == 0, shape.rank <= 1 else {
            throw derivative.unsupported("DequantizeLinear by blocks")
        }
        let isOne = shape.extents.map { $0.allSatisfy { $0 == 1 } } ?? (shape.rank == 0)
        guard isOne || shape[0].extent != nil else {
            throw derivative.unsupported("DequantizeLinear by scales whose number isn't known")
        }
        var axes = Array(0..<rank)
        if !isOne { axes.remove(at: try derivative.axis(axis, of: g)) }
        let sum = try derivative.sum(product, along: axes, keep: false)
        derivative.give(try derivative.reshape(sum, like: scale), for: 1)
    }
}
