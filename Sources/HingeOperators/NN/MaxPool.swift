import HingeGraph

/// The largest element under each position of a window, and, as output 1, where it is.
///
/// `x`: `[N, C, spatial…]`; the results: `[N, C, spatial…]`, the second of int64: indices into the
/// elements of `x` as a whole. Padding is never the largest; of equal elements, the first counts.
///
/// Source: ONNX MaxPool 1, 8, 10, 11, 12, 22; Keras `MaxPooling1D`, `MaxPooling2D`, `MaxPooling3D`.
public struct MaxPool: SpatialOperator, PreparedOperator {
    /// The window.
    public var window: SpatialWindow
    /// Whether indices count the spatial dimensions in column-major order.
    public var hasColumnMajorIndices: Bool

    /// Creates the operator around a window.
    public init(window: SpatialWindow, hasColumnMajorIndices: Bool = false) {
        self.window = window
        self.hasColumnMajorIndices = hasColumnMajorIndices
    }

    /// Creates the operator.
    public init(
        kernel: [Int], strides: [Int] = [], padding: Padding = .none, dilations: [Int] = [],
        roundsUp: Bool = false
    ) {
        self.init(
            window: SpatialWindow(
                kernel: kernel, strides: strides, dilations: dilations, padding: padding,
                roundsUp: roundsUp))
    }
}

public extension MaxPool {
    static let type = "MaxPool"

    init(_ node: NodeReader) throws {
        window = try SpatialWindow(node)
        hasColumnMajorIndices = try node.flag("storage_order", default: false)
    }

    func spell(_ speller: inout Speller) {
        let isOrdered = hasColumnMajorIndices && speller.hasOutput(1)
        speller.emit(
            Self.type, window.attributes + (isOrdered ? [.int("storage_order", 1)] : []))
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let shape = try window.poolShape(context.shape(0))
        return [.tensor(context.dataType(0), shape), .tensor(.int64, shape)]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        moving(0, of: outputs)
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        let pooling = try Pooling(self, x.shape)
        return switch x.dataType {
        case .float32: { try pool(&$0, pooling, -Float.infinity) { $0 < $1 || $1 != $1 } }
        case .float64: { try pool(&$0, pooling, -Double.infinity) { $0 < $1 || $1 != $1 } }
        case .float16: { try pool(&$0, pooling, -Float16.infinity) { $0 < $1 || $1 != $1 } }
        case .bfloat16: { try poolBFloat16(&$0, pooling) }
        case .int8: { try pool(&$0, pooling, Int8.min) { $0 < $1 } }
        case .uint8: { try pool(&$0, pooling, UInt8.min) { $0 < $1 } }
        default: throw x.notSupported()
        }
    }

    @inline(__always)
    private func pool<T: TensorElement & Equatable>(
        _ context: inout EvaluationContext, _ pooling: Pooling, _ lowest: T,
        _ isLess: (T, T) -> Bool
    ) throws {
        let x = try context.input(0)
        let y = try context.output(0, x.dataType, pooling.result).elements(of: T.self)
        try x.withUnsafeElements(of: T.self) { input in
            pooling.reduce(input, to: y, from: lowest) { if isLess($0, $1) { $0 = $1 } }
        }
        try writeIndices(&context, x, y, pooling)
    }

    private func poolBFloat16(
        _ context: inout EvaluationContext, _ pooling: Pooling
    ) throws {
        let y = try context.output(0, .bfloat16, pooling.result)
        let wide = try context.input(0).reals(Float.self)
        try y.withReals(Float.self) { y in
            try wide.withUnsafeElements(of: Float.self) { input in
                pooling.reduce(input, to: y, from: -.infinity) {
                    if $0 < $1 || $1 != $1 { $0 = $1 }
                }
            }
            try writeIndices(&context, wide, y, pooling)
        }
    }

    private func writeIndices<T: TensorElement & Equatable>(
        _ context: inout EvaluationContext, _ x: Tensor, _ y: UnsafeMutableBufferPointer<T>,
        _ pooling: Pooling
    ) throws {
        guard context.wants(1) else { return }
        let indices = try context.output(1, .int64, pooling.result).elements(of: Int64.self)
        try x.withUnsafeElements(of: T.self) { input in
            pooling.writeIndices(
                input, largest: y, to: indices, isColumnMajor: hasColumnMajorIndices)
        }
    }
}

extension MaxPool: DifferentiableOperator {
    /// `g` where the elements were found, added up; of equal elements, the first.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        guard !hasColumnMajorIndices else {
            throw derivative.unsupported("MaxPool with indices in column-major order")
        }
        let x = try derivative.input(0)
        let zeros = try derivative.filled(0, like: x)
        let sum = try derivative.append(
            ScatterElements(axis: 0, reduction: .add), derivative.reshape(zeros, to: [-1]),
            derivative.reshape(derivative.output(1), to: [-1]), derivative.reshape(g, to: [-1]))
        derivative.give(try derivative.reshape(sum, like: x), for: 0)
    }

    /// The places of the elements.
    public var outputsForDerivative: [Int] { [1] }
}
