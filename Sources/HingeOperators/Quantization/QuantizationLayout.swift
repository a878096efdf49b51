import HingeGraph

/// Which scale and zero point belong to which element: one for all, one for each position along an axis, or one for
/// each block of positions along it.
///
/// Source: ONNX QuantizeLinear 21, "granularity".
struct QuantizationLayout {
    private let inner: Int
    private let extent: Int
    private let blockSize: Int
    private let blocks: Int
    private let isBlocked: Bool

    /// - Parameters:
    ///   - scales: The shape of the scales.
    ///   - shape: The shape of the elements.
    ///   - axis: The axis; negative counts from the end.
    ///   - blockSize: The number of positions in a block; 0 for none.
    /// - Throws: ``HingeError`` when the shapes don't fit.
    init(_ scales: [Int], over shape: [Int], axis: Int, blockSize: Int) throws {
        guard try Tensor.count(of: scales) != 1 else {
            inner = 1
            extent = 1
            self.blockSize = 1
            blocks = 1
            isBlocked = false
            return
        }
        let axis = shape.count == 1 ? 0 : try InferenceContext.axis(axis, rank: shape.count)
        inner = try Tensor.count(of: Array(shape.dropFirst(axis + 1)))
        extent = shape[axis]
        isBlocked = blockSize > 0
        self.blockSize = max(blockSize, 1)
        blocks = isBlocked ? extent / blockSize + (extent % blockSize == 0 ? 0 : 1) : extent
        var expected = shape
        expected[axis] = blocks
        if !isBlocked { expected = [extent] }
        guard scales == expected else {
            throw HingeError(
                .mismatch, "expected scales of shape \(expected) for \(shape), found \(scales)")
        }
    }

    /// The position of the scale of an element.
    @inline(__always)
    subscript(index: Int) -> Int {
        let (outer, lane) = index.quotientAndRemainder(dividingBy: inner)
        let position = outer % extent
        guard isBlocked else { return position }
        return (outer / extent * blocks + position / blockSize) * inner + lane
    }
}

extension InferenceContext {
    /// Throws unless scales, input 1, and zero points, input 2, fit the elements of input 0, as far as it can be told.
    func requireScales(axis: Int, blockSize: Int) throws {
        guard let shape = shape(0)?.extents else { return }
        for index in 1..<3 {
            guard let scales = self.shape(index)?.extents else { continue }
            _ = try QuantizationLayout(scales, over: shape, axis: axis, blockSize: blockSize)
        }
    }
}

extension DataType {
    /// The numbers that a quantized integer type holds; `nil` for another type.
    var quantizedRange: ClosedRange<Double>? {
        switch self {
        case .uint8: 0...255
        case .int8: -128...127
        case .uint16: 0...65535
        case .int16: -32768...32767
        case .uint4: 0...15
        case .int4: -8...7
        case .uint2: 0...3
        case .int2: -2...1
        default: nil
        }
    }

    /// Whether elements of the type are quantized.
    var isQuantized: Bool {
        if quantizedRange != nil { return true }
        return isFloatingPoint && bitWidth <= 8 && self != .float8e8m0
    }
}

extension Tensor {
    /// Numbers that are divided by their scales as a quantized type: rounded, shifted by their zero points and held
    /// in range.
    ///
    /// - Parameters:
    ///   - values: The numbers; a NaN becomes the least.
    ///   - zeroPoint: The zero point of each number, by position.
    /// - Throws: ``HingeError`` when the type isn't a quantized one.
    static func quantized(
        _ values: [Double], as type: DataType, shape: [Int], saturates: Bool = true,
        zeroPoint: (Int) -> Double
    ) throws -> Tensor {
        guard type.isQuantized else {
            throw HingeError(.mismatch, "\(type) is not a quantized type")
        }
        var values = values
        if let range = type.quantizedRange {
            for index in values.indices {
                let value = values[index].rounded(.toNearestOrEven) + zeroPoint(index)
                values[index] =
                    value.isNaN
                    ? range.lowerBound : min(max(value, range.lowerBound), range.upperBound)
            }
        } else {
            for index in values.indices { values[index] += zeroPoint(index) }
        }
        return try Tensor(values, shape: shape)
            .converted(to: type, ConversionRules(isSaturating: saturates))
    }

    /// The elements minus a zero point, which has the shape `aligned` and broadcasts to them.
    ///
    /// - Throws: ``HingeError`` when the shapes don't fit.
    func centred(by zeroPoint: Tensor?, aligned: [Int]? = nil) throws -> Tensor {
        var values = try doubles()
        guard let zeroPoint else { return Tensor(values, shape: shape) }
        let zeros = try zeroPoint.doubles()
        if zeros.count == 1 {
            for index in values.indices { values[index] -= zeros[0] }
        } else {
            let laid = try LaidOver<Double>(
                Tensor(zeros, shape: aligned ?? zeroPoint.shape), over: shape, from: 0)
            for index in values.indices { values[index] -= laid[0, index] }
        }
        return Tensor(values, shape: shape)
    }
}

extension DataType {
    /// A number rounded to the precision of a floating-point type.
    func rounding(_ value: Double) -> Double {
        switch self {
        case .float16: Double(Float16(value))
        case .bfloat16: Double(Float(BFloat16(Float(value))))
        case .float64: value
        default: Double(Float(value))
        }
    }
}
