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

    /// The factors of the cosines that the window is the sum of: of 0, 1, 2, … periods along its length.
    static var cosineFactors: [Double] { get }
}

public extension WindowOperator {
    init(_ node: NodeReader) throws {
        self.init(
            isPeriodic: try node.flag("periodic", default: true),
            dataType: try node.outputType("output_datatype") ?? .float32)
    }

    /// Before version 17 it is a sum of cosines.
    func spell(_ speller: inout Speller) throws {
        if speller.opset < 17 { return try spellAsCosines(&speller) }
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

extension WindowOperator {
    private func spellAsCosines(_ speller: inout Speller) throws {
        guard speller.opset >= 11 else { throw speller.needs(11, Self.type) }
        func number(_ value: Double) -> String { speller.constant(Tensor(scalar: value)) }
        let scalar = speller.constant(Tensor([Int64]()))
        let size = speller.cast(
            speller.step("Reshape", [speller.inputs[0], scalar]), to: .float64)
        let places = speller.step("Range", [number(0), size, number(1)])
        let length = isPeriodic ? size : speller.step("Sub", [size, number(1)])
        let parts = speller.step("Div", [places, length])
        var sum: String?
        for (periods, factor) in Self.cosineFactors.enumerated().reversed() {
            let angles = speller.step("Mul", [parts, number(2 * .pi * Double(periods))])
            let term = speller.step("Mul", [speller.step("Cos", [angles]), number(factor)])
            sum = sum.map { speller.step("Add", [$0, term]) } ?? term
        }
        try speller.append(
            Cast(to: dataType), [sum ?? places], outputs: speller.outputs,
            known: [.tensor(.float64, nil)])
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
