import HingeGraph

/// The numbers from `start`, input 0, to before `limit`, input 1, each `delta`, input 2, apart: a vector.
///
/// The operator `Range` of ONNX; `Swift.Range` is something else.
///
/// Source: ONNX Range 11, 27; 16-bit floating-point numbers since 27, computed as the stash type says.
public struct NumberRange: Operator {
    /// Whether 16-bit floating-point numbers are computed in their own type, not in `float32`.
    public var computesNarrow: Bool

    /// Creates the operator.
    public init() {
        computesNarrow = false
    }
}

public extension NumberRange {
    static let type = "Range"

    init(_ node: NodeReader) throws {
        let stash = try node.int("stash_type", default: 1)
        computesNarrow = stash != 1
    }

    func spell(_ speller: inout Speller) throws {
        guard computesNarrow, speller.opset >= 27 else { return speller.emit(Self.type) }
        let type = try speller.elementType(0)
        speller.emit(Self.type, [.int("stash_type", type.number)])
    }

    func widerTypes(for type: DataType) -> [DataType] { computesNarrow ? [] : type.widerReals }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        let type = context.dataType(0) ?? context.dataType(1)
        if let start = context.constant(0), let limit = context.constant(1),
            let delta = context.constant(2)
        {
            let count = try NumberRange.count(start, limit, delta)
            return [.tensor(type, Shape([count]))]
        }
        if let start = context.elements(0)?.first, let limit = context.elements(1)?.first,
            let delta = context.integers(2)?.first, delta > 0
        {
            let count = Shape.Dimension.larger(limit.minus(start), 0)
            return [.tensor(type, [count.quotientRoundedUp(by: delta)])]
        }
        return [.tensor(type, .unknown(rank: 1))]
    }

    /// How many numbers there are: `max(⌈(limit − start) / delta⌉, 0)`.
    private static func count(_ start: Tensor, _ limit: Tensor, _ delta: Tensor) throws -> Int {
        try Tensor.requireSameType(start, limit)
        try Tensor.requireSameType(start, delta)
        guard start.count == 1, limit.count == 1, delta.count == 1 else {
            throw HingeError(
                .mismatch,
                "expected scalars, found \(start.shape), \(limit.shape) and \(delta.shape)")
        }
        if start.dataType.isInteger {
            let (start, limit, delta) =
                (try start.integers()[0], try limit.integers()[0], try delta.integers()[0])
            guard delta != 0 else { throw HingeError(.mismatch, "a delta of 0 goes nowhere") }
            let (distance, overflow) = limit.subtractingReportingOverflow(start)
            guard !overflow, delta != Int.min else {
                throw HingeError(.limit, "a range from \(start) to \(limit) is too large")
            }
            guard (distance > 0) == (delta > 0), distance != 0 else { return 0 }
            let steps = distance.magnitude, size = delta.magnitude
            return Int(clamping: (steps - 1) / size + 1)
        }
        let (first, last, step) =
            (try start.doubles()[0], try limit.doubles()[0], try delta.doubles()[0])
        // The quotient is rounded as the element type rounds it.
        let quotient =
            start.dataType == .float64
            ? (last - first) / step : Double((Float(last) - Float(first)) / Float(step))
        guard let count = Int(exactly: max(0, quotient.rounded(.up))) else {
            throw HingeError(.mismatch, "a range from \(first) to \(last) by \(step) has no end")
        }
        return count
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [0: .exactly([0]), 1: .within(3, 8), 2: .exactly([1])]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let inputs = [try context.input(0), try context.input(1), try context.input(2)]
        let type = inputs[0].dataType
        let count = try NumberRange.count(inputs[0], inputs[1], inputs[2])
        let y = try context.output(0, type, [count])
        func integers<T: FixedWidthInteger & TensorElement>(_ type: T.Type) throws {
            let start = try inputs[0].array(of: T.self)[0]
            let delta = try inputs[2].array(of: T.self)[0]
            let results = y.elements(of: T.self)
            var value = start
            for index in 0..<count {
                results[index] = value
                value &+= delta
            }
        }
        func numbers<T: BinaryFloatingPoint & TensorElement>(_ type: T.Type) throws {
            let start = try inputs[0].array(of: T.self)[0]
            let delta = try inputs[2].array(of: T.self)[0]
            let results = y.elements(of: T.self)
            for index in 0..<count { results[index] = start + T(index) * delta }
        }
        switch type {
        case .float32: try numbers(Float.self)
        case .float64: try numbers(Double.self)
        case .float16 where computesNarrow: try numbers(Float16.self)
        case .float16, .bfloat16:
            let (start, delta) = (try inputs[0].floats()[0], try inputs[2].floats()[0])
            if type == .float16 {
                let results = y.elements(of: Float16.self)
                for index in 0..<count { results[index] = Float16(start + Float(index) * delta) }
            } else {
                let results = y.elements(of: BFloat16.self)
                for index in 0..<count {
                    // In its own type, the product is rounded before it is added.
                    let product = Float(index) * delta
                    let step = computesNarrow ? Float(BFloat16(product)) : product
                    results[index] = BFloat16(start + step)
                }
            }
        case .int16: try integers(Int16.self)
        case .int32: try integers(Int32.self)
        case .int64: try integers(Int64.self)
        default: throw inputs[0].notSupported()
        }
    }
}

extension NumberRange: UndifferentiatedOperator {
    /// The number of elements depends on the inputs.
    public static var derivativeAbsence: DerivativeAbsence {
        .unstated("the number of elements depends on the inputs")
    }
}
