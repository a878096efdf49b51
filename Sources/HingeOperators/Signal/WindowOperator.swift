import HingeGraph

/// A window: a vector, `[size]`, of numbers that fade a stretch of a signal in and out.
///
/// Input 0 is the size, one integer. The element at `n` is a function of `n / size` in a periodic window, and of
/// `n / (size − 1)` in a symmetric one; a symmetric window of one element, for which that is 0 / 0, is NaN.
///
/// Source: ONNX BlackmanWindow, HammingWindow and HannWindow 17.
public protocol WindowOperator: Operator {
    /// Whether the window is one period of a periodic function; otherwise it is symmetric.
    var isPeriodic: Bool { get set }
    /// The element type.
    var dataType: DataType { get set }

    /// Creates the operator.
    init(isPeriodic: Bool, dataType: DataType)

    /// The window's value at a part of its length, from 0 to 1.
    static func value(at part: Double) -> Double
}

public extension WindowOperator {
    init(_ node: NodeReader) throws {
        self.init(
            isPeriodic: try node.flag("periodic", default: true),
            dataType: try node.outputType("output_datatype") ?? .float32)
    }

    func spell(_ speller: inout Speller) {
        speller.emit(
            Self.type,
            [.int("periodic", isPeriodic ? 1 : 0), .dataType("output_datatype", dataType)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.requireScalars(0..<1)
        let size = context.elements(0)?.first ?? .unknown
        try context.require(size.extent ?? 0 >= 0, "expected a size, found \(size)")
        return [.tensor(dataType, [size])]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .within(4, 16)]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let size = try context.input(0).integer()
        guard size >= 0 else { throw HingeError(.mismatch, "expected a size, found \(size)") }
        let length = Double(isPeriodic ? size : size - 1)
        try context.output(0, dataType, [size]).fill(cost: 2 * RealMath.cost) {
            Self.value(at: Double($0) / length)
        }
    }
}

extension InferenceContext {
    /// Throws when one of the inputs surely has another number of elements than one.
    func requireScalars(_ indices: Range<Int>) throws {
        for index in indices {
            guard let shape = shape(index) else { continue }
            try require(
                shape.dimensions.allSatisfy { $0.extent ?? 1 == 1 },
                "expected one number as input \(index), found \(shape)")
        }
    }
}
