import HingeGraph

/// 1 where an element is larger than a threshold, 0 elsewhere; elementwise.
///
/// Source: ONNX ml Binarizer 1.
public struct Binarizer: MachineLearningOperator {
    /// The threshold.
    public var threshold: Float

    /// Creates the operator.
    public init(threshold: Float = 0) {
        self.threshold = threshold
    }
}

public extension Binarizer {
    static let type = "Binarizer"

    init(_ node: NodeReader) throws {
        threshold = try node.float("threshold", default: 0)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.float("threshold", threshold)])
    }

    func infer(_ context: InferenceContext) -> [Inferred] { context.same() }

    var inPlaceInputs: [Int] { [0] }

    var locality: Locality { .elementwise }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .near([Double(threshold)])]
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let x = try context.input(0)
        try x.requireFeatures()
        let (type, shape, threshold) = (x.dataType, x.shape, Double(threshold))
        return { context in
            var writer = Writer(
                x: try context.input(0), y: try context.output(0, type, shape),
                threshold: threshold)
            _ = try type.visit(&writer)
        }
    }

    private struct Writer: NumberVisitor {
        let x: Tensor
        let y: OutputTensor
        let threshold: Double

        mutating func visit<T: NumberElement>(_ type: T.Type) throws {
            // The integers above the threshold are those above its integer part.
            let floor = threshold.rounded(.down)
            try x.withUnsafeElements(of: T.self) { x in
                try y.withUnsafeElements(of: T.self) { y in
                    parallelFor(x.count, cost: 2) { range in
                        for index in range {
                            let value = x[index].computed
                            let isAbove =
                                T.dataType.isFloatingPoint
                                ? value.double > threshold : isAbove(value.integer, floor)
                            y[index] = T(rounding: isAbove ? 1 : 0)
                        }
                    }
                }
            }
        }

        @inline(__always)
        private func isAbove(_ value: Int64, _ floor: Double) -> Bool {
            if floor.isNaN || floor >= 0x1p63 { return false }
            return floor < -0x1p63 || value > Int64(floor)
        }
    }
}

extension Binarizer: UndifferentiatedOperator {
    /// It is 0 or 1 everywhere.
    public static var derivativeAbsence: DerivativeAbsence { .zero("it is 0 or 1 everywhere") }
}
