import HingeGraph

/// `(x − offset) · scale` of `[…, F]`, as `float32`, with one offset and scale for all or one for each of F features.
///
/// Source: ONNX ml Scaler 1.
public struct Scaler: MachineLearningOperator {
    /// What is taken from each element first.
    public var offset: [Float]
    /// What each element is then multiplied by.
    public var scale: [Float]

    /// Creates the operator.
    ///
    /// - Precondition: There are as many offsets as scales, at least one.
    public init(offset: [Float], scale: [Float]) {
        precondition(offset.count == scale.count && !scale.isEmpty)
        self.offset = offset
        self.scale = scale
    }
}

public extension Scaler {
    static let type = "Scaler"

    init(_ node: NodeReader) throws {
        offset = try node.floats("offset") ?? []
        scale = try node.floats("scale") ?? []
        guard offset.count == scale.count, !scale.isEmpty else {
            throw node.error(
                "offset",
                "expected as many numbers as in 'scale', found \(offset.count) and "
                    + "\(scale.count)")
        }
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.floats("offset", offset), .floats("scale", scale)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if scale.count != 1, let shape = context.shape(0) {
            let columns = shape.dimensions.last?.extent ?? (shape.rank == 0 ? 1 : scale.count)
            try context.require(columns == scale.count, unfit(columns))
        }
        return [.tensor(.float32, context.shape(0))]
    }

    var locality: Locality { scale.count == 1 ? .elementwise : .whole }

    private func unfit(_ columns: Int) -> String {
        "expected one scale or one for each of \(columns) features, found \(scale.count)"
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        try x.requireFeatures()
        let columns = x.shape.last ?? 1
        guard scale.count == 1 || columns == scale.count else {
            throw HingeError(.mismatch, unfit(columns))
        }
        let (shape, isWide) = (x.shape, x.dataType != .float32)
        let (offset, scale) = (offset.map { Double($0) }, scale.map { Double($0) })
        return { context in
            let x = try context.input(0)
            let y = try context.output(0, .float32, shape)
            let values = try isWide ? Tensor(x.doubles(), shape: shape) : x
            try y.withUnsafeElements(of: Float.self) { y in
                if isWide {
                    try values.withUnsafeElements(of: Double.self) {
                        Scaler.write($0, to: y, offset, scale)
                    }
                } else {
                    try values.withUnsafeElements(of: Float.self) {
                        Scaler.write($0, to: y, offset, scale)
                    }
                }
            }
        }
    }

    private static func write<T: BinaryFloatingPoint>(
        _ x: UnsafeBufferPointer<T>, to y: UnsafeMutableBufferPointer<Float>,
        _ offset: [Double], _ scale: [Double]
    ) {
        offset.withUnsafeBufferPointer { offset in
            scale.withUnsafeBufferPointer { scale in
                parallelFor(x.count, cost: 4) { range in
                    var place = range.lowerBound % scale.count
                    for index in range {
                        y[index] = Float((Double(x[index]) - offset[place]) * scale[place])
                        place += 1
                        if place == scale.count { place = 0 }
                    }
                }
            }
        }
    }
}

extension Scaler: UndifferentiatedOperator {
    /// The derivative of learned models of ai.onnx.ml is not built.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("the derivative of learned models of ai.onnx.ml is not built")
    }
}
