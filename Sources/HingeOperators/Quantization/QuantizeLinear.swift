import HingeGraph

/// `x / scale`, rounded to the nearest even, plus a zero point, held in the range of a type of few bits.
///
/// Input 1 is the scale, input 2, optional, the zero point: one for all, `[D]` for each position along the axis, or one for each
/// block of positions along it.
///
/// Source: ONNX QuantizeLinear 10, 13, 19, 21, 23, 24, 25, 28.
public struct QuantizeLinear: Operator {
    /// The axis along which scales vary; negative counts from the end.
    public var axis: Int
    /// The number of positions along the axis that share a scale; 0 unless scales belong to blocks.
    public var blockSize: Int
    /// Whether numbers beyond the largest of an 8-bit floating-point type become that.
    public var saturates: Bool
    /// The element type of the result; `nil` for that of the zero point, or else uint8.
    public var outputType: DataType?
    /// The type that the division is done in; `nil` for that of the scale.
    public var precision: DataType?

    /// Creates the operator.
    public init(
        axis: Int = 1, blockSize: Int = 0, saturates: Bool = true, outputType: DataType? = nil,
        precision: DataType? = nil
    ) {
        self.axis = axis
        self.blockSize = blockSize
        self.saturates = saturates
        self.outputType = outputType
        self.precision = precision
    }
}

public extension QuantizeLinear {
    static let type = "QuantizeLinear"

    init(_ node: NodeReader) throws {
        axis = try node.int("axis", default: 1)
        blockSize = try node.quantizationBlockSize()
        saturates = try node.flag("saturate", default: true)
        outputType = try node.optionalDataType("output_dtype")
        precision = try node.optionalDataType("precision")
    }

    /// The quotient is rounded to the type that it is computed in before it is rounded to an integer.
    func widerTypes(for type: DataType) -> [DataType] { [] }

    func spell(_ speller: inout Speller) throws {
        if try speller.needsQuantizationSteps(
            blockSize: blockSize, speller.dataType(2) ?? outputType ?? .uint8)
        {
            return try spellAsSteps(&speller)
        }
        var attributes = speller.quantizationAttributes(axis: axis, blockSize: blockSize)
        var inputs = speller.inputs
        try speller.requireScalarScale(speller.opset < 13)
        if let outputType, !speller.hasInput(2), outputType != .uint8 {
            if speller.opset >= 21 {
                attributes.append(.dataType("output_dtype", outputType))
            } else {
                guard let shape = speller.shape(1)?.extents else {
                    throw speller.needs(21, "QuantizeLinear to \(outputType) without a zero point")
                }
                let zero = try speller.constant(Tensor(zeros: outputType, shape: shape))
                inputs = Array(inputs.prefix(2)) + [zero]
            }
        }
        if let precision { attributes.append(.dataType("precision", precision)) }
        if !saturates { attributes.append(.int("saturate", 0)) }
        speller.emit(Self.type, attributes, inputs: inputs, outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type: DataType? =
            context.has(2) ? context.dataType(2) ?? outputType : outputType ?? .uint8
        try context.requireScales(axis: axis, blockSize: blockSize)
        return [.tensor(type, context.shape(0))]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        var needs: [Int: ElementNeeds] = [1: .scale]
        let type = context.has(2) ? context.dataType(2) ?? outputType : outputType ?? .uint8
        if let range = type?.quantizedRange, let scale = context.uniformConstant(1) {
            let zero = context.has(2) ? context.uniformConstant(2) ?? 0 : 0
            needs[0] = .near([(range.lowerBound - zero) * scale, (range.upperBound - zero) * scale])
        }
        return needs
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
        let precision = precision ?? scale.dataType
        var values = try x.doubles()
        for index in values.indices {
            values[index] = precision.rounding(
                precision.rounding(values[index]) / scales[layout[index]])
        }
        let result = try Tensor.quantized(
            values, as: zeroPoint?.dataType ?? outputType ?? .uint8, shape: x.shape,
            saturates: saturates
        ) { zeros[zeros.count == 1 ? 0 : layout[$0]] }
        context.set(0, result)
    }
}

extension NodeReader {
    /// The attribute `block_size`.
    func quantizationBlockSize() throws -> Int {
        let size = try int("block_size", default: 0)
        guard size >= 0 else { throw error("block_size", "expected 0 or more, found \(size)") }
        return size
    }

    /// An optional element type, of which 0 means none.
    func optionalDataType(_ name: String) throws -> DataType? {
        try int(name) == 0 ? nil : try dataType(name)
    }
}

extension Speller {
    /// The attributes that say which scale belongs to which element, as far as that isn't one for all.
    func quantizationAttributes(axis: Int, blockSize: Int) -> [Attribute] {
        let isScalar = shape(1)?.rank == 0
        return (axis == 1 || isScalar ? [] : [.int("axis", axis)])
            + (blockSize == 0 ? [] : [.int("block_size", blockSize)])
    }

    /// Throws for versions that have one scale for all when there surely are more.
    func requireScalarScale(_ isRequired: Bool) throws {
        if isRequired, let scales = shape(1)?.extents, scales.contains(where: { $0 != 1 }) {
            throw needs(13, "a scale for each position along an axis")
        }
    }
}

extension QuantizeLinear: UndifferentiatedOperator {
    /// It is constant between the places where it rounds.
    public static var derivativeAbsence: DerivativeAbsence {
        .zero("it is constant between the places where it rounds")
    }
}
